package simd

import "fmt"

// igemmMaxConst bounds the number of k steps of the constant form, and so its
// code size (about 140 bytes a step).
const igemmMaxConst = 80

// buildIgemmConst builds the fully unrolled form for short sums, the first
// layers of networks: no loop over k, no index, inputs and weights at constant
// displacements. Where they fit (AVX-512, nine k steps of two panels),
// the weights stay in registers for all tiles.
func buildIgemmConst(v Variant, lanes int, isa ISA) (*Program, error) {
	k := v.ConstSegs * v.ConstSegLen
	if v.ConstSegs < 1 || v.ConstSegLen < 1 || v.ConstPitch < 0 || k > igemmMaxConst {
		return nil, fmt.Errorf("igemm: constant form %dx%d pitch %d", v.ConstSegs, v.ConstSegLen, v.ConstPitch)
	}
	g, err := newIgemm(v, lanes, isa)
	if err != nil {
		return nil, err
	}
	// With the weights resident, the registers for passing weights are not
	// needed: those of the tile are followed by the scalar's and theirs.
	accs := v.MR * g.nv * g.chains
	resident := isa == AVX512 && accs+1+k*g.nv <= isa.VectorRegs()
	weight := func(k, j int) Vec { return isa.Vec(accs + 1 + k*g.nv + j) }
	if resident {
		g.spare = isa.Vec(accs)
	}

	// No pointers, but offsets per pixel, used as indices: that saves an
	// instruction for each, and leaves registers for what the general form
	// loads anew in every tile.
	const x, y, tab, tiles = igemmIndex, igemmEnd, igemmSeg, igemmSegs
	g.I(MOVQ, Arg("tiles"), tiles)
	g.I(TESTQ, tiles, tiles)
	g.I(JLE, Label("done"))
	g.I(MOVQ, Arg("tab"), tab)
	g.I(MOVQ, Arg("x"), x)
	g.I(MOVQ, Arg("y"), y)
	g.I(MOVQ, Arg("w"), igemmW)
	if lanes == 32 {
		g.I(MOVQ, Arg("wPanel"), igemmPanel)
		g.I(SHLQ, Imm(2), igemmPanel).Say("bytes")
	}
	if resident {
		for i := range k {
			for j := range g.nv {
				g.I(VMOVUPS, g.weightMem(i, j), weight(i, j)).Say("w[%d]", i)
			}
		}
	}
	g.Align(32)
	g.Label("tile")
	if v.Add {
		g.I(MOVQ, Arg("x"), x)
	}
	if v.Mask {
		g.I(MOVQ, Arg("w"), igemmW)
	}
	g.start(igemmPixel[0])
	for p := range v.MR {
		g.I(MOVLQSX, At(tab, 8*p), igemmPixel[p]).Say("xoff of pixel %d", p)
	}
	i := 0
	for s := range v.ConstSegs {
		for c := range v.ConstSegLen {
			at := func(p int) Mem { return AtIndex(x, igemmPixel[p], 4, 4*(s*v.ConstPitch+c)) }
			if resident {
				for p := range v.MR {
					g.I(VBROADCASTSS, at(p), g.spare)
					for j := range g.nv {
						g.I(VFMADD231PS, weight(i, j), g.spare, g.acc(i%g.chains, p, j))
					}
				}
			} else {
				g.step(i, i, at)
			}
			i++
		}
	}
	g.addChains()
	// The epilogue borrows the registers of x and w.
	g.epilogue(x, igemmW)
	for p := range v.MR {
		g.I(MOVLQSX, At(tab, 8*p+4), igemmPixel[p]).Say("yoff of pixel %d", p)
		g.store(p, igemmPixel[p], y, x, igemmW)
	}
	g.I(ADDQ, Imm(int64(8*v.MR)), tab)
	g.I(DECQ, tiles)
	g.I(JNE, Label("tile"))
	g.Label("done")
	g.Return()
	return g.Program, nil
}
