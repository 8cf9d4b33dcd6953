package simd

import "fmt"

// Normal noise from random words: the quantile of a word's upper 24 bits, by
// M. Giles, "Approximating the erfinv function", GPU Computing Gems, Jade
// edition, 2011 (single precision). The relative error of the approximation is
// 1.3e-7.

var (
	// erfinv(x)/x in w - 2.5 for w = -ln(1-x^2) < 5, and in sqrt(w) - 3 above,
	// highest power first.
	erfinvCentre = []number{2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
		-0.00125372503, -0.00417768164, 0.246640727, 1.50140941}
	erfinvTail = []number{-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
		-0.0076224613, 0.00943887047, 1.00167406, 2.83297682}
)

const sqrt2 = number(1.4142135623730951)

func noiseParams(Variant) []Param {
	return params(PtrFloat32, "x words y", Int, "n", Float32, "s")
}

func noiseDoc(v Variant, _ int) []string {
	formula := "x[i] + s*z"
	if v.Func == "multiply" {
		formula = "x[i] * (1 + s*z)"
	}
	return []string{"disturbs elements by standard normal numbers z made of random words:", "",
		"\ty[i] = " + formula + " for i < n, a multiple of 8", "",
		"z is the normal quantile of (words[i]>>8 + 0.5) / 2^24, words[i] being bits. y may be x."}
}

func buildNoise(v Variant, _ int, isa ISA) (*Program, error) {
	if v.Func != "add" && v.Func != "multiply" {
		return nil, fmt.Errorf("noise: no function %q", v.Func)
	}
	if err := v.check(Variant{Family: v.Family, Func: v.Func}); err != nil {
		return nil, err
	}
	const x, t, q, e, d, tail = 0, 1, 2, 3, 4, 5
	k := lanewise{in: []string{"x", "words"}, out: []output{{"y", x}}, temps: 4, unroll: 2, body: func(b *body) {
		// t = 2*p - 1, an odd multiple of 2^-24 and exact.
		b.xor(t, value(t), signBit)
		b.opImm(VPSRAD, 8, t, value(t))
		b.op(VCVTDQ2PS, t, value(t))
		b.mulAdd(t, number(0x1p-23), number(0x1p-24))
		b.sub(q, number(1), value(t))
		b.add(e, number(1), value(t))
		b.mul(q, value(q), value(e))
		b.logarithm(e, q, d, tail) // e = ln(1-t^2)
		// The tail.
		b.sub(q, number(0), value(e)) // w
		b.op(VSQRTPS, d, value(q))
		b.sub(d, value(d), number(3))
		b.horner(tail, value(d), erfinvTail...)
		b.sub(d, value(q), number(2.5))
		b.horner(e, value(d), erfinvCentre...)
		b.choose(e, cmpLT, value(q), number(5), value(e), value(tail))
		b.mul(e, value(e), value(t))
		b.mul(e, value(e), sqrt2)
		if v.Func == "add" {
			b.accumulate(x, value(e), scalar("s"))
		} else {
			b.mul(e, value(e), scalar("s"))
			b.accumulate(x, value(x), value(e))
		}
	}}
	return k.build(isa)
}

// logarithm is d = ln(x) for a normal positive x. It spoils x, n and t.
func (b *body) logarithm(d, x, n, t value) {
	const half = 0x3f3504f3 // the bits of sqrt(1/2)
	// x = m*2^n with m in [sqrt(1/2), sqrt(2)).
	b.op(VPSUBD, n, word(half), value(x))
	b.opImm(VPSRAD, 23, n, value(n))
	b.opImm(VPSLLD, 23, t, value(n))
	b.op(VPSUBD, x, value(t), value(x))
	b.op(VCVTDQ2PS, n, value(n))
	b.sub(x, value(x), number(1))
	b.add(t, value(x), number(2))
	b.add(x, value(x), value(x))
	b.div(x, value(x), value(t)) // 2*(m-1)/(m+1)
	b.mul(t, value(x), value(x))
	b.horner(d, value(t), log1pCoeffs...)
	b.mul(d, value(d), value(t))
	b.mulAdd(d, value(x), value(x))
	b.accumulate(d, value(n), number(0.6931471805599453))
}
