package simd

import "fmt"

// igemmHalf is igemm for half a panel, 8 channels, under AVX-512, where half of a
// register would stay empty. Pairs of k fill it,
//
//	a = x[k] x[k+1] x[k] x[k+1] ...     w = w[k][0] w[k+1][0] w[k][1] w[k+1][1] ...
//
// with one 64-bit broadcast for each FMA, of which the load ports manage three
// quarters. Fours of k need half the broadcasts,
//
//	a  = x[k..k+3]    in each of the four 128-bit parts
//	lo = w[k..k+3] of channel 2c, hi = of channel 2c+1, in part c
//
// but a 128-bit broadcast takes a place among the shuffles, which wait for the
// FMA units. So the loop does four k in either way in turns: each uses what the
// other leaves free. Lanes of both sums belong to the same channels in the end.
//
// A single pixel would use each register of weights once: it runs the AVX2 form.
type igemmHalf struct {
	igemm
	order Vec // indices for VPERMT2PS
}

// halfUnroll is the number of k steps in the loop: one four and two pairs.
const halfUnroll = 8

// halfPairs are the indices that interleave the weights of two rows, halfPixels
// those that put the sums of two pixels in the order of channels.
var halfPairs, halfPixels = func() (pairs, pixels []uint32) {
	for c := range uint32(8) {
		pairs = append(pairs, c, 16+c)
	}
	for p := range uint32(2) {
		for c := range uint32(8) {
			pixels = append(pixels, 4*(c/2)+c%2+2*p)
		}
	}
	return
}()

func newIgemmHalf(v Variant) (*igemmHalf, error) {
	if v.MR < 2 || v.MR > 6 {
		return nil, fmt.Errorf("igemm: MR %d is not 2 to 6", v.MR)
	}
	if v.ReLU && v.Mask || v.Bits || v.Func != "" {
		return nil, fmt.Errorf("igemm: no such epilogue")
	}
	g := &igemmHalf{igemm: igemm{Program: &Program{}, v: v, isa: AVX512, lanes: 8, nv: 2, outs: 1, chains: 1}}
	g.order = Z(4*v.MR + 4)
	g.spare = g.weight(0)
	return g, nil
}

// pairAcc is the sum of pairs of one of two chains.
func (g *igemmHalf) pairAcc(chain, p int) Vec { return Z((2+chain)*g.v.MR + p) }

// weight is one of three registers for weights.
func (g *igemmHalf) weight(i int) Vec { return Z(4*g.v.MR + i) }

func (g *igemmHalf) scalar() Vec { return Z(4*g.v.MR + 3) }

func buildIgemmHalf(v Variant) (*Program, error) {
	g, err := newIgemmHalf(v)
	if err != nil {
		return nil, err
	}
	g.guard()
	g.I(VMOVUPS, g.ConstTable(halfPairs...), g.order)

	g.Label("tile")
	g.pointers()
	for i := range 4 * v.MR {
		g.zero(Z(i))
	}
	g.I(MOVQ, Arg("w"), igemmW)
	g.I(MOVQ, Arg("seg"), igemmSeg)
	g.I(MOVQ, Arg("segs"), igemmSegs)

	g.Label("segment")
	g.I(MOVLQSX, At(igemmSeg, 0), igemmIndex).Say("k = seg[s]")
	g.I(ADDQ, Imm(4), igemmSeg)
	g.I(MOVQ, Arg("segLen"), igemmEnd)
	g.I(LEAQ, AtIndex(igemmEnd, igemmIndex, 1, -halfUnroll), igemmEnd).Say("last k with %d to go", halfUnroll)
	g.I(CMPQ, igemmIndex, igemmEnd)
	g.I(JGT, Label("rest"))
	g.Align(32)
	g.Label("loop")
	g.four(0)
	g.pair(4, 0)
	g.pair(6, 1)
	g.I(ADDQ, Imm(halfUnroll), igemmIndex)
	g.I(ADDQ, Imm(64*halfUnroll), igemmW)
	g.I(CMPQ, igemmIndex, igemmEnd)
	g.I(JLE, Label("loop"))
	g.Label("rest")
	g.I(ADDQ, Imm(halfUnroll-2), igemmEnd).Say("last k with 2 to go")
	g.I(CMPQ, igemmIndex, igemmEnd)
	g.I(JGT, Label("odd"))
	g.Label("pairs")
	g.pair(0, 0)
	g.I(ADDQ, Imm(2), igemmIndex)
	g.I(ADDQ, Imm(2*64), igemmW)
	g.I(CMPQ, igemmIndex, igemmEnd)
	g.I(JLE, Label("pairs"))
	g.Label("odd")
	g.I(ADDQ, Imm(2), igemmEnd)
	g.I(CMPQ, igemmIndex, igemmEnd)
	g.I(JGE, Label("next"))
	g.last()
	g.I(ADDQ, Imm(64), igemmW)
	g.Label("next")
	g.I(DECQ, igemmSegs)
	g.I(JNE, Label("segment"))

	const yoff, tab, y, add, mask = AX, R12, CX, SI, DI
	g.I(MOVQ, Arg("tab"), tab)
	g.I(MOVQ, Arg("y"), y)
	g.epilogue(add, mask)
	if g.v.Bias {
		g.I(MOVQ, Arg("bias"), BX)
	}
	g.storeAll(y, add, mask, BX, func(p int) GPR {
		g.I(MOVLQSX, At(tab, 8*p+4), yoff).Say("yoff of pixel %d", p)
		return yoff
	})
	g.I(ADDQ, Imm(int64(8*v.MR)), tab)
	g.I(MOVQ, tab, Arg("tab"))
	g.I(DECQ, Arg("tiles"))
	g.I(JNE, Label("tile"))
	g.Label("done")
	g.Return()
	return g.Program, nil
}

// rows interleaves the weights of two rows, k and k+1 steps after igemmW, in w.
func (g *igemmHalf) rows(k int, w Vec) {
	s := g.scalar()
	g.I(VMOVUPS, At(igemmW, 64*k), w.Low256()).Say("w[%d]", k)
	g.I(VMOVUPS, At(igemmW, 64*(k+1)), s.Low256())
	g.I(VPERMT2PS, s, g.order, w)
}

func (g *igemmHalf) x(p, k int) Mem { return AtIndex(igemmPixel[p], igemmIndex, 4, 4*k) }

// pair is two steps of k.
func (g *igemmHalf) pair(k, chain int) {
	w, s := g.weight(chain), g.scalar()
	g.rows(k, w)
	for p := range g.v.MR {
		g.I(VBROADCASTSD, g.x(p, k), s)
		g.I(VFMADD231PS, w, s, g.pairAcc(chain, p))
	}
}

// last is a single step of k: the odd lanes stay as they are.
func (g *igemmHalf) last() {
	w, s := g.weight(0), g.scalar()
	g.I(VMOVUPS, At(igemmW, 0), w.Low256())
	g.zero(s)
	g.I(VPERMT2PS, s, g.order, w)
	for p := range g.v.MR {
		g.I(VMOVSS, g.x(p, 0), s.Low()).Say("and zeros")
		g.I(VBROADCASTSD, s.Low(), s)
		g.I(VFMADD231PS, w, s, g.pairAcc(0, p))
	}
}

// four is four steps of k.
func (g *igemmHalf) four(k int) {
	even, odd, lo, s := g.weight(0), g.weight(1), g.weight(2), g.scalar()
	g.rows(k, even)
	g.rows(k+2, odd)
	g.I(VUNPCKLPD, odd, even, lo)
	hi := odd
	g.I(VUNPCKHPD, odd, even, hi)
	for p := range g.v.MR {
		g.I(VBROADCASTF32X4, g.x(p, k), s)
		g.I(VFMADD231PS, lo, s, g.acc(0, p, 0))
		g.I(VFMADD231PS, hi, s, g.acc(0, p, 1))
	}
}

// storeAll adds up the lanes of all pixels, two by two, applies the epilogue and
// stores. yoff loads a pixel's offset in elements.
func (g *igemmHalf) storeAll(y, add, mask, bias GPR, yoff func(p int) GPR) {
	pixels, t := g.weight(1), g.scalar()
	g.I(VMOVUPS, g.ConstTable(halfPixels...), pixels)
	for p := 0; p < g.v.MR; p += 2 {
		q := min(p+1, g.v.MR-1)
		for i := p; i <= q; i++ {
			// Part c: the sums of channel 2c, twice, and of channel 2c+1, twice.
			lo, hi := g.acc(0, i, 0), g.acc(0, i, 1)
			g.I(VADDPS, g.pairAcc(1, i), g.pairAcc(0, i), g.pairAcc(0, i))
			g.I(VSHUFPS, Imm(0x88), hi, lo, t)
			g.I(VSHUFPS, Imm(0xdd), hi, lo, lo)
			g.I(VADDPS, t, lo, lo)
			g.I(VADDPS, g.pairAcc(0, i), lo, lo)
		}
		a, b := g.acc(0, p, 0), g.acc(0, q, 0)
		g.I(VSHUFPS, Imm(0x88), b, a, t).Say("2c 2c+1 of pixel %d, of pixel %d", p, q)
		g.I(VSHUFPS, Imm(0xdd), b, a, a)
		g.I(VADDPS, t, a, a)
		g.I(VPERMPS, a, pixels, a)
		if q > p {
			g.I(VEXTRACTF64X4, Imm(1), a, b.Low256())
		}
		for i := p; i <= q; i++ {
			g.storePixel(g.acc(0, i, 0).Low256(), yoff(i), y, add, mask, bias)
		}
	}
}

// storePixel applies the epilogue to the 8 channels of a pixel and stores them.
func (g *igemmHalf) storePixel(a Vec, yoff, y, add, mask, bias GPR) {
	zero := g.spare.Low256()
	if g.v.Bias {
		g.I(VADDPS, At(bias, 0), a, a)
	}
	if g.v.Add {
		g.I(VADDPS, AtIndex(add, yoff, 4, 0), a, a)
	}
	switch {
	case g.v.ReLU:
		g.I(VMAXPS, a, zero, a).Say("NaN stays")
	case g.v.Mask:
		g.I(VCMPPS, Imm(cmpLT), AtIndex(mask, yoff, 4, 0), zero, K1).Say("0 < mask")
		g.IZ(VMOVUPS, a, K1, a)
	}
	g.I(VMOVUPS, a, AtIndex(y, yoff, 4, 0))
}
