package simd

import "fmt"

// igemm is the indirect matrix product behind convolution (forward and
// backward-data) and dense layers: MR pixels by a panel of output channels.
//
// Register tile under AVX2 with 16 lanes and MR 6 (AVX-512 with 32 lanes is
// the same picture in Z registers, its two columns lying in two panels):
//
//	          w0   w1
//	s = x[0]  Y0   Y1      per k: load w0 and w1, then for each pixel broadcast
//	    x[1]  Y2   Y3      one input and add its multiples of w0 and w1
//	    x[2]  Y4   Y5      to the pixel's two accumulators
//	    x[3]  Y6   Y7
//	    x[4]  Y8   Y9      w0 Y12, w1 Y13, s Y14
//	    x[5]  Y10  Y11
//
// One pointer register per pixel and one index shared by all: tiles may cross
// row and image ends, and any stride works. Two FMA units with a latency of
// four cycles need eight independent accumulators, and run at their peak with
// twelve (on a Zen 5 core 8, 10 and 12 give 88, 95 and 99 %): tiles with fewer
// split the sum over k into chains where registers are left.
//
// Where a pixel is one vector wide, each broadcast would serve one FMA only, and
// the load ports, not the FMA units, be the limit. There k goes in pairs
// (paired): one 64-bit broadcast brings two inputs, the weights of both are
// interleaved in registers,
//
//	a          = x[k] x[k+1] x[k] x[k+1] ...       lo = w[k][0] w[k+1][0] w[k][1] w[k+1][1]
//	sum of a*lo, sum of a*hi                       hi = w[k][2] w[k+1][2] w[k][3] w[k+1][3]
//
// (the like in each 128-bit part), and even and odd lanes of the two sums are
// added in the end. That makes loads as rare as with two vectors.
//
// Software prefetch of the weights was measured and brought nothing, not even
// for a single pixel with weights in the third-level cache.
type igemm struct {
	*Program
	v      Variant
	isa    ISA
	lanes  int
	nv     int // accumulators per pixel
	outs   int // vectors per pixel in memory
	paired bool
	chains int
	spare  Vec // free once the sums are complete
}

// Register roles of igemm.
var igemmPixel = [6]GPR{SI, DI, R8, R9, R10, R11} // inputs of each pixel

const (
	igemmIndex = AX  // position in the segment, in elements
	igemmEnd   = BX  // its end
	igemmW     = CX  // weights of the current k
	igemmPanel = DX  // bytes to the second panel
	igemmSeg   = R12 // next segment offset
	igemmSegs  = R13 // segments left
)

// igemmUnroll is the number of k steps in the inner loop. 4 keeps the loop in
// half a kilobyte; 8 measured no faster, full unrolling much slower.
const igemmUnroll = 4

func igemmParams(Variant) []Param {
	return params(PtrFloat32, "x w bias add mask y", PtrInt32, "tab", Int, "tiles",
		PtrInt32, "seg", Int, "segs segLen wPanel")
}

func igemmDoc(v Variant, lanes int) []string {
	doc := []string{fmt.Sprintf("computes %d pixels x %d channels per tile:", v.MR, lanes), ""}
	add := func(format string, args ...any) { doc = append(doc, fmt.Sprintf("\t"+format, args...)) }
	add("for each of tiles*%d pixels, with (xoff, yoff) the next pair of tab:", v.MR)
	if v.Bias {
		add("\tacc[0:%d] = bias[0:%d]", lanes, lanes)
	} else {
		add("\tacc[0:%d] = 0", lanes)
	}
	add("\tkk := 0")
	if v.Const() {
		add("\tfor s < %d, k < %d:", v.ConstSegs, v.ConstSegLen)
		add("\t\tacc[j] += x[xoff+s*%d+k] * w[(j/16)*wPanel+kk*16+j%%16]; kk++", v.ConstPitch)
	} else {
		add("\tfor s < segs, k < segLen:")
		add("\t\tacc[j] += x[xoff+seg[s]+k] * w[(j/16)*wPanel+kk*16+j%%16]; kk++")
	}
	doc = append(doc, epilogueDoc(v, "acc[j]", "yoff+j")...)
	return append(doc, "", "Offsets and wPanel count elements; segs is at least 1.")
}

// newIgemm checks the variant and sets the tile up.
func newIgemm(v Variant, lanes int, isa ISA) (*igemm, error) {
	g := &igemm{Program: &Program{}, v: v, isa: isa, lanes: lanes, nv: lanes / isa.Width(), outs: lanes / isa.Width()}
	if v.MR < 1 || v.MR > 6 {
		return nil, fmt.Errorf("igemm: MR %d is not 1 to 6", v.MR)
	}
	if v.ReLU && v.Mask || v.Bits || v.Func != "" {
		return nil, fmt.Errorf("igemm: no such epilogue")
	}
	// Constant forms have short runs of k, of which many would be left over. A
	// single pixel uses each weight once, straight from memory.
	if g.paired = g.outs == 1 && !v.Const() && v.MR > 1; g.paired {
		g.nv = 2
	}
	g.chains = chainsFor(v.MR*g.nv, isa.VectorRegs()-g.nv-1)
	if g.paired {
		g.chains = min(g.chains, igemmUnroll/2)
	}
	if need := v.MR*g.nv*g.chains + g.nv + 1; need > isa.VectorRegs() {
		return nil, fmt.Errorf("igemm: tile needs %d vector registers", need)
	}
	g.spare = g.weight(0)
	return g, nil
}

// chainsFor is the number of partial sums (1, 2 or 4) that n accumulators are
// split into, so that twelve FMAs are independent where room allows.
func chainsFor(n, room int) int {
	c := 1
	for c < 4 && n*c < 12 && n*c*2 <= room {
		c *= 2
	}
	return c
}

func (g *igemm) acc(chain, pixel, j int) Vec { return g.isa.Vec((chain*g.v.MR+pixel)*g.nv + j) }
func (g *igemm) weight(j int) Vec            { return g.isa.Vec(g.v.MR*g.nv*g.chains + j) }
func (g *igemm) scalar() Vec                 { return g.isa.Vec(g.v.MR*g.nv*g.chains + g.nv) }

// weightMem is vector j of the weights k steps after the current one.
func (g *igemm) weightMem(k, j int) Mem {
	if g.lanes == 32 && j == 1 {
		return AtIndex(igemmW, igemmPanel, 1, 64*k)
	}
	return At(igemmW, 64*k+j*g.isa.Width()*4)
}

func buildIgemm(v Variant, lanes int, isa ISA) (*Program, error) {
	if lanes == 8 && isa == AVX512 {
		if v.MR > 1 && !v.Const() {
			return buildIgemmHalf(v)
		}
		isa = AVX2
	}
	if v.Const() {
		return buildIgemmConst(v, lanes, isa)
	}
	if v.ConstSegLen != 0 || v.ConstPitch != 0 {
		return nil, fmt.Errorf("igemm: constant form without segments")
	}
	g, err := newIgemm(v, lanes, isa)
	if err != nil {
		return nil, err
	}
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

	g.Label("segment")
	g.I(MOVLQSX, At(igemmSeg, 0), igemmIndex).Say("k = seg[s]")
	g.I(ADDQ, Imm(4), igemmSeg)
	g.I(MOVQ, Arg("segLen"), igemmEnd)
	g.I(LEAQ, AtIndex(igemmEnd, igemmIndex, 1, -igemmUnroll), igemmEnd).Say("last k with %d to go", igemmUnroll)
	g.I(CMPQ, igemmIndex, igemmEnd)
	g.I(JGT, Label("rest"))
	g.Align(32)
	g.Label("loop")
	stride := 1
	if g.paired {
		stride = 2
	}
	for k := 0; k < igemmUnroll; k += stride {
		x := func(p int) Mem { return AtIndex(igemmPixel[p], igemmIndex, 4, 4*k) }
		if g.paired {
			g.pair(k, k/2, x)
		} else {
			g.step(k, k, x)
		}
	}
	g.I(ADDQ, Imm(igemmUnroll), igemmIndex)
	g.I(ADDQ, Imm(64*igemmUnroll), igemmW)
	g.I(CMPQ, igemmIndex, igemmEnd)
	g.I(JLE, Label("loop"))

	g.Label("rest")
	g.rest()
	g.Label("next")
	g.I(DECQ, igemmSegs)
	g.I(JNE, Label("segment"))

	g.finish()
	return g.Program, nil
}

// rest does the k steps of a segment that the loop leaves, fewer than
// igemmUnroll.
func (g *igemm) rest() {
	x := func(p int) Mem { return AtIndex(igemmPixel[p], igemmIndex, 4, 0) }
	if g.paired {
		g.I(ADDQ, Imm(igemmUnroll-2), igemmEnd).Say("last k with 2 to go")
		g.I(CMPQ, igemmIndex, igemmEnd)
		g.I(JGT, Label("odd"))
		g.pair(0, 0, x)
		g.I(ADDQ, Imm(2), igemmIndex)
		g.I(ADDQ, Imm(2*64), igemmW)
		g.Label("odd")
		g.I(ADDQ, Imm(2), igemmEnd)
		g.I(CMPQ, igemmIndex, igemmEnd)
		g.I(JGE, Label("next"))
		g.last(x)
		g.I(ADDQ, Imm(64), igemmW)
		return
	}
	g.I(ADDQ, Imm(igemmUnroll), igemmEnd)
	g.I(CMPQ, igemmIndex, igemmEnd)
	g.I(JGE, Label("next"))
	g.Label("single")
	g.step(0, 0, x)
	g.I(INCQ, igemmIndex)
	g.I(ADDQ, Imm(64), igemmW)
	g.I(CMPQ, igemmIndex, igemmEnd)
	g.I(JLT, Label("single"))
}

// guard returns at once when there are no tiles.
func (g *igemm) guard() {
	g.I(CMPQ, Arg("tiles"), Imm(0))
	g.I(JLE, Label("done"))
}

// pointers loads the pixel pointers of the tile.
func (g *igemm) pointers() {
	g.I(MOVQ, Arg("tab"), igemmSeg)
	g.I(MOVQ, Arg("x"), igemmIndex)
	for p := range g.v.MR {
		g.I(MOVLQSX, At(igemmSeg, 8*p), igemmPixel[p])
	}
	for p := range g.v.MR {
		g.I(LEAQ, AtIndex(igemmIndex, igemmPixel[p], 4, 0), igemmPixel[p]).Say("pixel %d", p)
	}
}

// start sets the accumulators to the bias or to zero. Register bias is free
// for its address.
func (g *igemm) start(bias GPR) {
	if g.v.Bias {
		g.I(MOVQ, Arg("bias"), bias)
		for j := range g.outs {
			g.I(VMOVUPS, At(bias, j*g.isa.Width()*4), g.acc(0, 0, j)).Say("bias")
		}
		if g.paired { // to the even lanes
			g.zero(g.scalar())
			g.interleave(g.acc(0, 0, 0), g.scalar(), g.acc(0, 0, 0), g.acc(0, 0, 1))
		}
	}
	for c := range g.chains {
		for p := range g.v.MR {
			for j := range g.nv {
				switch {
				case c > 0 || !g.v.Bias:
					g.zero(g.acc(c, p, j))
				case p > 0:
					g.I(VMOVUPS, g.acc(0, 0, j), g.acc(0, p, j))
				}
			}
		}
	}
}

func (g *igemm) zero(v Vec) { zeroVec(g.Program, v) }

// zeroVec clears v.
func zeroVec(p *Program, v Vec) {
	if v.Bits == 512 {
		p.I(VPXORD, v, v, v)
	} else {
		p.I(VXORPS, v, v, v)
	}
}

// step is one k: weights k steps after igemmW, inputs at x(pixel).
func (g *igemm) step(k, chain int, x func(pixel int) Mem) {
	chain %= g.chains
	s := g.scalar()
	if g.v.MR == 1 {
		// Weights serve once: take them from memory.
		g.I(VBROADCASTSS, x(0), s).Say("x[%d]", k)
		for j := range g.nv {
			g.I(VFMADD231PS, g.weightMem(k, j), s, g.acc(chain, 0, j))
		}
		return
	}
	for j := range g.nv {
		g.I(VMOVUPS, g.weightMem(k, j), g.weight(j)).Say("w[%d]", k)
	}
	for p := range g.v.MR {
		g.I(VBROADCASTSS, x(p), s)
		for j := range g.nv {
			g.I(VFMADD231PS, g.weight(j), s, g.acc(chain, p, j))
		}
	}
}

// interleave makes lo of the first halves, and hi of the second halves, of the
// 128-bit parts of even and odd, taking from them in turn. lo may be even.
func (g *igemm) interleave(even, odd, lo, hi Vec) {
	g.I(VUNPCKHPS, odd, even, hi)
	g.I(VUNPCKLPS, odd, even, lo)
}

// pair is two steps of k at once: weights k and k+1 steps after igemmW, inputs
// at x(pixel) and behind it.
func (g *igemm) pair(k, chain int, x func(pixel int) Mem) {
	chain %= g.chains
	lo, hi, s := g.weight(0), g.weight(1), g.scalar()
	g.I(VMOVUPS, g.weightMem(k, 0), lo).Say("w[%d]", k)
	g.I(VMOVUPS, g.weightMem(k+1, 0), s).Say("w[%d]", k+1)
	g.interleave(lo, s, lo, hi)
	for p := range g.v.MR {
		g.I(VBROADCASTSD, x(p), s)
		g.I(VFMADD231PS, lo, s, g.acc(chain, p, 0))
		g.I(VFMADD231PS, hi, s, g.acc(chain, p, 1))
	}
}

// last is a single step of k of a paired tile: the odd lanes stay as they are.
func (g *igemm) last(x func(pixel int) Mem) {
	lo, hi, s := g.weight(0), g.weight(1), g.scalar()
	g.I(VMOVUPS, g.weightMem(0, 0), lo)
	g.zero(s)
	g.interleave(lo, s, lo, hi)
	for p := range g.v.MR {
		g.I(VMOVSS, x(p), X(int(s.N))).Say("and zeros")
		g.I(VBROADCASTSD, X(int(s.N)), s)
		g.I(VFMADD231PS, lo, s, g.acc(0, p, 0))
		g.I(VFMADD231PS, hi, s, g.acc(0, p, 1))
	}
}

// finish adds up the chains, applies the epilogue, stores, and goes on to the
// next tile.
func (g *igemm) finish() {
	g.addChains()
	const yoff, tab, y, add, mask = AX, R12, CX, SI, DI
	g.I(MOVQ, Arg("tab"), tab)
	g.I(MOVQ, Arg("y"), y)
	g.epilogue(add, mask)
	for p := range g.v.MR {
		g.I(MOVLQSX, At(tab, 8*p+4), yoff).Say("yoff of pixel %d", p)
		g.store(p, yoff, y, add, mask)
	}
	g.I(ADDQ, Imm(int64(8*g.v.MR)), tab)
	g.I(MOVQ, tab, Arg("tab"))
	g.I(DECQ, Arg("tiles"))
	g.I(JNE, Label("tile"))
	g.Label("done")
	g.Return()
}

// epilogue loads what store needs beside the accumulators.
func (g *igemm) epilogue(add, mask GPR) {
	if g.v.Add {
		g.I(MOVQ, Arg("add"), add)
	}
	if g.v.Mask {
		g.I(MOVQ, Arg("mask"), mask)
	}
	if g.v.ReLU || g.v.Mask {
		g.zero(g.spare)
	}
}

// store applies the epilogue to a pixel and stores it. The registers hold the
// pixel's offset in elements and the addresses of y, add and mask.
func (g *igemm) store(p int, yoff, y, add, mask GPR) {
	zero, t := g.spare, g.scalar()
	if g.paired {
		// Even lanes and odd lanes, each in the order of channels.
		lo, hi := g.acc(0, p, 0), g.acc(0, p, 1)
		g.I(VSHUFPS, Imm(0x88), hi, lo, t)
		g.I(VSHUFPS, Imm(0xdd), hi, lo, lo)
		g.I(VADDPS, t, lo, lo)
	}
	for j := range g.outs {
		a, disp := g.acc(0, p, j), j*g.isa.Width()*4
		if g.v.Add {
			g.I(VADDPS, AtIndex(add, yoff, 4, disp), a, a)
		}
		switch {
		case g.v.ReLU:
			g.I(VMAXPS, a, zero, a).Say("NaN stays")
		case g.v.Mask && g.isa == AVX512:
			g.I(VCMPPS, Imm(cmpLT), AtIndex(mask, yoff, 4, disp), zero, K1).Say("0 < mask")
			g.IZ(VMOVUPS, a, K1, a)
		case g.v.Mask:
			g.I(VCMPPS, Imm(cmpLT), AtIndex(mask, yoff, 4, disp), zero, t).Say("0 < mask")
			g.I(VANDPS, t, a, a)
		}
		g.I(VMOVUPS, a, AtIndex(y, yoff, 4, disp))
	}
}

// addChains adds all partial sums to those of chain 0.
func (g *igemm) addChains() {
	for c := g.chains / 2; c > 0; c /= 2 {
		for i := range c {
			for p := range g.v.MR {
				for j := range g.nv {
					g.I(VADDPS, g.acc(c+i, p, j), g.acc(i, p, j), g.acc(i, p, j))
				}
			}
		}
	}
}
