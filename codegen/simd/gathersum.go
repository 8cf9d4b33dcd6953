package simd

// gatherSum makes vectors of channels out of any others of the same pixel: a table
// says which elements are gathered and added. It repeats the channels of an image,
// and adds up those that were repeated.

// GatherEntry is the length of one entry of the table, in int32: where eight inputs
// begin, which of them goes to each lane, and all bits or none of each lane.
const GatherEntry = 17

func gatherSumParams(Variant) []Param {
	return params(PtrFloat32, "x y", PtrInt32, "tab", Int, "n vectors entries xStep yStep")
}

func gatherSumDoc(Variant, int) []string {
	return []string{"gathers and adds channels of n pixels, eight at a time:", "",
		"\tfor o < n, v < vectors:",
		"\t\tacc[0:8] = 0",
		"\t\tfor e < entries, with (off, lane[8], keep[8]) entry v*entries+e of tab:",
		"\t\t\tacc[j] += keep[j] & x[o*xStep+off+lane[j]]",
		"\t\ty[o*yStep+v*8+j] = acc[j]", "",
		"keep is -1 or 0, and lane 0 to 7; vectors and entries are at least 1. All eight",
		"inputs from off on are read."}
}

func buildGatherSum(v Variant, _ int, _ ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	const (
		x, y, tab, off      = SI, DI, R8, R9
		n, vectors, entries = AX, BX, CX
		to                  = R10 // y of the vector
	)
	const acc, lane, in = 0, 1, 2
	p := &Program{}
	p.I(MOVQ, Arg("n"), n)
	p.I(TESTQ, n, n)
	p.I(JLE, Label("done"))
	p.I(SHLQ, Imm(2), Arg("xStep")).Say("to bytes")
	p.I(SHLQ, Imm(2), Arg("yStep")).Say("to bytes")
	p.I(MOVQ, Arg("x"), x)
	p.I(MOVQ, Arg("y"), y)
	p.Label("pixel")
	p.I(MOVQ, Arg("tab"), tab)
	p.I(MOVQ, Arg("vectors"), vectors)
	p.I(MOVQ, y, to)
	p.Label("vector")
	p.I(VXORPS, Y(acc), Y(acc), Y(acc))
	p.I(MOVQ, Arg("entries"), entries)
	p.Label("entry")
	p.I(MOVLQSX, At(tab, 0), off)
	p.I(VMOVUPS, At(tab, 4), Y(lane))
	p.I(VPERMPS, AtIndex(x, off, 4, 0), Y(lane), Y(in))
	p.I(VANDPS, At(tab, 36), Y(in), Y(in))
	p.I(VADDPS, Y(in), Y(acc), Y(acc))
	p.I(ADDQ, Imm(4*GatherEntry), tab)
	p.I(DECQ, entries)
	p.I(JNE, Label("entry"))
	p.I(VMOVUPS, Y(acc), At(to, 0))
	p.I(ADDQ, Imm(32), to)
	p.I(DECQ, vectors)
	p.I(JNE, Label("vector"))
	p.I(ADDQ, Arg("xStep"), x)
	p.I(ADDQ, Arg("yStep"), y)
	p.I(DECQ, n)
	p.I(JNE, Label("pixel"))
	p.Label("done")
	p.Return()
	return p, nil
}
