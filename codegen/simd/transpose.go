package simd

// transpose exchanges inputs and outputs of packed kernels, whose rows are panels of
// 16 outputs: the derived weights of backward-data begin so.

// transposeRows is the unit that rows come in.
const transposeRows = 4

func transposeParams(Variant) []Param {
	return params(PtrFloat32, "x y", Int, "n rows xStep yStep")
}

func transposeDoc(Variant, int) []string {
	return []string{"transposes n blocks of rows x 16 elements; rows of either side are 16 apart:", "",
		"\tfor o < n, i < rows, j < 16:",
		"\t\ty[o*yStep+16*j+i] = x[o*xStep+16*i+j]", "",
		"rows is a multiple of 4, at most 16, and x and y do not overlap. Steps may be", "negative."}
}

// buildTranspose turns 4 rows of 8 elements at a time: 4 x 4 in each half of a
// register, and each half is stored for itself.
func buildTranspose(v Variant, _ int, _ ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	const (
		x, y, n, rows = SI, DI, AX, CX
		from, to      = R8, R9
		line          = 4 * 16
	)
	p := &Program{}
	p.I(MOVQ, Arg("n"), n)
	p.I(TESTQ, n, n)
	p.I(JLE, Label("done"))
	p.I(CMPQ, Arg("rows"), Imm(0))
	p.I(JLE, Label("done"))
	p.I(SHLQ, Imm(2), Arg("xStep")).Say("to bytes")
	p.I(SHLQ, Imm(2), Arg("yStep")).Say("to bytes")
	p.I(MOVQ, Arg("x"), x)
	p.I(MOVQ, Arg("y"), y)
	p.Label("block")
	p.I(MOVQ, Arg("rows"), rows)
	p.I(MOVQ, x, from)
	p.I(MOVQ, y, to)
	p.Label("rows")
	for half := range 2 {
		in, pair, out := 8*half, 4, 0 // registers
		if half > 0 {
			pair, out = 12, 8
		}
		for i := range transposeRows {
			p.I(VMOVUPS, At(from, i*line+32*half), Y(in+i))
		}
		for i := range 2 {
			p.I(VUNPCKLPS, Y(in+2*i+1), Y(in+2*i), Y(pair+i))
			p.I(VUNPCKHPS, Y(in+2*i+1), Y(in+2*i), Y(pair+2+i))
		}
		for i := range 2 {
			p.I(VUNPCKLPD, Y(pair+2*i+1), Y(pair+2*i), Y(out+2*i))
			p.I(VUNPCKHPD, Y(pair+2*i+1), Y(pair+2*i), Y(out+2*i+1))
		}
		for i := range 4 {
			p.I(VMOVUPS, X(out+i), At(to, (8*half+i)*line))
			p.I(VEXTRACTF128, Imm(1), Y(out+i), At(to, (8*half+4+i)*line))
		}
	}
	p.I(ADDQ, Imm(transposeRows*line), from)
	p.I(ADDQ, Imm(4*transposeRows), to)
	p.I(SUBQ, Imm(transposeRows), rows)
	p.I(JNE, Label("rows"))
	p.I(ADDQ, Arg("xStep"), x)
	p.I(ADDQ, Arg("yStep"), y)
	p.I(DECQ, n)
	p.I(JNE, Label("block"))
	p.Label("done")
	p.Return()
	return p, nil
}
