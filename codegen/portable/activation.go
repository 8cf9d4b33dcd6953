package portable

import "unsafe"

// The forward activations (spec: activations, section 1). Each computes y[i] = f(x[i])
// for i < n; n is a multiple of 8, y may be x, a NaN gives a NaN. alpha is the
// negative slope of leaky_relu and the scale of elu; the others ignore it.

// actReluGo: f(x) = max(x, 0).
func actReluGo(x, y *float32, n int, alpha float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if v < 0 {
			v = 0
		}
		dst[i] = v
	}
}

// actRelu6Go: f(x) = min(max(x, 0), 6).
func actRelu6Go(x, y *float32, n int, alpha float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if v < 0 {
			v = 0
		}
		if v > 6 {
			v = 6
		}
		dst[i] = v
	}
}

// actLeakyReluGo: f(x) = x for x > 0, else alpha*x.
func actLeakyReluGo(x, y *float32, n int, alpha float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if !(v > 0) {
			v *= alpha
		}
		dst[i] = v
	}
}

// actEluGo: f(x) = x for x > 0, else alpha*(e^x - 1).
func actEluGo(x, y *float32, n int, alpha float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if !(v > 0) {
			v = float32(float64(alpha) * expm1Of(v))
		}
		dst[i] = v
	}
}

// actSeluGo: f(x) = S*x for x > 0, else S*A*(e^x - 1), with
// S = 1.0507009873554805 and A = 1.6732632423543772.
func actSeluGo(x, y *float32, n int, alpha float32) {
	const s, a = 1.0507009873554805, 1.6732632423543772
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if v > 0 {
			v = float32(s * float64(v))
		} else {
			v = float32(s * a * expm1Of(v))
		}
		dst[i] = v
	}
}

// actSigmoidGo: f(x) = 1/(1 + e^-x).
func actSigmoidGo(x, y *float32, n int, alpha float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		dst[i] = flushTiny(float32(1 / (1 + expOf(-v))))
	}
}

// actTanhGo: f(x) = tanh(x).
func actTanhGo(x, y *float32, n int, alpha float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if v != 0 { // the sign of a zero stays
			e := expm1Of(2 * v)
			v = float32(e / (e + 2))
		}
		dst[i] = v
	}
}

// actSoftplusGo: f(x) = ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|).
func actSoftplusGo(x, y *float32, n int, alpha float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if v > 0 {
			v = float32(float64(v) + log1pOf(expOf(-v)))
		} else {
			v = flushTiny(float32(log1pOf(expOf(v))))
		}
		dst[i] = v
	}
}

// actSoftsignGo: f(x) = x/(1 + |x|), and the sign of x at the infinities.
func actSoftsignGo(x, y *float32, n int, alpha float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		// Beyond 2^25 the quotient rounds to 1, and Inf/Inf must not become NaN.
		if v > 1<<25 {
			v = 1 << 25
		}
		if v < -1<<25 {
			v = -1 << 25
		}
		if v < 0 {
			v = v / (1 - v)
		} else {
			v = v / (1 + v)
		}
		dst[i] = v
	}
}

// actSiluGo: f(x) = x/(1 + e^-x). The value at -Inf is -0, the limit.
func actSiluGo(x, y *float32, n int, alpha float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		u := v
		if u < -110 {
			u = -110 // where the result rounds to -0
		}
		dst[i] = flushTiny(float32(float64(u) / (1 + expOf(-v))))
	}
}

// actGeluGo: f(x) = x*Phi(x), the exact form, as max(x, 0) - |x|*Phi(-|x|).
// The value at -Inf is -0, the limit.
func actGeluGo(x, y *float32, n int, alpha float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		u := v
		if u > 15 {
			u = 15 // where the tail is nothing
		}
		if u < -15 {
			u = -15 // where the result rounds to -0
		}
		tail, _ := normalTail(u)
		if u > 0 {
			v = float32(float64(v) - float64(u)*tail)
		} else {
			v = flushTiny(float32(float64(u) * tail))
		}
		dst[i] = v
	}
}

// actExponentialGo: f(x) = e^x.
func actExponentialGo(x, y *float32, n int, alpha float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		dst[i] = flushTiny(float32(expOf(v)))
	}
}

// actHardSigmoidGo: f(x) = min(max(x+3, 0), 6)/6.
func actHardSigmoidGo(x, y *float32, n int, alpha float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		v += 3
		if v < 0 {
			v = 0
		}
		if v > 6 {
			v = 6
		}
		dst[i] = v / 6
	}
}
