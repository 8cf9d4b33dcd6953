package portable

import (
	"math"
	"unsafe"
)

// The gradients of the activations of actsmooth.go.

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

// actGradCeluGo: f' = 1 where y > 0, else y/alpha + 1. alpha must be positive.
func actGradCeluGo(dy, r, dx *float32, n int, alpha float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		if y := ref[i]; !(y > 0) {
			d *= y/alpha + 1
		}
		dst[i] = d
	}
}

// actGradSeluGo: f' = S where y > 0, else y + S*A (see actSeluGo).
func actGradSeluGo(dy, r, dx *float32, n int) {
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
func actGradSigmoidGo(dy, r, dx *float32, n int) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		y := ref[i]
		dst[i] = d * (y * (1 - y))
	}
}

// actGradLogSigmoidGo: f' = 1/(1 + e^x).
func actGradLogSigmoidGo(dy, r, dx *float32, n int) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		d *= float32(1 / (1 + expOf(ref[i])))
		dst[i] = d
	}
}

// actGradTanhGo: f' = 1 - y^2, computed as (1-y)*(1+y).
func actGradTanhGo(dy, r, dx *float32, n int) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		y := ref[i]
		dst[i] = d * ((1 - y) * (1 + y))
	}
}

// actGradTanhShrinkGo: f' = tanh(x)^2.
func actGradTanhShrinkGo(dy, r, dx *float32, n int) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		e := expm1Of(2 * ref[i])
		t := e / (e + 2)
		d *= float32(t * t)
		dst[i] = d
	}
}

// actGradSoftplusGo: f' = 1/(1 + e^-x).
func actGradSoftplusGo(dy, r, dx *float32, n int) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		dst[i] = d * float32(1/(1+expOf(-ref[i])))
	}
}

// actGradSquareplusGo: f' = (1 + x/sqrt(x^2 + b))/2.
func actGradSquareplusGo(dy, r, dx *float32, n int, b float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		x := float64(ref[i])
		t := math.Abs(x)
		root := math.Sqrt(t*t + float64(b))
		slope := float64(b) / 2 / root / (root + t) // for x < 0; the rest by symmetry
		if x > 0 {
			slope = 1 - slope
		}
		d *= float32(slope)
		dst[i] = d
	}
}

// actGradSoftsignGo: f' = 1/(1 + |x|)^2.
func actGradSoftsignGo(dy, r, dx *float32, n int) {
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
func actGradSiluGo(dy, r, dx *float32, n int) {
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

// actGradMishGo: f' = t + x*s*(1-t^2) with t = tanh(ln(1 + e^x)), s = 1/(1 + e^-x).
func actGradMishGo(dy, r, dx *float32, n int) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		// Beyond 40 the derivative rounds to 1, beyond -110 to 0, and 0*Inf must not
		// become NaN.
		x := ref[i]
		if x > 40 {
			x = 40
		}
		if x < -110 {
			x = -110
		}
		e := expOf(x)
		w := e * (e + 2)
		d *= float32((w*(w+2) + 4*float64(x)*e*(1+e)) / ((w + 2) * (w + 2)))
		dst[i] = d
	}
}

// actGradGeluGo: f' = Phi(x) + x*phi(x), the exact form.
func actGradGeluGo(dy, r, dx *float32, n int) {
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

// actGradGeluTanhGo: f' = s + 2x*s*(1-s)*u' with s = 1/(1 + e^-2u), u as for actGeluTanhGo.
func actGradGeluTanhGo(dy, r, dx *float32, n int) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		// Beyond 15 the derivative rounds to 0 or 1, and 0*Inf must not become NaN.
		x := ref[i]
		if x > 15 {
			x = 15
		}
		if x < -15 {
			x = -15
		}
		e, du := tanhForm(x)
		s := 1 / (1 + e) // 1-s = e*s, without cancellation
		d *= float32(s * (1 + 2*float64(x)*e*s*du))
		dst[i] = d
	}
}

// actGradExponentialGo: f' = y.
func actGradExponentialGo(dy, r, dx *float32, n int) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		dst[i] = d * ref[i]
	}
}
