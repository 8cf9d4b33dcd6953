package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/target"
)

// winograd emits a convolution in blocks of tiles: the transform of the inputs,
// the products, the transform of the outputs with all that is fused to it.
func winograd(b *body, c *plan.Winograd) []jen.Code {
	g := newWinograd(b, c)
	return g.blocks(g.block)
}

// newWinograd begins the emission of a Winograd.
func newWinograd(b *body, c *plan.Winograd) *winogradCall {
	g := &winogradCall{winogradTiles: newTiles(b, &c.WinogradBlock, c.X), c: c}
	g.table = b.table(b.ident("tiles"), jen.Id("pixelTable").Call(
		lit(1), lit(c.Tiles()), lit(0), lit(c.In), lit(0), lit(c.OutC)))
	g.segs = b.table(b.ident("segs"), int32s([]int{0}))
	return g
}

// block emits a block of rows rows of tiles.
func (g *winogradCall) block(r, e gosrc.Term, first, rows int) []jen.Code {
	return append(append(g.inputs(r, e, first, rows), g.products(rows)...), g.outputs(r, e, first, rows)...)
}

// winogradTiles is the emission of what all Winograd convolutions have in common.
type winogradTiles struct {
	*body
	*plan.WinogradBlock
	x    *plan.Buffer
	side int // pixels along a tile
	cols int // tiles in a row
	// table lists the rows of the planes, segs their only run of inputs.
	table, segs string
}

func newTiles(b *body, c *plan.WinogradBlock, x *plan.Buffer) *winogradTiles {
	if c.Rows < 1 || c.Images < 1 {
		b.fail("blocks of %d rows, %d images", c.Rows, c.Images)
	}
	return &winogradTiles{body: b, WinogradBlock: c, x: x, side: int(c.Tile), cols: c.Tile.Tiles(c.OutW)}
}

// variant is the transform of that name for the tiles.
func (g *winogradTiles) variant(name string) simd.Variant {
	if g.side == 2 {
		name += "2"
	}
	return simd.Variant{Family: "winograd", Func: name}
}

// blocks emits the loops over blocks: images from i on, e counting them, and rows
// rows of tiles from row first + r*Rows on.
func (g *winogradTiles) blocks(block func(r, e gosrc.Term, first, rows int) []jen.Code) []jen.Code {
	if g.err != nil {
		return nil
	}
	e := gosrc.Name("e")
	if g.Images == 1 {
		e = gosrc.Lit(0)
	}
	// Groups of whole tiles; the last one may be smaller or end within a tile.
	groups := g.OutH / (g.side * g.Rows)
	left := g.Tile.Tiles(g.OutH) - groups*g.Rows
	var stmts []jen.Code
	switch {
	case groups == 0:
	case groups == 1 && left > 0: // the last rows declare the same names
		stmts = append(stmts, jen.Block(block(gosrc.Lit(0), e, 0, g.Rows)...))
	case groups == 1:
		stmts = append(stmts, block(gosrc.Lit(0), e, 0, g.Rows)...)
	default:
		stmts = append(stmts, gosrc.For("r", lit(groups), block(gosrc.Name("r"), e, 0, g.Rows)...))
	}
	if left > 0 {
		if groups > 0 {
			stmts = append(stmts, jen.Commentf("The last %s of tiles.", plural(left, "row")))
		}
		stmts = append(stmts, block(gosrc.Lit(0), e, groups*g.Rows, left)...)
	}
	return overBlocks(g.Images, stmts)
}

// overBlocks is the loop over blocks of images; with more than one image, their
// number is in the variable images.
func overBlocks(images int, stmts []jen.Code) []jen.Code {
	if images == 1 {
		return []jen.Code{perImage(stmts...)}
	}
	return []jen.Code{gosrc.Steps("i", jen.Id("n"), images, append([]jen.Code{jen.Id("images").Op(":=").Min(lit(images), jen.Id("n").Op("-").Id("i"))}, stmts...)...)}
}

// winogradCall is the emission of one Winograd.
type winogradCall struct {
	*winogradTiles
	c *plan.Winograd
	// part makes this the emission of the channels from the variable from to the
	// variable end.
	part bool
}

// overParts is the loop over channels, those of the part or all.
func (g *winogradCall) overParts(do func(ch gosrc.Term, lanes jen.Code) []jen.Code) []jen.Code {
	if !g.part {
		return g.overChannels(g.OutC, do)
	}
	step := jen.Id("step").Op(":=").Id("lanes").Call(jen.Id("end").Op("-").Id("c"))
	stmts := append([]jen.Code{step}, do(gosrc.Name("c"), jen.Id("step"))...)
	return []jen.Code{jen.For(jen.Id("c").Op(":=").Id("from"), jen.Id("c").Op("<").Id("end"), jen.Empty()).Block(
		append(stmts, jen.Id("c").Op("+=").Id("step"))...)}
}

// from is the first channel of the part.
func (g *winogradCall) from() gosrc.Term {
	if g.part {
		return gosrc.Name("from")
	}
	return gosrc.Lit(0)
}

// width is the number of channels of the part.
func (g *winogradCall) width() jen.Code {
	if g.part {
		return jen.Id("end").Op("-").Id("from")
	}
	return lit(g.OutC)
}

// perTileRow is a loop over the images of a block and their rows of tiles; t
// counts tiles, where there is more than one row.
func (g *winogradTiles) perTileRow(rows int, body []jen.Code, image ...jen.Code) []jen.Code {
	if !g.counts(rows) {
		return append(append([]jen.Code(nil), body...), image...)
	}
	next := jen.Id("t").Op("+=").Lit(g.cols)
	stmts := append(append([]jen.Code(nil), body...), next)
	if rows > 1 {
		stmts = []jen.Code{gosrc.For("o", lit(rows), stmts...)}
	}
	stmts = append(stmts, image...)
	if g.Images > 1 {
		stmts = []jen.Code{gosrc.For("e", jen.Id("images"), stmts...)}
	}
	return append([]jen.Code{jen.Id("t").Op("=").Lit(0)}, stmts...)
}

// counts reports whether a block of rows has more than one row of tiles.
func (g *winogradTiles) counts(rows int) bool { return rows > 1 || g.Images > 1 }

// tile is the number of tiles before the current row, times by.
func (g *winogradTiles) tile(rows, by int) gosrc.Term {
	if !g.counts(rows) {
		return gosrc.Lit(0)
	}
	return gosrc.Times("t", by)
}

// tileRow is the loop variable of perTileRow.
func tileRow(rows int) gosrc.Term {
	if rows == 1 {
		return gosrc.Lit(0)
	}
	return gosrc.Name("o")
}

// inputs emits the transform of the inputs.
func (g *winogradTiles) inputs(r, e gosrc.Term, first, rows int) []jen.Code {
	stmts := g.perTileRow(rows, g.inputRow(r, e, first, rows))
	if g.counts(rows) {
		stmts[0] = jen.Id("t").Op(":=").Lit(0)
	}
	return stmts
}

// inputRow emits the transform of the inputs of one row of tiles.
func (g *winogradTiles) inputRow(r, e gosrc.Term, first, rows int) []jen.Code {
	pitch := g.side * g.x.RowFloats()
	x := g.image(g.x).at(gosrc.Lit(g.XOrigin+first*pitch), e.Times(g.x.ImageFloats), r.Times(g.Rows*pitch), tileRow(rows).Times(pitch))
	planes := g.buffer(g.Scratch)
	v := planes.at(gosrc.Lit(g.V()), g.tile(rows, g.In))
	return cutTiles(g.cols, g.In, func(from runFrom, n int) jen.Code {
		return g.call(g.variant("input"),
			x.at(from.times(g.side*g.x.Cp)...).addr(), v.at(from.times(g.In)...).addr(), g.own(g.Scratch).addr(), lit(n), lit(g.In),
			lit(g.x.RowFloats()), lit(g.x.Cp), lit(g.side*g.x.Cp), lit(g.Tile.Side()*g.InPlane()), lit(g.InPlane()), lit(g.In))
	})
}

// products emits the products of a block, one for each plane.
func (g *winogradCall) products(rows int) []jen.Code {
	var before []jen.Code
	tiles := rows * g.cols
	if g.Images > 1 {
		before = append(before, jen.Id("tiles").Op(":=").Id("images").Op("*").Lit(tiles))
		tiles = 0
	}
	return append(before, gosrc.For("q", lit(g.Tile.Planes()), g.plane(tiles)...))
}

// plane emits the product of plane q with a number of tiles, 0 for the one in the
// variable tiles.
func (g *winogradCall) plane(tiles int) []jen.Code {
	planes := g.buffer(g.Scratch)
	q := func(by int) gosrc.Term { return gosrc.Times("q", by) }
	x := planes.at(gosrc.Lit(g.V()), q(g.InPlane()))
	y := planes.at(gosrc.Lit(g.M()), q(g.OutPlane()))
	u := g.weights(g.c.U).at(q(g.c.PlaneFloats))
	return g.overParts(func(ch gosrc.Term, lanes jen.Code) []jen.Code {
		stmts := []jen.Code{jen.List(jen.Id("x"), jen.Id("k"), jen.Id("y")).Op(":=").List(
			x.addr(), u.at(ch.Times(g.c.U.PanelFloats/16)).addr(), y.at(ch).addr())}
		args := func(tab, tiles jen.Code) []jen.Code {
			return []jen.Code{
				lanes, jen.Id("x"), jen.Id("k"), nilPtr(), nilPtr(), nilPtr(), jen.Id("y"),
				tab, tiles, gosrc.Addr(g.segs), lit(1), lit(g.K), lit(g.c.U.PanelFloats),
			}
		}
		kernel := func(mr int, tab, tiles jen.Code) jen.Code {
			return g.call(simd.Variant{Family: "igemm", MR: mr}, args(tab, tiles)...)
		}
		if tiles > 0 {
			at := 0
			for _, run := range g.tileRuns(tiles) {
				stmts = append(stmts, kernel(run.MR, gosrc.Addr(g.table, gosrc.Lit(2*at)), lit(run.Count)))
				at += run.MR * run.Count
			}
			return stmts
		}
		rest := args(jen.Op("&").Id(g.table).Index(jen.Lit(2).Op("*").Parens(jen.Id("tiles").Op("-").Id("t"))), lit(1))
		return append(stmts,
			jen.If(jen.Id("t").Op(":=").Id("tiles").Op("/").Lit(target.MaxMR), jen.Id("t").Op(">").Lit(0)).Block(
				kernel(target.MaxMR, gosrc.Addr(g.table), jen.Id("t"))),
			jen.If(jen.Id("t").Op(":=").Id("tiles").Op("%").Lit(target.MaxMR), jen.Id("t").Op(">").Lit(0)).Block(
				jen.Id(g.rest(simd.Variant{Family: "igemm"})).Call(append([]jen.Code{jen.Id("t")}, rest...)...)))
	})
}

// tileRuns cuts a number of tiles into register tiles. Blocks of several images,
// whose number is known at run time only, are cut into tiles of the most rows and
// one of the rest; so is one image where they are, for the same bits.
func (g *winogradCall) tileRuns(tiles int) []target.TileRun {
	if g.Images == 1 {
		return target.SplitTiles(tiles)
	}
	var runs []target.TileRun
	if n := tiles / target.MaxMR; n > 0 {
		runs = append(runs, target.TileRun{MR: target.MaxMR, Count: n})
	}
	if n := tiles % target.MaxMR; n > 0 {
		runs = append(runs, target.TileRun{MR: n, Count: 1})
	}
	return runs
}

// outputs emits the transform of the products, clipped at the image's edges, and
// the pooling behind it.
func (g *winogradCall) outputs(r, e gosrc.Term, first, rows int) []jen.Code {
	var pool []jen.Code
	if g.c.Pool != nil && !g.c.PoolsTiles() {
		pool = g.pool(r, e, first, rows)
	}
	return g.perTileRow(rows, g.outputRow(r, e, first, rows), pool...)
}

// outputRow emits the transform of the products of one row of tiles.
func (g *winogradCall) outputRow(r, e gosrc.Term, first, rows int) []jen.Code {
	if g.c.PoolsTiles() {
		return g.maximaRow(r, e, first, rows)
	}
	pitch := g.side * g.c.Y.RowFloats()
	rel := []gosrc.Term{gosrc.Lit(g.c.Y.Origin() + first*pitch), e.Times(g.c.Y.ImageFloats), r.Times(g.Rows * pitch), tileRow(rows).Times(pitch)}
	y := g.image(g.c.Y).at(rel...)
	if g.c.Pool != nil { // the strip holds the block's rows of one image
		y = g.buffer(g.c.Y).at(gosrc.Lit(g.c.Y.Origin()), tileRow(rows).Times(pitch))
	}
	height := g.height(g.side, g.OutH, first, rows)
	planes := g.buffer(g.Scratch)
	v := g.variant("output")
	v.Bias, v.Add, v.ReLU, v.Mask = g.c.Bias >= 0, g.c.Add != nil, g.c.ReLU, g.c.Mask != nil
	run := func(from runFrom, n, width int) jen.Code {
		at := append(from.times(g.side*g.c.Y.Cp), g.from())
		side := func(buf *plan.Buffer) jen.Code {
			if buf == nil {
				return nilPtr()
			}
			return g.image(buf).at(rel...).at(at...).addr()
		}
		m := planes.at(gosrc.Lit(g.M()), g.tile(rows, g.OutC), g.from()).at(from.times(g.OutC)...)
		return g.call(v, m.addr(), g.bias(), side(g.c.Add), side(g.c.Mask), y.at(at...).addr(), g.own(g.Scratch).addr(),
			lit(n), g.width(), lit(g.Tile.Side()*g.OutPlane()), lit(g.OutPlane()), lit(g.OutC),
			lit(g.c.Y.RowFloats()), lit(g.c.Y.Cp), lit(g.side*g.c.Y.Cp), height, lit(width))
	}
	return cutRow(g.OutW, g.side, g.OutC, run)
}

// bias is a pointer to the bias, nil if there is none.
func (g *winogradCall) bias() *jen.Statement {
	if g.c.Bias < 0 {
		return nilPtr()
	}
	return g.place(FieldParams, g.params, g.c.Bias).at(g.from()).addr()
}

// height is the number of rows of results of row o of tiles, side of all but the
// last: the block of rows rows of tiles begins with row first of tiles, and there
// are h rows of results.
func (g *winogradCall) height(side, h, first, rows int) jen.Code {
	if h-side*first >= side*rows {
		return lit(side)
	}
	left := lit(h - side*first)
	if rows == 1 {
		return left
	}
	return jen.Min(lit(side), left.Op("-").Lit(side).Op("*").Id("o"))
}

// cutRow emits a row of w results: run for the whole tiles, from tile 0 on, and
// for the one of which less is stored.
func cutRow(w, side, channels int, run func(from runFrom, n, width int) jen.Code) []jen.Code {
	var body []jen.Code
	full := w / side
	if full > 0 {
		body = cutTiles(full, channels, func(from runFrom, n int) jen.Code { return run(from, n, side) })
	}
	if edge := w % side; edge > 0 {
		body = append(body, run(runFrom{at: full}, 1, edge))
	}
	return body
}

// maximaRow emits the transform of the products of one row of tiles that ends in
// their pooling.
func (g *winogradCall) maximaRow(r, e gosrc.Term, first, rows int) []jen.Code {
	p, side := g.c.Pool, g.side/2
	if p.Y.H*2 != g.OutH || p.Y.W*2 != g.OutW {
		g.fail("a pooling of %dx%d pixels to %dx%d by twos", g.OutH, g.OutW, p.Y.H, p.Y.W)
		return nil
	}
	// at is the place of the row of tiles in memory with rows of pitch elements.
	at := func(m mem, image, pitch int) mem {
		pitch *= side
		return m.at(gosrc.Lit(first*pitch), e.Times(image), r.Times(g.Rows*pitch), tileRow(rows).Times(pitch))
	}
	y := at(g.image(p.Y).at(gosrc.Lit(p.Y.Origin())), p.Y.ImageFloats, p.Y.RowFloats())
	planes := g.buffer(g.Scratch)
	v := g.variant("output")
	v.Family, v.Bias, v.ReLU, v.Bits = "winogradPool", g.c.Bias >= 0, p.ReLU, p.Mask != nil
	pixel := p.Y.Cp / 2 // four cells of a bit a channel
	return cutRow(p.Y.W, side, g.OutC, func(from runFrom, n, width int) jen.Code {
		bits, bitsRow, bitsStep := nilPtr(), 0, 0
		if p.Mask != nil {
			bitsRow, bitsStep = p.Mask.W*pixel, side*pixel
			bits = at(g.maskImage(p.Mask), 4*p.Mask.ImageFloats, bitsRow).at(from.times(bitsStep)...).addr()
		}
		m := planes.at(gosrc.Lit(g.M()), g.tile(rows, g.OutC), g.from()).at(from.times(g.OutC)...)
		return g.call(v, m.addr(), g.bias(), y.at(from.times(side*p.Y.Cp)...).at(g.from()).addr(), g.own(g.Scratch).addr(), bits,
			lit(n), g.width(), lit(g.Tile.Side()*g.OutPlane()), lit(g.OutPlane()), lit(g.OutC),
			lit(p.Y.RowFloats()), lit(p.Y.Cp), lit(side*p.Y.Cp), g.height(side, p.Y.H, first, rows), lit(width),
			lit(bitsRow), lit(bitsStep))
	})
}

// poolTileRow emits the pooling of row o of tiles of a block out of the strip, in
// which each row of tiles has a place of its own.
func (g *winogradCall) poolTileRow(r gosrc.Term, first, rows int) []jen.Code {
	p := g.c.Pool
	per := g.side / p.SH // pooled rows for a row of tiles
	if g.side%p.SH != 0 || p.KH > p.SH || p.PadTop != 0 || p.PadLeft != 0 || p.Mask != nil {
		g.fail("a row of tiles of %d pixels cannot be pooled alone, %d rows at a time, %d apart", g.side, p.KH, p.SH)
		return nil
	}
	w := window{inH: p.KH, inW: g.OutW, kh: p.KH, kw: p.KW, sh: p.SH, sw: p.SW, outH: 1, outW: p.Y.W}
	o, b := tileRow(rows), gosrc.Name("b")
	row := g.c.Y.RowFloats()
	x := g.buffer(g.c.Y).at(gosrc.Lit(g.c.Y.Origin()), o.Times(g.side*row), b.Times(p.SH*row))
	y := g.pixels(p.Y).at(gosrc.Lit(first*per*p.Y.RowFloats()), r.Times(g.Rows*per*p.Y.RowFloats()), o.Times(per*p.Y.RowFloats()), b.Times(p.Y.RowFloats()))
	var n jen.Code = lit(per)
	if g.c.Tile.Tiles(g.OutH)*per > p.Y.H && g.side*(first+rows) > g.OutH-g.side { // the last row may have fewer
		left := lit(p.Y.H - first*per)
		if rows > 1 {
			left.Op("-").Lit(per).Op("*").Id("o")
		}
		n = jen.Min(lit(per), left)
	}
	return []jen.Code{gosrc.For("b", n, g.poolRows(p, w, x, y, mem{}, g.c.Y.RowFloats(), g.c.Y.Cp)...)}
}

// pool emits the pooling of the rows of a block out of the strip.
func (g *winogradCall) pool(r, e gosrc.Term, first, rows int) []jen.Code {
	p := g.c.Pool
	group := g.side * g.Rows
	if p.PadTop != 0 || p.PadLeft != 0 || p.KH > p.SH || group%p.SH != 0 && g.Rows < g.Tile.Tiles(g.OutH) {
		g.fail("strips of %d rows cannot be pooled %d rows at a time, %d apart, %d above", group, p.KH, p.SH, p.PadTop)
		return nil
	}
	from := g.side * first
	pixels := min(g.side*rows, g.OutH-from)
	to := min(p.Y.H, (from+pixels+p.SH-1)/p.SH)
	perGroup := group / p.SH
	w := window{inH: pixels, inW: g.OutW, kh: p.KH, kw: p.KW, sh: p.SH, sw: p.SW, outH: to - from/p.SH, outW: p.Y.W}
	x := g.buffer(g.c.Y).at(gosrc.Lit(g.c.Y.Origin()))
	y := g.pixels(p.Y).at(gosrc.Lit(from/p.SH*p.Y.RowFloats()), e.Times(p.Y.ImageFloats), r.Times(perGroup*p.Y.RowFloats()))
	var bits mem
	if p.Mask != nil {
		rowBytes := p.Mask.W * p.Mask.MaskCells * p.Mask.Cp / 8
		bits = g.maskImage(p.Mask).at(gosrc.Lit(from/p.SH*rowBytes), e.Times(4*p.Mask.ImageFloats), r.Times(perGroup*rowBytes))
	}
	return g.poolRows(p, w, x, y, bits, g.c.Y.RowFloats(), g.c.Y.Cp)
}
