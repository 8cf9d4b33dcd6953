package portable

import (
	"unsafe"
)

// The forward activations in pieces that are lines or parabolas (spec: activations,
// section 1). Here and in actsmooth.go each computes y[i] = f(x[i]) for i < n; n is a
// multiple of 8, y may be x, a NaN gives a NaN.

// actReluGo: f(x) = max(x, 0).
func actReluGo(x, y *float32, n int) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if v < 0 {
			v = 0
		}
		dst[i] = v
	}
}

// actGeneralReluGo: f(x) = maxValue for x >= maxValue, else x for x > threshold, else
// negativeSlope*(x - threshold).
func actGeneralReluGo(x, y *float32, n int, maxValue, negativeSlope, threshold float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		switch {
		case v >= maxValue:
			v = maxValue
		case !(v <= threshold):
		case negativeSlope == 0:
			v = 0 // 0*Inf
		default:
			v = negativeSlope * (v - threshold)
		}
		dst[i] = v
	}
}

// actRelu6Go: f(x) = min(max(x, 0), 6).
func actRelu6Go(x, y *float32, n int) {
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

// actHardSigmoidGo: f(x) = min(max(x+3, 0), 6)/6.
func actHardSigmoidGo(x, y *float32, n int) {
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

// actSparseSigmoidGo: f(x) = min(max((x+1)/2, 0), 1).
func actSparseSigmoidGo(x, y *float32, n int) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if v < -1 {
			v = -1
		}
		if v > 1 {
			v = 1
		}
		v = (v + 1) / 2
		dst[i] = v
	}
}

// actHardTanhGo: f(x) = min(max(x, -1), 1).
func actHardTanhGo(x, y *float32, n int) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if v < -1 {
			v = -1
		}
		if v > 1 {
			v = 1
		}
		dst[i] = v
	}
}

// actHardSiluGo: f(x) = x*min(max(x+3, 0), 6)/6. The value at -Inf is -0, the limit.
func actHardSiluGo(x, y *float32, n int) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if v < -3 {
			v = -3
		}
		if !(v >= 3) {
			v = v * (v + 3) / 6
		}
		dst[i] = v
	}
}

// actSparsePlusGo: f(x) = 0 for x <= -1, x for x >= 1, else (x+1)^2/4.
func actSparsePlusGo(x, y *float32, n int) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if !(v >= 1) {
			if v < -1 {
				v = -1
			}
			h := (v + 1) / 2
			v = h * h
		}
		dst[i] = v
	}
}

// actSoftShrinkGo: f(x) = x-threshold for x > threshold, x+threshold for x < -threshold, else 0.
func actSoftShrinkGo(x, y *float32, n int, threshold float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		switch {
		case v > threshold:
			v -= threshold
		case v < -threshold:
			v += threshold
		case v == v:
			v = 0
		}
		dst[i] = v
	}
}

// actHardShrinkGo: f(x) = x for |x| > threshold, else 0.
func actHardShrinkGo(x, y *float32, n int, threshold float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if v <= threshold && v >= -threshold {
			v = 0
		}
		dst[i] = v
	}
}

// actThresholdGo: f(x) = x for x > threshold, else defaultValue.
func actThresholdGo(x, y *float32, n int, threshold, defaultValue float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range src {
		if v <= threshold {
			v = defaultValue
		}
		dst[i] = v
	}
}
