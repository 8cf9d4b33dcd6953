package simd

import (
	"fmt"
	"strconv"
	"strings"
)

// narrow is igemm for few output channels, of which a vector would be mostly
// padding: its vectors run along k, the inputs. Func is the number of channels n,
// "3c", each with a row of weights of its own:
//
//	                w of c0  w of c1  w of c2
//	x of pixel 0    Y0       Y1       Y2       per vector of k: load the weights, then
//	     pixel 1    Y3       Y4       Y5       for each pixel its inputs, and multiply
//	     pixel 2    Y6       Y7       Y8       them lane by lane
//	     pixel 3    Y9       Y10      Y11
//
// Four pixels by three channels take 7 loads for 12 FMAs. Whatever there is fewer of,
// channels or pixels, stays in registers; with one channel inputs come straight from
// memory, a load for each FMA and one more for the weights.
//
// In the end lanes are added up, four sums at a time: two rounds of unpacking and
// adding leave four partial sums of each in order. A pixel is stored as a vector of 8
// channels, zeros behind its n before bias and addition.
//
// Runs of k are multiples of 8: padding channels of inputs are multiplied by zero
// weights. Under AVX-512 a last half is loaded as 256 bits, which clears the rest.
type narrow struct {
	*igemm
	n int // output channels
}

// NarrowPixels is the most pixels of a tile of narrow for n output channels, 0 if it
// takes no such number: twelve sums, and registers for weights and inputs.
func NarrowPixels(n int) int {
	if n < 1 || n > 6 {
		return 0
	}
	return min(6, 12/n)
}

// narrowForm is the number of channels of variant v.
func narrowForm(v Variant) (n int, ok bool) {
	digits, found := strings.CutSuffix(v.Func, "c")
	n, err := strconv.Atoi(digits)
	return n, found && err == nil && NarrowPixels(n) > 0
}

func narrowParams(Variant) []Param {
	return params(PtrFloat32, "x w bias add mask y", PtrInt32, "tab", Int, "tiles",
		PtrInt32, "seg", Int, "segs segLen wRow")
}

func narrowDoc(v Variant, _ int) []string {
	n, ok := narrowForm(v)
	if !ok {
		return nil
	}
	doc := []string{fmt.Sprintf("computes %d pixels x %d channels per tile, padded to 8:", v.MR, n), ""}
	add := func(format string, args ...any) { doc = append(doc, fmt.Sprintf("\t"+format, args...)) }
	add("for each of tiles*%d pixels, with (xoff, yoff) the next pair of tab:", v.MR)
	add("\tacc[0:8] = 0, kk := 0")
	add("\tfor s < segs, k < segLen:")
	add("\t\tacc[j] += x[xoff+seg[s]+k] * w[j*wRow+kk] for j < %d; kk++", n)
	if v.Bias {
		add("\tacc[j] += bias[j]")
	}
	doc = append(doc, epilogueDoc(v, "acc[j]", "yoff+j")...)
	return append(doc, "", "Offsets and wRow count elements; segLen is a multiple of 8, segs at least 1.")
}

// Register roles of narrow besides those of igemm. Where they are needed, there are
// fewer pixels.
const (
	narrowStep  = igemmPanel // bytes from a channel's weights to the next one's
	narrowStep3 = R11        // three
	narrowStep5 = R10        // and five times that
)

func buildNarrow(v Variant, _ int, isa ISA) (*Program, error) {
	known := Variant{Family: v.Family, Func: v.Func, MR: v.MR, Bias: v.Bias, Add: v.Add, ReLU: v.ReLU, Mask: v.Mask && !v.ReLU}
	if err := v.check(known); err != nil {
		return nil, err
	}
	n, ok := narrowForm(v)
	if !ok || v.MR < 1 || v.MR > NarrowPixels(n) {
		return nil, fmt.Errorf("narrow: no form %s for %d pixels", v.Func, v.MR)
	}
	g := &narrow{&igemm{Program: &Program{}, v: v, isa: isa, lanes: 8, nv: n, outs: 1}, n}
	g.chains = chainsFor(v.MR*n, isa.VectorRegs()-min(n, v.MR)-1)
	unroll := max(2, g.chains)
	width := isa.Width()

	g.guard()
	g.I(MOVQ, Arg("wRow"), narrowStep)
	g.I(SHLQ, Imm(2), narrowStep).Say("bytes")
	if n >= 4 {
		g.I(LEAQ, AtIndex(narrowStep, narrowStep, 2, 0), narrowStep3)
	}
	if n >= 6 {
		g.I(LEAQ, AtIndex(narrowStep, narrowStep, 4, 0), narrowStep5)
	}
	g.Label("tile")
	g.pointers()
	for i := range v.MR * n * g.chains {
		g.zero(isa.Vec(i))
	}
	g.I(MOVQ, Arg("w"), igemmW)
	g.I(MOVQ, Arg("seg"), igemmSeg)
	g.I(MOVQ, Arg("segs"), igemmSegs)

	g.Label("segment")
	g.I(MOVLQSX, At(igemmSeg, 0), igemmIndex).Say("k = seg[s]")
	g.I(ADDQ, Imm(4), igemmSeg)
	g.I(MOVQ, Arg("segLen"), igemmEnd)
	g.I(LEAQ, AtIndex(igemmEnd, igemmIndex, 1, -unroll*width), igemmEnd).Say("last k with %d to go", unroll*width)
	g.I(CMPQ, igemmIndex, igemmEnd)
	g.I(JGT, Label("rest"))
	g.Align(32)
	g.Label("loop")
	for i := range unroll {
		g.step(i, width)
	}
	g.advance(unroll * width)
	g.I(CMPQ, igemmIndex, igemmEnd)
	g.I(JLE, Label("loop"))

	g.Label("rest")
	g.I(ADDQ, Imm(int64((unroll-1)*width)), igemmEnd).Say("last k with %d to go", width)
	g.I(CMPQ, igemmIndex, igemmEnd)
	g.I(JGT, Label("half"))
	g.Label("single")
	g.step(0, width)
	g.advance(width)
	g.I(CMPQ, igemmIndex, igemmEnd)
	g.I(JLE, Label("single"))
	g.Label("half")
	if isa == AVX512 {
		g.I(ADDQ, Imm(8), igemmEnd).Say("last k with 8 to go")
		g.I(CMPQ, igemmIndex, igemmEnd)
		g.I(JGT, Label("next"))
		g.step(0, 8)
		g.I(ADDQ, Imm(32), igemmW)
		g.Label("next")
	}
	g.I(DECQ, igemmSegs)
	g.I(JNE, Label("segment"))
	g.store()
	return g.Program, nil
}

// advance goes on by k elements.
func (g *narrow) advance(k int) {
	g.I(ADDQ, Imm(int64(k)), igemmIndex)
	g.I(ADDQ, Imm(int64(4*k)), igemmW)
}

// held is register i of what stays while the rest streams through stream: weights of
// the channels or inputs of the pixels, whichever are fewer.
func (g *narrow) held(i int) Vec { return g.isa.Vec(g.v.MR*g.n*g.chains + i) }

func (g *narrow) stream() Vec { return g.held(min(g.n, g.v.MR)) }

// weights is where those of channel j are, disp bytes from the current ones.
func (g *narrow) weights(j, disp int) Mem {
	switch j {
	case 0:
		return At(igemmW, disp)
	case 3:
		return AtIndex(igemmW, narrowStep3, 1, disp)
	case 5:
		return AtIndex(igemmW, narrowStep5, 1, disp)
	}
	return AtIndex(igemmW, narrowStep, j, disp)
}

// step is vector i from the current k on, of k elements: a whole one or half.
func (g *narrow) step(i, k int) {
	chain, disp := i%g.chains, 4*k*i
	x := func(p int) Mem { return AtIndex(igemmPixel[p], igemmIndex, 4, disp) }
	load := func(from Mem, to Vec) {
		if k < g.isa.Width() {
			to = to.Low256()
		}
		g.I(VMOVUPS, from, to)
	}
	whole := k == g.isa.Width()
	if g.n <= g.v.MR && g.v.MR > 1 { // weights stay
		for j := range g.n {
			load(g.weights(j, disp), g.held(j))
		}
		for p := range g.v.MR {
			if g.n == 1 && whole {
				g.I(VFMADD231PS, x(p), g.held(0), g.acc(chain, p, 0))
				continue
			}
			load(x(p), g.stream())
			for j := range g.n {
				g.I(VFMADD231PS, g.held(j), g.stream(), g.acc(chain, p, j))
			}
		}
		return
	}
	for p := range g.v.MR {
		load(x(p), g.held(p))
	}
	for j := range g.n {
		if g.v.MR == 1 && whole {
			g.I(VFMADD231PS, g.weights(j, disp), g.held(0), g.acc(chain, 0, j))
			continue
		}
		load(g.weights(j, disp), g.stream())
		for p := range g.v.MR {
			g.I(VFMADD231PS, g.stream(), g.held(p), g.acc(chain, p, j))
		}
	}
}

// Registers of the end of a tile, behind the twelve sums. Some of the instructions
// have no encoding for those from 16 on.
const narrowTemp, narrowZero, narrowPixel = 12, 13, 14

// store adds up the lanes, applies the epilogue and stores, and goes on to the next
// tile.
func (g *narrow) store() {
	g.addChains()
	v := g.v
	const yoff, tab, y, add, mask, bias = AX, R12, CX, SI, DI, BX
	g.I(MOVQ, Arg("tab"), tab)
	g.I(MOVQ, Arg("y"), y)
	for _, e := range []struct {
		on  bool
		arg string
		reg GPR
	}{{v.Add, "add", add}, {v.Mask, "mask", mask}, {v.Bias, "bias", bias}} {
		if e.on {
			g.I(MOVQ, Arg(e.arg), e.reg)
		}
	}
	zeroVec(g.Program, Y(narrowZero))
	// A group of four sums is one, two or four pixels, or the first channels of one.
	per := max(1, 4/g.n) // pixels of a group
	for p := 0; p < v.MR; p += per {
		for j := 0; j < g.n; j += 4 {
			var sums []Vec
			for q := p; q < min(p+per, v.MR); q++ {
				for c := j; c < min(j+4, g.n); c++ {
					sums = append(sums, g.acc(0, q, c))
				}
			}
			total := g.total(sums)
			for q := p; q < min(p+per, v.MR); q++ {
				a := g.pick(total, (q-p)*g.n, min(4, g.n-j))
				if g.n <= 4 {
					a = a.Low256() // with zeros
				}
				if j == 0 {
					g.I(MOVLQSX, At(tab, 8*q+4), yoff).Say("yoff of pixel %d", q)
				}
				g.finishPixel(a, 4*j, yoff, y, add, mask, bias)
			}
		}
	}
	g.I(ADDQ, Imm(int64(8*v.MR)), tab)
	g.I(MOVQ, tab, Arg("tab"))
	g.I(DECQ, Arg("tiles"))
	g.I(JNE, Label("tile"))
	g.Label("done")
	g.Return()
}

// total adds up the lanes of one to four sums. The total of sums[i] is lane i of the
// result; of three, lane 3 is zero.
func (g *narrow) total(sums []Vec) Vec {
	t := g.isa.Vec(narrowTemp)
	zero := g.isa.Vec(narrowZero)
	fold := func(a, b Vec) { // lanes of a and b in turns, half as many of each
		g.I(VUNPCKHPS, b, a, t)
		g.I(VUNPCKLPS, b, a, a)
		g.I(VADDPS, t, a, a)
	}
	a := sums[0]
	if len(sums) > 1 {
		fold(a, sums[1])
	}
	if len(sums) > 2 {
		b := zero
		if len(sums) > 3 {
			b = sums[3]
		}
		fold(sums[2], b)
		g.I(VUNPCKHPD, sums[2], a, t)
		g.I(VUNPCKLPD, sums[2], a, a)
		g.I(VADDPS, t, a, a)
	}
	if g.isa == AVX512 {
		g.I(VEXTRACTF64X4, Imm(1), a, t.Low256())
		g.I(VADDPS, t.Low256(), a.Low256(), a.Low256())
	}
	g.I(VEXTRACTF128, Imm(1), a.Low256(), t.Low())
	a, t = a.Low(), t.Low()
	g.I(VADDPS, t, a, a)
	if len(sums) <= 2 {
		g.I(VPSHUFD, Imm(0x4e), a, t)
		g.I(VADDPS, t, a, a)
	}
	if len(sums) == 1 {
		g.I(VPSHUFD, Imm(0xb1), a, t)
		g.I(VADDPS, t, a, a)
	}
	return a
}

// pick is n lanes of a from lane on, with zeros behind them.
func (g *narrow) pick(a Vec, lane, n int) Vec {
	to, zero := X(narrowPixel), X(narrowZero)
	switch n {
	case 1:
		if lane > 0 {
			g.I(VPSHUFD, Imm(int64(lane)), a, to)
			a = to
		}
		g.I(VPBLENDD, Imm(1), a, zero, to)
	case 2:
		if lane > 0 {
			g.I(VUNPCKHPD, zero, a, to)
		} else {
			g.I(VUNPCKLPD, zero, a, to)
		}
	default:
		return a
	}
	return to
}

// finishPixel applies the epilogue to channels of a pixel, disp bytes behind its
// first, and stores them.
func (g *narrow) finishPixel(a Vec, disp int, yoff, y, add, mask, bias GPR) {
	v := g.v
	zero, t := Vec{a.Bits, narrowZero}, Vec{a.Bits, narrowTemp}
	if v.Bias {
		g.I(VADDPS, At(bias, disp), a, a)
	}
	if v.Add {
		g.I(VADDPS, AtIndex(add, yoff, 4, disp), a, a)
	}
	switch {
	case v.ReLU:
		g.I(VMAXPS, a, zero, a).Say("NaN stays")
	case v.Mask && g.isa == AVX512:
		g.I(VCMPPS, Imm(cmpLT), AtIndex(mask, yoff, 4, disp), zero, K1).Say("0 < mask")
		g.IZ(VMOVUPS, a, K1, a)
	case v.Mask:
		g.I(VCMPPS, Imm(cmpLT), AtIndex(mask, yoff, 4, disp), zero, t).Say("0 < mask")
		g.I(VANDPS, t, a, a)
	}
	g.I(VMOVUPS, a, AtIndex(y, yoff, 4, disp))
}
