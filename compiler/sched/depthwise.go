package sched

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/target"
)

// slide lets a depthwise product slide along the rows, if the columns of its kernel
// are neighbours.
func slide(c *plan.IGEMM) {
	if c.Narrow == 1 {
		slideNarrow(c)
		return
	}
	if !c.Groups.Depthwise() || c.Pool != nil || c.XCol != c.X.Cp && c.XCol != 2*c.X.Cp {
		return
	}
	w := plan.Window{Cols: 1, Step: c.XCol / c.X.Cp}
	for w.Cols < len(c.Seg) && c.Seg[w.Cols] == c.Seg[0]+w.Cols*c.X.Cp {
		w.Cols++
	}
	if len(c.Seg)%w.Cols != 0 {
		return
	}
	for i, s := range c.Seg {
		if s != c.Seg[0]+i/w.Cols*(c.Seg[min(w.Cols, len(c.Seg)-1)]-c.Seg[0])+i%w.Cols*c.X.Cp {
			return
		}
	}
	w.Tiles = tiles(target.SplitRow(c.OutW, len(c.Seg)/w.Cols, w.Cols, w.Step, 4*c.X.Cp))
	slideBy(c, w, c.OutC*len(c.Seg), c.OutH)
}

// slideBy gives product c the window w, if that has tiles, in groups of at most limit
// rows. A pixel takes products products.
func slideBy(c *plan.IGEMM, w plan.Window, products, limit int) {
	if w.Tiles == nil {
		return
	}
	// Called once for each row group and tile.
	rows := min(limit, max(1, int(callFLOPs)/(2*w.Tiles[0].MR*products)))
	groups := (c.OutH + rows - 1) / rows
	c.Window, c.Tiles = w, plan.TilePlan{Rows: (c.OutH + groups - 1) / groups}
}

// slideGrad lets the weight gradient of a depthwise convolution slide along the rows,
// if the columns of the kernel, kw of them, are neighbours.
func slideGrad(c *plan.WGrad, a ir.ConvAttr) {
	if !c.Groups.Depthwise() || a.DW != 1 || c.XCol != c.X.Cp && c.XCol != 2*c.X.Cp {
		return
	}
	step := c.XCol / c.X.Cp
	t := target.DepthwiseGradTiles(c.OutH, c.OutW, a.KH, a.KW, step, 4*max(c.X.Cp, c.DY.Cp), c.DB >= 0)
	if t.Passes == nil {
		return
	}
	c.Window = plan.GradWindow{Cols: a.KW, Step: step, Passes: t.Passes, Across: t.Across}
	c.Window.Tiles = tiles(t.Tiles)
	c.Rows, c.Images = t.Rows, 1
}
