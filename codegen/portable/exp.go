package portable

import "math"

// expParts splits e^v as scale*(1 + m): scale is a power of two and
// m = e^r - 1 with |r| <= ln(2)/2. Both are good to about 1e-9, so that what is
// rounded to float32 in the end is wrong by little more than half an ulp, for the
// price of a float32 polynomial. v is limited to [-120, 120], beyond which the
// float32 result is 0 or +Inf anyway; a NaN stays one.
func expParts(v float64) (m, scale float64) {
	if v > 120 {
		v = 120
	}
	if v < -120 {
		v = -120
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
	m, s := expParts(float64(x))
	return s + s*m
}

// expm1Of is e^x - 1, without cancellation near 0.
func expm1Of(x float32) float64 {
	m, s := expParts(float64(x))
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

// normalTail is the probability that a standard normal variable exceeds |x|, and its
// density at x. The tail divided by e^(-x^2/2) is a smooth function of |x| (Mills'
// ratio), here a minimax rational with a relative error of 1e-10 up to |x| = 15; so
// the tail keeps its relative accuracy where 1 - Phi would be all cancellation.
func normalTail(x float32) (tail, density float64) {
	t := math.Abs(float64(x))
	m, s := expParts(-0.5 * t * t)
	e := s + s*m
	p := 0.5083713383 + t*(0.2513160389+t*(0.071624473+t*(0.01171465543+t*0.0008969940755)))
	q := 1.450495258 + t*(0.6592238412+t*(0.1817897174+t*(0.02936410971+t*0.002248433305)))
	q = 1 + t*(1.814627229+t*q)
	return e * ((0.5 + t*p) / q), e * 0.3989422804014327
}

// tanhForm is e^-2u for u = sqrt(2/pi)*(x + 0.044715*x^3), |x| <= 15, and the
// derivative of u.
func tanhForm(x float32) (e, du float64) {
	const c = 0.7978845608028654
	v := float64(x)
	m, s := expParts(-2 * c * v * (1 + 0.044715*v*v))
	return s + s*m, c * (1 + 0.134145*v*v)
}
