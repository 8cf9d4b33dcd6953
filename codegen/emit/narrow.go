package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
)

// narrow emits the weight gradient of few output channels: sums along k, block by block,
// which are added to the parameters' panels at the end.
func (g *wgradCall) narrow() []jen.Code {
	var seg []int
	for _, r := range g.KRuns {
		seg = append(seg, r.Seg...)
	}
	g.rows = g.table(g.ident("runs"), int32s(seg))
	sums := g.buffer(g.Sums)
	stmts := append([]jen.Code{jen.Id("clear").Call(sums.slice(lit(g.SumFloats())))}, g.blocks()...)
	return append(stmts, jen.Id("addNarrowSums").Call(g.weights(g.DW).from(), sums.from(),
		lit(len(g.Taps)), lit(g.In), lit(g.InPad), lit(g.X.Cp), lit(g.Narrow)))
}

// narrowBlock emits one block: images x rows x OutW pixels from x and dy on.
func (g *wgradCall) narrowBlock(images, rows *jen.Statement, x, dy mem) []jen.Code {
	block := []jen.Code{images, rows, lit(g.OutW)}
	xs := []jen.Code{lit(g.X.ImageFloats), lit(g.XRow), lit(g.XCol)}
	ds := []jen.Code{lit(g.DY.ImageFloats), lit(g.DYRow), lit(g.DYCol)}
	if g.AcrossImages { // a row of images
		block = []jen.Code{lit(1), lit(1), images}
		xs = []jen.Code{lit(0), lit(0), xs[0]}
		ds = []jen.Code{lit(0), lit(0), ds[0]}
	}
	stmts := []jen.Code{jen.List(jen.Id("x"), jen.Id("d")).Op(":=").List(x.addr(), dy.addr())}
	if g.DB >= 0 {
		defer g.calledWith(g.OutC)()
		db := g.place(FieldGrads, g.params, g.DB).addr()
		args := append([]jen.Code{lit(g.OutC), jen.Id("d"), db}, block...)
		stmts = append(stmts, g.call(simd.Variant{Family: "colSum"}, append(args, ds...)...))
	}
	v := simd.Variant{Family: "narrowGrad", Func: fmt.Sprintf("%dc", g.Narrow)}
	seg, k := 0, 0
	for _, r := range g.KRuns {
		args := []jen.Code{
			jen.Id("x"), jen.Id("d"), g.buffer(g.Sums).at(gosrc.Lit(k)).addr(), gosrc.Addr(g.rows, gosrc.Lit(seg)),
			lit(len(r.Seg)), lit(r.SegLen), lit(g.SumRow()),
		}
		args = append(append(append(args, block...), xs...), ds...)
		stmts = append(stmts, g.call(v, args...))
		seg, k = seg+len(r.Seg), k+len(r.Seg)*r.SegLen
	}
	return stmts
}
