package simd

import (
	"fmt"
	"strconv"
	"strings"
)

// depthwiseRow is depthwise convolution for kernels whose columns are neighbours:
// MR pixels of a row at once, a vector of channels at a time, all channels of the
// tile before the next row of pixels. Func is the number of columns of the kernel
// and the distance of the pixels' inputs, "3s1" or "5s2".
//
//	          x[0] x[1] x[2] x[3] x[4] ...      per kernel row: load its weights w0,
//	acc[0]    w0   w1   w2                      w1 and w2, then each input once, which
//	acc[1]         w0   w1   w2                 goes to all pixels that see it
//	acc[2]              w0   w1   w2
//
// A tile of 10 pixels of a 3x3 kernel takes 15 loads for its 30 FMAs a kernel row,
// one of 5x5 19 for 50, where taking inputs straight from memory needs a load for
// each FMA and is bound by the load ports. Channels being innermost, whole pixels
// are read in order, which prefetchers like, and the weights of all channels stay in
// the first-level cache.
type depthwiseRow struct {
	*Program
	v          Variant
	isa        ISA
	cols, step int
	bits       int // width of vectors: a last half under AVX-512
}

// depthwiseRowForm is the number of columns and the step of variant v.
func depthwiseRowForm(v Variant) (cols, step int, ok bool) {
	a, b, found := strings.Cut(v.Func, "s")
	cols, err := strconv.Atoi(a)
	step, err2 := strconv.Atoi(b)
	return cols, step, found && err == nil && err2 == nil && cols >= 1 && cols <= 9 && (step == 1 || step == 2)
}

// DepthwiseRowPixels is the most pixels of a tile of depthwiseRow for kernels of cols
// columns, 0 if there are too many: accumulators, weights and an input have 16
// registers under AVX2.
func DepthwiseRowPixels(cols int) int {
	if cols > 9 {
		return 0
	}
	return min(12, 15-cols)
}

func depthwiseRowParams(Variant) []Param {
	return params(PtrFloat32, "x w bias add mask y", Int, "rows c kh xDown xRow xCol yDown yCol wPanel")
}

func depthwiseRowDoc(v Variant, _ int) []string {
	cols, step, ok := depthwiseRowForm(v)
	if !ok {
		return nil
	}
	doc := []string{fmt.Sprintf("is depthwise convolution with kernels of %d columns, %d pixels of each of rows rows:", cols, v.MR), ""}
	add := func(format string, args ...any) { doc = append(doc, fmt.Sprintf("\t"+format, args...)) }
	add("for r < rows, p < %d, cc < c:", v.MR)
	if v.Bias {
		add("\tacc = bias[cc]")
	} else {
		add("\tacc = 0")
	}
	add("\tfor i < kh, j < %d:", cols)
	at := "p"
	if step > 1 {
		at = fmt.Sprintf("%d*p", step)
	}
	add("\t\tacc += x[r*xDown+i*xRow+(%s+j)*xCol+cc] * w[cc/16*wPanel+(i*%d+j)*16+cc%%16]", at, cols)
	doc = append(doc, epilogueDoc(v, "acc", "r*yDown+p*yCol+cc")...)
	return append(doc, "", "Strides and wPanel count elements; c is a multiple of 8, kh at least 1.")
}

// Register roles of depthwiseRow.
const (
	dwChannel = AX  // offset of the channels in bytes
	dwX       = SI  // first input of the kernel row
	dwAt      = DX  // first of four columns
	dwW       = DI  // weights of the kernel row
	dwWeights = R12 // weights of the vector
	dwY       = R8  // first of four pixels
	dwCol     = R9  // one and three columns of x or y in bytes
	dwCol3    = R10 //
	dwRows    = R11 // kernel rows left
	dwAdd     = BX
	dwMask    = CX
	dwTemp    = R13
)

func buildDepthwiseRow(v Variant, _ int, isa ISA) (*Program, error) {
	known := Variant{Family: v.Family, Func: v.Func, MR: v.MR, Bias: v.Bias, Add: v.Add, ReLU: v.ReLU, Mask: v.Mask && !v.ReLU}
	if err := v.check(known); err != nil {
		return nil, err
	}
	k := &depthwiseRow{Program: &Program{}, v: v, isa: isa, bits: 32 * isa.Width()}
	var ok bool
	if k.cols, k.step, ok = depthwiseRowForm(v); !ok || v.MR < 1 || v.MR > DepthwiseRowPixels(k.cols) {
		return nil, fmt.Errorf("depthwiseRow: no form %s for %d pixels", v.Func, v.MR)
	}
	k.I(CMPQ, Arg("rows"), Imm(0))
	k.I(JLE, Label("done"))
	for _, stride := range []string{"c", "xDown", "xRow", "xCol", "yDown", "yCol", "wPanel"} {
		k.I(SHLQ, Imm(2), Arg(stride)).Say("to bytes")
	}
	k.Label("row")
	k.I(XORL, dwChannel, dwChannel)
	k.I(MOVQ, Arg("w"), dwWeights)
	k.Label("channels")
	if isa == AVX512 {
		k.I(LEAQ, At(dwChannel, 64), dwTemp)
		k.I(CMPQ, dwTemp, Arg("c"))
		k.I(JGT, Label("half"))
		k.vector("")
		k.I(ADDQ, Imm(64), dwChannel)
		k.I(ADDQ, Arg("wPanel"), dwWeights)
		k.I(JMP, Label("channels"))
		k.Label("half")
		k.I(CMPQ, dwChannel, Arg("c"))
		k.I(JGE, Label("next"))
		k.bits = 256
		k.vector("Half")
		k.Label("next")
	} else {
		k.vector("")
		k.I(ADDQ, Imm(32), dwChannel)
		k.I(ADDQ, Imm(32), dwWeights)
		k.I(MOVQ, dwChannel, dwTemp)
		k.I(ANDQ, Imm(32), dwTemp)
		k.I(JNE, Label("panel")).Say("the second half of a panel")
		k.I(ADDQ, Arg("wPanel"), dwWeights)
		k.I(SUBQ, Imm(64), dwWeights)
		k.Label("panel")
		k.I(CMPQ, dwChannel, Arg("c"))
		k.I(JLT, Label("channels"))
	}
	k.I(MOVQ, Arg("xDown"), dwTemp)
	k.I(ADDQ, dwTemp, Arg("x"))
	k.I(MOVQ, Arg("yDown"), dwTemp)
	k.I(ADDQ, dwTemp, Arg("y"))
	if v.Add {
		k.I(ADDQ, dwTemp, Arg("add"))
	}
	if v.Mask {
		k.I(ADDQ, dwTemp, Arg("mask"))
	}
	k.I(DECQ, Arg("rows"))
	k.I(JNE, Label("row"))
	k.Label("done")
	k.Return()
	return k.Program, nil
}

func (k *depthwiseRow) vec(n int) Vec    { return Vec{uint16(k.bits), uint8(n)} }
func (k *depthwiseRow) acc(p int) Vec    { return k.vec(p) }
func (k *depthwiseRow) weight(j int) Vec { return k.vec(k.v.MR + j) }
func (k *depthwiseRow) input() Vec       { return k.vec(k.v.MR + k.cols) }

// vector does one vector of channels of a row of the tile.
func (k *depthwiseRow) vector(suffix string) {
	v := k.v
	if v.Bias {
		k.I(MOVQ, Arg("bias"), dwTemp)
		k.I(VMOVUPS, AtIndex(dwTemp, dwChannel, 1, 0), k.acc(0)).Say("bias")
	}
	for p := range v.MR {
		switch {
		case !v.Bias:
			zeroVec(k.Program, k.acc(p))
		case p > 0:
			k.I(VMOVUPS, k.acc(0), k.acc(p))
		}
	}
	k.I(MOVQ, Arg("x"), dwX)
	k.I(ADDQ, dwChannel, dwX)
	k.I(MOVQ, dwWeights, dwW)
	k.I(MOVQ, Arg("kh"), dwRows)
	k.columns("xCol")
	loop := Label("kernel" + suffix)
	k.Align(32)
	k.Label(string(loop))
	for j := range k.cols {
		k.I(VMOVUPS, At(dwW, 64*j), k.weight(j)).Say("w[%d]", j)
	}
	k.I(MOVQ, dwX, dwAt)
	last := k.step*(v.MR-1) + k.cols - 1
	for i := 0; i <= last; i++ {
		k.column(i)
		if i%4 == 3 && i < last {
			k.I(LEAQ, AtIndex(dwAt, dwCol, 4, 0), dwAt)
		}
	}
	k.I(ADDQ, Arg("xRow"), dwX)
	k.I(ADDQ, Imm(int64(64*k.cols)), dwW)
	k.I(DECQ, dwRows)
	k.I(JNE, loop)
	k.store()
}

// columns loads the distance of columns in x or y, and three times it.
func (k *depthwiseRow) columns(arg string) {
	k.I(MOVQ, Arg(arg), dwCol)
	k.I(LEAQ, AtIndex(dwCol, dwCol, 2, 0), dwCol3)
}

// place is column i of those at base, of which i is one of four.
func (k *depthwiseRow) place(base GPR, i int) Mem {
	return multiple(base, dwCol, dwCol3, 0, i%4)
}

// column adds the products of input column i to all pixels that see it.
func (k *depthwiseRow) column(i int) {
	var pixels []int
	for p := range k.v.MR {
		if j := i - k.step*p; j >= 0 && j < k.cols {
			pixels = append(pixels, p)
		}
	}
	switch len(pixels) {
	case 0:
	case 1:
		p := pixels[0]
		k.I(VFMADD231PS, k.place(dwAt, i), k.weight(i-k.step*p), k.acc(p))
	default:
		k.I(VMOVUPS, k.place(dwAt, i), k.input()).Say("x[%d]", i)
		for _, p := range pixels {
			k.I(VFMADD231PS, k.weight(i-k.step*p), k.input(), k.acc(p))
		}
	}
}

// store applies the epilogue to the pixels and stores them.
func (k *depthwiseRow) store() {
	v, zero, t := k.v, k.weight(0), k.input()
	k.columns("yCol")
	bases := []struct {
		on  bool
		arg string
		reg GPR
	}{{true, "y", dwY}, {v.Add, "add", dwAdd}, {v.Mask, "mask", dwMask}}
	for _, b := range bases {
		if b.on {
			k.I(MOVQ, Arg(b.arg), b.reg)
			k.I(ADDQ, dwChannel, b.reg)
		}
	}
	if v.ReLU || v.Mask {
		zeroVec(k.Program, zero)
	}
	for p := range v.MR {
		a := k.acc(p)
		if v.Add {
			k.I(VADDPS, k.place(dwAdd, p), a, a)
		}
		switch {
		case v.ReLU:
			k.I(VMAXPS, a, zero, a).Say("NaN stays")
		case v.Mask && k.isa == AVX512:
			k.I(VCMPPS, Imm(cmpLT), k.place(dwMask, p), zero, K1).Say("0 < mask")
			k.IZ(VMOVUPS, a, K1, a)
		case v.Mask:
			k.I(VCMPPS, Imm(cmpLT), k.place(dwMask, p), zero, t).Say("0 < mask")
			k.I(VANDPS, t, a, a)
		}
		k.I(VMOVUPS, a, k.place(dwY, p))
		if p%4 == 3 && p+1 < v.MR {
			for _, b := range bases {
				if b.on {
					k.I(LEAQ, AtIndex(b.reg, dwCol, 4, 0), b.reg)
				}
			}
		}
	}
}
