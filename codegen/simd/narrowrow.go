package simd

import "fmt"

// narrowRow is narrow for one output channel and kernels whose columns are neighbours,
// where each load of inputs would serve one FMA: a tile is MR pixels of a row, whose
// kernels overlap, and a vector of channels of a column of inputs is loaded once for
// all pixels that see it, as in depthwiseRow. Func is the number of columns and the
// distance of the pixels, "3s1":
//
//	          x[0] x[1] x[2] x[3] ...      per kernel row and vector of channels: load
//	acc[0]    w0   w1   w2                 its weights w0, w1 and w2, then each input
//	acc[1]         w0   w1   w2            once
//
// A tile of 12 pixels of a 3x3 kernel takes 17 loads for 36 FMAs. It ends as one of
// narrow does.
type narrowRow struct {
	*narrow
	cols, step int
}

func narrowRowParams(Variant) []Param {
	return params(PtrFloat32, "x w bias add mask y", Int, "rows c kh xDown xRow yDown yCol")
}

func narrowRowDoc(v Variant, _ int) []string {
	cols, step, ok := depthwiseRowForm(v)
	if !ok {
		return nil
	}
	doc := []string{fmt.Sprintf("computes one channel with kernels of %d columns, %d pixels of each of rows rows, padded to 8:", cols, v.MR), ""}
	add := func(format string, args ...any) { doc = append(doc, fmt.Sprintf("\t"+format, args...)) }
	add("for r < rows, p < %d:", v.MR)
	add("\tacc[0:8] = 0")
	add("\tfor i < kh, k < %d*c:", cols)
	at := "p"
	if step > 1 {
		at = fmt.Sprintf("%d*p", step)
	}
	add("\t\tacc[0] += x[r*xDown+i*xRow+%s*c+k] * w[i*%d*c+k]", at, cols)
	if v.Bias {
		add("\tacc[j] += bias[j]")
	}
	doc = append(doc, epilogueDoc(v, "acc[j]", "r*yDown+p*yCol+j")...)
	return append(doc, "", "Strides count elements; c is a multiple of 8, kh at least 1.")
}

// Register roles of narrowRow.
const (
	nrX      = SI // inputs of the vector of channels
	nrAt     = DX // the first of four columns
	nrW      = DI // its weights in the first four columns
	nrW4     = BX // in the next four
	nrW8     = CX // in the ninth
	nrRow    = R8 // inputs of the kernel row
	nrCol    = R9 // one and three columns in bytes, of inputs and of weights
	nrCol3   = R10
	nrRows   = R11 // kernel rows left
	nrLeft   = R12 // bytes of channels left
	nrOthers = R13 // bytes of the columns but the first
)

func buildNarrowRow(v Variant, _ int, isa ISA) (*Program, error) {
	known := Variant{Family: v.Family, Func: v.Func, MR: v.MR, Bias: v.Bias, Add: v.Add, ReLU: v.ReLU, Mask: v.Mask && !v.ReLU}
	if err := v.check(known); err != nil {
		return nil, err
	}
	cols, step, ok := depthwiseRowForm(v)
	if !ok || v.MR < 1 || v.MR > DepthwiseRowPixels(cols) {
		return nil, fmt.Errorf("narrowRow: no form %s for %d pixels", v.Func, v.MR)
	}
	g := &narrowRow{&narrow{&igemm{Program: &Program{}, v: v, isa: isa, nv: 1, chains: 1}, 1}, cols, step}
	width := int64(4 * isa.Width())
	g.I(CMPQ, Arg("rows"), Imm(0))
	g.I(JLE, Label("done"))
	for _, stride := range []string{"c", "xDown", "xRow", "yDown"} {
		g.I(SHLQ, Imm(2), Arg(stride)).Say("to bytes")
	}
	g.Label("row")
	for p := range v.MR {
		g.zero(isa.Vec(p))
	}
	g.I(MOVQ, Arg("x"), nrRow)
	g.I(MOVQ, Arg("w"), nrW)
	g.I(MOVQ, Arg("kh"), nrRows)
	g.I(MOVQ, Arg("c"), nrCol)
	g.I(LEAQ, AtIndex(nrCol, nrCol, 2, 0), nrCol3)
	g.I(MOVQ, Imm(int64(cols-1)), nrOthers)
	g.I(IMULQ, nrCol, nrOthers)
	g.Label("kernel")
	g.I(MOVQ, nrRow, nrX)
	g.I(MOVQ, nrCol, nrLeft)
	g.I(SUBQ, Imm(width), nrLeft)
	g.I(JLT, Label("half"))
	g.Align(32)
	g.Label("loop")
	g.vector(false)
	g.I(ADDQ, Imm(width), nrX)
	g.I(ADDQ, Imm(width), nrW)
	g.I(SUBQ, Imm(width), nrLeft)
	g.I(JGE, Label("loop"))
	g.Label("half")
	if isa == AVX512 {
		g.I(ADDQ, Imm(width), nrLeft)
		g.I(JEQ, Label("next"))
		g.vector(true)
		g.I(ADDQ, Imm(32), nrW)
		g.Label("next")
	}
	g.I(ADDQ, nrOthers, nrW)
	g.I(ADDQ, Arg("xRow"), nrRow)
	g.I(DECQ, nrRows)
	g.I(JNE, Label("kernel"))
	g.finishRow()
	return g.Program, nil
}

// vector does a vector of channels, whole or half, of a kernel row.
func (g *narrowRow) vector(half bool) {
	weight := func(j int) Vec { return g.isa.Vec(g.v.MR + j) }
	input := weight(g.cols)
	load := func(from Mem, to Vec) {
		if half { // and zeros
			to = to.Low256()
		}
		g.I(VMOVUPS, from, to)
	}
	bases := [...]GPR{nrW, nrW4, nrW8}
	for j := range g.cols {
		if j%4 == 0 && j > 0 {
			g.I(LEAQ, AtIndex(bases[j/4-1], nrCol, 4, 0), bases[j/4])
		}
		load(multiple(bases[j/4], nrCol, nrCol3, 0, j%4), weight(j))
	}
	g.I(MOVQ, nrX, nrAt)
	last := g.step*(g.v.MR-1) + g.cols - 1
	for i := 0; i <= last; i++ {
		var pixels []int
		for p := range g.v.MR {
			if j := i - g.step*p; j >= 0 && j < g.cols {
				pixels = append(pixels, p)
			}
		}
		at := multiple(nrAt, nrCol, nrCol3, 0, i%4)
		switch {
		case len(pixels) == 1 && !half:
			g.I(VFMADD231PS, at, weight(i-g.step*pixels[0]), g.isa.Vec(pixels[0]))
		case len(pixels) > 0:
			load(at, input)
			for _, p := range pixels {
				g.I(VFMADD231PS, weight(i-g.step*p), input, g.isa.Vec(p))
			}
		}
		if i%4 == 3 && i < last {
			g.I(LEAQ, AtIndex(nrAt, nrCol, 4, 0), nrAt)
		}
	}
}

// finishRow adds up the lanes, stores the pixels and goes on to the next row.
func (g *narrowRow) finishRow() {
	v := g.v
	const yoff, y, add, mask, bias = AX, CX, SI, DI, BX
	for _, e := range []struct {
		on  bool
		arg string
		reg GPR
	}{{true, "y", y}, {v.Add, "add", add}, {v.Mask, "mask", mask}, {v.Bias, "bias", bias}} {
		if e.on {
			g.I(MOVQ, Arg(e.arg), e.reg)
		}
	}
	zeroVec(g.Program, Y(narrowZero))
	g.I(XORL, yoff, yoff)
	for p := 0; p < v.MR; p += 4 {
		var sums []Vec
		for q := p; q < min(p+4, v.MR); q++ {
			sums = append(sums, g.isa.Vec(q))
		}
		total := g.total(sums)
		for i := range sums {
			g.finishPixel(g.pick(total, i, 1).Low256(), 0, yoff, y, add, mask, bias)
			if p+i+1 < v.MR {
				g.I(ADDQ, Arg("yCol"), yoff)
			}
		}
	}
	for _, e := range []struct {
		on        bool
		arg, step string
	}{{true, "x", "xDown"}, {true, "y", "yDown"}, {v.Add, "add", "yDown"}, {v.Mask, "mask", "yDown"}} {
		if e.on {
			g.I(MOVQ, Arg(e.step), AX)
			g.I(ADDQ, AX, Arg(e.arg))
		}
	}
	g.I(DECQ, Arg("rows"))
	g.I(JNE, Label("row"))
	g.Label("done")
	g.Return()
}
