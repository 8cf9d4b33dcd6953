package simd

import "fmt"

// The transforms of Winograd's convolutions with 3x3 kernels (Lavin and Gray
// 2016): F(4x4, 3x3), and F(2x2, 3x3), whose functions end in 2. F(4x4) has the
// interpolation points 0, ±5/8, ±3/2 and infinity. The usual 0, ±1, ±2 need as
// many instructions, but the error of the result is three times as large. F(2x2)
// has 0, ±1 and infinity.
//
// Each transform applies one small matrix L from both sides, L d Lᵀ, to a square
// of vectors of channels: first down the columns into tmp, then along the rows.
// What a square's cells are, pixels of an image, planes of transformed tiles, or
// the taps of a kernel, is a matter of strides:
//
//	winogradInput    Bᵀ d B    6x6 pixels of x   -> 36 planes     4x4 -> 16
//	winogradOutput   Aᵀ m A    36 planes         -> 4x4 pixels    16  -> 2x2
//	winogradWeights  G g Gᵀ    3x3 taps          -> 36 planes     3x3 -> 16
//	winogradGradient A dy Aᵀ   4x4 pixels of dy  -> 36 planes     2x2 -> 16
//	winogradDelta    Gᵀ u G    36 planes         -> added to 3x3  16  -> 3x3
//
// The products between them are those of igemm and wgrad, one for each plane.
type winograd struct {
	*Program
	v   Variant
	isa ISA
	t   *winogradTransform
	// epilogue are two registers that are free while outputs are stored.
	epilogue [2]int
	// pool says that results are maxima of 2x2 cells; left is the last cell that was
	// the first of two.
	pool bool
	left Vec
	// bits is the width of vectors: under AVX-512 the last 8 channels are a
	// vector of half the width.
	bits int
}

func winogradParams(v Variant) []Param {
	t, ok := winogradOf(v)
	switch {
	case ok && t.is("output"):
		return params(PtrFloat32, "x bias add mask y tmp", Int, "n c xRow xCol xStep yRow yCol yStep rows cols")
	case v.Bias:
		return params(PtrFloat32, "x y tmp db", Int, "n c xRow xCol xStep yRow yCol yStep")
	}
	return params(PtrFloat32, "x y tmp", Int, "n c xRow xCol xStep yRow yCol yStep")
}

func winogradDoc(v Variant, _ int) []string {
	t, ok := winogradOf(v)
	if !ok {
		return nil
	}
	doc := []string{fmt.Sprintf("transforms n squares of %dx%d cells into %dx%d:", t.in, t.in, t.out, t.out), "",
		"\tfor o < n, cc < c:",
		fmt.Sprintf("\t\td[i][j] = x[o*xStep+i*xRow+j*xCol+cc] for i, j < %d", t.in),
		fmt.Sprintf("\t\te = %s, %dx%d", t.formula, t.out, t.out)}
	add := func(s string) { doc = append(doc, "\t\t"+s) }
	if v.Bias && t.is("gradient") {
		add("db[cc] += sum of d")
	} else if v.Bias {
		add("e[i][j] += bias[cc]")
	}
	if v.Add {
		add("e[i][j] += add[o*yStep+i*yRow+j*yCol+cc]")
	}
	if v.ReLU {
		add("e[i][j] = max(e[i][j], 0)")
	}
	if v.Mask {
		add("e[i][j] = mask[o*yStep+i*yRow+j*yCol+cc] > 0 ? e[i][j] : 0")
	}
	op, bound := "=", fmt.Sprintf("i, j < %d", t.out)
	switch {
	case t.is("output"):
		bound = "i < rows, j < cols"
	case t.is("delta"):
		op = "+="
	}
	add(fmt.Sprintf("y[o*yStep+i*yRow+j*yCol+cc] %s e[i][j] for %s", op, bound))
	return append(doc, "", "c is a multiple of 8; tmp has room for 36 vectors, 576 elements.")
}

// Register roles of the transforms.
const (
	winoChannel = AX  // offset of the channels in bytes
	winoIn      = SI  // column of the square
	winoRow1    = R8  // one, three and five rows of the square in bytes
	winoRow3    = R9  //
	winoRow5    = R10 //
	winoCol     = R11 // to the next column
	winoTmp     = DI
	winoOut     = DX // row of the result
	winoYRow    = BX // to the next row
	winoCol1    = CX // one, three and five columns of the result in bytes
	winoCol3    = R12
	winoCol5    = R13
	// Free of strides while an output row is stored.
	winoAdd  = SI
	winoMask = R8
	winoBias = R9
)

func buildWinograd(v Variant, _ int, isa ISA) (*Program, error) {
	t, ok := winogradOf(v)
	if !ok {
		return nil, fmt.Errorf("winograd: no such variant")
	}
	known := Variant{Family: v.Family, Func: v.Func}
	switch {
	case t.is("output"):
		known.Bias, known.Add, known.ReLU, known.Mask = v.Bias, v.Add, v.ReLU, v.Mask && !v.ReLU
	case t.is("gradient"):
		known.Bias = v.Bias
	}
	if err := v.check(known); err != nil {
		return nil, err
	}
	k := &winograd{v: v, isa: isa, t: t}
	return k.build(), nil
}

// build makes the instructions.
func (k *winograd) build() *Program {
	t := k.t
	k.Program, k.bits, k.epilogue = &Program{}, 32*k.isa.Width(), [2]int{2, 4}
	if t.in < 6 {
		k.epilogue = [2]int{14, 15}
	}
	k.I(CMPQ, Arg("n"), Imm(0))
	k.I(JLE, Label("done"))
	for _, stride := range []string{"c", "xRow", "xCol", "xStep", "yRow", "yCol", "yStep"} {
		k.I(SHLQ, Imm(2), Arg(stride)).Say("to bytes")
	}
	for i, c := range t.consts {
		k.I(VBROADCASTSS, k.Const(c), k.vec(t.in+i))
	}
	k.I(MOVQ, Arg("tmp"), winoTmp)
	if k.pool {
		k.multiples("yCol", winoCol1, winoCol3, winoCol5, 2)
		k.poolConsts()
	} else {
		k.I(MOVQ, Arg("yRow"), winoYRow)
		k.multiples("yCol", winoCol1, winoCol3, winoCol5, t.out)
	}
	if !t.is("output") {
		k.inStrides()
	}
	k.Label("square")
	k.I(XORL, winoChannel, winoChannel)
	k.channels()
	k.I(MOVQ, Arg("xStep"), winoChannel)
	k.I(ADDQ, winoChannel, Arg("x"))
	k.I(MOVQ, Arg("yStep"), winoChannel)
	k.I(ADDQ, winoChannel, Arg("y"))
	if k.v.Add {
		k.I(ADDQ, winoChannel, Arg("add"))
	}
	if k.v.Mask {
		k.I(ADDQ, winoChannel, Arg("mask"))
	}
	if k.pool && k.v.Bits {
		k.I(MOVQ, Arg("bitsStep"), winoChannel)
		k.I(ADDQ, winoChannel, Arg("bits"))
	}
	k.I(DECQ, Arg("n"))
	k.I(JNE, Label("square"))
	k.Label("done")
	k.Return()
	return k.Program
}

// vec is vector register n at the width in use.
func (k *winograd) vec(n int) Vec { return Vec{uint16(k.bits), uint8(n)} }

// vecs are n registers from the first on.
func (k *winograd) vecs(first, n int) []Vec {
	list := make([]Vec, n)
	for i := range list {
		list[i] = k.vec(first + i)
	}
	return list
}

// label is a label of the loop over vectors of the width in use.
func (k *winograd) label(format string, args ...any) Label {
	s := fmt.Sprintf(format, args...)
	if k.bits == 256 && k.isa == AVX512 {
		s += "Half"
	}
	return Label(s)
}

// channels emits the loop over the vectors of a square's channels and, where
// vectors are wider than the unit that channels come in, a last half.
func (k *winograd) channels() {
	if k.isa != AVX512 {
		k.Label("channels")
		k.square()
		k.I(ADDQ, Imm(32), winoChannel)
		k.I(CMPQ, winoChannel, Arg("c"))
		k.I(JLT, Label("channels"))
		return
	}
	k.Label("channels")
	k.I(LEAQ, At(winoChannel, 64), winoIn)
	k.I(CMPQ, winoIn, Arg("c"))
	k.I(JGT, Label("half"))
	k.square()
	k.I(ADDQ, Imm(64), winoChannel)
	k.I(JMP, Label("channels"))
	k.Label("half")
	k.I(CMPQ, winoChannel, Arg("c"))
	k.I(JGE, Label("whole"))
	k.bits = 256
	k.square()
	k.bits = 512
	k.Label("whole")
}

// square transforms one vector of channels of a square.
func (k *winograd) square() {
	t := k.t
	in, consts := k.vecs(0, t.in), k.vecs(t.in, len(t.consts))
	free := k.vecs(t.in+len(consts), 16-t.in-len(consts))
	if t.is("output") {
		k.inStrides()
	}
	k.I(MOVQ, Arg("x"), winoIn)
	k.I(ADDQ, winoChannel, winoIn)
	width := k.bits / 8
	tmp := func(i, j int) Mem { return At(winoTmp, width*(i*t.in+j)) }
	sums := t.is("gradient") && k.v.Bias
	sum, part := free[len(free)-1], free[len(free)-2]
	k.Comment("Down the columns.")
	for j := range t.in {
		for i := range t.in {
			k.I(VMOVUPS, multiple(winoIn, winoRow1, winoRow3, winoRow5, i), in[i])
		}
		if j+1 < t.in {
			k.I(ADDQ, winoCol, winoIn)
		}
		if sums {
			k.columnSum(j == 0, in, sum, part)
		}
		t.line(k, in, consts, free, func(i int, v Vec) { k.I(VMOVUPS, v, tmp(i, j)) })
	}
	if sums {
		k.I(MOVQ, Arg("db"), winoIn)
		k.I(VADDPS, AtIndex(winoIn, winoChannel, 1, 0), sum, sum)
		k.I(VMOVUPS, sum, AtIndex(winoIn, winoChannel, 1, 0))
	}
	k.Comment("Along the rows.")
	k.outPointers()
	for i := range t.out {
		if row := k.row(i); t.is("output") && row > 0 {
			k.I(CMPQ, Arg("rows"), Imm(row))
			k.I(JLE, k.label("next"))
		}
		for j := range t.in {
			k.I(VMOVUPS, tmp(i, j), in[j])
		}
		t.line(k, in, consts, free, func(j int, v Vec) {
			if k.pool {
				k.pooled(i, j, v, tmp)
			} else {
				k.put(i, j, v)
			}
		})
		switch {
		case i+1 == t.out:
		case !k.pool:
			k.step()
		case i%2 > 0:
			k.poolStep()
		}
	}
	if t.is("output") && (!k.pool || t.out > 2) {
		k.Label(string(k.label("next")))
	}
}

// row is the row of the result that begins with row i of the square, 0 for none but
// the first.
func (k *winograd) row(i int) int {
	switch {
	case !k.pool:
		return i
	case i%2 > 0:
		return 0
	}
	return i / 2
}

// columnSum adds the cells of a column to sum, the first column makes it; part is
// free.
func (k *winograd) columnSum(first bool, cells []Vec, sum, part Vec) {
	for i := 0; i < len(cells); i += 2 {
		to := part
		if first && i == 0 {
			to = sum
		}
		k.add(cells[i], cells[i+1], to)
		if to == part {
			k.add(sum, part, sum)
		}
	}
}

// inStrides loads the strides of the square.
func (k *winograd) inStrides() {
	k.multiples("xRow", winoRow1, winoRow3, winoRow5, k.t.in)
	k.I(MOVQ, Arg("xCol"), winoCol)
}

// multiples loads a stride and, as far as n cells need them, three and five
// times it.
func (k *winograd) multiples(arg string, one, three, five GPR, n int) {
	k.I(MOVQ, Arg(arg), one)
	if n > 3 {
		k.I(LEAQ, AtIndex(one, one, 2, 0), three)
	}
	if n > 5 {
		k.I(LEAQ, AtIndex(one, one, 4, 0), five)
	}
}

// multiple is the memory i strides behind base.
func multiple(base, one, three, five GPR, i int) Mem {
	switch i {
	case 0:
		return At(base, 0)
	case 3:
		return AtIndex(base, three, 1, 0)
	case 5:
		return AtIndex(base, five, 1, 0)
	}
	return AtIndex(base, one, i, 0)
}

// outPointers points at the first row of the result.
func (k *winograd) outPointers() {
	for _, p := range []struct {
		on  bool
		arg string
		reg GPR
	}{{true, "y", winoOut}, {k.v.Add, "add", winoAdd}, {k.v.Mask, "mask", winoMask}, {k.v.Bias && k.t.is("output"), "bias", winoBias}} {
		if p.on {
			k.I(MOVQ, Arg(p.arg), p.reg)
			k.I(ADDQ, winoChannel, p.reg)
		}
	}
	if k.pool {
		k.poolPointers()
	}
}

// step goes on to the next row of the result.
func (k *winograd) step() {
	k.I(ADDQ, winoYRow, winoOut)
	if k.v.Add {
		k.I(ADDQ, winoYRow, winoAdd)
	}
	if k.v.Mask {
		k.I(ADDQ, winoYRow, winoMask)
	}
}

// put applies the epilogue to cell (i, j) of the result and stores it.
func (k *winograd) put(i, j int, v Vec) {
	zero, keep := k.vec(k.epilogue[0]), k.vec(k.epilogue[1])
	at := func(base GPR) Mem { return multiple(base, winoCol1, winoCol3, winoCol5, j) }
	output := k.t.is("output")
	skip := k.label("clip%d%d", i, j)
	clips := output && j > 0
	if clips {
		k.I(CMPQ, Arg("cols"), Imm(int64(j)))
		k.I(JLE, skip)
	}
	if output && k.v.Bias {
		k.I(VADDPS, At(winoBias, 0), v, v)
	}
	if k.v.Add {
		k.I(VADDPS, at(winoAdd), v, v)
	}
	if k.v.ReLU || k.v.Mask {
		zeroVec(k.Program, zero)
	}
	switch {
	case k.v.ReLU:
		k.I(VMAXPS, v, zero, v).Say("NaN stays")
	case k.v.Mask && k.isa == AVX512:
		k.I(VCMPPS, Imm(cmpLT), at(winoMask), zero, K1).Say("0 < mask")
		k.IZ(VMOVUPS, v, K1, v)
	case k.v.Mask:
		k.I(VCMPPS, Imm(cmpLT), at(winoMask), zero, keep).Say("0 < mask")
		k.I(VANDPS, keep, v, v)
	}
	if k.t.is("delta") {
		k.I(VADDPS, at(winoOut), v, v)
	}
	k.I(VMOVUPS, v, at(winoOut))
	if clips {
		k.Label(string(skip))
	}
}
