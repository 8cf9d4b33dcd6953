package simd

// Normalization of single pixels over their channels, and its gradient. A pixel
// is read several times, from the first-level cache. One 256-bit kernel serves
// both ISAs, and both get the same bits.

func layernormParams(Variant) []Param {
	return params(PtrFloat32, "x scale shift y", Int, "n c pitch", Float32, "share eps")
}

func layernormDoc(Variant, int) []string {
	return []string{"normalizes each of n pixels over its c channels:", "",
		"\tfor o < n, with x and y at o*pitch:",
		"\t\tm = mean of x[0:c]; v = mean of (x[k]-m)^2 over k < c",
		"\t\ty[k] = (x[k]-m)/sqrt(v+eps)*scale[k] + shift[k] for k < pitch", "",
		"pitch is c rounded up to a multiple of 8, share 1/c. y may be x."}
}

func layernormGradParams(Variant) []Param {
	return params(PtrFloat32, "dy x scale dx dscale", Int, "n c pitch", Float32, "share eps")
}

func layernormGradDoc(Variant, int) []string {
	return []string{"is the gradient of layernorm for n pixels of c channels:", "",
		"\tfor o < n, with dy, x and dx at o*pitch, m and v as there, r = 1/sqrt(v+eps):",
		"\t\td[k] = dy[k]*scale[k]; h[k] = (x[k]-m)*r",
		"\t\tdx[k] = r*(d[k] - mean of d - h[k]*mean of d*h) for k < c, 0 for c <= k < pitch",
		"\t\tdscale[k] += dy[k]*h[k] for k < c", "",
		"pitch is c rounded up to a multiple of 8, share 1/c. dx may be dy or x."}
}

// layerKernel is what both share. GPRs: the pixels at SI, DI and R8, vectors at R9
// and R10. YMM registers 0 to 7 are sums and temporary.
type layerKernel struct {
	*Program
}

const (
	layerAt    = AX  // bytes into the pixel
	layerN     = CX  // pixels left
	layerPitch = DX  // bytes of a pixel
	layerWhole = R11 // bytes of the channels in whole vectors
	layerRest  = R12 // channels beyond them, 0 to 7
	layerTemp  = R13

	layerMean, layerInv, layerMask, layerShare, layerEps, layerOne = 8, 9, 10, 11, 12, 13
)

// begin loads what all pixels share and opens the loop over them.
func (k *layerKernel) begin(pointers []string, gprs []GPR) {
	k.I(MOVQ, Arg("n"), layerN)
	k.I(TESTQ, layerN, layerN)
	k.I(JLE, Label("done"))
	for i, p := range pointers {
		k.I(MOVQ, Arg(p), gprs[i])
	}
	k.I(MOVQ, Arg("pitch"), layerPitch)
	k.I(SHLQ, Imm(2), layerPitch)
	k.I(MOVQ, Arg("c"), layerWhole)
	k.I(MOVQ, layerWhole, layerRest)
	k.I(VBROADCASTSS, k.Const(1), Y(layerOne)).Say("1")
	k.I(VBROADCASTSS, Arg("share"), Y(layerShare))
	k.I(ANDQ, Imm(7), layerRest)
	k.I(SUBQ, layerRest, layerWhole)
	k.I(SHLQ, Imm(2), layerWhole)
	k.I(VMOVD, layerRest, X(layerMask))
	k.I(VPBROADCASTD, X(layerMask), Y(layerMask))
	k.I(VPCMPGTD, k.ConstTable(0, 1, 2, 3, 4, 5, 6, 7), Y(layerMask), Y(layerMask)).Say("rest > lane")
	k.I(VBROADCASTSS, Arg("eps"), Y(layerEps))
	k.Label("pixel")
}

// end advances the pixels and closes the loop.
func (k *layerKernel) end(pixels ...GPR) {
	for _, p := range pixels {
		k.I(ADDQ, layerPitch, p)
	}
	k.I(DECQ, layerN)
	k.I(JNE, Label("pixel"))
	k.Label("done")
	k.Return()
}

// sweep visits the channels of a pixel in blocks of four vectors, then one by
// one; visit gets the vector's number in its block and whether it is the last,
// partial one.
func (k *layerKernel) sweep(name string, visit func(u int, rest bool)) {
	k.Comment("%s", name+":")
	label := func(s string) Label { return Label(name + s) }
	k.I(XORL, layerAt, layerAt)
	k.Label(string(label("4")))
	k.I(LEAQ, At(layerAt, 128), layerTemp)
	k.I(CMPQ, layerTemp, layerWhole)
	k.I(JGT, label("1"))
	for u := range 4 {
		visit(u, false)
	}
	k.I(ADDQ, Imm(128), layerAt)
	k.I(JMP, label("4"))
	k.Label(string(label("1")))
	k.I(CMPQ, layerAt, layerWhole)
	k.I(JGE, label("rest"))
	visit(0, false)
	k.I(ADDQ, Imm(32), layerAt)
	k.I(JMP, label("1"))
	k.Label(string(label("rest")))
	k.I(TESTQ, layerRest, layerRest)
	k.I(JEQ, label("end"))
	visit(0, true)
	k.Label(string(label("end")))
}

// at is vector u of the block of a pixel or a vector.
func (k *layerKernel) at(base GPR, u int) Mem { return AtIndex(base, layerAt, 1, 32*u) }

func (k *layerKernel) clear(from, n int) {
	for i := range n {
		k.I(VXORPS, X(from+i), X(from+i), X(from+i))
	}
}

// total adds up four accumulators; every lane of the first holds the sum times
// 1/c. It spoils the temporary registers.
func (k *layerKernel) total(acc, temp int) {
	k.I(VADDPS, Y(acc+1), Y(acc), Y(acc))
	k.I(VADDPS, Y(acc+3), Y(acc+2), Y(acc+2))
	k.I(VADDPS, Y(acc+2), Y(acc), Y(acc))
	foldVec(k.Program, VADDPS, Y(acc), Y(temp))
	k.I(VBROADCASTSS, X(acc), Y(acc))
	k.I(VMULPS, Y(layerShare), Y(acc), Y(acc))
}

// moments leaves mean and 1/sqrt(variance+eps) of the pixel at x.
func (k *layerKernel) moments(x GPR) {
	const acc, t = 0, 4
	k.clear(acc, 4)
	k.sweep("mean", func(u int, rest bool) {
		if rest {
			k.I(VANDPS, k.at(x, u), Y(layerMask), Y(t))
			k.I(VADDPS, Y(t), Y(acc+u), Y(acc+u))
			return
		}
		k.I(VADDPS, k.at(x, u), Y(acc+u), Y(acc+u))
	})
	k.total(acc, t)
	k.I(VMOVUPS, Y(acc), Y(layerMean))
	k.clear(acc, 4)
	k.sweep("variance", func(u int, rest bool) {
		k.I(VMOVUPS, k.at(x, u), Y(t+u))
		k.I(VSUBPS, Y(layerMean), Y(t+u), Y(t+u))
		if rest {
			k.I(VANDPS, Y(t+u), Y(layerMask), Y(t+u))
		}
		k.I(VFMADD231PS, Y(t+u), Y(t+u), Y(acc+u))
	})
	k.total(acc, t)
	k.I(VADDPS, Y(layerEps), Y(acc), Y(acc))
	k.I(VSQRTPS, Y(acc), Y(acc))
	k.I(VDIVPS, Y(acc), Y(layerOne), Y(layerInv))
}

func buildLayernorm(v Variant, _ int, _ ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	k := &layerKernel{Program: &Program{}}
	const x, y, scale, shift = SI, DI, R9, R10
	const t = 0
	k.begin([]string{"x", "y", "scale", "shift"}, []GPR{x, y, scale, shift})
	k.moments(x)
	k.sweep("result", func(u int, _ bool) {
		k.I(VMOVUPS, k.at(x, u), Y(t+u))
		k.I(VSUBPS, Y(layerMean), Y(t+u), Y(t+u))
		k.I(VMULPS, Y(layerInv), Y(t+u), Y(t+u))
		k.I(VMULPS, k.at(scale, u), Y(t+u), Y(t+u))
		k.I(VADDPS, k.at(shift, u), Y(t+u), Y(t+u))
		k.I(VMOVUPS, Y(t+u), k.at(y, u))
	})
	k.end(x, y)
	return k.Program, nil
}

func buildLayernormGrad(v Variant, _ int, _ ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	k := &layerKernel{Program: &Program{}}
	const dy, x, dx, scale, dscale = SI, DI, R8, R9, R10
	k.begin([]string{"dy", "x", "dx", "scale", "dscale"}, []GPR{dy, x, dx, scale, dscale})
	k.moments(x)
	// Sums of d in 0 and 1, of d*(x-m) in 2 and 3.
	const t, d = 4, 5
	k.clear(0, 4)
	k.sweep("sums", func(u int, rest bool) {
		k.I(VMOVUPS, k.at(x, u), Y(t))
		k.I(VSUBPS, Y(layerMean), Y(t), Y(t))
		k.I(VMOVUPS, k.at(dy, u), Y(d))
		k.I(VMULPS, k.at(scale, u), Y(d), Y(d))
		if rest {
			k.I(VANDPS, Y(d), Y(layerMask), Y(d))
			k.I(VANDPS, Y(t), Y(layerMask), Y(t))
		}
		k.I(VADDPS, Y(d), Y(u%2), Y(u%2))
		k.I(VFMADD231PS, Y(t), Y(d), Y(2+u%2))
	})
	for _, acc := range []int{0, 2} {
		k.I(VADDPS, Y(acc+1), Y(acc), Y(acc))
		foldVec(k.Program, VADDPS, Y(acc), Y(t))
		k.I(VBROADCASTSS, X(acc), Y(acc))
		k.I(VMULPS, Y(layerShare), Y(acc), Y(acc))
	}
	const meanD, meanDH = 0, 2
	k.I(VMULPS, Y(layerInv), Y(meanDH), Y(meanDH)).Say("mean of d*h")
	const h, g, q = 4, 5, 6
	k.sweep("result", func(u int, rest bool) {
		k.I(VMOVUPS, k.at(x, u), Y(h))
		k.I(VSUBPS, Y(layerMean), Y(h), Y(h))
		k.I(VMULPS, Y(layerInv), Y(h), Y(h))
		k.I(VMOVUPS, k.at(dy, u), Y(g))
		if rest {
			k.I(VANDPS, Y(h), Y(layerMask), Y(h))
			k.I(VANDPS, Y(g), Y(layerMask), Y(g))
		}
		k.I(VMOVUPS, k.at(dscale, u), Y(q))
		k.I(VFMADD231PS, Y(g), Y(h), Y(q))
		k.I(VMOVUPS, Y(q), k.at(dscale, u))
		k.I(VMULPS, k.at(scale, u), Y(g), Y(g))
		k.I(VSUBPS, Y(meanD), Y(g), Y(g))
		k.I(VFNMADD231PS, Y(meanDH), Y(h), Y(g))
		k.I(VMULPS, Y(layerInv), Y(g), Y(g))
		if rest {
			k.I(VANDPS, Y(g), Y(layerMask), Y(g))
		}
		k.I(VMOVUPS, Y(g), k.at(dx, u))
	})
	k.end(dy, x, dx)
	return k.Program, nil
}
