package rng

import "math"

// Normal is a standard normal number, by inversion of the distribution
// function: one draw of 53 bits, hence always within 8.3 standard deviations.
func (r *Rand) Normal() float64 {
	return Quantile(float64(r.Uint64()>>11)*0x1p-53 + 0x1p-54)
}

// TruncatedStd is the standard deviation of TruncatedNormal: weights of a
// wanted deviation are drawn and divided by it (spec: initializers,
// VarianceScaling).
const TruncatedStd = 0.8796256610342398

// TruncatedNormal is a standard normal number within [-2,2]; others are drawn
// again, never clipped (spec: initializers, TruncatedNormal).
func (r *Rand) TruncatedNormal() float64 {
	for {
		if x := r.Normal(); x >= -2 && x <= 2 {
			return x
		}
	}
}

// Quantile is the inverse of the standard normal distribution function for
// 0 < p < 1, to about 16 digits: M. Wichura, "Algorithm AS 241: the percentage
// points of the normal distribution", Applied Statistics 37 (1988), PPND16.
func Quantile(p float64) float64 {
	q := p - 0.5
	if math.Abs(q) <= 0.425 {
		r := 0.180625 - float64(q*q)
		return q * horner(&centreNum, r) / horner(&centreDen, r)
	}
	r := p
	if q > 0 {
		r = 1 - p
	}
	r = math.Sqrt(-log(r))
	var x float64
	if r <= 5 {
		x = horner(&tailNum, r-1.6) / horner(&tailDen, r-1.6)
	} else {
		x = horner(&farNum, r-5) / horner(&farDen, r-5)
	}
	if q < 0 {
		return -x
	}
	return x
}

// horner is the polynomial with coefficients c, constant term first.
func horner(c *[8]float64, x float64) float64 {
	y := c[7]
	for i := 6; i >= 0; i-- {
		y = float64(y*x) + c[i]
	}
	return y
}

var (
	centreNum = [8]float64{
		3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
		4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
	}
	centreDen = [8]float64{
		1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
		2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
	}
	tailNum = [8]float64{
		1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
		1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
	}
	tailDen = [8]float64{
		1, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
		1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
	}
	farNum = [8]float64{
		6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1,
		2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
	}
	farDen = [8]float64{
		1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
		7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
	}
)

// log is the natural logarithm of a normal positive number, to about 16
// digits. math.Log has assembly versions that differ in the last bit; this one
// is the same everywhere: x = m 2^k with m about 1, and with s = (m-1)/(m+1)
// log m = 2 (s + s^3/3 + s^5/5 + ...), abs(s) <= 0.1716.
func log(x float64) float64 {
	b := math.Float64bits(x)
	k := int(b>>52) - 1023
	m := math.Float64frombits(b&(1<<52-1) | 1023<<52) // [1,2)
	if m > math.Sqrt2 {
		m /= 2
		k++
	}
	s := (m - 1) / (m + 1)
	s2 := float64(s * s)
	sum := 0.0
	for n := 23; n >= 3; n -= 2 { // 0.1716^25/25 is below 1e-20
		sum = float64(s2*sum) + 1/float64(n)
	}
	return float64(float64(k)*math.Ln2) + float64(2*s) + float64(float64(2*s)*float64(s2*sum))
}
