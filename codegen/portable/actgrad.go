package portable

import (
	"unsafe"
)

// The gradients of the activations of activation.go (spec: activations, section 1;
// layers, section 14). Here and in actgradsmooth.go each computes dx[i] = dy[i]*f'(x)
// for i < n; n is a multiple of 8, dx may be dy or r. r holds the forward output y
// where f' is written by y, else the forward input x. Where relu and functions like it
// are flat, dx is 0 even for a dy that is not finite.

// actGradReluGo: f' = 1 where y > 0, else 0.
func actGradReluGo(dy, r, dx *float32, n int) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		if !(ref[i] > 0) {
			d = 0
		}
		dst[i] = d
	}
}

// actGradGeneralReluGo: f' = 0 where x >= maxValue, else 1 where x > threshold, else
// negativeSlope.
func actGradGeneralReluGo(dy, r, dx *float32, n int, maxValue, negativeSlope, threshold float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		switch x := ref[i]; {
		case x >= maxValue:
			d = 0
		case !(x > threshold):
			d *= negativeSlope
		}
		dst[i] = d
	}
}

// actGradRelu6Go: f' = 1 where 0 < y < 6, else 0.
func actGradRelu6Go(dy, r, dx *float32, n int) {
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

// actGradHardSigmoidGo: f' = 1/6 where 0 < y < 1, else 0.
func actGradHardSigmoidGo(dy, r, dx *float32, n int) {
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

// actGradSparseSigmoidGo: f' = 1/2 where 0 < y < 1, else 0.
func actGradSparseSigmoidGo(dy, r, dx *float32, n int) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		if y := ref[i]; y > 0 && y < 1 {
			d /= 2
		} else {
			d = 0
		}
		dst[i] = d
	}
}

// actGradHardTanhGo: f' = 1 where -1 <= x <= 1, else 0.
func actGradHardTanhGo(dy, r, dx *float32, n int) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		if x := ref[i]; !(x >= -1 && x <= 1) {
			d = 0
		}
		dst[i] = d
	}
}

// actGradHardSiluGo: f' = 0 where x <= -3, 1 where x >= 3, else (2x+3)/6.
func actGradHardSiluGo(dy, r, dx *float32, n int) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		switch x := ref[i]; {
		case x <= -3:
			d *= 0
		case !(x >= 3):
			d *= (2*x + 3) / 6
		}
		dst[i] = d
	}
}

// actGradSparsePlusGo: f' = 0 where x <= -1, 1 where x >= 1, else (x+1)/2.
func actGradSparsePlusGo(dy, r, dx *float32, n int) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		switch x := ref[i]; {
		case x <= -1:
			d *= 0
		case !(x >= 1):
			d *= (x + 1) / 2
		}
		dst[i] = d
	}
}

// actGradSoftShrinkGo: f' = 1 where y != 0, else 0.
func actGradSoftShrinkGo(dy, r, dx *float32, n int, threshold float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		if ref[i] == 0 {
			d = 0
		}
		dst[i] = d
	}
}

// actGradHardShrinkGo: f' = 1 where y != 0, else 0.
func actGradHardShrinkGo(dy, r, dx *float32, n int, threshold float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		if ref[i] == 0 {
			d = 0
		}
		dst[i] = d
	}
}

// actGradThresholdGo: f' = 1 where x > threshold, else 0.
func actGradThresholdGo(dy, r, dx *float32, n int, threshold, defaultValue float32) {
	up, ref, dst := unsafe.Slice(dy, n), unsafe.Slice(r, n), unsafe.Slice(dx, n)
	for i, d := range up {
		if !(ref[i] > threshold) {
			d = 0
		}
		dst[i] = d
	}
}
