package simd

// Average pooling over windows of one row of output pixels, and its gradient.

func avgpoolParams(Variant) []Param {
	return params(PtrFloat32, "x y", Int, "n c kh kw xRow xCol xStep yStep", Float32, "scale")
}

func avgpoolDoc(Variant, int) []string {
	return []string{"averages windows of one row of n output pixels:", "",
		"\tfor o < n, cc < c:",
		"\t\ty[o*yStep+cc] = scale * sum over i < kh, j < kw of x[o*xStep+i*xRow+j*xCol+cc]", "",
		"c is a multiple of 8; kh and kw are at least 1."}
}

func buildAvgpool(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	k := &pool{Program: &Program{}, isa: isa, window: "x", pixel: "y"}
	const sum, scale = 0, 15
	k.I(VBROADCASTSS, Arg("scale"), isa.Vec(scale))
	k.each(func(b poolBlock) {
		for u := range b.vectors {
			k.I(VMOVUPS, b.at(poolWindow, u), b.vec(sum+u))
		}
		k.walk(false, true, func() {
			for u := range b.vectors {
				k.I(VADDPS, b.at(poolAt, u), b.vec(sum+u), b.vec(sum+u))
			}
		})
		for u := range b.vectors {
			k.I(VMULPS, b.vec(scale), b.vec(sum+u), b.vec(sum+u))
			k.I(VMOVUPS, b.vec(sum+u), b.at(poolPixel, u))
		}
	})
	return k.Program, nil
}

func avgpoolGradParams(Variant) []Param {
	return params(PtrFloat32, "dy dx", Int, "n c kh kw dxRow dxCol dxStep dyStep", Float32, "scale")
}

func avgpoolGradDoc(v Variant, _ int) []string {
	op := "="
	if v.Add {
		op = "+="
	}
	return []string{"spreads the gradient of pooled pixels over their windows:", "",
		"\tfor o < n, i < kh, j < kw, cc < c:",
		"\t\tdx[o*dxStep+i*dxRow+j*dxCol+cc] " + op + " dy[o*dyStep+cc]*scale", "",
		"c is a multiple of 8; kh and kw are at least 1."}
}

func buildAvgpoolGrad(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family, Add: v.Add}); err != nil {
		return nil, err
	}
	k := &pool{Program: &Program{}, isa: isa, window: "dx", pixel: "dy"}
	const up, temp, scale = 0, 4, 15
	k.I(VBROADCASTSS, Arg("scale"), isa.Vec(scale))
	k.each(func(b poolBlock) {
		for u := range b.vectors {
			k.I(VMULPS, b.at(poolPixel, u), b.vec(scale), b.vec(up+u))
		}
		k.walk(false, false, func() {
			for u := range b.vectors {
				from := b.vec(up + u)
				if v.Add {
					k.I(VADDPS, b.at(poolAt, u), from, b.vec(temp+u))
					from = b.vec(temp + u)
				}
				k.I(VMOVUPS, from, b.at(poolAt, u))
			}
		})
	})
	return k.Program, nil
}
