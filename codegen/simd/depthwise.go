package simd

import "fmt"

// depthwise is convolution channel by channel: MR pixels by a panel of channels. It
// has the parameters, tables and epilogue of igemm, but a vector of inputs is
// multiplied by a vector of weights:
//
//	            w0   w1
//	x[0] x[0]'  Y0   Y1      per tap: load w0 and w1, then for each pixel add the
//	x[1] x[1]'  Y2   Y3      products of its two vectors, straight from memory
//	...
//
// So 12 FMAs come with 14 loads, and two loads a cycle are the limit, at 86 % of the
// FMA peak. depthwiseRow slides a window of inputs through registers, for kernels
// whose columns are neighbours; this one serves any stride, dilation and size.
//
// segLen is not read.
func depthwiseDoc(v Variant, lanes int) []string {
	doc := []string{fmt.Sprintf("computes %d pixels x %d channels per tile, channel by channel:", v.MR, lanes), ""}
	add := func(format string, args ...any) { doc = append(doc, fmt.Sprintf("\t"+format, args...)) }
	add("for each of tiles*%d pixels, with (xoff, yoff) the next pair of tab:", v.MR)
	if v.Bias {
		add("\tacc[0:%d] = bias[0:%d]", lanes, lanes)
	} else {
		add("\tacc[0:%d] = 0", lanes)
	}
	add("\tfor s < segs:")
	add("\t\tacc[j] += x[xoff+seg[s]+j] * w[(j/16)*wPanel+s*16+j%%16]")
	doc = append(doc, epilogueDoc(v, "acc[j]", "yoff+j")...)
	return append(doc, "", "Offsets and wPanel count elements; segs is at least 1.")
}

func buildDepthwise(v Variant, lanes int, isa ISA) (*Program, error) {
	known := Variant{Family: v.Family, MR: v.MR, Bias: v.Bias, Add: v.Add, ReLU: v.ReLU, Mask: v.Mask}
	if err := v.check(known); err != nil {
		return nil, err
	}
	if v.MR < 1 || v.MR > 6 || v.ReLU && v.Mask {
		return nil, fmt.Errorf("depthwise: no such variant")
	}
	nv := lanes / isa.Width()
	g := &igemm{Program: &Program{}, v: v, isa: isa, lanes: lanes, nv: nv, outs: nv}
	g.chains = min(2, chainsFor(v.MR*nv, isa.VectorRegs()-nv-1))
	g.spare = g.weight(0)
	g.guard()
	if lanes == 32 {
		g.I(MOVQ, Arg("wPanel"), igemmPanel)
		g.I(SHLQ, Imm(2), igemmPanel).Say("bytes")
	}
	g.Label("tile")
	g.pointers()
	g.start(igemmEnd)
	g.I(MOVQ, Arg("w"), igemmW)
	g.I(MOVQ, Arg("seg"), igemmSeg)
	g.I(MOVQ, Arg("segs"), igemmSegs)
	if g.chains == 2 { // taps in pairs, one for each chain
		g.I(SUBQ, Imm(2), igemmSegs)
		g.I(JLT, Label("rest"))
	}
	g.Align(32)
	g.Label("tap")
	for c := range g.chains {
		g.tap(c)
	}
	g.I(ADDQ, Imm(int64(4*g.chains)), igemmSeg)
	g.I(ADDQ, Imm(int64(64*g.chains)), igemmW)
	if g.chains == 2 {
		g.I(SUBQ, Imm(2), igemmSegs)
		g.I(JGE, Label("tap"))
		g.Label("rest")
		g.I(ADDQ, Imm(2), igemmSegs)
		g.I(JEQ, Label("sum"))
		g.tap(0)
		g.Label("sum")
	} else {
		g.I(DECQ, igemmSegs)
		g.I(JNE, Label("tap"))
	}
	g.finish()
	return g.Program, nil
}

// tap adds one tap of a depthwise convolution, c taps after the current one, to the
// sums of chain c.
func (g *igemm) tap(c int) {
	g.I(MOVLQSX, At(igemmSeg, 4*c), igemmIndex)
	for j := range g.nv {
		g.I(VMOVUPS, g.weightMem(c, j), g.weight(j)).Say("w[%d]", c)
	}
	for p := range g.v.MR {
		for j := range g.nv {
			g.I(VFMADD231PS, AtIndex(igemmPixel[p], igemmIndex, 4, 4*j*g.isa.Width()), g.weight(j), g.acc(c, p, j))
		}
	}
}

func depthwiseGradDoc(v Variant, lanes int) []string {
	return []string{
		fmt.Sprintf("adds the weight gradient of %d taps x %d channels per tile, channel by", v.MR, lanes),
		"channel:",
		"",
		fmt.Sprintf("\tfor each of tiles*%d taps, with (xoff, dwoff) the next pair of tab:", v.MR),
		fmt.Sprintf("\t\tacc[0:%d] = 0", lanes),
		"\t\tfor g < imgs, r < rows, q < cols:",
		"\t\t\tacc[j] += x[xoff+g*xImg+r*xRow+q*xCol+j] * dy[g*dyImg+r*dyRow+q*dyCol+j]",
		"\t\tdw[dwoff+(j/16)*dwPanel+j%16] += acc[j]",
		"",
		"Offsets and strides count elements; imgs, rows and cols are at least 1.",
	}
}

// vectorPixel is pixel for depthwise convolution: the rows are taps, of which each
// has a vector of inputs.
func (g *igemm) vectorPixel(chain int) {
	chain %= g.chains
	for j := range g.nv {
		g.I(VMOVUPS, At(wgradDY, j*g.isa.Width()*4), g.weight(j)).Say("dy")
	}
	for i := range g.v.MR {
		for j := range g.nv {
			g.I(VFMADD231PS, AtIndex(igemmPixel[i], wgradIndex, 1, 4*j*g.isa.Width()), g.weight(j), g.acc(chain, i, j))
		}
	}
	g.I(ADDQ, wgradXCol, wgradIndex)
	g.I(ADDQ, wgradDYCol, wgradDY)
}
