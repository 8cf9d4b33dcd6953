package simd

import "fmt"

// narrowGrad is the weight gradient of a product to few output channels: vectors of
// k, neighbours in x, times the gradients of each of n channels, summed over a block
// of pixels. Func is the number of channels, "3c":
//
//	                dy of c0  dy of c1  dy of c2
//	x, vector 0     Y0        Y1        Y2        per pixel: broadcast the gradients,
//	   vector 1     Y3        Y4        Y5        then load each vector of inputs and
//	   vector 2     Y6        Y7        Y8        add its multiples
//	   vector 3     Y9        Y10       Y11
//
// It is narrow with the roles of pixels and k exchanged, and with nothing to add up
// across lanes: sums lie along k, a row for each channel, and are brought into the
// layout of the parameters once for all blocks. A run of k is cut into tiles of twelve
// sums, and what is left into smaller ones, of which odd and even pixels have sums of
// their own.
type narrowGrad struct {
	*igemm
	n, vectors int // of the tile
	bits       int
}

func narrowGradParams(Variant) []Param {
	return params(PtrFloat32, "x dy sums", PtrInt32, "seg", Int, "segs segLen sumRow imgs rows cols xImg xRow xCol dyImg dyRow dyCol")
}

func narrowGradDoc(v Variant, _ int) []string {
	n, ok := narrowForm(v)
	if !ok {
		return nil
	}
	return []string{
		fmt.Sprintf("adds the weight gradient of %d output channels, in rows along k:", n),
		"",
		"\tkk := 0",
		"\tfor s < segs, k < segLen:",
		"\t\tacc[j] = 0",
		"\t\tfor g < imgs, r < rows, q < cols:",
		"\t\t\tacc[j] += x[seg[s]+k+g*xImg+r*xRow+q*xCol] * dy[g*dyImg+r*dyRow+q*dyCol+j]",
		fmt.Sprintf("\t\tsums[j*sumRow+kk] += acc[j] for j < %d; kk++", n),
		"",
		"Offsets and strides count elements; segLen is a multiple of 8, segs, imgs, rows and",
		"cols are at least 1.",
	}
}

// Register roles of narrowGrad.
const (
	ngBase   = SI // inputs of the tile
	ngX      = DX // of the pixel
	ngDY     = BX
	ngXCol   = CX // bytes from pixel to pixel, and three times that
	ngXCol3  = R12
	ngDYCol  = R8
	ngDYCol3 = R13
	ngRows   = R9
	ngCols   = R10
	ngImgs   = R11
	ngLeft   = DI // bytes of the run left
	ngTemp   = AX
)

// narrowGradTiles are the numbers of vectors of a tile, falling.
var narrowGradTiles = [...][]int{1: {12, 6, 4, 2, 1}, 2: {6, 4, 2, 1}, 3: {4, 2, 1}, 4: {3, 2, 1}, 5: {2, 1}, 6: {2, 1}}

func buildNarrowGrad(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family, Func: v.Func}); err != nil {
		return nil, err
	}
	n, ok := narrowForm(v)
	if !ok {
		return nil, fmt.Errorf("narrowGrad: no form %s", v.Func)
	}
	g := &narrowGrad{igemm: &igemm{Program: &Program{}, v: v, isa: isa}, n: n, bits: 32 * isa.Width()}
	g.Comment("Strides in bytes; image and row strides relative to the end of what they follow.")
	g.I(MOVQ, Arg("rows"), SI)
	g.I(MOVQ, Arg("cols"), DI)
	for _, s := range []struct{ img, row, col string }{{"xImg", "xRow", "xCol"}, {"dyImg", "dyRow", "dyCol"}} {
		g.I(MOVQ, Arg(s.row), AX)
		g.I(MOVQ, AX, BX)
		g.I(IMULQ, SI, BX).Say("rows*%s", s.row)
		g.I(SUBQ, BX, Arg(s.img))
		g.I(SHLQ, Imm(2), Arg(s.img))
		g.I(MOVQ, Arg(s.col), BX)
		g.I(IMULQ, DI, BX).Say("cols*%s", s.col)
		g.I(SUBQ, BX, AX)
		g.I(SHLQ, Imm(2), AX)
		g.I(MOVQ, AX, Arg(s.row))
		g.I(SHLQ, Imm(2), Arg(s.col))
	}
	g.I(SHLQ, Imm(2), Arg("segLen"))
	g.I(SHLQ, Imm(2), Arg("sumRow"))
	g.I(MOVQ, Arg("xCol"), ngXCol)
	g.I(MOVQ, Arg("dyCol"), ngDYCol)
	g.I(LEAQ, AtIndex(ngXCol, ngXCol, 2, 0), ngXCol3)
	g.I(LEAQ, AtIndex(ngDYCol, ngDYCol, 2, 0), ngDYCol3)

	g.Label("segment")
	g.I(MOVQ, Arg("seg"), ngTemp)
	g.I(MOVLQSX, At(ngTemp, 0), ngBase)
	g.I(ADDQ, Imm(4), ngTemp)
	g.I(MOVQ, ngTemp, Arg("seg"))
	g.I(SHLQ, Imm(2), ngBase)
	g.I(ADDQ, Arg("x"), ngBase).Say("k = seg[s]")
	g.I(MOVQ, Arg("segLen"), ngLeft)
	tiles := narrowGradTiles[n]
	for i, vectors := range tiles {
		next := Label("half")
		if i+1 < len(tiles) {
			next = Label(fmt.Sprintf("tile%d", tiles[i+1]))
		}
		name := fmt.Sprintf("tile%d", vectors)
		g.Label(name)
		g.I(CMPQ, ngLeft, Imm(int64(vectors*isa.Width()*4)))
		g.I(JLT, next)
		g.tile(vectors, fmt.Sprint(vectors))
		if i == 0 {
			g.I(JMP, Label(name))
		}
	}
	g.Label("half")
	if isa == AVX512 {
		g.I(TESTQ, ngLeft, ngLeft)
		g.I(JEQ, Label("next"))
		g.bits = 256
		g.tile(1, "Half")
		g.Label("next")
	}
	g.I(DECQ, Arg("segs"))
	g.I(JNE, Label("segment"))
	g.Return()
	return g.Program, nil
}

func (g *narrowGrad) vec(i int) Vec { return Vec{uint16(g.bits), uint8(i)} }

func (g *narrowGrad) sum(chain, vector, j int) Vec {
	return g.vec((chain*g.vectors+vector)*g.n + j)
}

// tile sums a tile of so many vectors over all pixels, adds the sums to those there
// are, and goes on.
func (g *narrowGrad) tile(vectors int, suffix string) {
	g.vectors = vectors
	sums := vectors * g.n
	g.chains = chainsFor(sums, g.isa.VectorRegs()-min(g.n, vectors)-1)
	unroll := max(2, g.chains)
	label := func(name string) Label { return Label(name + suffix) }
	for i := range sums * g.chains {
		zeroVec(g.Program, g.vec(i))
	}
	g.I(MOVQ, ngBase, ngX)
	g.I(MOVQ, Arg("dy"), ngDY)
	g.I(MOVQ, Arg("imgs"), ngImgs)
	g.Label(string(label("image")))
	g.I(MOVQ, Arg("rows"), ngRows)
	g.Label(string(label("row")))
	g.I(MOVQ, Arg("cols"), ngCols)
	g.I(SUBQ, Imm(int64(unroll)), ngCols)
	g.I(JLT, label("rest"))
	g.Align(32)
	g.Label(string(label("loop")))
	for q := range unroll {
		g.pixel(q)
	}
	g.I(LEAQ, AtIndex(ngX, ngXCol, unroll, 0), ngX)
	g.I(LEAQ, AtIndex(ngDY, ngDYCol, unroll, 0), ngDY)
	g.I(SUBQ, Imm(int64(unroll)), ngCols)
	g.I(JGE, label("loop"))
	g.Label(string(label("rest")))
	g.I(ADDQ, Imm(int64(unroll)), ngCols)
	g.I(JEQ, label("rowend"))
	g.Label(string(label("single")))
	g.pixel(0)
	g.I(ADDQ, ngXCol, ngX)
	g.I(ADDQ, ngDYCol, ngDY)
	g.I(DECQ, ngCols)
	g.I(JNE, label("single"))
	g.Label(string(label("rowend")))
	g.I(ADDQ, Arg("xRow"), ngX)
	g.I(ADDQ, Arg("dyRow"), ngDY)
	g.I(DECQ, ngRows)
	g.I(JNE, label("row"))
	g.I(ADDQ, Arg("xImg"), ngX)
	g.I(ADDQ, Arg("dyImg"), ngDY)
	g.I(DECQ, ngImgs)
	g.I(JNE, label("image"))

	for c := g.chains / 2; c > 0; c /= 2 {
		for i := range c * sums {
			g.I(VADDPS, g.vec(c*sums+i), g.vec(i), g.vec(i))
		}
	}
	g.I(MOVQ, Arg("sums"), ngTemp)
	for j := range g.n {
		for i := range vectors {
			to := At(ngTemp, i*g.bits/8)
			g.I(VADDPS, to, g.sum(0, i, j), g.sum(0, i, j))
			g.I(VMOVUPS, g.sum(0, i, j), to)
		}
		if j+1 < g.n {
			g.I(ADDQ, Arg("sumRow"), ngTemp)
		}
	}
	bytes := Imm(int64(vectors * g.bits / 8))
	g.I(ADDQ, bytes, Arg("sums"))
	g.I(ADDQ, bytes, ngBase)
	g.I(SUBQ, bytes, ngLeft)
}

// pixel adds the products of pixel q from the current one on.
func (g *narrowGrad) pixel(q int) {
	chain := q % g.chains
	held := func(i int) Vec { return g.vec(g.vectors*g.n*g.chains + i) }
	stream := held(min(g.n, g.vectors))
	x := func(i int) Mem { return multiple(ngX, ngXCol, ngXCol3, 0, q).Plus(i * g.bits / 8) }
	dy := func(j int) Mem { return multiple(ngDY, ngDYCol, ngDYCol3, 0, q).Plus(4 * j) }
	if g.n <= g.vectors {
		for j := range g.n {
			g.I(VBROADCASTSS, dy(j), held(j)).Say("dy of pixel %d", q)
		}
		for i := range g.vectors {
			if g.n == 1 {
				g.I(VFMADD231PS, x(i), held(0), g.sum(chain, i, 0))
				continue
			}
			g.I(VMOVUPS, x(i), stream)
			for j := range g.n {
				g.I(VFMADD231PS, held(j), stream, g.sum(chain, i, j))
			}
		}
		return
	}
	for i := range g.vectors {
		g.I(VMOVUPS, x(i), held(i)).Say("pixel %d", q)
	}
	for j := range g.n {
		g.I(VBROADCASTSS, dy(j), stream)
		for i := range g.vectors {
			g.I(VFMADD231PS, stream, held(i), g.sum(chain, i, j))
		}
	}
}
