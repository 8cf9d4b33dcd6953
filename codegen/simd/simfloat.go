package simd

import "math"

// fma32 is x*y + z rounded once to float32.
//
// The product of two float32 is exact in float64. The sum is rounded to odd
// there: where it is inexact and its last bit even, the odd neighbour on the
// side of the error is taken. Since float64 has more than two bits beyond
// float32, rounding that to float32 equals rounding the exact sum (Boldo and
// Melquiond, Emulation of FMA and correctly rounded sums, 2008).
func fma32(x, y, z float32) float32 {
	p := float64(x) * float64(y)
	c := float64(z)
	s := float64(p + c)
	if math.IsNaN(s) || math.IsInf(s, 0) {
		return float32(s)
	}
	// Error of the sum, exactly (Knuth's TwoSum).
	t := float64(s - p)
	e := float64(float64(p-float64(s-t)) + float64(c-t))
	if b := math.Float64bits(s); e != 0 && b&1 == 0 {
		if (e > 0) == (s > 0) {
			b++
		} else {
			b--
		}
		s = math.Float64frombits(b)
	}
	return float32(s)
}

// flush is the bits of a float32 with subnormal numbers replaced by zeros of
// their sign. The processor looks at results before they are rounded to the
// subnormal grid: it also flushes what lies within 2^-151 of the least normal
// number, below it.
func flush(w uint32) uint32 {
	if w&0x7f800000 == 0 {
		return w & (1 << 31)
	}
	return w
}

// max32 is VMAXPS: the second operand unless the first is greater, so NaN and
// equal zeros give the second.
func max32(a, b float32) float32 {
	if a > b {
		return a
	}
	return b
}

// min32 is VMINPS: the second operand unless the first is less.
func min32(a, b float32) float32 {
	if a < b {
		return a
	}
	return b
}

// sqrt32 is correctly rounded: float64 has more than twice the bits and two.
func sqrt32(a float32) float32 { return float32(math.Sqrt(float64(a))) }

// roundTo rounds to an integer: 0 nearest even, 1 down, 2 up, 3 towards zero.
func roundTo(a float32, mode int) float32 {
	x := float64(a)
	switch mode {
	case 0:
		x = math.RoundToEven(x)
	case 1:
		x = math.Floor(x)
	case 2:
		x = math.Ceil(x)
	case 3:
		x = math.Trunc(x)
	}
	return float32(x)
}

// toInt32 converts as VCVTPS2DQ does: out of range and NaN give the most
// negative integer.
func toInt32(a uint32) uint32 {
	x := math.RoundToEven(float64(float(a)))
	if !(x >= math.MinInt32 && x <= math.MaxInt32) {
		return 1 << 31
	}
	return uint32(int32(x))
}

// Predicates of VCMPPS, quiet and ordered unless the name says otherwise.
const (
	cmpEQ   = 0x00
	cmpLT   = 0x11
	cmpLE   = 0x12
	cmpUNEQ = 0x04 // not equal, or unordered
	cmpGE   = 0x1d
	cmpGT   = 0x1e
	cmpUNO  = 0x03 // unordered: at least one NaN
	cmpORD  = 0x07
)

// compareFloat is a VCMPPS predicate applied to a and b; ok is false for one
// that the simulator does not know.
func compareFloat(pred int64, a, b float32) (holds, ok bool) {
	switch pred {
	case cmpEQ:
		return a == b, true
	case cmpLT, 0x01:
		return a < b, true
	case cmpLE, 0x02:
		return a <= b, true
	case cmpUNEQ:
		return a != b, true
	case cmpGE, 0x0d:
		return a >= b, true
	case cmpGT, 0x0e:
		return a > b, true
	case cmpUNO:
		return a != a || b != b, true
	case cmpORD:
		return a == a && b == b, true
	}
	return false, false
}
