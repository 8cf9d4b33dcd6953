package simd

// winogradPool is winogradOutput with a 2x2 maximum behind it, of stride 2: a tile
// of 4x4 pixels becomes four maxima, one of 2x2 becomes one, and the pixels
// themselves never reach memory. Bias and relu come behind the maximum, for which
// it makes no difference.
//
// The first row's maxima wait in tmp, in the place of the row that they are made
// of. Where the maximum was is told by three comparisons, in the first row of a
// window, in the second, and between both, whose signs are combined in general
// purpose registers: both instruction sets take few instructions for that, and
// other units than the transforms.

func winogradPoolParams(Variant) []Param {
	return params(PtrFloat32, "x bias y tmp", PtrByte, "bits",
		Int, "n c xRow xCol xStep yRow yCol yStep rows cols bitsRow bitsStep")
}

func winogradPoolDoc(v Variant, _ int) []string {
	t, ok := winogradOf(v)
	if !ok {
		return nil
	}
	doc := winogradDoc(Variant{Family: "winograd", Func: v.Func}, 0)[:4] // as far as e
	add := func(s string) { doc = append(doc, "\t\t"+s) }
	add("m[i][j] = max of e[2i][2j], e[2i][2j+1], e[2i+1][2j], e[2i+1][2j+1]")
	if v.Bias {
		add("m[i][j] += bias[cc]")
	}
	if v.ReLU {
		add("m[i][j] = max(m[i][j], 0)")
	}
	add("y[o*yStep+i*yRow+j*yCol+cc] = m[i][j] for i < rows, j < cols")
	if v.Bits {
		which := "the first cell of the window that was its maximum is the k-th"
		if v.ReLU {
			which += ", and m[i][j] > 0"
		}
		add("bit cc%8 of bits[o*bitsStep+i*bitsRow+j*c/2+k*c/8+cc/8] =")
		add("\t" + which)
	}
	if t.out == 4 {
		doc = append(doc, "", "rows and cols are 1 or 2.")
	} else {
		doc = append(doc, "", "rows and cols are 1.")
	}
	return append(doc, "c is a multiple of 8; tmp has room for 36 vectors, 576 elements.")
}

func buildWinogradPool(v Variant, _ int, isa ISA) (*Program, error) {
	known := Variant{Family: v.Family, Func: v.Func, Bias: v.Bias, ReLU: v.ReLU, Bits: v.Bits}
	t, ok := winogradOf(v)
	if !ok || !t.is("output") {
		known.Func = "output"
	}
	if err := v.check(known); err != nil {
		return nil, err
	}
	k := &winograd{v: v, isa: isa, t: t, pool: true}
	return k.build(), nil
}

// Register roles while maxima are stored, in the place of the squares' strides.
const (
	winoBits   = SI  // bits of the first window of a row
	winoFirst0 = R8  // which cell of the first row, in window 0,
	winoFirst1 = R10 // in window 1
	winoOpen   = R11 // channels with a maximum to be found
	winoSecond = BX  // those whose maximum is in the second row
	winoCell   = R12 // one and three cells' bits in bytes
	winoCell3  = R13 //
)

// poolConsts prepares the strides of bits.
func (k *winograd) poolConsts() {
	if !k.v.Bits {
		return
	}
	k.I(MOVQ, Arg("c"), winoCell)
	k.I(SHRQ, Imm(5), winoCell).Say("bits of a cell, in bytes")
	k.I(LEAQ, AtIndex(winoCell, winoCell, 2, 0), winoCell3)
}

// poolPointers points at the bits of the first row of windows.
func (k *winograd) poolPointers() {
	if !k.v.Bits {
		return
	}
	k.I(MOVQ, winoChannel, winoBits)
	k.I(SHRQ, Imm(5), winoBits)
	k.I(ADDQ, Arg("bits"), winoBits)
}

// poolStep goes on to the next row of windows.
func (k *winograd) poolStep() {
	k.I(ADDQ, Arg("yRow"), winoOut)
	if k.v.Bits {
		k.I(ADDQ, Arg("bitsRow"), winoBits)
	}
}

// pooled takes cell (i, j) of a tile; the cell to the left of it, if it is the
// second of a window, was taken just before and is still in its register.
func (k *winograd) pooled(i, j int, cell Vec, tmp func(i, j int) Mem) {
	if j%2 == 0 {
		k.left = cell
		return
	}
	a, b := k.left, cell
	t0, t1 := k.vec(k.epilogue[0]), k.vec(k.epilogue[1])
	window := j / 2
	if i%2 == 0 {
		if k.v.Bits {
			k.signs(a, b, t0, []GPR{winoFirst0, winoFirst1}[window])
		}
		k.I(VMAXPS, a, b, a)
		k.I(VMOVUPS, a, tmp(i, window))
		return
	}
	skip := k.label("clip%d%d", i, j)
	if window > 0 {
		k.I(CMPQ, Arg("cols"), Imm(int64(window)))
		k.I(JLE, skip)
	}
	k.I(VMOVUPS, tmp(i-1, window), t1)
	if k.v.Bits {
		k.compare(a, b, t0, K2)
	}
	k.I(VMAXPS, a, b, a)
	if k.v.Bits {
		k.signs(t1, a, b, winoSecond)
	}
	k.I(VMAXPS, t1, a, a)
	if k.v.Bias {
		k.I(VADDPS, At(winoBias, 0), a, a)
	}
	if k.v.ReLU {
		zeroVec(k.Program, t1)
		if k.v.Bits {
			k.signs(t1, a, b, winoOpen)
		}
		k.I(VMAXPS, a, t1, a).Say("NaN stays")
	} else if k.v.Bits {
		k.I(MOVQ, Imm(0xffff), winoOpen)
	}
	k.I(VMOVUPS, a, multiple(winoOut, winoCol1, winoCol3, winoCol5, window))
	if k.v.Bits {
		k.mark(window, t0)
	}
	if window > 0 {
		k.Label(string(skip))
	}
}

// mark writes the bits of a window: winoOpen, winoSecond and the first row's
// register tell what is known, the comparison of the second row is in t (AVX2) or
// K2.
func (k *winograd) mark(window int, t Vec) {
	first, base := winoFirst0, winoBits
	if window > 0 {
		first = winoFirst1
	}
	k.I(ANDQ, winoOpen, winoSecond)
	k.I(XORQ, winoSecond, winoOpen)
	k.I(ANDQ, winoOpen, first)
	k.I(XORQ, first, winoOpen)
	cells := []GPR{winoOpen, first}
	if window > 0 {
		base = winoFirst0
		k.I(LEAQ, AtIndex(winoBits, winoCell, 4, 0), base)
	}
	k.storeBits(cells[0], At(base, 0))
	k.storeBits(cells[1], AtIndex(base, winoCell, 1, 0))
	k.signsOf(t, K2, winoOpen)
	k.I(ANDQ, winoSecond, winoOpen)
	k.I(XORQ, winoOpen, winoSecond)
	k.storeBits(winoSecond, AtIndex(base, winoCell, 2, 0))
	k.storeBits(winoOpen, AtIndex(base, winoCell3, 1, 0))
}

// compare sets to, or under AVX-512 mask, where a < b.
func (k *winograd) compare(a, b, to Vec, mask KReg) {
	if k.isa == AVX512 {
		k.I(VCMPPS, Imm(cmpLT), b, a, mask)
		return
	}
	k.I(VCMPPS, Imm(cmpLT), b, a, to)
}

// signs sets a bit of to for each channel where a < b; t is overwritten.
func (k *winograd) signs(a, b, t Vec, to GPR) {
	k.compare(a, b, t, K1)
	k.signsOf(t, K1, to)
}

// signsOf makes bits of a comparison's result.
func (k *winograd) signsOf(v Vec, mask KReg, to GPR) {
	if k.isa == AVX512 {
		k.I(KMOVW, mask, to)
		return
	}
	k.I(VMOVMSKPS, v, to)
}

// storeBits stores one bit for each lane.
func (k *winograd) storeBits(from GPR, to Mem) {
	if k.bits == 512 {
		k.I(MOVW, from, to)
		return
	}
	k.I(MOVB, from, to)
}
