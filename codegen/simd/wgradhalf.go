package simd

// wgradHalf is the block of wgrad for half a panel, 8 channels, under AVX-512, when
// k rows are neighbours in x, two by two. As in igemmHalf a register holds the sums
// of two rows of k,
//
//	a = x[k] x[k+1] x[k] x[k+1] ...     d = dy[0] dy[0] dy[1] dy[1] ...
//
// and where four rows are neighbours, every other pixel takes these at once, which
// needs fewer loads and more shuffles:
//
//	a  = x[k..k+3]   in each of the four 128-bit parts
//	lo = dy[2c] in part c, hi = dy[2c+1]
type wgradHalf struct {
	*Program
	rows  []GPR // pointers of the k rows
	fours bool
}

// The sums of a chain, of which there are two: pairs, then the pairs of pixels
// that take four rows at once, then lo and hi of these.
const halfSums = 6

func (h *wgradHalf) pairAcc(chain, i int) Vec { return Z(chain*halfSums + i) }
func (h *wgradHalf) moreAcc(chain int) Vec    { return Z(chain*halfSums + 3) }
func (h *wgradHalf) loAcc(chain int) Vec      { return Z(chain*halfSums + 4) }
func (h *wgradHalf) hiAcc(chain int) Vec      { return Z(chain*halfSums + 5) }

// Other registers of wgradHalf.
var (
	halfOrder = Z(2 * halfSums) // indices
	halfDY    = Z(2*halfSums + 1)
	halfLo    = Z(2*halfSums + 2)
	halfHi    = Z(2*halfSums + 3)
	halfX     = Z(2*halfSums + 4)
)

// halfSplit are the indices that put even lanes in the lower half and odd lanes in
// the upper.
var halfSplit = []uint32{0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15}

// build emits the block and adds its sums to dw.
func (h *wgradHalf) build(g *igemm, suffix string) {
	h.I(VMOVUPS, h.ConstTable(halfPairs...), halfOrder)
	for i := range 2 * halfSums {
		zeroVec(h.Program, Z(i))
	}
	g.walk(suffix, h.pixel)
	h.store(wgradTab, wgradDW)
}

// pixel adds pixel i of a run of four, or the only one, and goes on to the next.
func (h *wgradHalf) pixel(i int) {
	chain := i / 2 % 2
	x := func(row int) Mem { return AtIndex(h.rows[row], wgradIndex, 1, 0) }
	h.I(VMOVUPS, At(wgradDY, 0), halfDY.Low256()).Say("dy")
	h.I(VPERMPS, halfDY, halfOrder, halfDY)
	first := 0
	pair := func(i int) Vec { return h.pairAcc(chain, i) }
	if h.fours && i%2 == 1 {
		h.I(VUNPCKLPD, halfDY, halfDY, halfLo)
		h.I(VUNPCKHPD, halfDY, halfDY, halfHi)
		h.I(VBROADCASTF32X4, x(0), halfX)
		h.I(VFMADD231PS, halfLo, halfX, h.loAcc(chain))
		h.I(VFMADD231PS, halfHi, halfX, h.hiAcc(chain))
		first = 2
		pair = func(int) Vec { return h.moreAcc(chain) }
	}
	for i := first; i < len(h.rows)/2; i++ {
		h.I(VBROADCASTSD, x(2*i), halfX)
		h.I(VFMADD231PS, halfDY, halfX, pair(i))
	}
	h.I(ADDQ, wgradXCol, wgradIndex)
	h.I(ADDQ, wgradDYCol, wgradDY)
}

// store adds the sums to dw.
func (h *wgradHalf) store(tab, dw GPR) {
	h.I(MOVQ, Arg("tab"), tab)
	h.I(MOVQ, Arg("dw"), dw)
	for i := range halfSums {
		h.I(VADDPS, Z(halfSums+i), Z(i), Z(i))
	}
	if h.fours {
		for i, op := range []Op{VUNPCKLPD, VUNPCKHPD} {
			h.I(op, h.hiAcc(0), h.loAcc(0), halfLo)
			h.I(VADDPS, halfLo, h.pairAcc(0, i), h.pairAcc(0, i))
		}
		h.I(VADDPS, h.moreAcc(0), h.pairAcc(0, 2), h.pairAcc(0, 2))
	}
	h.I(VMOVUPS, h.ConstTable(halfSplit...), halfHi)
	for i := range len(h.rows) / 2 {
		sum := h.pairAcc(0, i)
		h.I(VPERMPS, sum, halfHi, sum)
		h.I(VEXTRACTF64X4, Imm(1), sum, halfX.Low256())
		for row, v := range []Vec{sum.Low256(), halfX.Low256()} {
			h.I(MOVLQSX, At(tab, 8*(2*i+row)+4), AX).Say("dwoff of k row %d", 2*i+row)
			h.I(VADDPS, AtIndex(dw, AX, 4, 0), v, v)
			h.I(VMOVUPS, v, AtIndex(dw, AX, 4, 0))
		}
	}
}
