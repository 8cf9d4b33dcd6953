package portable

import "unsafe"

// The gradients of the activations (spec: activations, section 1; layers, section 14).
// Each computes dx[i] = dy[i]*f'(x) for i < n; n is a multiple of 8, dx may be dy or r.
// r holds the forward output y for relu, relu6, leaky_relu, elu, selu, sigmoid, tanh,
// exponential and hard_sigmoid, the forward input x for softplus, softsign, silu, gelu.
// Where relu, relu6 and hard_sigmoid are flat, dx is 0 even for a dy that is not finite.

// actGradReluGo: f' = 1 where y > 0, else 0.
func actGradReluGo(dy, r, dx *float32, n int, alpha float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		if !(ref[i] > 0) {
			d = 0
		}
		dst[i] = d
	}
}

// actGradRelu6Go: f' = 1 where 0 < y < 6, else 0.
func actGradRelu6Go(dy, r, dx *float32, n int, alpha float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		if !(ref[i] > 0 && ref[i] < 6) {
			d = 0
		}
		dst[i] = d
	}
}

// actGradLeakyReluGo: f' = 1 where y > 0, else alpha. alpha must not be negative, or
// the sign of y would not tell that of x.
func actGradLeakyReluGo(dy, r, dx *float32, n int, alpha float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		if !(ref[i] > 0) {
			d *= alpha
		}
		dst[i] = d
	}
}

// actGradEluGo: f' = 1 where y > 0, else y + alpha. alpha must not be negative.
func actGradEluGo(dy, r, dx *float32, n int, alpha float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		if y := ref[i]; !(y > 0) {
			d *= y + alpha
		}
		dst[i] = d
	}
}

// actGradSeluGo: f' = S where y > 0, else y + S*A (see actSeluGo).
func actGradSeluGo(dy, r, dx *float32, n int, alpha float32) {
	const s, a = 1.0507009873554805, 1.6732632423543772
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		if y := ref[i]; y > 0 {
			d *= s
		} else {
			d *= y + s*a
		}
		dst[i] = d
	}
}

// actGradSigmoidGo: f' = y*(1-y).
func actGradSigmoidGo(dy, r, dx *float32, n int, alpha float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		y := ref[i]
		dst[i] = d * (y * (1 - y))
	}
}

// actGradTanhGo: f' = 1 - y^2, computed as (1-y)*(1+y).
func actGradTanhGo(dy, r, dx *float32, n int, alpha float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		y := ref[i]
		dst[i] = d * ((1 - y) * (1 + y))
	}
}

// actGradExponentialGo: f' = y.
func actGradExponentialGo(dy, r, dx *float32, n int, alpha float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		dst[i] = d * ref[i]
	}
}

// actGradHardSigmoidGo: f' = 1/6 where 0 < y < 1, else 0.
func actGradHardSigmoidGo(dy, r, dx *float32, n int, alpha float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		if y := ref[i]; y > 0 && y < 1 {
			d *= 1.0 / 6
		} else {
			d = 0
		}
		dst[i] = d
	}
}

// actGradSoftplusGo: f' = 1/(1 + e^-x).
func actGradSoftplusGo(dy, r, dx *float32, n int, alpha float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		dst[i] = d * float32(1/(1+expOf(-ref[i])))
	}
}

// actGradSoftsignGo: f' = 1/(1 + |x|)^2.
func actGradSoftsignGo(dy, r, dx *float32, n int, alpha float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		x := ref[i]
		if x < 0 {
			x = -x
		}
		q := 1 / (1 + x)
		dst[i] = d * (q * q)
	}
}

// actGradSiluGo: f' = s*(1 + x*(1-s)) with s = 1/(1 + e^-x).
func actGradSiluGo(dy, r, dx *float32, n int, alpha float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		// Beyond 110 the derivative rounds to 0 or 1, and 0*Inf must not become NaN.
		x := ref[i]
		if x > 110 {
			x = 110
		}
		if x < -110 {
			x = -110
		}
		e := expOf(-x) // 1-s = e*s, without cancellation
		s := 1 / (1 + e)
		dst[i] = d * float32(s*(1+float64(x)*e*s))
	}
}

// actGradGeluGo: f' = Phi(x) + x*phi(x), the exact form.
func actGradGeluGo(dy, r, dx *float32, n int, alpha float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		// Beyond 15 the derivative rounds to 0 or 1, and Inf*0 must not become NaN.
		x := ref[i]
		if x > 15 {
			x = 15
		}
		if x < -15 {
			x = -15
		}
		tail, density := normalTail(x)
		slope := tail + float64(x)*density // for x < 0; the rest by Phi(x) = 1 - Phi(-x)
		if x > 0 {
			slope = 1 - tail + float64(x)*density
		}
		dst[i] = d * float32(slope)
	}
}
