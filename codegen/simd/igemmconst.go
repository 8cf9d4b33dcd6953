package simd

import "fmt"

// igemmMaxConst bounds the number of k steps of the constant form, and so its
// code size (about 140 bytes a step).
const igemmMaxConst = 80

// buildIgemmConst builds the fully unrolled form for short sums, the first
// layers of networks: no loop over k, no index, inputs and weights at constant
// displacements. Where the registers suffice (AVX-512 and K up to
// (32-1-accumulators)/2), the weights stay in registers for all tiles.
func buildIgemmConst(v Variant, lanes int, isa ISA) (*Program, error) {
	k := v.ConstSegs * v.ConstSegLen
	if v.ConstSegs < 1 || v.ConstSegLen < 1 || v.ConstPitch < 0 || k > igemmMaxConst {
		return nil, fmt.Errorf("igemm: constant form %dx%d pitch %d", v.ConstSegs, v.ConstSegLen, v.ConstPitch)
	}
	g, err := newIgemm(v, lanes, isa)
	if err != nil {
		return nil, err
	}
	first := v.MR*g.nv*g.chains + g.nv + 1 // first register beyond the tile
	resident := 0
	if first+k*g.nv <= isa.VectorRegs() {
		resident = k // weights that stay in registers
	}

	g.guard()
	g.I(MOVQ, Arg("w"), igemmW)
	if lanes == 32 {
		g.I(MOVQ, Arg("wPanel"), igemmPanel)
		g.I(SHLQ, Imm(2), igemmPanel).Say("bytes")
	}
	for i := range resident {
		for j := range g.nv {
			g.I(VMOVUPS, g.weightMem(i, j), isa.Vec(first+i*g.nv+j)).Say("w[%d]", i)
		}
	}
	g.Align(32)
	g.Label("tile")
	g.pointers()
	g.start()
	if resident == 0 {
		g.I(MOVQ, Arg("w"), igemmW)
	}
	i := 0
	for s := range v.ConstSegs {
		for c := range v.ConstSegLen {
			x := func(p int) Mem { return At(igemmPixel[p], 4*(s*v.ConstPitch+c)) }
			if resident == 0 {
				g.step(i, i, x)
			} else {
				for p := range v.MR {
					g.I(VBROADCASTSS, x(p), g.scalar())
					for j := range g.nv {
						g.I(VFMADD231PS, isa.Vec(first+i*g.nv+j), g.scalar(), g.acc(i%g.chains, p, j))
					}
				}
			}
			i++
		}
	}
	g.finish()
	return g.Program, nil
}
