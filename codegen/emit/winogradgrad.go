package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// winogradGrad emits the gradient of a kernel in blocks of tiles: the transforms
// of inputs and output gradients, and 36 products added to the sums, which are
// cleared first and transformed last.
func winogradGrad(b *body, c *plan.WinogradGrad) []jen.Code {
	g := &winogradGradCall{newTiles(b, &c.WinogradBlock, c.X), c}
	g.table = b.table(b.ident("rows"), jen.Id("rowTable").Call(jen.Index(lit(3)).Int().Values(lit(0), lit(0), lit(c.In))))
	planes := b.buffer(c.Scratch)
	sums := planes.at(gosrc.Lit(c.W()))
	stmts := []jen.Code{jen.Id("clear").Call(sums.slice(lit(plan.WinogradPlanes * c.SumPlane())))}
	stmts = append(stmts, g.blocks(func(r, e gosrc.Term, first, rows int) []jen.Code {
		return append(append(g.inputs(r, e, first, rows), g.gradients(r, e, first, rows)...), g.products(rows)...)
	})...)
	delta := b.call(simd.Variant{Family: "winograd", Func: "delta"},
		sums.at(gosrc.Times("c", c.In)).addr(), b.weights(c.DW).at(gosrc.Times("c", c.DW.PanelFloats/16)).addr(), planes.addr(),
		lit(c.In), lit(16), lit(6*c.SumPlane()), lit(c.SumPlane()), lit(16), lit(3*c.In*16), lit(c.In*16), lit(16))
	return append(stmts, jen.For(jen.Id("c").Op(":=").Lit(0), jen.Id("c").Op("<").Lit(c.OutC), jen.Id("c").Op("+=").Lit(16)).Block(delta))
}

// winogradGradCall is the emission of one WinogradGrad.
type winogradGradCall struct {
	*winogradTiles
	c *plan.WinogradGrad
}

// gradients emits the transform of the output gradients.
func (g *winogradGradCall) gradients(r, e gosrc.Term, first, rows int) []jen.Code {
	pitch := plan.WinogradTile * g.c.DY.RowFloats()
	dy := g.image(g.c.DY).at(gosrc.Lit(g.c.DY.Origin()+first*pitch), e.Times(g.c.DY.ImageFloats), r.Times(g.Rows*pitch), tileRow(rows).Times(pitch))
	planes := g.buffer(g.Scratch)
	z := planes.at(gosrc.Lit(g.M()), g.tile(rows, g.OutC))
	return g.perTileRow(rows, []jen.Code{g.call(simd.Variant{Family: "winograd", Func: "gradient"},
		dy.addr(), z.addr(), planes.addr(), lit(g.cols), lit(g.OutC),
		lit(g.c.DY.RowFloats()), lit(g.c.DY.Cp), lit(plan.WinogradTile*g.c.DY.Cp), lit(6*g.OutPlane()), lit(g.OutPlane()), lit(g.OutC))})
}

// products emits the 36 products of a block.
func (g *winogradGradCall) products(rows int) []jen.Code {
	planes := g.buffer(g.Scratch)
	q := func(by int) gosrc.Term { return gosrc.Times("q", by) }
	var before []jen.Code
	var tiles jen.Code = lit(rows * g.cols)
	if g.Images > 1 {
		before = append(before, jen.Id("tiles").Op(":=").Id("images").Op("*").Lit(rows*g.cols))
		tiles = jen.Id("tiles")
	}
	return append(before, gosrc.For("q", lit(plan.WinogradPlanes), overChannels(g.OutC, func(ch gosrc.Term, lanes jen.Code) []jen.Code {
		stmts := []jen.Code{jen.List(jen.Id("x"), jen.Id("d"), jen.Id("g")).Op(":=").List(
			planes.at(gosrc.Lit(g.V()), q(g.InPlane())).addr(),
			planes.at(gosrc.Lit(g.M()), q(g.OutPlane()), ch).addr(),
			planes.at(gosrc.Lit(g.c.W()), q(g.c.SumPlane()), ch.Times(g.In)).addr())}
		at := 0
		for _, run := range g.c.Runs {
			stmts = append(stmts, g.call(simd.Variant{Family: "wgrad", MR: run.MR},
				lanes, jen.Id("x"), jen.Id("d"), jen.Id("g"), gosrc.Addr(g.table, gosrc.Lit(2*at)), lit(run.N), lit(16*g.In),
				lit(1), lit(1), tiles, lit(0), lit(0), lit(g.In), lit(0), lit(0), lit(g.OutC)))
			at += run.MR * run.N
		}
		return stmts
	})...))
}
