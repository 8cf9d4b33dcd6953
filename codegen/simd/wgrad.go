package simd

import "fmt"

// wgrad is the weight gradient: MR rows of k (one input offset each) by a
// panel of output channels, summed over a block of pixels. Its register tile
// is that of igemm with the roles of k and pixels exchanged:
//
//	             dy0  dy1
//	s = x[k0+q]  Y0   Y1     per pixel q: load dy0 and dy1, then for each k row
//	    x[k1+q]  Y2   Y3     broadcast one input and add its multiples
//	    ...
//
// In a depthwise convolution (vectorPixel) the rows are taps with a vector of inputs
// each. Sums start at zero in every call and are added to dw at its end: that is as
// fast as, and several times more accurate than, going on from dw.
//
// wgradBias also sums dy, which it has in registers: the bias gradient. Short sums
// over k do so in their first tile, of at most 5 rows, since a pass of its own
// over dy (colSum) costs as much as several rows.
func wgradParams(v Variant) []Param {
	pointers := "x dy dw"
	if v.Family == "wgradBias" {
		pointers += " db"
	}
	return params(PtrFloat32, pointers, PtrInt32, "tab", Int,
		"tiles dwPanel imgs rows cols xImg xRow xCol dyImg dyRow dyCol")
}

func wgradDoc(v Variant, lanes int) []string {
	doc := []string{
		fmt.Sprintf("adds the weight gradient of %d k rows x %d channels per tile:", v.MR, lanes),
		"",
		fmt.Sprintf("\tfor each of tiles*%d k rows, with (xoff, dwoff) the next pair of tab:", v.MR),
		fmt.Sprintf("\t\tacc[0:%d] = 0", lanes),
		"\t\tfor g < imgs, r < rows, q < cols:",
		"\t\t\tacc[j] += x[xoff+g*xImg+r*xRow+q*xCol] * dy[g*dyImg+r*dyRow+q*dyCol+j]",
		"\t\tdw[dwoff+(j/16)*dwPanel+j%16] += acc[j]",
	}
	if v.Family == "wgradBias" {
		doc = append(doc, "\t\tdb[j] += sum of all dy[g*dyImg+r*dyRow+q*dyCol+j]")
	}
	return append(doc, "", "Offsets and strides count elements; imgs, rows and cols are at least 1.")
}

// Register roles of wgrad.
const (
	wgradIndex = AX  // position in x relative to the rows' pointers, bytes
	wgradDY    = BX  // dy of the current pixel
	wgradXCol  = CX  // bytes from pixel to pixel in x
	wgradDYCol = DX  // and in dy
	wgradCols  = R12 // pixels left in the row
	wgradTemp  = R13
	// At the end of a tile:
	wgradTab = R12
	wgradDW  = R13
)

// wgradUnroll is the number of pixels in the inner loop.
const wgradUnroll = 4

func buildWgrad(v Variant, lanes int, isa ISA) (*Program, error) {
	bias, most := v.Family == "wgradBias", 6
	if bias {
		most = 5
	}
	if v != (Variant{Family: v.Family, MR: v.MR}) || v.MR < 1 || v.MR > most {
		return nil, fmt.Errorf("%s: no such variant", v.Family)
	}
	half := lanes == 8 && isa == AVX512
	if half {
		isa = AVX2 // but for pairs of k rows
	}
	nv := lanes / isa.Width()
	others := nv + 1
	if bias {
		others += nv
	}
	chains := chainsFor(v.MR*nv, isa.VectorRegs()-others)
	if need := v.MR*nv*chains + others; need > isa.VectorRegs() {
		return nil, fmt.Errorf("wgrad: tile needs %d vector registers", need)
	}
	// The tile is igemm's: pixels become k rows, the chains serve alternate
	// pixels.
	g := &igemm{Program: &Program{}, v: v, isa: isa, lanes: lanes, nv: nv, chains: chains}
	p := g.Program

	p.I(CMPQ, Arg("tiles"), Imm(0))
	p.I(JLE, Label("done"))
	p.Comment("Strides in bytes; image and row strides relative to the end of what they follow.")
	p.I(MOVQ, Arg("rows"), SI)
	p.I(MOVQ, Arg("cols"), DI)
	for _, s := range []struct{ img, row, col string }{{"xImg", "xRow", "xCol"}, {"dyImg", "dyRow", "dyCol"}} {
		p.I(MOVQ, Arg(s.row), AX)
		p.I(MOVQ, AX, BX)
		p.I(IMULQ, SI, BX).Say("rows*%s", s.row)
		p.I(SUBQ, BX, Arg(s.img))
		p.I(SHLQ, Imm(2), Arg(s.img))
		p.I(MOVQ, Arg(s.col), BX)
		p.I(IMULQ, DI, BX).Say("cols*%s", s.col)
		p.I(SUBQ, BX, AX)
		p.I(SHLQ, Imm(2), AX)
		p.I(MOVQ, AX, Arg(s.row))
		p.I(SHLQ, Imm(2), Arg(s.col))
	}
	p.I(MOVQ, Arg("xCol"), wgradXCol)
	p.I(MOVQ, Arg("dyCol"), wgradDYCol)

	p.Label("tile")
	p.I(MOVQ, Arg("tab"), wgradTemp)
	p.I(MOVQ, Arg("x"), wgradIndex)
	for i := range v.MR {
		p.I(MOVLQSX, At(wgradTemp, 8*i), igemmPixel[i])
		p.I(LEAQ, AtIndex(wgradIndex, igemmPixel[i], 4, 0), igemmPixel[i]).Say("k row %d", i)
	}
	vectors := v.Family == "depthwiseGrad"
	pairs := nv == 1 && v.MR%2 == 0 && !bias && !vectors
	if pairs {
		p.Comment("Are k rows neighbours in x, two by two?")
		for i := 0; i < v.MR; i += 2 {
			p.I(LEAQ, At(igemmPixel[i], 4), wgradIndex)
			p.I(CMPQ, wgradIndex, igemmPixel[i+1])
			p.I(JNE, Label("plain"))
		}
		if half {
			h := &wgradHalf{Program: p, rows: igemmPixel[:v.MR]}
			if v.MR >= 4 {
				p.I(LEAQ, At(igemmPixel[1], 4), wgradIndex)
				p.I(CMPQ, wgradIndex, igemmPixel[2])
				p.I(JNE, Label("twos"))
				h.fours = true
				h.build(g, "Fours")
				p.I(JMP, Label("next"))
				p.Label("twos")
				h.fours = false
			}
			h.build(g, "Pairs")
		} else {
			g.block("Pairs", g.pixelPairs)
			g.storePairs(wgradTab, wgradDW)
		}
		p.I(JMP, Label("next"))
		p.Label("plain")
	}
	if vectors {
		g.block("", g.vectorPixel)
	} else if bias {
		// The sum of dy, behind the other registers.
		sum := func(j int) Vec { return isa.Vec(int(g.scalar().N) + 1 + j) }
		for j := range nv {
			g.zero(sum(j))
		}
		g.block("", func(chain int) {
			g.pixel(chain)
			for j := range nv {
				p.I(VADDPS, g.weight(j), sum(j), sum(j))
			}
		})
		p.I(MOVQ, Arg("db"), AX)
		for j := range nv {
			p.I(VADDPS, At(AX, j*isa.Width()*4), sum(j), sum(j))
			p.I(VMOVUPS, sum(j), At(AX, j*isa.Width()*4))
		}
	} else {
		g.block("", g.pixel)
	}
	p.I(MOVQ, Arg("tab"), wgradTab)
	p.I(MOVQ, Arg("dw"), wgradDW)
	if lanes == 32 {
		p.I(MOVQ, Arg("dwPanel"), BX)
		p.I(LEAQ, AtIndex(wgradDW, BX, 4, 0), BX).Say("second panel")
	}
	for i := range v.MR {
		p.I(MOVLQSX, At(wgradTab, 8*i+4), AX).Say("dwoff of k row %d", i)
		for j := range nv {
			to := AtIndex(wgradDW, AX, 4, j*isa.Width()*4)
			if lanes == 32 && j == 1 {
				to = AtIndex(BX, AX, 4, 0)
			}
			p.I(VADDPS, to, g.acc(0, i, j), g.acc(0, i, j))
			p.I(VMOVUPS, g.acc(0, i, j), to)
		}
	}
	if pairs {
		p.Label("next")
	}
	p.I(ADDQ, Imm(int64(8*v.MR)), wgradTab)
	p.I(MOVQ, wgradTab, Arg("tab"))
	p.I(DECQ, Arg("tiles"))
	p.I(JNE, Label("tile"))
	p.Label("done")
	p.Return()
	return p, nil
}

// block sums over the pixels of the block. add does one pixel, with the sums of
// a chain; labels end in suffix.
func (g *igemm) block(suffix string, add func(chain int)) {
	g.start(BX) // no bias
	g.walk(suffix, add)
	g.addChains()
}

// walk goes over the pixels of the block. add does one pixel, of which wgradUnroll
// follow each other with numbers from 0 on.
func (g *igemm) walk(suffix string, add func(i int)) {
	p := g.Program
	label := func(name string) Label { return Label(name + suffix) }
	p.I(XORL, wgradIndex, wgradIndex)
	p.I(MOVQ, Arg("dy"), wgradDY)
	p.I(MOVQ, Arg("imgs"), wgradTemp)
	p.I(SHLQ, Imm(32), wgradTemp).Say("images left, above rows left")

	p.Label(string(label("image")))
	p.I(ADDQ, Arg("rows"), wgradTemp)
	p.Label(string(label("row")))
	p.I(MOVQ, Arg("cols"), wgradCols)
	p.I(SUBQ, Imm(wgradUnroll), wgradCols)
	p.I(JLT, label("rest"))
	p.Align(32)
	p.Label(string(label("loop")))
	for q := range wgradUnroll {
		add(q)
	}
	p.I(SUBQ, Imm(wgradUnroll), wgradCols)
	p.I(JGE, label("loop"))
	p.Label(string(label("rest")))
	p.I(ADDQ, Imm(wgradUnroll), wgradCols)
	p.I(JEQ, label("rowend"))
	p.Label(string(label("single")))
	add(0)
	p.I(DECQ, wgradCols)
	p.I(JNE, label("single"))

	p.Label(string(label("rowend")))
	p.I(ADDQ, Arg("xRow"), wgradIndex)
	p.I(ADDQ, Arg("dyRow"), wgradDY)
	p.I(DECQ, wgradTemp)
	p.I(CMPL, wgradTemp, Imm(0)).Say("rows left?")
	p.I(JNE, label("row"))
	p.I(ADDQ, Arg("xImg"), wgradIndex)
	p.I(ADDQ, Arg("dyImg"), wgradDY)
	p.I(MOVQ, Imm(1<<32), wgradCols)
	p.I(SUBQ, wgradCols, wgradTemp)
	p.I(JNE, label("image"))
}

// pixelPairs is pixel for rows of k that are neighbours in x, where a row is one
// vector: a broadcast brings the inputs of two rows,
//
//	a     = x[k] x[k+1] x[k] x[k+1] ...     lo = dy[0] dy[0] dy[1] dy[1]
//	sums of a*lo, of a*hi                   hi = dy[2] dy[2] dy[3] dy[3]
//
// (the like in each 128-bit part) as in the paired tiles of igemm. The sums of
// rows i and i+1 are kept in the places of their accumulators, mixed.
func (g *igemm) pixelPairs(chain int) {
	chain %= g.chains
	lo := g.weight(0)
	hi, s := g.isa.Vec(int(lo.N)+1), g.isa.Vec(int(lo.N)+2)
	g.I(VMOVUPS, At(wgradDY, 0), lo).Say("dy")
	g.interleave(lo, lo, lo, hi)
	for i := 0; i < g.v.MR; i += 2 {
		g.I(VBROADCASTSD, AtIndex(igemmPixel[i], wgradIndex, 1, 0), s)
		g.I(VFMADD231PS, lo, s, g.acc(chain, i, 0))
		g.I(VFMADD231PS, hi, s, g.acc(chain, i+1, 0))
	}
	g.I(ADDQ, wgradXCol, wgradIndex)
	g.I(ADDQ, wgradDYCol, wgradDY)
}

// storePairs adds the sums that pixelPairs made to dw.
func (g *igemm) storePairs(tab, dw GPR) {
	g.I(MOVQ, Arg("tab"), tab)
	g.I(MOVQ, Arg("dw"), dw)
	for i := 0; i < g.v.MR; i += 2 {
		lo, hi, t := g.acc(0, i, 0), g.acc(0, i+1, 0), g.weight(0)
		g.I(VSHUFPS, Imm(0x88), hi, lo, t).Say("k row %d", i)
		g.I(VSHUFPS, Imm(0xdd), hi, lo, hi).Say("k row %d", i+1)
		for row, sum := range []Vec{t, hi} {
			g.I(MOVLQSX, At(tab, 8*(i+row)+4), AX).Say("dwoff of k row %d", i+row)
			g.I(VADDPS, AtIndex(dw, AX, 4, 0), sum, sum)
			g.I(VMOVUPS, sum, AtIndex(dw, AX, 4, 0))
		}
	}
}

// pixel adds one pixel to all sums of a wgrad tile and goes on to the next.
func (g *igemm) pixel(chain int) {
	chain %= g.chains
	s := g.scalar()
	for j := range g.nv {
		g.I(VMOVUPS, At(wgradDY, j*g.isa.Width()*4), g.weight(j)).Say("dy")
	}
	for i := range g.v.MR {
		g.I(VBROADCASTSS, AtIndex(igemmPixel[i], wgradIndex, 1, 0), s)
		for j := range g.nv {
			g.I(VFMADD231PS, g.weight(j), s, g.acc(chain, i, j))
		}
	}
	g.I(ADDQ, wgradXCol, wgradIndex)
	g.I(ADDQ, wgradDYCol, wgradDY)
}
