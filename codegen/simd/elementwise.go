package simd

// Sums and multiples of whole buffers. n is a multiple of 8 in all of them.

func addParams(Variant) []Param { return params(PtrFloat32, "a b y", Int, "n") }

func addDoc(v Variant, _ int) []string {
	if v.ReLU {
		return []string{"computes y[i] = max(a[i]+b[i], 0) for i < n, a multiple of 8. A NaN stays", "one. y may be a or b."}
	}
	return []string{"computes y[i] = a[i] + b[i] for i < n, a multiple of 8. y may be a or b."}
}

func buildAdd(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family, ReLU: v.ReLU}); err != nil {
		return nil, err
	}
	k := lanewise{in: []string{"a", "b"}, out: []output{{"y", 0}}, unroll: 4, body: func(b *body) {
		b.add(0, value(0), value(1))
		if v.ReLU {
			b.max(0, number(0), value(0))
		}
	}}
	return k.build(isa)
}

func axpyParams(Variant) []Param { return params(PtrFloat32, "x y", Int, "n", Float32, "a") }

func axpyDoc(Variant, int) []string {
	return []string{"computes y[i] += a*x[i] for i < n, a multiple of 8."}
}

func buildAxpy(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	k := lanewise{in: []string{"x", "y"}, out: []output{{"y", 1}}, unroll: 4, body: func(b *body) {
		b.accumulate(1, value(0), scalar("a"))
	}}
	return k.build(isa)
}

func scaleDoc(Variant, int) []string {
	return []string{"computes y[i] = a*x[i] for i < n, a multiple of 8. y may be x."}
}

func buildScale(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	k := lanewise{in: []string{"x"}, out: []output{{"y", 0}}, unroll: 4, body: func(b *body) {
		b.mul(0, value(0), scalar("a"))
	}}
	return k.build(isa)
}
