package simd

// Bilinear interpolation: weighted means of four neighbours, and its gradient.

// blendWeights are the weights of the neighbours: at the place, right of it,
// below it, and both.
var blendWeights = []string{"w00", "w01", "w10", "w11"}

func blendParams(Variant) []Param {
	return params(PtrFloat32, "x y", Int, "n c xRow xCol xStep yStep", Float32, "w00 w01 w10 w11")
}

func blendDoc(Variant, int) []string {
	return []string{"interpolates n pixels of c channels, a multiple of 8:", "",
		"\ty[p*yStep+cc] = w00*x[o] + w01*x[o+xCol] + w10*x[o+xRow] + w11*x[o+xRow+xCol], o = p*xStep+cc"}
}

func buildBlend(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	k := &pool{Program: &Program{}, isa: isa, window: "x", pixel: "y"}
	const sum = 0
	k.blendWeights()
	k.each(func(b poolBlock) {
		for u := range b.vectors {
			k.I(VMULPS, b.at(poolWindow, u), b.vec(blendWeight), b.vec(sum+u))
		}
		k.neighbours(func(weight int) {
			for u := range b.vectors {
				k.I(VFMADD231PS, b.at(poolAt, u), b.vec(weight), b.vec(sum+u))
			}
		})
		for u := range b.vectors {
			k.I(VMOVUPS, b.vec(sum+u), b.at(poolPixel, u))
		}
	})
	return k.Program, nil
}

func blendGradParams(Variant) []Param {
	return params(PtrFloat32, "dy dx", Int, "n c dxRow dxCol dxStep dyStep", Float32, "w00 w01 w10 w11")
}

func blendGradDoc(Variant, int) []string {
	return []string{"adds the gradient of n interpolated pixels of c channels, a multiple of 8, to the",
		"pixels they are means of, pixel by pixel and in this order:", "",
		"\tdx[o] += w00*g; dx[o+dxCol] += w01*g; dx[o+dxRow] += w10*g; dx[o+dxRow+dxCol] += w11*g", "",
		"with g = dy[p*dyStep+cc], o = p*dxStep+cc."}
}

func buildBlendGrad(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	k := &pool{Program: &Program{}, isa: isa, window: "dx", pixel: "dy"}
	const up, temp = 0, 4
	k.blendWeights()
	k.each(func(b poolBlock) {
		for u := range b.vectors {
			k.I(VMOVUPS, b.at(poolPixel, u), b.vec(up+u))
		}
		add := func(at GPR, weight int) {
			for u := range b.vectors {
				k.I(VMOVUPS, b.at(at, u), b.vec(temp+u))
				k.I(VFMADD231PS, b.vec(weight), b.vec(up+u), b.vec(temp+u))
				k.I(VMOVUPS, b.vec(temp+u), b.at(at, u))
			}
		}
		add(poolWindow, blendWeight)
		k.neighbours(func(weight int) { add(poolAt, weight) })
	})
	return k.Program, nil
}

// blendWeight is the register of the first weight.
const blendWeight = 12

func (k *pool) blendWeights() {
	for i, w := range blendWeights {
		k.I(VBROADCASTSS, Arg(w), k.isa.Vec(blendWeight+i))
	}
}

// neighbours visits the other three neighbours at poolAt, with the registers of
// their weights.
func (k *pool) neighbours(visit func(weight int)) {
	for i := 1; i < len(blendWeights); i++ {
		k.I(MOVQ, poolWindow, poolAt)
		if i&1 != 0 {
			k.I(ADDQ, Arg(k.window+"Col"), poolAt)
		}
		if i&2 != 0 {
			k.I(ADDQ, Arg(k.window+"Row"), poolAt)
		}
		visit(blendWeight + i)
	}
}
