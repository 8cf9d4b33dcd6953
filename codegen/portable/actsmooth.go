package portable

import (
	"math"
	"unsafe"
)

// The forward activations with exponentials, quotients or roots (spec: activations,
// section 1).

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

// actCeluGo: f(x) = x for x > 0, else alpha*(e^(x/alpha) - 1).
func actCeluGo(x, y *float32, n int, alpha float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if !(v > 0) {
			m, s := expParts(float64(v) / float64(alpha))
			v = float32(float64(alpha) * ((s - 1) + s*m))
		}
		dst[i] = v
	}
}

// actSeluGo: f(x) = S*x for x > 0, else S*A*(e^x - 1), with
// S = 1.0507009873554805 and A = 1.6732632423543772.
func actSeluGo(x, y *float32, n int) {
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
func actSigmoidGo(x, y *float32, n int) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		dst[i] = flushTiny(float32(1 / (1 + expOf(-v))))
	}
}

// actLogSigmoidGo: f(x) = -ln(1 + e^-x) = min(x, 0) - ln(1 + e^-|x|).
func actLogSigmoidGo(x, y *float32, n int) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if v < 0 {
			v = float32(float64(v) - log1pOf(expOf(v)))
		} else {
			v = flushTiny(float32(-log1pOf(expOf(-v))))
		}
		dst[i] = v
	}
}

// actTanhGo: f(x) = tanh(x).
func actTanhGo(x, y *float32, n int) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if v != 0 { // the sign of a zero stays
			e := expm1Of(2 * v)
			v = float32(e / (e + 2))
		}
		dst[i] = v
	}
}

// actTanhShrinkGo: f(x) = x - tanh(x).
func actTanhShrinkGo(x, y *float32, n int) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if v > 1 || v < -1 {
			e := expm1Of(2 * v)
			v = float32(float64(v) - e/(e+2))
		} else {
			// The continued fraction of tanh, without the difference.
			u := float64(v)
			z := u * u
			k := 1 / (3 + z/(5+z/(7+z/(9+z/11))))
			v = flushTiny(float32(u * z * k / (1 + z*k)))
		}
		dst[i] = v
	}
}

// actSoftplusGo: f(x) = ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|).
func actSoftplusGo(x, y *float32, n int) {
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

// actSquareplusGo: f(x) = (x + sqrt(x^2 + b))/2 = max(x, 0) + (b/2)/(|x| + sqrt(x^2 + b)).
func actSquareplusGo(x, y *float32, n int, b float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		u := float64(v)
		t := math.Abs(u)
		u = max(u, 0) + float64(b)/2/(t+math.Sqrt(t*t+float64(b)))
		v = flushTiny(float32(u))
		dst[i] = v
	}
}

// actSoftsignGo: f(x) = x/(1 + |x|), and the sign of x at the infinities.
func actSoftsignGo(x, y *float32, n int) {
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
func actSiluGo(x, y *float32, n int) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		u := v
		if u < -110 {
			u = -110 // where the result rounds to -0
		}
		dst[i] = flushTiny(float32(float64(u) / (1 + expOf(-v))))
	}
}

// actMishGo: f(x) = x*tanh(ln(1 + e^x)). The value at -Inf is -0, the limit.
func actMishGo(x, y *float32, n int) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		// With e = e^x and n = e*(e+2), tanh(ln(1 + e)) is n/(n+2).
		u := float64(v)
		if u > 40 {
			u = 40 // where it rounds to 1
		}
		m, s := expParts(u)
		e := s + s*m
		w := e * (e + 2)
		if v < -110 {
			v = -110 // where the result rounds to -0
		}
		v = flushTiny(float32(float64(v) * (w / (w + 2))))
		dst[i] = v
	}
}

// actGeluGo: f(x) = x*Phi(x), the exact form, as max(x, 0) - |x|*Phi(-|x|).
// The value at -Inf is -0, the limit.
func actGeluGo(x, y *float32, n int) {
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

// actGeluTanhGo: f(x) = x/2*(1 + tanh(u)) = x/(1 + e^-2u), u = sqrt(2/pi)*(x + 0.044715*x^3).
// The value at -Inf is -0, the limit.
func actGeluTanhGo(x, y *float32, n int) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		t := v
		if t > 15 {
			t = 15 // where e^-2u is nothing
		}
		if t < -15 {
			t, v = -15, -15 // where the result rounds to -0
		}
		e, _ := tanhForm(t)
		v = flushTiny(float32(float64(v) / (1 + e)))
		dst[i] = v
	}
}

// actExponentialGo: f(x) = e^x.
func actExponentialGo(x, y *float32, n int) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		dst[i] = flushTiny(float32(expOf(v)))
	}
}
