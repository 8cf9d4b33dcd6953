package simd

import "fmt"

// packPanel copies the channels of one or two panels out of an activation
// gradient, so that wgrad reads it straight through, and sums it over the
// pixels on the way: the bias gradient. colSum only sums.
func packParams(v Variant) []Param {
	pointers := "dy panel db"
	if v.Family == "colSum" {
		pointers = "dy db"
	}
	return params(PtrFloat32, pointers, Int, "imgs rows cols dyImg dyRow dyCol")
}

func packDoc(v Variant, lanes int) []string {
	if v.Family == "colSum" {
		return []string{
			fmt.Sprintf("sums %d channels over all pixels:", lanes), "",
			"\tfor g < imgs, r < rows, q < cols:",
			"\t\tsum[j] += dy[g*dyImg+r*dyRow+q*dyCol+j]",
			"\tdb[j] += sum[j]", "",
			"Strides count elements; imgs, rows and cols are at least 1.",
		}
	}
	return []string{
		fmt.Sprintf("copies %d channels of every pixel to a panel and sums them:", lanes), "",
		"\tfor g < imgs, r < rows, q < cols:",
		fmt.Sprintf("\t\tpanel[((g*rows+r)*cols+q)*%d+j] = dy[g*dyImg+r*dyRow+q*dyCol+j]", lanes),
		"\t\tsum[j] += dy[...]",
		"\tdb[j] += sum[j]             // unless db is nil", "",
		"Strides count elements; imgs, rows and cols are at least 1.",
	}
}

// packUnroll is the number of pixels in the inner loop, each with sums of its
// own: the additions of one chain would otherwise wait for each other.
const packUnroll = 4

func buildPack(v Variant, lanes int, isa ISA) (*Program, error) {
	if v != (Variant{Family: v.Family}) {
		return nil, fmt.Errorf("%s: no such variant", v.Family)
	}
	if lanes == 8 {
		isa = AVX2 // has vectors of the width
	}
	copying := v.Family == "packPanel"
	const (
		dy, dyCol, dy3  = SI, DX, R8 // dy3: three pixels in bytes
		panel           = DI
		cols, rows, img = CX, BX, AX
		db, rowStep     = R9, R10
		imgStep         = R11
		colsAll         = R12
	)
	p := &Program{}
	nv := lanes / isa.Width()
	size := isa.Width() * 4
	sum := func(chain, j int) Vec { return isa.Vec(chain*nv + j) }
	data := func(j int) Vec { return isa.Vec(packUnroll*nv + j) }

	p.I(MOVQ, Arg("dy"), dy)
	if copying {
		p.I(MOVQ, Arg("panel"), panel)
	}
	p.I(MOVQ, Arg("cols"), colsAll)
	p.I(MOVQ, Arg("rows"), rows)
	p.Comment("Strides in bytes; image and row strides relative to the end of what they follow.")
	p.I(MOVQ, Arg("dyCol"), dyCol)
	p.I(MOVQ, Arg("dyRow"), rowStep)
	p.I(MOVQ, Arg("dyImg"), imgStep)
	p.I(IMULQ, rowStep, rows)
	p.I(SUBQ, rows, imgStep)
	p.I(SHLQ, Imm(2), imgStep)
	p.I(MOVQ, colsAll, cols)
	p.I(IMULQ, dyCol, cols)
	p.I(SUBQ, cols, rowStep)
	p.I(SHLQ, Imm(2), rowStep)
	p.I(SHLQ, Imm(2), dyCol)
	p.I(LEAQ, AtIndex(dyCol, dyCol, 2, 0), dy3)
	for c := range packUnroll {
		for j := range nv {
			zeroVec(p, sum(c, j))
		}
	}
	p.I(MOVQ, Arg("imgs"), img)

	one := func(chain int, from Mem, at int) {
		for j := range nv {
			p.I(VMOVUPS, from.Plus(j*size), data(j))
			if copying {
				p.I(VMOVUPS, data(j), At(panel, 4*lanes*at+j*size))
			}
			p.I(VADDPS, data(j), sum(chain, j), sum(chain, j))
		}
	}
	p.Label("image")
	p.I(MOVQ, Arg("rows"), rows)
	p.Label("row")
	p.I(MOVQ, colsAll, cols)
	p.I(SUBQ, Imm(packUnroll), cols)
	p.I(JLT, Label("rest"))
	p.Align(32)
	p.Label("loop")
	one(0, At(dy, 0), 0)
	one(1, AtIndex(dy, dyCol, 1, 0), 1)
	one(2, AtIndex(dy, dyCol, 2, 0), 2)
	one(3, AtIndex(dy, dy3, 1, 0), 3)
	p.I(LEAQ, AtIndex(dy, dyCol, 4, 0), dy)
	if copying {
		p.I(ADDQ, Imm(int64(packUnroll*4*lanes)), panel)
	}
	p.I(SUBQ, Imm(packUnroll), cols)
	p.I(JGE, Label("loop"))
	p.Label("rest")
	p.I(ADDQ, Imm(packUnroll), cols)
	p.I(JEQ, Label("rowend"))
	p.Label("single")
	one(0, At(dy, 0), 0)
	p.I(ADDQ, dyCol, dy)
	if copying {
		p.I(ADDQ, Imm(int64(4*lanes)), panel)
	}
	p.I(DECQ, cols)
	p.I(JNE, Label("single"))
	p.Label("rowend")
	p.I(ADDQ, rowStep, dy)
	p.I(DECQ, rows)
	p.I(JNE, Label("row"))
	p.I(ADDQ, imgStep, dy)
	p.I(DECQ, img)
	p.I(JNE, Label("image"))

	p.I(MOVQ, Arg("db"), db)
	if copying {
		p.I(TESTQ, db, db)
		p.I(JEQ, Label("done"))
	}
	for j := range nv {
		p.I(VADDPS, sum(1, j), sum(0, j), sum(0, j))
		p.I(VADDPS, sum(3, j), sum(2, j), sum(2, j))
		p.I(VADDPS, sum(2, j), sum(0, j), sum(0, j))
		p.I(VADDPS, At(db, j*size), sum(0, j), sum(0, j))
		p.I(VMOVUPS, sum(0, j), At(db, j*size))
	}
	if copying {
		p.Label("done")
	}
	p.Return()
	return p, nil
}
