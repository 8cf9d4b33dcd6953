package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// chunkFLOPs bounds the work of one kernel call, which cannot be preempted: at
// 100 GFLOP/s it takes some tens of microseconds.
const chunkFLOPs = 4 << 20

// igemm emits the loops over images, groups of output rows and panels of
// output channels around the tiles of a group.
func igemm(b *body, c *plan.IGEMM) []jen.Code {
	g := newIgemm(b, c)
	if c.Tiles.AcrossImages {
		return g.acrossImages()
	}
	t := c.Tiles
	if t.Rows <= 0 {
		b.fail("a group of %d rows", t.Rows)
		return nil
	}
	groups, left := c.OutH/t.Rows, c.OutH%t.Rows
	last := t.Last
	if groups == 0 { // a single group that is smaller than Rows
		groups, left = 0, c.OutH
		if last == nil {
			last = t.Full
		}
	}
	r := gosrc.Name("r")
	rows := func(ch gosrc.Term, lanes jen.Code, inner bool) []jen.Code {
		group := func(r gosrc.Term, first int, rows int, runs []plan.Tiles) []jen.Code {
			var stmts []jen.Code
			if inner {
				stmts = g.allChannels(r, first, rows, runs)
			} else {
				stmts = g.group(r, first, rows, runs, ch, lanes)
			}
			if c.Pool != nil {
				stmts = append(stmts, g.pool(r, first, rows)...)
			}
			return stmts
		}
		var stmts []jen.Code
		switch {
		case groups == 1 && left > 0: // the last rows declare the same names
			stmts = append(stmts, jen.Block(group(gosrc.Lit(0), 0, t.Rows, t.Full)...))
		case groups == 1:
			stmts = append(stmts, group(gosrc.Lit(0), 0, t.Rows, t.Full)...)
		case groups > 1:
			stmts = append(stmts, gosrc.For("r", lit(groups), group(r, 0, t.Rows, t.Full)...))
		}
		if left > 0 {
			if groups > 0 {
				stmts = append(stmts, jen.Commentf("The last %s.", plural(left, "row")))
			}
			stmts = append(stmts, group(gosrc.Lit(0), groups*t.Rows, left, last)...)
		}
		return stmts
	}
	if t.PanelOuter && c.OutC > 16 {
		if c.Pool != nil {
			b.fail("pooled strips need the loop over channels inside")
			return nil
		}
		return g.overChannels(c.OutC, func(ch gosrc.Term, lanes jen.Code) []jen.Code {
			return []jen.Code{perImage(rows(ch, lanes, false)...)}
		})
	}
	return []jen.Code{perImage(rows(gosrc.Lit(0), nil, true)...)}
}

// newIgemm begins the emission of an IGEMM.
func newIgemm(b *body, c *plan.IGEMM) *igemmCall {
	g := &igemmCall{body: b, IGEMM: c, run: gosrc.Lit(0)}
	if !c.Window.On() {
		g.segs = b.table(b.ident("segs"), int32s(c.Seg))
		g.tiles = g.pixelTable()
	}
	return g
}

// allChannels emits one group of rows, all channels.
func (g *igemmCall) allChannels(r gosrc.Term, first, rows int, runs []plan.Tiles) []jen.Code {
	if g.Window.On() {
		return g.window(r, first, rows)
	}
	return g.overGroups(g.Groups, g.OutC, g.W.PanelFloats, func(ch gosrc.Term, lanes jen.Code) []jen.Code {
		return g.group(r, first, rows, runs, ch, lanes)
	})
}

// igemmCall is the emission of one IGEMM.
type igemmCall struct {
	*body
	*plan.IGEMM
	segs, tiles string
	run         gosrc.Term // distance of the run's weights
}

// pixelTable is the table of the pixels of a group of rows, or of all images.
func (g *igemmCall) pixelTable() string {
	rows, cols, strides := min(g.Tiles.Rows, g.OutH), g.OutW, [4]int{g.XRow, g.XCol, g.YRow, g.YCol}
	if g.Tiles.AcrossImages {
		rows, cols, strides = 1, g.Micro, [4]int{0, g.X.ImageFloats, 0, g.Y.ImageFloats}
	}
	return g.table(g.ident("tiles"), jen.Id("pixelTable").Call(
		lit(rows), lit(cols), lit(strides[0]), lit(strides[1]), lit(strides[2]), lit(strides[3])))
}

// variant is the kernel for tiles of mr pixels.
func (g *igemmCall) variant(mr int) simd.Variant {
	v := simd.Variant{Family: "igemm", MR: mr, Bias: g.Bias >= 0, Add: g.Add != nil, ReLU: g.ReLU, Mask: g.Mask != nil}
	switch {
	case g.Groups.Depthwise():
		v.Family = "depthwise"
	case g.Narrow > 0:
		v.Family, v.Func = "narrow", fmt.Sprintf("%dc", g.Narrow)
	}
	if g.ConstPitch > 0 {
		v.ConstSegs, v.ConstSegLen, v.ConstPitch = len(g.Seg), g.SegLen, g.ConstPitch
	}
	return v
}

// operands declares the pointers that all calls for one panel of channels
// share: input x, kernel k, bias b, and at the same relative place output y,
// added values s and mask m.
func (g *igemmCall) operands(x, y mem, rel []gosrc.Term, ch gosrc.Term) []jen.Code {
	// A panel is 16 channels: channel c begins at c/16*PanelFloats.
	names, values := []jen.Code{jen.Id("k")}, []jen.Code{g.weights(g.W).at(g.run, groupWeights(g.Groups, ch, g.W.PanelFloats)).addr()}
	if g.Bias >= 0 {
		names, values = append(names, jen.Id("b")), append(values, g.place(FieldParams, g.params, g.Bias).at(ch).addr())
	}
	for _, side := range []struct {
		name string
		buf  *plan.Buffer
	}{{"s", g.Add}, {"m", g.Mask}} {
		if side.buf == nil {
			continue
		}
		start := g.image
		if g.Tiles.AcrossImages { // the images are in the table
			start = g.buffer
		}
		names, values = append(names, jen.Id(side.name)), append(values, start(side.buf).at(rel...).at(ch).addr())
	}
	return []jen.Code{
		jen.List(jen.Id("x"), jen.Id("y")).Op(":=").List(x.addr(), y.at(ch).addr()),
		jen.List(names...).Op(":=").List(values...),
	}
}

// args are the arguments of a kernel call with those operands; kernels for few output
// channels have no lanes.
func (g *igemmCall) args(lanes, tab, tiles jen.Code) []jen.Code {
	operand := func(name string, used bool) jen.Code {
		if used {
			return jen.Id(name)
		}
		return jen.Nil()
	}
	args := []jen.Code{
		jen.Id("x"), jen.Id("k"), operand("b", g.Bias >= 0), operand("s", g.Add != nil), operand("m", g.Mask != nil), jen.Id("y"),
		tab, tiles, gosrc.Addr(g.segs), lit(len(g.Seg)), lit(g.SegLen), lit(g.W.PanelFloats),
	}
	if g.Narrow > 0 {
		return args
	}
	return append([]jen.Code{lanes}, args...)
}

// group emits the tiles of one group of rows: group r (a loop variable or 0),
// beginning at row first.
func (g *igemmCall) group(r gosrc.Term, first, rows int, runs []plan.Tiles, ch gosrc.Term, lanes jen.Code) []jen.Code {
	x := g.image(g.X).at(gosrc.Lit(g.XOrigin+first*g.XRow), r.Times(g.Tiles.Rows*g.XRow), groupInput(g.Groups, ch))
	rel := []gosrc.Term{gosrc.Lit(g.YOrigin + first*g.YRow), r.Times(g.Tiles.Rows * g.YRow)}
	y := g.image(g.Y).at(rel...)
	if g.Pool != nil { // the strip holds one group of rows
		y = g.buffer(g.Y).at(gosrc.Lit(g.YOrigin))
	}
	stmts := g.operands(x, y, rel, ch)
	pixel := 0
	for _, run := range runs {
		stmts = append(stmts, g.call(g.variant(run.MR), g.args(lanes, gosrc.Addr(g.tiles, gosrc.Lit(2*pixel)), lit(run.N))...))
		pixel += run.MR * run.N
	}
	if pixel != rows*g.OutW {
		g.fail("tiles cover %d of %d pixels", pixel, rows*g.OutW)
	}
	return stmts
}

// pool emits the pooling of the rows of one group out of the strip.
func (g *igemmCall) pool(r gosrc.Term, first, rows int) []jen.Code {
	p := g.Pool
	if p.PadTop != 0 || p.KH > p.SH || g.Tiles.Rows%p.SH != 0 && g.Tiles.Rows < g.OutH {
		g.fail("strips of %d rows cannot be pooled %d rows at a time, %d apart, %d above", g.Tiles.Rows, p.KH, p.SH, p.PadTop)
		return nil
	}
	from := first / p.SH
	to := min(p.Y.H, (first+rows+p.SH-1)/p.SH)
	w := window{inH: rows, inW: g.OutW, kh: p.KH, kw: p.KW, sh: p.SH, sw: p.SW, left: p.PadLeft, outH: to - from, outW: p.Y.W}
	x := g.buffer(g.Y).at(gosrc.Lit(g.Y.Origin()))
	perGroup := g.Tiles.Rows / p.SH
	y := g.pixels(p.Y).at(gosrc.Lit(from*p.Y.RowFloats()), r.Times(perGroup*p.Y.RowFloats()))
	var bits mem
	if p.Mask != nil {
		rowBytes := p.Mask.W * p.Mask.MaskCells * p.Mask.Cp / 8
		bits = g.maskImage(p.Mask).at(gosrc.Lit(from*rowBytes), r.Times(perGroup*rowBytes))
	}
	return g.poolRows(p, w, x, y, bits, g.YRow, g.YCol)
}

// acrossImages emits a product with one pixel an image: full tiles of examples,
// then the rest, run by run.
func (g *igemmCall) acrossImages() []jen.Code {
	mr := g.variant(0).Tallest()
	if g.OutH != 1 || g.OutW != 1 {
		g.fail("tiles across images of %dx%d pixels", g.OutH, g.OutW)
	}
	k := len(g.Seg) * g.SegLen
	chunk := max(1, chunkFLOPs/(2*mr*32*k))
	x := g.buffer(g.X).at(gosrc.Lit(g.XOrigin))
	y := g.buffer(g.Y).at(gosrc.Lit(g.YOrigin))
	rel := []gosrc.Term{gosrc.Lit(g.YOrigin)}
	runs, channels, panels := g.Runs()
	if runs > 1 {
		r := gosrc.Name("r")
		y, rel = y.at(r.Times(g.YRun)), append(rel, r.Times(g.YRun))
		g.run = r.Times(panels * g.W.PanelFloats)
	}
	stmts := g.overChannels(channels, func(ch gosrc.Term, lanes jen.Code) []jen.Code {
		stmts := g.operands(x, y, rel, ch)
		if full := g.Micro / mr; full > 0 {
			kernel := func(tab, tiles jen.Code) jen.Code {
				return g.call(g.variant(mr), g.args(lanes, tab, tiles)...)
			}
			if full <= chunk {
				stmts = append(stmts, jen.If(jen.Id("t").Op(":=").Id("n").Op("/").Lit(mr), jen.Id("t").Op(">").Lit(0)).Block(
					kernel(gosrc.Addr(g.tiles), jen.Id("t"))))
			} else {
				stmts = append(stmts, gosrc.Steps("t", jen.Id("n").Op("/").Lit(mr), chunk, kernel(gosrc.Addr(g.tiles, gosrc.Times("t", 2*mr)), gosrc.Left(chunk, jen.Id("n").Op("/").Lit(mr), "t"))))
			}
		}
		rest := g.rest(g.variant(0))
		return append(stmts, jen.If(jen.Id("t").Op(":=").Id("n").Op("%").Lit(mr), jen.Id("t").Op(">").Lit(0)).Block(
			jen.Id(rest).Call(append([]jen.Code{jen.Id("t")},
				g.args(lanes, jen.Op("&").Id(g.tiles).Index(jen.Lit(2).Op("*").Parens(jen.Id("n").Op("-").Id("t"))), lit(1))...)...)))
	})
	if runs > 1 {
		return []jen.Code{gosrc.For("r", lit(runs), stmts...)}
	}
	return stmts
}
