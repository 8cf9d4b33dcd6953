package simd

import (
	"fmt"
	"strconv"
	"strings"
)

// depthwiseRowGrad is the weight gradient to depthwiseRow: Func names the rows and
// columns of the kernel that are summed at a time, and the step, "3x3s1". A tile has
// MR pixels, whose gradients are in registers while each input is read once:
//
//	               x[0] x[1] x[2] x[3] ...      of each kernel row
//	dw[row][0] +=  dy0  dy1  dy2  dy3
//	dw[row][1] +=       dy0  dy1  dy2
//	dw[row][2] +=            dy0  dy1
//
// The sums stay in registers over all tiles of a block, one vector of channels after
// the other, and are then added to dw. Of 3x3, 26 loads come with 45 FMAs; those of
// few weights are split into two, for even and odd pixels, since a sum takes four
// cycles for an addition. With Bias dy is summed as well.
type depthwiseRowGrad struct {
	*Program
	v                Variant
	isa              ISA
	rows, cols, step int
	chains           int
	bits             int
}

// depthwiseGradForm is the kernel rows, columns and the step of variant v.
func depthwiseGradForm(v Variant) (rows, cols, step int, ok bool) {
	a, b, found := strings.Cut(v.Func, "x")
	rows, err := strconv.Atoi(a)
	cols, step, ok = depthwiseRowForm(Variant{Func: b})
	return rows, cols, step, ok && found && err == nil && rows >= 1
}

func depthwiseRowGradParams(v Variant) []Param {
	return params(PtrFloat32, "x dy dw db", Int, "tiles rows c xTile xNext xRow xCol dyTile dyNext dyCol dwPanel")
}

func depthwiseRowGradDoc(v Variant, _ int) []string {
	rows, cols, step, ok := depthwiseGradForm(v)
	if !ok {
		return nil
	}
	at := "p"
	if step > 1 {
		at = fmt.Sprintf("%d*p", step)
	}
	doc := []string{
		fmt.Sprintf("adds the gradient of %d rows of a depthwise kernel of %d columns, summed over rows of tiles of %d pixels:", rows, cols, v.MR),
		"",
		fmt.Sprintf("\tfor cc < c, i < %d, j < %d:", rows, cols),
		"\t\tacc = 0",
		fmt.Sprintf("\t\tfor r < rows, t < tiles, p < %d:", v.MR),
		fmt.Sprintf("\t\t\tacc += x[r*(tiles*xTile+xNext)+t*xTile+i*xRow+(%s+j)*xCol+cc] *", at),
		"\t\t\t\tdy[r*(tiles*dyTile+dyNext)+t*dyTile+p*dyCol+cc]",
		fmt.Sprintf("\t\tdw[cc/16*dwPanel+(i*%d+j)*16+cc%%16] += acc", cols),
	}
	if v.Bias {
		doc = append(doc, "\tdb[cc] += sum of all dy[r*(tiles*dyTile+dyNext)+t*dyTile+p*dyCol+cc]")
	}
	return append(doc, "", "Strides count elements; c is a multiple of 8, tiles and rows are at least 1.")
}

// Register roles of depthwiseRowGrad, besides those of depthwiseRow.
const (
	dwKernel = DI  // x at the kernel row
	dwDY     = R8  // dy of the tile
	dwTiles  = R11 // tiles left in the row
	dwLeft   = R13 // rows left
	dwDYCol  = BX  // one and three columns of dy in bytes
	dwDYCol3 = CX
)

func buildDepthwiseRowGrad(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family, Func: v.Func, MR: v.MR, Bias: v.Bias}); err != nil {
		return nil, err
	}
	k := &depthwiseRowGrad{Program: &Program{}, v: v, isa: isa, chains: 1, bits: 32 * isa.Width()}
	var ok bool
	k.rows, k.cols, k.step, ok = depthwiseGradForm(v)
	if k.rows*k.cols <= 5 {
		k.chains = 2
	}
	if !ok || v.MR < 1 || k.registers() > 16 {
		return nil, fmt.Errorf("depthwiseRowGrad: no form %s for %d pixels", v.Func, v.MR)
	}
	for _, stride := range []string{"c", "xTile", "xNext", "xRow", "xCol", "dyTile", "dyNext", "dyCol", "dwPanel"} {
		k.I(SHLQ, Imm(2), Arg(stride)).Say("to bytes")
	}
	k.I(XORL, dwChannel, dwChannel)
	k.I(MOVQ, Arg("dw"), dwWeights)
	k.I(MOVQ, Arg("xCol"), dwCol)
	k.I(LEAQ, AtIndex(dwCol, dwCol, 2, 0), dwCol3)
	k.I(MOVQ, Arg("dyCol"), dwDYCol)
	k.I(LEAQ, AtIndex(dwDYCol, dwDYCol, 2, 0), dwDYCol3)
	k.Label("channels")
	if isa == AVX512 {
		k.I(LEAQ, At(dwChannel, 64), dwX)
		k.I(CMPQ, dwX, Arg("c"))
		k.I(JGT, Label("half"))
		k.vector("")
		k.I(ADDQ, Imm(64), dwChannel)
		k.I(ADDQ, Arg("dwPanel"), dwWeights)
		k.I(JMP, Label("channels"))
		k.Label("half")
		k.I(CMPQ, dwChannel, Arg("c"))
		k.I(JGE, Label("done"))
		k.bits = 256
		k.vector("Half")
		k.Label("done")
	} else {
		k.vector("")
		k.I(ADDQ, Imm(32), dwChannel)
		k.I(ADDQ, Imm(32), dwWeights)
		k.I(MOVQ, dwChannel, dwX)
		k.I(ANDQ, Imm(32), dwX)
		k.I(JNE, Label("panel")).Say("the second half of a panel")
		k.I(ADDQ, Arg("dwPanel"), dwWeights)
		k.I(SUBQ, Imm(64), dwWeights)
		k.Label("panel")
		k.I(CMPQ, dwChannel, Arg("c"))
		k.I(JLT, Label("channels"))
	}
	k.Return()
	return k.Program, nil
}

// registers is the number of vector registers in use: sums, gradients, an input.
func (k *depthwiseRowGrad) registers() int {
	n := k.rows*k.cols*k.chains + k.v.MR + 1
	if k.v.Bias {
		n++
	}
	return n
}

func (k *depthwiseRowGrad) vec(n int) Vec { return Vec{uint16(k.bits), uint8(n)} }
func (k *depthwiseRowGrad) acc(chain, i, j int) Vec {
	return k.vec((chain%k.chains*k.rows+i)*k.cols + j)
}
func (k *depthwiseRowGrad) dy(p int) Vec { return k.vec(k.rows*k.cols*k.chains + p) }
func (k *depthwiseRowGrad) input() Vec   { return k.dy(k.v.MR) }
func (k *depthwiseRowGrad) sum() Vec     { return k.dy(k.v.MR + 1) }

// vector sums one vector of channels over the block and adds it to the gradient.
func (k *depthwiseRowGrad) vector(suffix string) {
	for n := range k.rows * k.cols * k.chains {
		zeroVec(k.Program, k.vec(n))
	}
	if k.v.Bias {
		zeroVec(k.Program, k.sum())
	}
	k.I(MOVQ, Arg("x"), dwX)
	k.I(ADDQ, dwChannel, dwX)
	k.I(MOVQ, Arg("dy"), dwDY)
	k.I(ADDQ, dwChannel, dwDY)
	k.I(MOVQ, Arg("rows"), dwLeft)
	row, tile := Label("row"+suffix), Label("tile"+suffix)
	k.Label(string(row))
	k.I(MOVQ, Arg("tiles"), dwTiles)
	k.Align(32)
	k.Label(string(tile))
	k.tile()
	k.I(ADDQ, Arg("xTile"), dwX)
	k.I(ADDQ, Arg("dyTile"), dwDY)
	k.I(DECQ, dwTiles)
	k.I(JNE, tile)
	k.I(ADDQ, Arg("xNext"), dwX)
	k.I(ADDQ, Arg("dyNext"), dwDY)
	k.I(DECQ, dwLeft)
	k.I(JNE, row)
	for i := range k.rows {
		for j := range k.cols {
			at := At(dwWeights, 64*(i*k.cols+j))
			if k.chains == 2 {
				k.I(VADDPS, k.acc(1, i, j), k.acc(0, i, j), k.acc(0, i, j))
			}
			k.I(VADDPS, at, k.acc(0, i, j), k.acc(0, i, j))
			k.I(VMOVUPS, k.acc(0, i, j), at)
		}
	}
	if k.v.Bias {
		k.I(MOVQ, Arg("db"), dwX)
		k.I(VADDPS, AtIndex(dwX, dwChannel, 1, 0), k.sum(), k.sum())
		k.I(VMOVUPS, k.sum(), AtIndex(dwX, dwChannel, 1, 0))
	}
}

// tile adds the products of a tile.
func (k *depthwiseRowGrad) tile() {
	k.I(MOVQ, dwDY, dwAt)
	for p := range k.v.MR {
		k.I(VMOVUPS, multiple(dwAt, dwDYCol, dwDYCol3, 0, p%4), k.dy(p)).Say("dy[%d]", p)
		if p%4 == 3 && p+1 < k.v.MR {
			k.I(LEAQ, AtIndex(dwAt, dwDYCol, 4, 0), dwAt)
		}
		if k.v.Bias {
			k.I(VADDPS, k.dy(p), k.sum(), k.sum())
		}
	}
	k.I(MOVQ, dwX, dwKernel)
	last := k.step*(k.v.MR-1) + k.cols - 1
	for i := range k.rows {
		k.I(MOVQ, dwKernel, dwAt)
		for c := 0; c <= last; c++ {
			k.column(i, c)
			if c%4 == 3 && c < last {
				k.I(LEAQ, AtIndex(dwAt, dwCol, 4, 0), dwAt)
			}
		}
		if i+1 < k.rows {
			k.I(ADDQ, Arg("xRow"), dwKernel)
		}
	}
}

// column adds the products of input column c of kernel row i.
func (k *depthwiseRowGrad) column(i, c int) {
	var pixels []int
	for p := range k.v.MR {
		if j := c - k.step*p; j >= 0 && j < k.cols {
			pixels = append(pixels, p)
		}
	}
	at := multiple(dwAt, dwCol, dwCol3, 0, c%4)
	switch len(pixels) {
	case 0:
	case 1:
		p := pixels[0]
		k.I(VFMADD231PS, at, k.dy(p), k.acc(p, i, c-k.step*p))
	default:
		k.I(VMOVUPS, at, k.input()).Say("x[%d]", c)
		for _, p := range pixels {
			k.I(VFMADD231PS, k.dy(p), k.input(), k.acc(p, i, c-k.step*p))
		}
	}
}
