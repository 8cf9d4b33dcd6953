package simd

// Scaling and shifting, as a whole and channel by channel, and PReLU, whose
// slopes step like pixels do.

func affineParams(v Variant) []Param {
	if v.Func == "channels" {
		return params(PtrFloat32, "x a b y", Int, "n c xStep aStep bStep yStep")
	}
	return params(PtrFloat32, "x y", Int, "n", Float32, "a b")
}

func affineDoc(v Variant, _ int) []string {
	if v.Func == "channels" {
		return []string{"scales and shifts n pixels of c channels, a multiple of 8:", "",
			"\ty[p*yStep+cc] = x[p*xStep+cc]*a[p*aStep+cc] + b[p*bStep+cc]", "", "y may be x."}
	}
	return []string{"computes y[i] = a*x[i] + b for i < n, a multiple of 8. y may be x."}
}

func buildAffine(v Variant, _ int, isa ISA) (*Program, error) {
	if v.Func == "channels" {
		if err := v.check(Variant{Family: v.Family, Func: v.Func}); err != nil {
			return nil, err
		}
		k := lanewise{in: []string{"x", "a", "b"}, out: []output{{"y", 0}}, unroll: 4, pixels: true, body: func(b *body) {
			b.mulAdd(0, value(1), value(2))
		}}
		return k.build(isa)
	}
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	k := lanewise{in: []string{"x"}, out: []output{{"y", 0}}, unroll: 4, body: func(b *body) {
		b.mulAdd(0, scalar("a"), scalar("b"))
	}}
	return k.build(isa)
}

func preluParams(Variant) []Param {
	return params(PtrFloat32, "x alpha y", Int, "n c xStep alphaStep yStep")
}

func preluDoc(Variant, int) []string {
	return []string{"applies slopes to n pixels of c channels, a multiple of 8:", "",
		"\ty[p*yStep+cc] = x[p*xStep+cc], times alpha[p*alphaStep+cc] where it is not above 0", "", "y may be x."}
}

func buildPrelu(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	k := lanewise{in: []string{"x", "alpha"}, out: []output{{"y", 0}}, unroll: 4, pixels: true, body: func(b *body) {
		b.mul(1, value(0), value(1))
		b.choose(0, cmpGT, value(0), number(0), value(0), value(1))
	}}
	return k.build(isa)
}

func preluGradParams(Variant) []Param {
	return params(PtrFloat32, "dy x alpha dx", Int, "n c dyStep xStep alphaStep dxStep")
}

func preluGradDoc(Variant, int) []string {
	return []string{"is the gradient of prelu, n pixels of c channels, a multiple of 8:", "",
		"\tdx[p*dxStep+cc] = dy[p*dyStep+cc] where x[p*xStep+cc] > 0,",
		"\t                  dy*alpha[p*alphaStep+cc] where x < 0, else 0", "", "dx may be dy."}
}

func buildPreluGrad(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	k := lanewise{in: []string{"dy", "x", "alpha"}, out: []output{{"dx", 0}}, unroll: 3, pixels: true, body: func(b *body) {
		b.mul(2, value(0), value(2))
		b.keep(2, cmpLT, value(1), number(0), value(2))
		b.choose(0, cmpGT, value(1), number(0), value(0), value(2))
	}}
	return k.build(isa)
}
