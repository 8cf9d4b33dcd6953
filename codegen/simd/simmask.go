package simd

import (
	"encoding/binary"
	"math"
)

// Instructions that the elementwise kernels need for tails and selections.

func simMaskXor(m *Machine, in *Inst) {
	a, b := m.k[in.Args[0].(KReg)], m.k[in.Args[1].(KReg)]
	m.k[in.Args[2].(KReg)] = (a ^ b) & 0xffff
}

// simMaskMove is VMASKMOVPS: words whose mask word has its sign set are moved,
// the others are neither read nor written; a load makes them zero.
func simMaskMove(m *Machine, in *Inst) {
	sel := m.vec[in.Args[1].(Vec).N]
	lanes := int(in.Args[1].(Vec).Bits) / 32
	switch dst := in.Args[2].(type) {
	case Vec:
		var w words
		src := in.Args[0].(Mem)
		for i := range lanes {
			if sel[i]>>31 != 0 {
				w[i] = binary.LittleEndian.Uint32(m.bytes(src.Plus(4*i), 4, Read))
			}
		}
		m.vec[dst.N] = w
	case Mem:
		w := m.vec[in.Args[0].(Vec).N]
		for i := range lanes {
			if sel[i]>>31 != 0 {
				binary.LittleEndian.PutUint32(m.bytes(dst.Plus(4*i), 4, Write), w[i])
			}
		}
	default:
		m.fail("no memory operand")
	}
}

// scalef32 is VSCALEFPS: a times two to the power floor(b), rounded once.
func scalef32(a, b float32) float32 {
	if a != a || b != b {
		return float32(math.NaN())
	}
	// Beyond these bounds every float32 but 0 and Inf has overflowed or vanished.
	e := min(max(math.Floor(float64(b)), -400), 400)
	return float32(math.Ldexp(float64(a), int(e)))
}
