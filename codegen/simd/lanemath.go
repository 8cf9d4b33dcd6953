package simd

// Elementary functions for bodies of lanewise kernels. All coefficients are
// minimax fits in float64 (weighted least squares, reweighted until the error
// is level); the errors named are those of the fit, before float32 rounding.

// ln(2) in two parts. The first has 16 bits, so that its product with an
// exponent of up to 8 bits is exact.
const (
	log2e = number(1.4426950408889634)
	ln2Hi = number(0x1.62e4p-1)
	ln2Lo = number(1.428606820309417e-06)
)

// (e^r - 1 - r)/r^2 for |r| <= ln(2)/2, highest power first; relative to e^r - 1
// the error is 3e-9.
var expCoeffs = []number{0.001395059928, 0.008368953809, 0.04166620418, 0.166665183, 0.5000000096}

// reduce leaves in n the integer nearest to x/ln(2) and in x the rest of the
// division, |x| <= ln(2)/2.
func (b *body) reduce(x, n value) {
	b.mul(n, x, log2e)
	b.round(n)
	b.deduct(x, n, ln2Hi)
	b.deduct(x, n, ln2Lo)
}

// round rounds d to the nearest integer, halves to even.
func (b *body) round(d value) {
	if b.isa == AVX512 {
		b.opImm(VRNDSCALEPS, 8, d, d)
	} else {
		b.opImm(VROUNDPS, 8, d, d)
	}
}

// scale is d *= 2^n for an integer n from -150 to 150, rounded once. It spoils
// n and t.
func (b *body) scale(d, n, t value) {
	if b.isa == AVX512 {
		b.op(VSCALEFPS, d, n, d)
		return
	}
	// 2^n need not be a float32, its two halves are. The first product is
	// exact, and the second is the rounding one.
	b.op(VCVTPS2DQ, n, n)
	b.opImm(VPSRAD, 1, t, n)
	b.op(VPSUBD, n, t, n)
	for _, half := range []value{n, t} {
		b.op(VPADDD, half, half, word(127))
		b.opImm(VPSLLD, 23, half, half)
		b.mul(d, d, half)
	}
}

// exp is d = e^x to within one ulp. It spoils x and n, which must be different
// values. NaN and the infinities are what they should be, results below the
// normal range are rounded to subnormals.
func (b *body) exp(d, x, n value) {
	b.max(x, number(-104), x) // e^-104 rounds to 0
	b.min(x, number(89), x)   // e^89 rounds to Inf
	b.reduce(x, n)
	b.expReduced(d, x)
	b.scale(d, n, x)
}

// expNear is d = e^x for |x| <= 80, where e^x is a normal float32 and takes
// fewer steps under AVX2. It spoils x and n. A NaN stays one.
func (b *body) expNear(d, x, n value) {
	b.reduce(x, n)
	b.expReduced(d, x)
	b.power(n)
	b.mul(d, d, n)
}

// power replaces an integer n from -126 to 127 by 2^n.
func (b *body) power(n value) {
	b.op(VCVTPS2DQ, n, n)
	b.op(VPADDD, n, n, word(127))
	b.opImm(VPSLLD, 23, n, n)
}

// expReduced is d = e^x for |x| <= ln(2)/2.
func (b *body) expReduced(d, x value) {
	b.horner(d, x, append(append([]number(nil), expCoeffs...), 1, 1)...)
}

// expm1 is d = e^x - 1 for x <= 0, with relative accuracy near 0. It spoils x,
// n and t. A NaN stays one.
func (b *body) expm1(d, x, n, t value) {
	b.max(x, number(-17.5), x) // below, the result rounds to -1
	b.reduce(x, n)
	b.horner(d, x, expCoeffs...)
	b.mul(t, x, x)
	b.mulAdd(d, t, x) // e^x - 1
	b.power(n)
	b.sub(t, n, number(1))
	b.mulAdd(d, n, t) // 2^n*(e^x-1) + (2^n-1)
}

// (2*artanh(w/2) - w)/w^3 as a polynomial in w^2 <= 4/9, highest power first;
// relative to the logarithm the error is 1e-10.
var log1pCoeffs = []number{0.0001186605094, 0.0004185054248, 0.002235695294, 0.01249964914, 0.08333334453}

// log1p is d = ln(1 + x) for x in [0, 1], as 2*artanh(x/(2+x)). It spoils x
// and t. A NaN stays one.
func (b *body) log1p(d, x, t value) {
	b.add(t, x, number(2))
	b.add(x, x, x)
	b.div(x, x, t) // w
	b.mul(t, x, x)
	b.horner(d, t, log1pCoeffs...)
	b.mul(d, d, t)
	b.mulAdd(d, x, x) // w + w*w^2*poly
}

// The probability that a standard normal variable exceeds t, divided by
// e^(-t^2/2), as a rational function for t in [0, 15], highest power first.
// All terms are positive, so nothing cancels; the relative error is 6e-9.
var (
	tailNumer = []number{0.004153082636, 0.04088022751, 0.1839665999, 0.4392802083, 0.5000000031}
	tailDenom = []number{0.01041012269, 0.1024776512, 0.471401955, 1.205538066, 1.676445423, 1}
)

// normal leaves in t the value min(|x|, 15), in d the quotient above at t, and
// in e the value e^(-t^2/2). It spoils n and s. A NaN stays one.
func (b *body) normal(d, e, t, x, n, s value) {
	b.abs(t, x)
	b.min(t, number(15), t) // beyond, the tail rounds to 0
	// The exponent would lose up to 7 bits in rounding t^2: s is what is lost.
	b.mul(n, t, t)
	b.set(s, n)
	b.op(VFMSUB231PS, s, t, t) // t*t - n
	b.mul(e, n, number(-0.5))
	b.reduce(e, n)
	b.accumulate(e, s, number(-0.5))
	b.expReduced(s, e)
	b.scale(s, n, e)
	b.set(e, s)
	b.horner(d, t, tailNumer...)
	b.horner(n, t, tailDenom...)
	b.div(d, d, n)
}

// (x - tanh x)/x^3 as a polynomial in x^2 <= 1, highest power first; the relative
// error is 5e-9.
var tanhShrinkCoeffs = []number{
	-0.0001427931836, 0.0009235008302, -0.003206803364, 0.008697847576,
	-0.02182954884, 0.05396341475, -0.1333331066, 0.3333333316,
}

// The factors of u = sqrt(2/pi)*(x + 0.044715*x^3) in two parts each. The first
// part of that of x has 13 bits; Slope is 3 times that of x^3.
const (
	tanhFormHigh      = number(0x1.988p-1)
	tanhFormLow       = number(0.7978845608028654 - 0x1.988p-1)
	tanhFormCubic     = number(0.035677408136300125)
	tanhFormCubicRest = number(1.1994161983053253e-09)
	tanhFormSlope     = number(3 * 0.035677408136300125)
)

// tanhForm leaves in d the value e^-|u| with u as above, and in t the value
// -min(|x|, 10.2). It spoils the others. A NaN stays one.
func (b *body) tanhForm(d, t, x, u, lo, n value) {
	b.or(t, x, signBit)
	b.max(t, number(-10.2), t)
	// u = t*(high + cubic*t^2) is as large as 46, so that its rounding would cost 6
	// bits of e^u: lo is what is lost on the way.
	b.mul(n, t, t)
	b.set(lo, n)
	b.op(VFMSUB231PS, lo, t, t) // t*t - n
	b.mul(lo, lo, tanhFormCubic)
	b.accumulate(lo, n, tanhFormCubicRest)
	b.add(lo, lo, tanhFormLow)
	b.set(u, tanhFormHigh)
	b.accumulate(u, n, tanhFormCubic)
	b.sub(d, u, tanhFormHigh)              // exact: high has few bits
	b.op(VFMSUB231PS, d, n, tanhFormCubic) // n*cubic - d
	b.add(lo, lo, d)
	b.mul(lo, lo, t)
	b.set(n, u)
	b.mul(u, u, t)
	b.set(d, u)
	b.op(VFMSUB231PS, d, n, t) // t*n - u
	b.add(lo, lo, d)
	b.reduce(u, n)
	b.add(u, u, lo)
	b.expReduced(d, u)
	b.power(n)
	b.mul(d, d, n)
}

// root is d = sqrt(x^2 + b) for x >= 0, without overflow.
func (b *body) root(d, x value) {
	b.min(d, number(1<<60), x)
	b.mulAdd(d, d, scalar("b"))
	b.op(VSQRTPS, d, d)
	b.max(d, x, d) // of larger ones the root is x
}

// log is d = ln(x) for a normal number x. It spoils u, n and t. The error of a result
// near 0 is that of numbers near 1.
func (b *body) log(d, x, u, n, t value) {
	// x = 2^e * m with m from 1 to 2. The exponent becomes a number by a trick: the
	// last bits of a float32 from 2^23 on are those of a whole number.
	b.opImm(VPSRAD, 23, n, x)
	b.or(n, value(n), word(0x4b000000))
	b.sub(n, value(n), number(1<<23+127))
	b.and(u, value(x), word(1<<23-1))
	b.or(u, value(u), word(0x3f800000))
	b.sub(u, value(u), number(1))
	b.log1p(d, u, t)
	b.accumulate(d, value(n), ln2Lo)
	b.accumulate(d, value(n), ln2Hi)
}

// pow is d = x^p for x >= 0 and a number p, as e^(p*ln x); of 0 it is next to
// nothing for p above a half, and of subnormals that of their exponent. It spoils
// u, n and t. The relative error is that of the exponent, about 1e-7 times its
// size.
func (b *body) pow(d, x value, p source, u, n, t value) {
	b.log(d, x, u, n, t)
	b.mul(u, value(d), p)
	b.exp(d, u, n)
}
