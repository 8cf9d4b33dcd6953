package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// depthwiseRun is the most FLOPs that one kernel call of a depthwise product does on a
// single row; its channels are cut if they are more. Groups of rows are smaller.
const depthwiseRun = 2e6

// window emits one group of rows of a convolution, depthwise or of one output channel,
// that slides along them:
// group r (a loop variable or 0), beginning at row first, tile by tile of a row.
func (g *igemmCall) window(r gosrc.Term, first, rows int) []jen.Code {
	w := g.Window
	x := g.image(g.X).at(gosrc.Lit(g.XOrigin+g.Seg[0]+first*g.XRow), r.Times(g.Tiles.Rows*g.XRow))
	rel := []gosrc.Term{gosrc.Lit(g.YOrigin + first*g.YRow), r.Times(g.Tiles.Rows * g.YRow)}
	pixel := 0
	var stmts []jen.Code
	for _, t := range w.Tiles {
		q := gosrc.Name("q")
		if t.N == 1 {
			q = gosrc.Lit(0)
		}
		// c is the first channel of a call.
		var c gosrc.Term
		some, channels := g.OutC, lit(g.OutC)
		if rows == 1 && g.Narrow == 0 {
			some = max(int(depthwiseRun)/(2*t.MR*len(g.Seg))/16*16, 16)
		}
		if some < g.OutC {
			c, channels = gosrc.Name("c"), gosrc.Left(some, lit(g.OutC), "c")
		}
		side := func(buf *plan.Buffer) jen.Code {
			if buf == nil {
				return nilPtr()
			}
			return g.image(buf).at(rel...).at(gosrc.Lit(pixel*g.YCol), q.Times(t.MR*g.YCol), c).addr()
		}
		bias := nilPtr()
		if g.Bias >= 0 {
			bias = g.place(FieldParams, g.params, g.Bias).at(c).addr()
		}
		v := g.variant(t.MR)
		v.Func = fmt.Sprintf("%ds%d", w.Cols, w.Step)
		args := []jen.Code{
			x.at(gosrc.Lit(pixel*g.XCol), q.Times(t.MR*g.XCol), c).addr(), g.weights(g.W).at(c.Times(g.W.PanelFloats / 16)).addr(), bias,
			side(g.Add), side(g.Mask), side(g.Y), lit(rows),
		}
		if g.Narrow > 0 {
			v.Family = "narrowRow"
			args = append(args, lit(g.X.Cp), lit(len(g.Seg)), lit(g.XRow), lit(g.RowPitch()), lit(g.YRow), lit(g.YCol))
		} else {
			v.Family = "depthwiseRow"
			args = append(args, channels, lit(len(g.Seg)/w.Cols), lit(g.XRow), lit(g.RowPitch()), lit(g.X.Cp), lit(g.YRow), lit(g.YCol), lit(g.W.PanelFloats))
		}
		call := g.call(v, args...)
		if some < g.OutC {
			call = gosrc.Steps("c", lit(g.OutC), some, call)
		}
		if t.N > 1 {
			call = gosrc.For("q", lit(t.N), call)
		}
		stmts = append(stmts, call)
		pixel += t.MR * t.N
	}
	return stmts
}

// window emits the weight gradient of a depthwise convolution that slides along rows:
// blocks of rows, of them tiles, and for each block the passes over the kernel.
func (g *wgradCall) window() []jen.Code {
	groups, left := g.OutH/g.Rows, g.OutH%g.Rows
	var stmts []jen.Code
	if groups > 1 {
		stmts = append(stmts, gosrc.For("r", lit(groups), g.windowRows(gosrc.Name("r"), 0, g.Rows)...))
	} else if groups == 1 {
		stmts = append(stmts, g.windowRows(gosrc.Lit(0), 0, g.Rows)...)
	}
	if left > 0 {
		stmts = append(stmts, jen.Commentf("The last %s.", plural(left, "row")))
		stmts = append(stmts, g.windowRows(gosrc.Lit(0), groups*g.Rows, left)...)
	}
	return append([]jen.Code{perImage(stmts...)}, g.clean()...)
}

// windowRows emits group r of rows, beginning at row first.
func (g *wgradCall) windowRows(r gosrc.Term, first, rows int) []jen.Code {
	w, pixel := g.Window, 0
	var stmts []jen.Code
	for _, t := range w.Tiles {
		for from := 0; from < t.N; {
			n, times := min(w.Across, t.N-from), max(1, (t.N-from)/w.Across)
			q := gosrc.Name("q")
			if times == 1 {
				q = gosrc.Lit(0)
			}
			block := g.windowBlock(r, q, first, rows, pixel, t.MR, n)
			if times > 1 {
				block = []jen.Code{gosrc.For("q", lit(times), block...)}
			}
			stmts = append(stmts, block...)
			from += n * times
			pixel += n * times * t.MR
		}
	}
	return stmts
}

// windowBlock emits the passes over a block of rows rows of n tiles of mr pixels,
// block q (a loop variable or 0) of those that begin at a pixel of the row.
func (g *wgradCall) windowBlock(r, q gosrc.Term, first, rows, pixel, mr, n int) []jen.Code {
	x := g.image(g.X).at(gosrc.Lit(g.XOrigin+g.Taps[0]+first*g.XRow+pixel*g.XCol), r.Times(g.Rows*g.XRow), q.Times(n*mr*g.XCol))
	dy := g.image(g.DY).at(gosrc.Lit(g.DYOrigin+first*g.DYRow+pixel*g.DYCol), r.Times(g.Rows*g.DYRow), q.Times(n*mr*g.DYCol))
	var stmts []jen.Code
	row := 0
	for i, pass := range g.Window.Passes {
		v := simd.Variant{Family: "depthwiseRowGrad", MR: mr, Func: fmt.Sprintf("%dx%ds%d", pass, g.Window.Cols, g.Window.Step)}
		db := nilPtr()
		if v.Bias = i == 0 && g.DB >= 0; v.Bias {
			db = g.place(FieldGrads, g.params, g.DB).addr()
		}
		stmts = append(stmts, g.call(v, x.at(gosrc.Lit(row*g.RowPitch())).addr(), dy.addr(),
			g.weights(g.DW).at(gosrc.Lit(16*row*g.Window.Cols)).addr(), db, lit(n), lit(rows), lit(g.OutC),
			lit(mr*g.XCol), lit(g.XRow-n*mr*g.XCol), lit(g.RowPitch()), lit(g.X.Cp),
			lit(mr*g.DYCol), lit(g.DYRow-n*mr*g.DYCol), lit(g.DYCol), lit(g.DW.PanelFloats)))
		row += pass
	}
	return stmts
}
