package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/target"
)

// A call of one image that is worth it is also written as loops whose parts may
// run at the same time, on workers that share the image. A part does exactly what
// the call does for its pixels and channels, with the same kernels on the same
// tiles, so the result has the same bits. What a part must have for itself
// (transforms, strips) lies in the worker's own scratch memory; all else is shared.

const (
	// sharedWork is the least arithmetic, in FLOPs at the peak, worth a fork and a
	// join: some 8 us of one core, where they cost half a microsecond.
	sharedWork = 1 << 20
	// sharedBytes is the same for the weights of a product of one pixel, which are
	// read once: some 12 us.
	sharedBytes = 256 << 10
	// sharedTotal is the least arithmetic in such calls for which a network gets
	// them at all.
	sharedTotal = 4 << 20
	// partWork is about what the parts of products should compute, at least.
	partWork = 200e3
	// wholeBlocks is the number of blocks of an image from which on each is a
	// part; fewer are cut inside.
	wholeBlocks = 6
)

// FieldScratch is the memory of a worker that shares an image: arena, but with
// scratch buffers that no other worker uses.
const FieldScratch = Receiver + ".scratch"

// SharedWork is what sharing the parts of one image would save: the arithmetic of
// the calls that can be shared, in FLOPs at the peak; 0 when that is too little.
func (pr *Program) SharedWork() int64 {
	sum := int64(0)
	for _, c := range pr.Forward {
		if sharable(c) {
			sum += max(c.Arithmetic(), sharedWork)
		}
	}
	if sum < sharedTotal {
		return 0
	}
	return sum
}

// sharable reports calls that are worth parts.
func sharable(c plan.Call) bool {
	switch c := c.(type) {
	case *plan.Winograd:
		return c.Arithmetic() >= sharedWork
	case *plan.IGEMM:
		runs, channels, panels := c.Runs()
		if c.Tiles.AcrossImages {
			return runs == 1 && channels > 16 && 4*panels*c.W.PanelFloats >= sharedBytes
		}
		groups := (c.OutH + c.Tiles.Rows - 1) / c.Tiles.Rows
		return c.Arithmetic() >= sharedWork && (groups > 1 || cutsChannels(c, groups))
	}
	return false
}

// cutsChannels says whether the parts of a product are panels of channels, too:
// where rows alone are few.
func cutsChannels(c *plan.IGEMM, groups int) bool {
	return groups < wholeBlocks && c.Pool == nil && !c.Groups.On() && c.OutC > 16
}

// Share emits the parts of one image of a call whose method has that name: the
// statements that run them, and their methods. The call may not be worth it.
func (pr *Program) Share(c plan.Call, name string) (run []jen.Code, methods []jen.Code, err error) {
	if !sharable(c) {
		return []jen.Code{jen.Id(Receiver).Dot(name).Call(lit(1))}, nil, nil
	}
	s := &sharing{body: &body{Program: pr, info: c.Base(), shared: true}, name: name}
	switch c := c.(type) {
	case *plan.IGEMM:
		s.igemm(c)
	case *plan.Winograd:
		s.winograd(c)
	}
	return s.run, s.methods, s.err
}

// sharing is the emission of the parts of one call.
type sharing struct {
	*body
	name    string
	run     []jen.Code
	methods []jen.Code
}

// loop adds n parts that may run at the same time, and the method for part u of
// them. In a loop over blocks of rows, r, the parts of block r are those from r*n
// on.
func (s *sharing) loop(suffix, doc string, block bool, n jen.Code, stmts ...jen.Code) jen.Code {
	name := s.name + suffix
	for s.Program.methods[name] {
		name += "Part"
	}
	s.Program.methods[name] = true
	stmts = append([]jen.Code{jen.Const().Id("i").Op("=").Lit(0)}, stmts...)
	s.methods = append(s.methods, jen.Comment(name+": "+doc).Line().
		Func().Params(jen.Id(Receiver).Op("*").Id(s.Type)).Id(name).Params(jen.Id("u").Int()).Block(stmts...))
	var first jen.Code = lit(0)
	if block {
		first = jen.Id("r").Op("*").Add(n)
	}
	return jen.Id(Receiver).Dot("share").Call(first, n, jen.Parens(jen.Op("*").Id(s.Type)).Dot(name))
}

// igemm makes parts of groups of rows and, where those are few, of panels of
// channels; of a product of one pixel, of panels.
func (s *sharing) igemm(c *plan.IGEMM) {
	g := newIgemm(s.body, c)
	ch, left := gosrc.Name("c"), jen.Id("end").Op("-").Id("c")
	// channels is the loop over the panels of the part.
	channels := func(part jen.Code, do func() []jen.Code) []jen.Code {
		loop := append([]jen.Code{jen.Id("step").Op(":=").Id("lanes").Call(left.Clone())}, do()...)
		loop = append(loop, jen.Id("c").Op("+=").Id("step"))
		return []jen.Code{
			jen.List(jen.Id("c"), jen.Id("end")).Op(":=").Id("channelPart").Call(lit(c.OutC), part),
			jen.For(jen.Id("c").Op("<").Id("end")).Block(loop...),
		}
	}
	parts := jen.Id("channelParts").Call(lit(c.OutC))
	if c.Tiles.AcrossImages {
		stmts := channels(jen.Id("u"), func() []jen.Code {
			x := g.buffer(g.X).at(gosrc.Lit(g.XOrigin))
			y := g.buffer(g.Y).at(gosrc.Lit(g.YOrigin))
			return append(g.operands(x, y, []gosrc.Term{gosrc.Lit(g.YOrigin)}, ch),
				g.call(g.variant(1), g.args(jen.Id("step"), gosrc.Addr(g.tiles), lit(1))...))
		})
		s.run = append(s.run, s.loop("Part", "part u of the channels", false, parts, stmts...))
		return
	}
	t := c.Tiles
	groups, rest := c.OutH/t.Rows, c.OutH%t.Rows
	cuts := cutsChannels(c, groups+min(rest, 1))
	rows := func(r gosrc.Term, first, rows int, runs []plan.Tiles) []jen.Code {
		if cuts {
			return channels(jen.Id("u").Op("%").Add(parts), func() []jen.Code {
				return g.group(r, first, rows, runs, ch, jen.Id("step"))
			})
		}
		stmts := g.allChannels(r, first, rows, runs)
		if c.Pool != nil {
			stmts = append(stmts, g.pool(r, first, rows)...)
		}
		return stmts
	}
	n := jen.Add(lit(groups + min(rest, 1)))
	r := jen.Id("u")
	doc := "group u of the rows"
	if cuts {
		n, r = n.Op("*").Add(parts), r.Op("/").Add(parts)
		doc = "part u of the rows and channels"
	}
	var stmts []jen.Code
	if groups > 1 {
		stmts = append(stmts, jen.Id("r").Op(":=").Add(r))
	}
	whole := func() []jen.Code {
		if groups > 1 {
			return rows(gosrc.Name("r"), 0, t.Rows, t.Full)
		}
		return rows(gosrc.Lit(0), 0, t.Rows, t.Full)
	}
	switch {
	case rest == 0:
		stmts = append(stmts, whole()...)
	default:
		at := jen.Id("r")
		if groups == 1 {
			at = r
		}
		stmts = append(stmts,
			jen.If(at.Clone().Op("<").Lit(groups)).Block(append(whole(), jen.Return())...),
			jen.Commentf("The last %s.", plural(rest, "row")))
		stmts = append(stmts, rows(gosrc.Lit(0), groups*t.Rows, rest, t.Last)...)
	}
	s.run = append(s.run, s.loop("Part", doc, false, n, stmts...))
}

// winograd makes parts of blocks of tiles, when there are many, and otherwise of
// what a block does: rows of tiles of the transforms, planes of the products.
func (s *sharing) winograd(c *plan.Winograd) {
	groups := c.OutH / (int(c.Tile) * c.Rows)
	left := c.Tile.Tiles(c.OutH) - groups*c.Rows
	blocks := groups + min(left, 1)
	if blocks >= wholeBlocks && c.Images == 1 {
		g := newWinograd(s.body, c)
		block := func(r gosrc.Term, first, rows int) []jen.Code { return g.block(r, gosrc.Lit(0), first, rows) }
		stmts := block(gosrc.Name("u"), 0, c.Rows)
		if left > 0 {
			stmts = append([]jen.Code{jen.If(jen.Id("u").Op("==").Lit(groups)).Block(
				append(block(gosrc.Lit(0), groups*c.Rows, left), jen.Return())...)}, stmts...)
		}
		s.run = append(s.run, s.loop("Block", "block u of the rows of tiles", false, lit(blocks), stmts...))
		return
	}
	block := func(several bool, first, rows int, suffix string) []jen.Code {
		s.sharedPlanes, s.sharedStrip = c.Scratch, nil
		if c.Pool != nil && !c.PoolsTiles() {
			s.sharedStrip = c.Y
		}
		phases := s.phases(newWinograd(s.body, c), several, first, rows, suffix)
		if !splitsChannels(c) {
			return phases
		}
		s.sharedPlanes = nil
		channels := s.channels(newWinograd(s.body, c), several, first, rows, suffix)
		return []jen.Code{jen.If(jen.Id("channelParts").Call(lit(c.OutC)).Op(">").Id(Receiver).Dot("helpers")).Block(channels).Else().Block(phases...)}
	}
	if groups > 0 {
		run := block(groups > 1, 0, c.Rows, "")
		if groups > 1 {
			run = []jen.Code{gosrc.For("r", lit(groups), run...)}
		}
		s.run = append(s.run, run...)
	}
	if left > 0 {
		suffix := ""
		if groups > 0 {
			suffix = "Last"
		}
		s.run = append(s.run, block(false, groups*c.Rows, left, suffix)...)
	}
}

// inputShare is the share of a convolution's arithmetic, at most, that the transform
// of its inputs may take for every worker to do it for itself: that spares two joins,
// and moving half of the planes from core to core, twice.
const inputShare = 0.25

// splitsChannels says whether workers may take the channels of a block.
func splitsChannels(c *plan.Winograd) bool {
	if c.OutC <= 16 || c.Pool != nil && !c.PoolsTiles() {
		return false
	}
	inputs := target.WinogradTileFLOPs(int(c.Tile), c.In, 0, 0)
	return float64(inputs) <= inputShare*float64(target.WinogradTileFLOPs(int(c.Tile), c.In, c.K, c.OutC))
}

// channels makes the loop of one block whose parts are panels of channels. The first
// part that a worker takes begins with the transform of the inputs.
func (s *sharing) channels(g *winogradCall, several bool, first, rows int, suffix string) jen.Code {
	r, e := gosrc.Lit(0), gosrc.Lit(0)
	parts := jen.Id("channelParts").Call(lit(g.OutC))
	part := jen.Id("u")
	s.Program.blocks++
	block := gosrc.Sum(gosrc.Lit(s.Program.blocks))
	var stmts []jen.Code
	if several {
		r = gosrc.Name("r")
		stmts = append(stmts, jen.Id("r").Op(":=").Id("u").Op("/").Add(parts))
		part = part.Op("%").Add(parts)
		block = gosrc.Sum(gosrc.Lit(s.Program.blocks), r)
		s.Program.blocks += g.OutH/(g.side*g.Rows) - 1
	}
	// perRow is a loop over the rows of tiles.
	perRow := func(body []jen.Code) jen.Code {
		if rows > 1 {
			return gosrc.For("o", lit(rows), append([]jen.Code{jen.Id("t").Op(":=").Id("o").Op("*").Lit(g.cols)}, body...)...)
		}
		if g.counts(rows) {
			body = append([]jen.Code{jen.Const().Id("t").Op("=").Lit(0)}, body...)
		}
		return jen.Block(body...)
	}
	prepared := jen.Id(Receiver).Dot("prepared")
	inputs := perRow(g.inputRow(r, e, first, rows))
	g.part = true
	stmts = append(stmts,
		jen.If(prepared.Clone().Op("!=").Add(block)).Block(inputs, prepared.Clone().Op("=").Add(block)),
		jen.List(jen.Id("from"), jen.Id("end")).Op(":=").Id("channelPart").Call(lit(g.OutC), part),
		gosrc.For("q", lit(g.Tile.Planes()), g.plane(rows*g.cols)...),
		perRow(g.outputRow(r, e, first, rows)))
	return s.loop("Channels"+suffix, "part u of the channels, with the transform of all inputs once for each worker", several, parts, stmts...)
}

// phases makes the loops of one block of rows rows of tiles, from row first on, or
// of block r of several.
func (s *sharing) phases(g *winogradCall, several bool, first, rows int, suffix string) []jen.Code {
	r := gosrc.Lit(0)
	e := gosrc.Lit(0)
	// begin declares what the loops of a block count: its number r, the row o of
	// tiles in it, and the tiles t before that.
	begin := func(n int, what string) []jen.Code {
		var stmts []jen.Code
		if several {
			stmts = append(stmts, jen.Id("r").Op(":=").Id("u").Op("/").Lit(n))
		}
		if what == "" {
			return stmts
		}
		if g.counts(rows) && rows > 1 {
			stmts = append(stmts, jen.Id("o").Op(":=").Id("u").Op("%").Lit(n), jen.Id("t").Op(":=").Id("o").Op("*").Lit(g.cols))
		} else if g.counts(rows) {
			stmts = append(stmts, jen.Const().Id("t").Op("=").Lit(0))
		}
		return stmts
	}
	if several {
		r = gosrc.Name("r")
	}
	var run []jen.Code
	run = append(run, s.loop("Inputs"+suffix, "the transform of the inputs of row u of tiles", several, lit(rows),
		append(begin(rows, "o"), g.inputRow(r, e, first, rows)...)...))
	// Planes are taken several at a time where they are small.
	planes, d := g.Tile.Planes(), 1
	for _, n := range []int{2, 3, 4} {
		if planes%n == 0 && float64(d*2*rows*g.cols*g.K*g.OutC) < partWork {
			d = n
		}
	}
	n := planes / d
	u := jen.Id("u")
	if several {
		u = jen.Id("u").Op("%").Lit(n)
	}
	products := append([]jen.Code{jen.Id("q").Op(":=").Add(u)}, g.plane(rows*g.cols)...)
	if d > 1 {
		products = []jen.Code{
			jen.Id("first").Op(":=").Add(u).Op("*").Lit(d),
			jen.For(jen.Id("q").Op(":=").Id("first"), jen.Id("q").Op("<").Id("first").Op("+").Lit(d), jen.Id("q").Op("++")).Block(g.plane(rows * g.cols)...),
		}
	}
	run = append(run, s.loop("Products"+suffix, "the products of part u of the planes", several, lit(n), products...))
	outputs := append(begin(rows, "o"), g.outputRow(r, e, first, rows)...)
	if g.c.Pool != nil && !g.c.PoolsTiles() {
		outputs = append(outputs, g.poolTileRow(r, first, rows)...)
	}
	run = append(run, s.loop("Outputs"+suffix, "the transform of the outputs of row u of tiles", several, lit(rows), outputs...))
	return run
}
