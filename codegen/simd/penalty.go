package simd

// The sums behind L1 and L2 penalties, in float64. The pass is bound by
// memory, so one 256-bit kernel serves both ISAs.

func penaltyParams(Variant) []Param { return params(PtrFloat32, "w", Int, "n", PtrFloat64, "out") }

func penaltyDoc(Variant, int) []string {
	return []string{"adds the sums of |w| and w*w over n weights to out[0] and out[1].",
		"Element e goes to accumulator e%16; the sixteen are folded in halves. The bits are",
		"the same on every ISA. n is a multiple of 8."}
}

func buildPenalty(v Variant, _ int, _ ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	p := &Program{}
	const w, left = SI, CX
	const abs, sq, temp, noSign = 0, 4, 8, 15 // vector registers; the first three are four each
	p.I(MOVQ, Arg("w"), w)
	p.I(MOVQ, Arg("n"), left)
	p.I(MOVQ, Imm(1<<63-1), AX)
	p.I(VMOVQ, AX, X(noSign))
	p.I(VPBROADCASTQ, X(noSign), Y(noSign))
	for i := range 8 {
		p.I(VXORPS, X(i), X(i), X(i))
	}
	accumulate := func(vectors int) {
		for i := range vectors {
			p.I(VCVTPS2PD, At(w, 16*i), Y(temp+i))
		}
		for i := range vectors {
			p.I(VFMADD231PD, Y(temp+i), Y(temp+i), Y(sq+i)) // the product is exact
			p.I(VANDPS, Y(noSign), Y(temp+i), Y(temp+i))
			p.I(VADDPD, Y(temp+i), Y(abs+i), Y(abs+i))
		}
	}
	p.I(SUBQ, Imm(16), left)
	p.I(JLT, Label("rest"))
	p.Align(16)
	p.Label("loop")
	accumulate(4)
	p.I(ADDQ, Imm(64), w)
	p.I(SUBQ, Imm(16), left)
	p.I(JGE, Label("loop"))
	p.Label("rest")
	p.I(ADDQ, Imm(16), left)
	p.I(JLE, Label("fold"))
	accumulate(2)
	p.Label("fold")
	p.I(MOVQ, Arg("out"), DI)
	for i, acc := range []int{abs, sq} {
		t := temp + i
		p.I(VADDPD, Y(acc+2), Y(acc), Y(acc))
		p.I(VADDPD, Y(acc+3), Y(acc+1), Y(acc+1))
		p.I(VADDPD, Y(acc+1), Y(acc), Y(acc))
		p.I(VEXTRACTF128, Imm(1), Y(acc), X(t))
		p.I(VADDPD, X(t), X(acc), X(acc))
		p.I(VPSHUFD, Imm(0x4e), X(acc), X(t))
		p.I(VADDPD, X(t), X(acc), X(acc))
		p.I(VADDSD, At(DI, 8*i), X(acc), X(acc))
		p.I(VMOVSD, X(acc), At(DI, 8*i))
	}
	p.Return()
	return p, nil
}

func activityGradParams(Variant) []Param {
	return params(PtrFloat32, "dy x dx", Int, "n", Float32, "l1 l2")
}

func activityGradDoc(Variant, int) []string {
	return []string{"computes dx[i] = dy[i] + l1*sign(x[i]) + l2*x[i] for i < n, a multiple of 8; sign(0) = 0.", "dx may be dy."}
}

func buildActivityGrad(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	k := lanewise{in: []string{"dy", "x"}, out: []output{{"dx", 0}}, temps: 1, unroll: 2, body: func(b *body) {
		b.and(2, value(1), signBit)
		b.xor(2, value(2), scalar("l1"))
		b.keep(2, cmpUNEQ, value(1), number(0), value(2))
		b.add(0, value(0), value(2))
		b.accumulate(0, scalar("l2"), value(1))
	}}
	return k.build(isa)
}
