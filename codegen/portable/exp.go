package portable

import (
	"math"
	"unsafe"
)

// expParts splits e^x as scale*(1 + m): scale is a power of two and
// m = e^r - 1 with |r| <= ln(2)/2. Both are good to about 1e-9, so that what is
// rounded to float32 in the end is wrong by little more than half an ulp, for the
// price of a float32 polynomial. x is limited to [-110, 110], beyond which the
// float32 result is 0 or +Inf anyway; a NaN stays one.
func expParts(x float32) (m, scale float64) {
	v := float64(x)
	if v > 110 {
		v = 110
	}
	if v < -110 {
		v = -110
	}
	// Adding 1.5*2^52 rounds to an integer, which then is in the low bits.
	const round = 0x1.8p52
	k := v*(1/math.Ln2) + round
	scale = math.Float64frombits((math.Float64bits(k) + 1023) << 52)
	r := v - (k-round)*math.Ln2
	// The Taylor series of (e^r-1)/r up to r^7/8!.
	q := 1.0 / 40320
	q = q*r + 1.0/5040
	q = q*r + 1.0/720
	q = q*r + 1.0/120
	q = q*r + 1.0/24
	q = q*r + 1.0/6
	q = q*r + 1.0/2
	q = q*r + 1
	return q * r, scale
}

// expOf is e^x.
func expOf(x float32) float64 {
	m, s := expParts(x)
	return s + s*m
}

// expm1Of is e^x - 1, without cancellation near 0.
func expm1Of(x float32) float64 {
	m, s := expParts(x)
	return (s - 1) + s*m
}

// log1pOf is ln(1+u) for u in [0, 1], by the series of 2*artanh(u/(2+u)).
func log1pOf(u float64) float64 {
	s := u / (2 + u)
	t := s * s
	q := 1.0 / 17
	q = q*t + 1.0/15
	q = q*t + 1.0/13
	q = q*t + 1.0/11
	q = q*t + 1.0/9
	q = q*t + 1.0/7
	q = q*t + 1.0/5
	q = q*t + 1.0/3
	q = q*t + 1
	return 2 * s * q
}

// normalCDF is the distribution function of the standard normal distribution. It
// keeps its relative accuracy far out on the negative side.
func normalCDF(x float32) float64 {
	return 0.5 * math.Erfc(float64(x)*-(math.Sqrt2/2))
}

// normalPDF is the density of the standard normal distribution.
func normalPDF(x float32) float64 {
	const height = 1 / (math.Sqrt2 * 1.7724538509055160273) // 1/sqrt(2*pi)
	return height * math.Exp(-0.5*float64(x)*float64(x))
}

// softmaxGo turns rows of scores into probabilities.
//
//	for r < rows, with z and p at r*stride:
//	    m = max of z[0:classes]
//	    s = sum of exp(z[k]-m) over k < classes
//	    p[k] = exp(z[k]-m)/s for k < classes, 0 for classes <= k < stride
//	    stats[2*r] = m; stats[2*r+1] = s
//
// p may be z. A NaN or +Inf among the scores makes the whole row NaN.
func softmaxGo(z, p, stats *float32, rows, classes, stride int) {
	for r := range rows {
		in := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(z), 4*r*stride)), classes)
		row := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(p), 4*r*stride)), stride)
		m := in[0]
		for _, v := range in {
			if v > m {
				m = v
			}
		}
		sum := float32(0)
		out := row[:len(in)]
		for k, v := range in {
			e := float32(expOf(v - m))
			out[k] = e
			sum += e
		}
		for k := range out {
			out[k] /= sum
		}
		clear(row[classes:])
		st := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(stats), 8*r)), 2)
		st[0], st[1] = m, sum
	}
}
