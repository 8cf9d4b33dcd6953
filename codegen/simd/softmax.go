package simd

// Softmax over rows. Rows of classifiers are short, so one 256-bit kernel
// serves both ISAs, and both get the same bits.

func softmaxParams(Variant) []Param {
	return params(PtrFloat32, "z p stats", Int, "rows classes stride")
}

func softmaxDoc(Variant, int) []string {
	return []string{"turns rows of scores into probabilities:", "",
		"\tfor r < rows, with z and p at r*stride:",
		"\t\tm = max of z[0:classes]; s = sum of exp(z[k]-m) over k < classes",
		"\t\tp[k] = exp(z[k]-m)/s for k < classes, 0 for classes <= k < stride",
		"\t\tstats[2*r] = m; stats[2*r+1] = s", "",
		"stride is a multiple of 8, classes at least 1. p may be z. A NaN or +Inf among",
		"the scores makes the whole row NaN."}
}

func buildSoftmax(v Variant, _ int, _ ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	p := &Program{}
	const (
		z, prob, stats, rows = SI, DI, R8, R9
		whole                = R10 // bytes of the classes in whole vectors
		rest                 = R11 // classes beyond them, 0 to 7
		stride               = R12 // bytes
		at                   = AX  // byte offset in the row
	)
	const top, x, e, n, sum = 0, 1, 2, 3, 4 // values and registers
	const mask = 9                          // the lanes of the last, partial vector
	b := &body{Program: p, isa: AVX2, vec: Y, unroll: 1, scratch: 6, first: 10, dry: true}
	b.exp(e, x, n)
	b.dry, b.resident = false, b.collect[:6]

	p.I(MOVQ, Arg("rows"), rows)
	p.I(TESTQ, rows, rows)
	p.I(JLE, Label("done"))
	p.I(MOVQ, Arg("z"), z)
	p.I(MOVQ, Arg("p"), prob)
	p.I(MOVQ, Arg("stats"), stats)
	p.I(MOVQ, Arg("stride"), stride)
	p.I(SHLQ, Imm(2), stride)
	p.I(MOVQ, Arg("classes"), whole)
	p.I(MOVQ, whole, rest)
	p.I(ANDQ, Imm(7), rest)
	p.I(SUBQ, rest, whole)
	p.I(SHLQ, Imm(2), whole)
	p.I(VMOVD, rest, X(mask))
	p.I(VPBROADCASTD, X(mask), Y(mask))
	p.I(VPCMPGTD, p.ConstTable(0, 1, 2, 3, 4, 5, 6, 7), Y(mask), Y(mask)).Say("rest > lane")
	for i, c := range b.resident {
		b.load(c, Y(b.first+i))
	}

	p.Label("row")
	p.Comment("The maximum.")
	p.I(VBROADCASTSS, At(z, 0), Y(top))
	p.I(XORL, at, at)
	p.I(TESTQ, whole, whole)
	p.I(JEQ, Label("maxRest"))
	p.Label("max")
	p.I(VMOVUPS, AtIndex(z, at, 1, 0), Y(x))
	p.I(VMAXPS, Y(top), Y(x), Y(top)) // a NaN in front stays
	p.I(ADDQ, Imm(32), at)
	p.I(CMPQ, at, whole)
	p.I(JLT, Label("max"))
	p.Label("maxRest")
	p.I(TESTQ, rest, rest)
	p.I(JEQ, Label("maxFold"))
	p.I(VMASKMOVPS, AtIndex(z, at, 1, 0), Y(mask), Y(x))
	p.I(VBLENDVPS, Y(mask), Y(x), Y(top), Y(x))
	p.I(VMAXPS, Y(top), Y(x), Y(top))
	p.Label("maxFold")
	foldVec(p, VMAXPS, Y(top), Y(x))
	p.I(VMOVSS, X(top), At(stats, 0))
	p.I(VBROADCASTSS, X(top), Y(top))

	p.Comment("Exponentials and their sum.")
	p.I(VXORPS, X(sum), X(sum), X(sum))
	p.I(XORL, at, at)
	p.I(TESTQ, whole, whole)
	p.I(JEQ, Label("expRest"))
	p.Label("exp")
	p.I(VMOVUPS, AtIndex(z, at, 1, 0), Y(x))
	b.sub(x, value(x), value(top))
	b.exp(e, x, n)
	p.I(VMOVUPS, Y(e), AtIndex(prob, at, 1, 0))
	p.I(VADDPS, Y(e), Y(sum), Y(sum))
	p.I(ADDQ, Imm(32), at)
	p.I(CMPQ, at, whole)
	p.I(JLT, Label("exp"))
	p.Label("expRest")
	p.I(TESTQ, rest, rest)
	p.I(JEQ, Label("sum"))
	p.I(VMASKMOVPS, AtIndex(z, at, 1, 0), Y(mask), Y(x))
	b.sub(x, value(x), value(top))
	b.exp(e, x, n)
	p.I(VANDPS, Y(mask), Y(e), Y(e))
	p.I(VMOVUPS, Y(e), AtIndex(prob, at, 1, 0))
	p.I(VADDPS, Y(e), Y(sum), Y(sum))
	p.I(ADDQ, Imm(32), at)
	p.Label("sum")
	foldVec(p, VADDPS, Y(sum), Y(x))
	p.I(VMOVSS, X(sum), At(stats, 4))
	p.I(VBROADCASTSS, X(sum), Y(sum))

	p.Comment("Zeros from there to the end of the row, then quotients back to its start.")
	p.I(MOVQ, at, BX)
	p.I(VXORPS, X(x), X(x), X(x))
	p.I(CMPQ, BX, stride)
	p.I(JGE, Label("quotients"))
	p.Label("zeros")
	p.I(VMOVUPS, Y(x), AtIndex(prob, BX, 1, 0))
	p.I(ADDQ, Imm(32), BX)
	p.I(CMPQ, BX, stride)
	p.I(JLT, Label("zeros"))
	p.Label("quotients")
	p.I(TESTQ, rest, rest)
	p.I(JEQ, Label("div"))
	p.I(VMOVUPS, AtIndex(prob, at, 1, -32), Y(x))
	p.I(VDIVPS, Y(sum), Y(x), Y(x))
	p.I(VANDPS, Y(mask), Y(x), Y(x)).Say("0/NaN is not 0")
	p.I(VMOVUPS, Y(x), AtIndex(prob, at, 1, -32))
	p.I(SUBQ, Imm(32), at)
	p.I(JEQ, Label("end"))
	p.Label("div")
	p.I(VMOVUPS, AtIndex(prob, at, 1, -32), Y(x))
	p.I(VDIVPS, Y(sum), Y(x), Y(x))
	p.I(VMOVUPS, Y(x), AtIndex(prob, at, 1, -32))
	p.I(SUBQ, Imm(32), at)
	p.I(JGT, Label("div"))
	p.Label("end")

	p.I(ADDQ, stride, z)
	p.I(ADDQ, stride, prob)
	p.I(ADDQ, Imm(8), stats)
	p.I(DECQ, rows)
	p.I(JNE, Label("row"))
	p.Label("done")
	p.Return()
	return p, b.err
}

// foldVec combines the eight float32 of a 256-bit v with op; the result is in
// its lowest one (and, for 128 bits, in all). It spoils t.
func foldVec(p *Program, op Op, v, t Vec) {
	p.I(VEXTRACTF128, Imm(1), v, t.Low())
	p.I(op, t.Low(), v.Low(), v.Low())
	p.I(VPSHUFD, Imm(0x4e), v.Low(), t.Low())
	p.I(op, t.Low(), v.Low(), v.Low())
	p.I(VPSHUFD, Imm(0xb1), v.Low(), t.Low())
	p.I(op, t.Low(), v.Low(), v.Low())
}
