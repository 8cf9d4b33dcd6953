package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// winogradGrad emits the gradient of a kernel in blocks of tiles: the transforms
// of inputs and output gradients, and products added to the sums, which are
// cleared first and transformed last; all that for groups of outputs whose sums
// stay in the cache.
func winogradGrad(b *body, c *plan.WinogradGrad) []jen.Code {
	g := &winogradGradCall{winogradTiles: newTiles(b, &c.WinogradBlock, c.X), c: c}
	if g.err != nil {
		return nil
	}
	g.table = b.table(b.ident("rows"), jen.Id("rowTable").Call(jen.Index(lit(3)).Int().Values(lit(0), lit(0), lit(c.K))))
	if c.OutC == c.Outputs {
		return g.group(gosrc.Lit(0))
	}
	return []jen.Code{jen.For(jen.Id("first").Op(":=").Lit(0), jen.Id("first").Op("<").Lit(c.Outputs), jen.Id("first").Op("+=").Lit(c.OutC)).
		Block(g.group(gosrc.Name("first"))...)}
}

// deltaRun is the most rows of 16 outputs whose sums one kernel call transforms: 4096
// took 137 us with AVX2 (one Zen 5 core).
const deltaRun = 1024

// winogradGradCall is the emission of one WinogradGrad.
type winogradGradCall struct {
	*winogradTiles
	c *plan.WinogradGrad
	// first is the first output of the group.
	first gosrc.Term
}

// group emits the gradients of OutC outputs.
func (g *winogradGradCall) group(first gosrc.Term) []jen.Code {
	g.first = first
	c, planes := g.c, g.buffer(g.c.Scratch)
	sums := planes.at(gosrc.Lit(c.W()))
	stmts := []jen.Code{jen.Id("clear").Call(sums.slice(lit(c.Tile.Planes() * c.SumPlane())))}
	stmts = append(stmts, g.blocks(func(r, e gosrc.Term, first, rows int) []jen.Code {
		return append(append(g.inputs(r, e, first, rows), g.gradients(r, e, first, rows)...), g.products(rows)...)
	})...)
	panel := c.DW.PanelFloats / 16
	delta := cutRuns(c.K, deltaRun, func(from runFrom, n int) jen.Code {
		return g.call(g.variant("delta"),
			sums.at(gosrc.Times("c", c.K)).at(from.times(16)...).addr(), g.weights(c.DW).at(first.Times(panel), gosrc.Times("c", panel)).at(from.times(16)...).addr(), planes.addr(),
			lit(n), lit(16), lit(c.Tile.Side()*c.SumPlane()), lit(c.SumPlane()), lit(16), lit(3*c.InPad*16), lit(c.InPad*16), lit(16))
	})
	return append(stmts, gosrc.Steps("c", lit(c.OutC), 16, delta...))
}

// gradients emits the transform of the output gradients and, with a bias, their
// sum over the block, which begins at zero to keep the error of long sums small.
func (g *winogradGradCall) gradients(r, e gosrc.Term, first, rows int) []jen.Code {
	pitch := g.side * g.c.DY.RowFloats()
	dy := g.image(g.c.DY).at(gosrc.Lit(g.c.DY.Origin()+first*pitch), e.Times(g.c.DY.ImageFloats), r.Times(g.Rows*pitch), tileRow(rows).Times(pitch), g.first)
	planes := g.buffer(g.Scratch)
	z := planes.at(gosrc.Lit(g.M()), g.tile(rows, g.OutC))
	sums := planes.at(gosrc.Lit(g.c.B()))
	v := g.variant("gradient")
	v.Bias = g.c.DB >= 0
	stmts := g.perTileRow(rows, cutTiles(g.cols, g.OutC, func(from runFrom, n int) jen.Code {
		args := []jen.Code{dy.at(from.times(g.side * g.c.DY.Cp)...).addr(), z.at(from.times(g.OutC)...).addr(), planes.addr()}
		if v.Bias {
			args = append(args, sums.addr())
		}
		return g.call(v, append(args, lit(n), lit(g.OutC),
			lit(g.c.DY.RowFloats()), lit(g.c.DY.Cp), lit(g.side*g.c.DY.Cp), lit(g.Tile.Side()*g.OutPlane()), lit(g.OutPlane()), lit(g.OutC))...)
	}))
	if !v.Bias {
		return stmts
	}
	bias := g.place(FieldGrads, g.params, g.c.DB).at(g.first)
	stmts = append([]jen.Code{jen.Id("clear").Call(sums.slice(lit(g.OutC)))}, stmts...)
	return append(stmts, g.call(simd.Variant{Family: "add"}, sums.addr(), bias.addr(), bias.addr(), lit(g.OutC)))
}

// products emits the products of a block, one for each plane.
func (g *winogradGradCall) products(rows int) []jen.Code {
	planes := g.buffer(g.Scratch)
	q := func(by int) gosrc.Term { return gosrc.Times("q", by) }
	var before []jen.Code
	var tiles jen.Code = lit(rows * g.cols)
	if g.Images > 1 {
		before = append(before, jen.Id("tiles").Op(":=").Id("images").Op("*").Lit(rows*g.cols))
		tiles = jen.Id("tiles")
	}
	return append(before, gosrc.For("q", lit(g.Tile.Planes()), g.overChannels(g.OutC, func(ch gosrc.Term, lanes jen.Code) []jen.Code {
		stmts := []jen.Code{jen.List(jen.Id("x"), jen.Id("d"), jen.Id("g")).Op(":=").List(
			planes.at(gosrc.Lit(g.V()), q(g.InPlane())).addr(),
			planes.at(gosrc.Lit(g.M()), q(g.OutPlane()), ch).addr(),
			planes.at(gosrc.Lit(g.c.W()), q(g.c.SumPlane()), ch.Times(g.K)).addr())}
		at := 0
		for _, run := range g.c.Runs {
			stmts = append(stmts, g.call(simd.Variant{Family: "wgrad", MR: run.MR},
				lanes, jen.Id("x"), jen.Id("d"), jen.Id("g"), gosrc.Addr(g.table, gosrc.Lit(2*at)), lit(run.N), lit(16*g.K),
				lit(1), lit(1), tiles, lit(0), lit(0), lit(g.In), lit(0), lit(0), lit(g.OutC)))
			at += run.MR * run.N
		}
		return stmts
	})...))
}
