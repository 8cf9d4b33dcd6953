package simd

// The gradient of a global maximum, which equal largest cells share.

func globalmaxpoolGradParams(Variant) []Param {
	return params(PtrFloat32, "dy y x dx", Int, "n c kh kw xRow xCol xStep dyStep")
}

func globalmaxpoolGradDoc(Variant, int) []string {
	return []string{"shares the gradient of maxima among the cells that have them:", "",
		"\tfor o < n, cc < c, with a = x and d = dx at o*xStep+cc, g = dy and m = y at o*dyStep+cc:",
		"\t\tties = how many of a[i*xRow+j*xCol] equal m, i < kh, j < kw",
		"\t\td[i*xRow+j*xCol] = g/ties where a[i*xRow+j*xCol] equals m, else 0", "",
		"c is a multiple of 8; kh and kw are at least 1."}
}

func buildGlobalmaxpoolGrad(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	k := &pool{Program: &Program{}, isa: isa, window: "x", pixel: "dy"}
	const (
		ties, top, t, one = 0, 4, 8, 15 // vector registers, the first four of each
		toDX              = BX          // from a place in x to that in dx
		toY               = CX          // from a place in dy to that in y
	)
	k.I(VBROADCASTSS, k.Const(1), isa.Vec(one))
	k.I(MOVQ, Arg("dx"), toDX)
	k.I(SUBQ, Arg("x"), toDX)
	k.I(MOVQ, Arg("y"), toY)
	k.I(SUBQ, Arg("dy"), toY)
	equal := func(b poolBlock, u int) {
		// t = one of the sums where the cell is the largest, else 0.
		if isa == AVX512 {
			k.I(VCMPPS, Imm(cmpEQ), b.at(poolAt, u), b.vec(top+u), K1)
		} else {
			k.I(VCMPPS, Imm(cmpEQ), b.at(poolAt, u), b.vec(top+u), b.vec(t+u))
		}
	}
	mask := func(b poolBlock, u, from int) {
		if isa == AVX512 {
			k.IZ(VMOVUPS, b.vec(from), K1, b.vec(t+u))
		} else {
			k.I(VANDPS, b.vec(t+u), b.vec(from), b.vec(t+u))
		}
	}
	k.each(func(b poolBlock) {
		for u := range b.vectors {
			k.I(VMOVUPS, AtIndex(poolPixel, toY, 1, 4*b.width*u), b.vec(top+u))
			k.I(VXORPS, b.vec(ties+u).Low(), b.vec(ties+u).Low(), b.vec(ties+u).Low())
		}
		k.walk(false, false, func() {
			for u := range b.vectors {
				equal(b, u)
				mask(b, u, one)
				k.I(VADDPS, b.vec(t+u), b.vec(ties+u), b.vec(ties+u))
			}
		})
		for u := range b.vectors {
			k.I(VMOVUPS, b.at(poolPixel, u), b.vec(t+u))
			k.I(VDIVPS, b.vec(ties+u), b.vec(t+u), b.vec(ties+u)).Say("the share of each")
		}
		k.walk(false, false, func() {
			for u := range b.vectors {
				equal(b, u)
				mask(b, u, ties+u)
				k.I(VMOVUPS, b.vec(t+u), AtIndex(poolAt, toDX, 1, 4*b.width*u))
			}
		})
	})
	return k.Program, nil
}
