package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// wgrad emits the gradient of a kernel and a bias: loops over blocks of pixels
// (groups of images or of rows) and panels of output channels around tiles of
// k rows.
func wgrad(b *body, c *plan.WGrad) []jen.Code {
	g := &wgradCall{body: b, WGrad: c}
	if c.Window.On() {
		return g.window()
	}
	if c.Narrow > 0 {
		return g.narrow()
	}
	if len(c.Tiles) > 0 {
		g.rows = b.table(b.ident("rows"), jen.Id("rowTable").Call(rowRuns(c.KRows())...))
	}
	n := 0
	for _, t := range c.Tiles {
		n += t.MR * t.N
	}
	if n != len(c.Taps)*c.In {
		b.fail("tiles cover %d of %d k rows", n, len(c.Taps)*c.In)
	}
	stmts := g.blocks()
	stmts = append(stmts, g.clean()...)
	if !c.Groups.Shared() {
		return stmts
	}
	// The sums of vectors that several groups share, and what of them is the kernel's.
	sums, q := b.buffer(c.Sums), c.Groups
	stmts = append([]jen.Code{jen.Id("clear").Call(sums.slice(lit(c.SumFloats())))}, stmts...)
	return append(stmts, jen.Id("addGroupSums").Call(g.weights(c.DW).from(), sums.from(),
		lit(len(c.Taps)), lit(q.Count), lit(q.In), lit(q.Out), lit(q.Span())))
}

// clean clears what padding channels of the output gradient added.
func (g *wgradCall) clean() []jen.Code {
	at, n, lane := g.CleanPanel()
	if n == 0 {
		return nil
	}
	return []jen.Code{jen.Id("clearLanes").Call(g.place(FieldGrads, g.params, at).from(), lit(n), lit(lane))}
}

// blocks emits the loops over blocks of pixels.
func (g *wgradCall) blocks() []jen.Code {
	c := g.WGrad
	switch {
	case c.AcrossImages:
		return g.panels(jen.Id("n"), lit(1), gosrc.Lit(0), gosrc.Lit(0))
	case c.Rows >= c.OutH && c.Images == 1:
		return []jen.Code{perImage(g.panels(lit(1), lit(c.OutH), gosrc.Name("i"), gosrc.Lit(0))...)}
	case c.Rows >= c.OutH:
		return []jen.Code{gosrc.Steps("i", jen.Id("n"), c.Images, append([]jen.Code{jen.Id("images").Op(":=").Min(lit(c.Images), jen.Id("n").Op("-").Id("i"))},
			g.panels(jen.Id("images"), lit(c.OutH), gosrc.Name("i"), gosrc.Lit(0))...)...)}
	case c.OutH%c.Rows == 0:
		return []jen.Code{perImage(gosrc.Steps("r", lit(c.OutH), c.Rows, g.panels(lit(1), lit(c.Rows), gosrc.Name("i"), gosrc.Name("r"))...))}
	}
	return []jen.Code{perImage(gosrc.Steps("r", lit(c.OutH), c.Rows, append([]jen.Code{jen.Id("rows").Op(":=").Min(lit(c.Rows), lit(c.OutH).Op("-").Id("r"))},
		g.panels(lit(1), jen.Id("rows"), gosrc.Name("i"), gosrc.Name("r"))...)...))}
}

// wgradCall is the emission of one WGrad.
type wgradCall struct {
	*body
	*plan.WGrad
	rows string
}

// panels emits the panels of one block: images x rows x OutW pixels, beginning
// at image i and row r. images and rows are expressions, made anew by Clone.
func (g *wgradCall) panels(images, rows *jen.Statement, i, r gosrc.Term) []jen.Code {
	x := g.buffer(g.X).at(i.Times(g.X.ImageFloats), gosrc.Lit(g.XOrigin), r.Times(g.XRow))
	dy := g.buffer(g.DY).at(i.Times(g.DY.ImageFloats), gosrc.Lit(g.DYOrigin), r.Times(g.DYRow))
	if g.Narrow > 0 {
		return g.narrowBlock(images, rows, x, dy)
	}
	family, dwPanel, dw := "wgrad", g.DW.PanelFloats, mem{}
	switch {
	case g.Groups.Shared():
		dwPanel, dw = g.SumPanel(), g.buffer(g.Sums)
	case len(g.Tiles) > 0:
		dw = g.weights(g.DW)
	}
	if g.Groups.Depthwise() {
		family = "depthwiseGrad"
	}
	return g.overGroups(g.Groups, g.OutC, dwPanel, func(ch gosrc.Term, lanes jen.Code) []jen.Code {
		block := []jen.Code{images.Clone(), rows.Clone(), lit(g.OutW)}
		strides := []jen.Code{lit(g.DY.ImageFloats), lit(g.DYRow), lit(g.DYCol)}
		var stmts []jen.Code
		if len(g.Tiles) > 0 {
			stmts = append(stmts, jen.List(jen.Id("x"), jen.Id("d"), jen.Id("g")).Op(":=").List(
				x.at(groupInput(g.Groups, ch)).addr(), dy.at(ch).addr(), dw.at(groupWeights(g.Groups, ch, dwPanel)).addr()))
		} else {
			stmts = append(stmts, jen.Id("d").Op(":=").Add(dy.at(ch).addr()))
		}
		db := nilPtr()
		if g.DB >= 0 {
			db = g.place(FieldGrads, g.params, g.DB).at(ch).addr()
		}
		source := jen.Id("d")
		xs := []jen.Code{lit(g.X.ImageFloats), lit(g.XRow), lit(g.XCol)}
		if g.AcrossImages {
			xs[1], xs[2], strides[1], strides[2] = lit(0), lit(0), lit(0), lit(0)
		}
		switch {
		case g.Pack:
			panel := g.buffer(g.Scratch)
			args := append([]jen.Code{lanes, jen.Id("d"), panel.addr(), db}, block...)
			stmts = append(stmts, g.call(simd.Variant{Family: "packPanel"}, append(args, strides...)...))
			source = panel.addr()
			strides = []jen.Code{
				rows.Clone().Op("*").Lit(g.OutW).Op("*").Add(lanes), lit(g.OutW).Op("*").Add(lanes), lanes,
			}
		case g.DB >= 0 && !g.FuseBias:
			args := append([]jen.Code{lanes, jen.Id("d"), db}, block...)
			stmts = append(stmts, g.call(simd.Variant{Family: "colSum"}, append(args, strides...)...))
		}
		at := 0
		for i, t := range g.Tiles {
			kernel := simd.Variant{Family: family, MR: t.MR}
			args := []jen.Code{lanes, jen.Id("x"), source, jen.Id("g")}
			if g.FuseBias && i == 0 {
				kernel.Family = "wgradBias"
				args = append(args, db)
			}
			args = append(args, gosrc.Addr(g.rows, gosrc.Lit(2*at)), lit(t.N), lit(dwPanel))
			args = append(append(append(args, block...), xs...), strides...)
			stmts = append(stmts, g.call(kernel, args...))
			at += t.MR * t.N
		}
		return stmts
	})
}

// rowRuns writes k rows as runs of consecutive ones: {offset in x, row, count}.
func rowRuns(rows []plan.KRow) []jen.Code {
	var runs []jen.Code
	for i := 0; i < len(rows); {
		n := 1
		for i+n < len(rows) && rows[i+n].X == rows[i].X+n && rows[i+n].Panel == rows[i].Panel+n {
			n++
		}
		runs = append(runs, jen.Index(lit(3)).Int().Values(lit(rows[i].X), lit(rows[i].Panel), lit(n)))
		i += n
	}
	return runs
}
