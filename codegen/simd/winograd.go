package simd

import "fmt"

// The transforms of Winograd's F(4x4, 3x3) convolution (Lavin and Gray 2016) with
// the interpolation points 0, ±5/8, ±3/2 and infinity. The usual 0, ±1, ±2 need
// as many instructions, but the error of the result is three times as large.
//
// Each transform applies one small matrix L from both sides, L d Lᵀ, to a square
// of vectors of channels: first down the columns into tmp, then along the rows.
// What a square's cells are, pixels of an image, planes of transformed tiles, or
// the taps of a kernel, is a matter of strides:
//
//	winogradInput    Bᵀ d B    6x6 pixels of x   -> 36 planes
//	winogradOutput   Aᵀ m A    36 planes         -> 4x4 pixels of y
//	winogradWeights  G g Gᵀ    3x3 taps          -> 36 planes
//	winogradGradient A dy Aᵀ   4x4 pixels of dy  -> 36 planes
//	winogradDelta    Gᵀ u G    36 planes         -> added to 3x3 taps
//
// The products between them are those of igemm and wgrad, one for each plane.
type winograd struct {
	*Program
	v   Variant
	isa ISA
	t   *winogradTransform
}

// winogradTransform is one of the five matrices.
type winogradTransform struct {
	name    string // Variant.Func
	formula string
	in, out int // size of the square before and after
	// consts are kept in registers behind the line's inputs.
	consts []float32
	// line emits one product with the matrix: d are its inputs, which it may
	// overwrite, c the constants, t the registers left. It hands each output to
	// put as soon as it is there; d[2] and d[4] are free by then in Aᵀ.
	line func(k *winograd, d, c, t []Vec, put func(i int, v Vec))
}

// Interpolation points and their powers; all exact in float32.
const (
	winoA  = 5.0 / 8
	winoB  = 3.0 / 2
	winoA2 = winoA * winoA
	winoB2 = winoB * winoB
	// Denominators of G: the product of the distances to the other points.
	winoF0 = winoA2 * winoB2
	winoFA = 2 * winoA2 * (winoA2 - winoB2)
	winoFB = 2 * winoB2 * (winoB2 - winoA2)
)

// winogradTaps are the elements of G but for zeros, signs and the last row.
var winogradTaps = []float32{1 / winoF0, 1 / winoFA, winoA / winoFA, winoA2 / winoFA, 1 / winoFB, winoB / winoFB, winoB2 / winoFB}

var winogradTransforms = []winogradTransform{
	{"input", "Bt d B", 6, 6, []float32{winoF0, winoA2 + winoB2, winoB2, winoA2, winoA, winoB}, (*winograd).lineBt},
	{"output", "At d A", 6, 4, []float32{winoA, winoB, winoA2, winoB2, winoA * winoA2, winoB * winoB2}, (*winograd).lineAt},
	{"weights", "G d Gt", 3, 6, winogradTaps, (*winograd).lineG},
	{"gradient", "A d At", 4, 6, []float32{winoA, winoB, winoA2, winoB2}, (*winograd).lineA},
	{"delta", "Gt d G", 6, 3, winogradTaps, (*winograd).lineGt},
}

func winogradOf(v Variant) (*winogradTransform, bool) {
	for i := range winogradTransforms {
		if winogradTransforms[i].name == v.Func {
			return &winogradTransforms[i], true
		}
	}
	return nil, false
}

func winogradParams(v Variant) []Param {
	if v.Func == "output" {
		return params(PtrFloat32, "x bias add mask y tmp", Int, "n c xRow xCol xStep yRow yCol yStep rows cols")
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
	if v.Bias {
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
	switch v.Func {
	case "output":
		bound = "i < rows, j < cols"
	case "delta":
		op = "+="
	}
	add(fmt.Sprintf("y[o*yStep+i*yRow+j*yCol+cc] %s e[i][j] for %s", op, bound))
	return append(doc, "", "c is a multiple of 16; tmp has room for 36 vectors, 576 elements.")
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
	known := Variant{Family: v.Family, Func: v.Func}
	if v.Func == "output" {
		known.Bias, known.Add, known.ReLU, known.Mask = v.Bias, v.Add, v.ReLU, v.Mask && !v.ReLU
	}
	if err := v.check(known); err != nil || !ok {
		return nil, fmt.Errorf("winograd: no such variant")
	}
	k := &winograd{Program: &Program{}, v: v, isa: isa, t: t}
	k.I(CMPQ, Arg("n"), Imm(0))
	k.I(JLE, Label("done"))
	for _, stride := range []string{"c", "xRow", "xCol", "xStep", "yRow", "yCol", "yStep"} {
		k.I(SHLQ, Imm(2), Arg(stride)).Say("to bytes")
	}
	var consts []Vec
	for i, c := range t.consts {
		consts = append(consts, isa.Vec(t.in+i))
		k.I(VBROADCASTSS, k.Const(c), consts[i])
	}
	var in, free []Vec
	for i := range t.in {
		in = append(in, isa.Vec(i))
	}
	for i := t.in + len(consts); i < 16; i++ {
		free = append(free, isa.Vec(i))
	}
	k.I(MOVQ, Arg("tmp"), winoTmp)
	k.I(MOVQ, Arg("yRow"), winoYRow)
	k.multiples("yCol", winoCol1, winoCol3, winoCol5, t.out)
	if v.Func != "output" {
		k.inStrides()
	}
	k.Label("square")
	k.I(XORL, winoChannel, winoChannel)
	k.Label("channels")
	if v.Func == "output" {
		k.inStrides()
	}
	k.I(MOVQ, Arg("x"), winoIn)
	k.I(ADDQ, winoChannel, winoIn)
	width := 4 * isa.Width()
	tmp := func(i, j int) Mem { return At(winoTmp, width*(i*t.in+j)) }
	k.Comment("Down the columns.")
	for j := range t.in {
		for i := range t.in {
			k.I(VMOVUPS, multiple(winoIn, winoRow1, winoRow3, winoRow5, i), in[i])
		}
		if j+1 < t.in {
			k.I(ADDQ, winoCol, winoIn)
		}
		t.line(k, in, consts, free, func(i int, v Vec) { k.I(VMOVUPS, v, tmp(i, j)) })
	}
	k.Comment("Along the rows.")
	k.outPointers()
	for i := range t.out {
		if v.Func == "output" && i > 0 {
			k.I(CMPQ, Arg("rows"), Imm(i))
			k.I(JLE, Label("next"))
		}
		for j := range t.in {
			k.I(VMOVUPS, tmp(i, j), in[j])
		}
		t.line(k, in, consts, free, func(j int, v Vec) { k.put(i, j, v, in) })
		if i+1 < t.out {
			k.step()
		}
	}
	if v.Func == "output" {
		k.Label("next")
	}
	k.I(ADDQ, Imm(width), winoChannel)
	k.I(CMPQ, winoChannel, Arg("c"))
	k.I(JLT, Label("channels"))
	k.I(MOVQ, Arg("xStep"), winoChannel)
	k.I(ADDQ, winoChannel, Arg("x"))
	k.I(MOVQ, Arg("yStep"), winoChannel)
	k.I(ADDQ, winoChannel, Arg("y"))
	if v.Add {
		k.I(ADDQ, winoChannel, Arg("add"))
	}
	if v.Mask {
		k.I(ADDQ, winoChannel, Arg("mask"))
	}
	k.I(DECQ, Arg("n"))
	k.I(JNE, Label("square"))
	k.Label("done")
	k.Return()
	return k.Program, nil
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
	}{{true, "y", winoOut}, {k.v.Add, "add", winoAdd}, {k.v.Mask, "mask", winoMask}, {k.v.Bias, "bias", winoBias}} {
		if p.on {
			k.I(MOVQ, Arg(p.arg), p.reg)
			k.I(ADDQ, winoChannel, p.reg)
		}
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

// put applies the epilogue to cell (i, j) of the result and stores it. in are
// the line's input registers, of which 2 and 4 are free.
func (k *winograd) put(i, j int, v Vec, in []Vec) {
	at := func(base GPR) Mem { return multiple(base, winoCol1, winoCol3, winoCol5, j) }
	skip := ""
	if k.v.Func == "output" && j > 0 {
		skip = fmt.Sprintf("clip%d%d", i, j)
		k.I(CMPQ, Arg("cols"), Imm(int64(j)))
		k.I(JLE, Label(skip))
	}
	if k.v.Bias {
		k.I(VADDPS, At(winoBias, 0), v, v)
	}
	if k.v.Add {
		k.I(VADDPS, at(winoAdd), v, v)
	}
	if k.v.ReLU || k.v.Mask {
		zeroVec(k.Program, in[2])
	}
	switch {
	case k.v.ReLU:
		k.I(VMAXPS, v, in[2], v).Say("NaN stays")
	case k.v.Mask && k.isa == AVX512:
		k.I(VCMPPS, Imm(cmpLT), at(winoMask), in[2], K1).Say("0 < mask")
		k.IZ(VMOVUPS, v, K1, v)
	case k.v.Mask:
		k.I(VCMPPS, Imm(cmpLT), at(winoMask), in[2], in[4]).Say("0 < mask")
		k.I(VANDPS, in[4], v, v)
	}
	if k.v.Func == "delta" {
		k.I(VADDPS, at(winoOut), v, v)
	}
	k.I(VMOVUPS, v, at(winoOut))
	if skip != "" {
		k.Label(skip)
	}
}

// add, sub and mul are c = a+b, c = a-b and c = a*b; muladd and mulsub add a*b
// to c and subtract it.
func (k *winograd) add(a, b, c Vec)    { k.I(VADDPS, b, a, c) }
func (k *winograd) sub(a, b, c Vec)    { k.I(VSUBPS, b, a, c) }
func (k *winograd) mul(a, b, c Vec)    { k.I(VMULPS, a, b, c) }
func (k *winograd) muladd(a, b, c Vec) { k.I(VFMADD231PS, a, b, c) }
func (k *winograd) mulsub(a, b, c Vec) { k.I(VFNMADD231PS, a, b, c) }

// copyOf is a in register t.
func (k *winograd) copyOf(a, t Vec) Vec {
	k.I(VMOVUPS, a, t)
	return t
}

// both hands e+c*o and e-c*o to put as i and i+1; it overwrites e.
func (k *winograd) both(e, o, c, t Vec, i int, put func(int, Vec)) {
	r := k.copyOf(e, t)
	k.muladd(c, o, r)
	put(i, r)
	k.mulsub(c, o, e)
	put(i+1, e)
}

// lineBt is Bᵀ d:
//
//	r0 = a²b² d0 - (a²+b²) d2 + d4         r5 = a²b² d1 - (a²+b²) d3 + d5
//	r1, r2 = (d4 - b² d2) ± a (d3 - b² d1)  r3, r4 = (d4 - a² d2) ± b (d3 - a² d1)
func (k *winograd) lineBt(d, c, t []Vec, put func(int, Vec)) {
	f0, sum, b2, a2, a, b := c[0], c[1], c[2], c[3], c[4], c[5]
	k.muladd(f0, d[1], d[5])
	k.mulsub(sum, d[3], d[5])
	put(5, d[5])
	r0 := k.copyOf(d[4], t[0])
	k.muladd(f0, d[0], r0)
	k.mulsub(sum, d[2], r0)
	put(0, r0)
	e, o := k.copyOf(d[4], t[1]), k.copyOf(d[3], t[2])
	k.mulsub(b2, d[2], e)
	k.mulsub(b2, d[1], o)
	k.mulsub(a2, d[2], d[4])
	k.mulsub(a2, d[1], d[3])
	k.both(e, o, a, t[3], 1, put)
	k.both(d[4], d[3], b, d[0], 3, put)
}

// lineAt is Aᵀ m, with s1, t1 = m1 ± m2 and s2, t2 = m3 ± m4:
//
//	y0 = m0 + s1 + s2    y1 = a t1 + b t2    y2 = a² s1 + b² s2    y3 = m5 + a³ t1 + b³ t2
func (k *winograd) lineAt(m, c, t []Vec, put func(int, Vec)) {
	a, b, a2, b2, a3, b3 := c[0], c[1], c[2], c[3], c[4], c[5]
	s1, t1, s2, t2 := t[0], m[1], t[1], m[3]
	k.add(m[1], m[2], s1)
	k.sub(m[1], m[2], t1)
	k.add(m[3], m[4], s2)
	k.sub(m[3], m[4], t2)
	k.add(m[0], s1, m[0])
	k.add(m[0], s2, m[0])
	put(0, m[0])
	k.mul(a, t1, t[2])
	k.muladd(b, t2, t[2])
	put(1, t[2])
	k.mul(a2, s1, t[3])
	k.muladd(b2, s2, t[3])
	put(2, t[3])
	k.muladd(a3, t1, m[5])
	k.muladd(b3, t2, m[5])
	put(3, m[5])
}

// lineG is G g:
//
//	u0 = g0/f0    u1, u2 = (g0 + a² g2 ± a g1)/fa    u3, u4 = (g0 + b² g2 ± b g1)/fb    u5 = g2
func (k *winograd) lineG(g, c, t []Vec, put func(int, Vec)) {
	for i, base := range []int{1, 4} {
		e := t[i]
		k.mul(c[base], g[0], e)
		k.muladd(c[base+2], g[2], e)
		k.both(e, g[1], c[base+1], t[2+i], base/3*2+1, put)
	}
	k.mul(c[0], g[0], g[0])
	put(0, g[0])
	put(5, g[2])
}

// lineA is A y, the transpose of lineAt:
//
//	r0 = y0    r1, r2 = y0 + a² y2 ± a (y1 + a² y3)    r3, r4 = y0 + b² y2 ± b (y1 + b² y3)    r5 = y3
func (k *winograd) lineA(y, c, t []Vec, put func(int, Vec)) {
	put(0, y[0])
	put(5, y[3])
	for i := range 2 {
		e, o := k.copyOf(y[0], t[3*i]), k.copyOf(y[1], t[3*i+1])
		k.muladd(c[2+i], y[2], e)
		k.muladd(c[2+i], y[3], o)
		k.both(e, o, c[i], t[3*i+2], 1+2*i, put)
	}
}

// lineGt is Gᵀ u, the transpose of lineG.
func (k *winograd) lineGt(u, c, t []Vec, put func(int, Vec)) {
	k.add(u[1], u[2], t[0])
	k.sub(u[1], u[2], u[1])
	k.add(u[3], u[4], t[1])
	k.sub(u[3], u[4], u[3])
	k.mul(c[0], u[0], u[0])
	k.muladd(c[1], t[0], u[0])
	k.muladd(c[4], t[1], u[0])
	put(0, u[0])
	k.mul(c[2], u[1], u[1])
	k.muladd(c[5], u[3], u[1])
	put(1, u[1])
	k.muladd(c[3], t[0], u[5])
	k.muladd(c[6], t[1], u[5])
	put(2, u[5])
}
