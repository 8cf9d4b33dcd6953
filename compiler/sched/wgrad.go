package sched

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/target"
)

// weightGrad plans the gradients of a kernel and its bias, or of either alone.
func (b *builder) weightGrad(s step) error {
	v := s.out
	choice, why := b.winogradGrad(v)
	if choice.Tile > 0 {
		return b.winogradDw(s, choice)
	}
	name := goName(v.Layer) + "Dw"
	if v.Op == "bias_grad" {
		name = goName(v.Layer) + "Db"
	}
	c := &plan.WGrad{Info: b.info(v, name, pass(s)), DB: -1}
	if s.bias != nil {
		p, err := b.gradOf(s.bias)
		if err != nil {
			return err
		}
		c.DB = p.Offset
	}
	dy := b.buf(v.Args[len(v.Args)-1])
	c.DY, c.X = dy, dy
	c.OutH, c.OutW, c.OutC = dy.H, dy.W, dy.Cp
	c.DYOrigin, c.DYRow, c.DYCol = dy.Origin(), dy.RowFloats(), dy.Cp
	what := "bias"
	if v.Op != "bias_grad" {
		p, err := b.gradOf(v)
		if err != nil {
			return err
		}
		pk, x := p.Packing, b.buf(v.Args[0])
		c.X = x
		c.DW = plan.Weights{Space: plan.Grads, Offset: p.Offset, PanelFloats: pk.PanelFloats()}
		c.In, c.InPad = pk.In, pk.InPad
		if !b.isGradient(v.Args[1]) {
			c.Clean = dy.C
		}
		what = "kernel"
		if c.DB >= 0 {
			what += " and bias"
		}
		if a, ok := v.Attr.(ir.ConvAttr); ok {
			c.Groups = groups(a, x.C, dy.C)
			if c.Groups.Shared() {
				c.In, c.InPad = c.Groups.Span(), c.Groups.Span()
				c.Sums = b.scratch(name+"Sums", 1, 1, 16)
			}
			if t := c.Groups.String(); t != "" {
				what += ", " + t
			}
			c.Taps = convTaps(a, x)
			c.XOrigin = x.Origin() - a.Pad.Top*x.RowFloats() - a.Pad.Left*x.Cp
			c.XRow, c.XCol = a.SH*x.RowFloats(), a.SW*x.Cp
			what += ", " + convText(a)
			slideGrad(c, a)
		} else {
			c.XOrigin = x.Origin()
			for y := range x.H {
				for col := range x.W {
					c.Taps = append(c.Taps, y*x.RowFloats()+col*x.Cp)
				}
			}
		}
	}
	if v.Op != "bias_grad" && b.narrowGrad(c, v.Args[0], dy.C) {
		c.Narrow, c.Clean, c.Sums = dy.C, 0, b.scratch(name+"Sums", 1, 1, 16)
		what += ", " + narrowText(c.Narrow)
	}
	if c.Sums != nil {
		c.Sums.W = (c.SumFloats() + 15) / 16
		c.Sums.ImageFloats = c.SumFloats()
	}
	c.AcrossImages = c.OutH == 1 && c.OutW == 1
	switch {
	case c.Window.On():
	case c.Narrow > 0:
		b.blocks = append(b.blocks, func(micro int) { narrowGradBlocks(c, micro) })
	default:
		panel := b.scratch(c.Name+"Panel", 1, 1, 2*kernelLanes)
		b.blocks = append(b.blocks, func(micro int) { gradBlocks(c, panel, micro) })
	}
	if d := direct(why); d != "" {
		what += ", " + d
	}
	c.Comment = fmt.Sprintf("%s x %s -> %s", size(c.X), size(dy), what)
	b.call(true, c)
	return nil
}

// gradBlocks cuts the sum over examples and pixels into blocks, by the target's
// rule, once the micro-batch is known. Accumulators start at zero for each,
// which keeps the error of long sums small. A dense layer's sum is as long as
// the micro-batch: one block.
func gradBlocks(c *plan.WGrad, scratch *plan.Buffer, micro int) {
	k := len(c.Taps) * c.In
	dyCol := c.DYCol
	if c.AcrossImages {
		dyCol = c.DY.ImageFloats
	}
	w := target.WGradBlock(micro, c.OutH, c.OutW, max(1, k), dyCol, kernelLanes)
	c.Rows, c.Images, c.Pack = w.Rows, w.Images, w.Pack && k > 0
	if c.AcrossImages {
		c.Images = micro
	}
	scratch.W = c.Images * c.Rows * c.OutW
	scratch.ImageFloats = pad16(scratch.W * scratch.Cp)
	c.Scratch = nil
	if c.Pack {
		c.Scratch = scratch
	}
	tiles := cut(k)
	if c.Groups.Depthwise() {
		tiles = even(k)
	}
	c.Tiles = chunk(tiles, w.TilesPerCall)
	if c.FuseBias = c.DB >= 0 && !c.Groups.On() && !c.Pack && k > 0 && k < fuseBiasK && c.OutC >= kernelLanes; c.FuseBias {
		first := min(k, 5)
		c.Tiles = append([]plan.Tiles{{MR: first, N: 1}}, chunk(cut(k-first), w.TilesPerCall)...)
	}
}

// gradOf is the parameter that v is (part of) the gradient of.
func (b *builder) gradOf(v *ir.Value) (plan.Param, error) {
	i, ok := b.target[v]
	if !ok {
		return plan.Param{}, internal(v, "it is the gradient of no parameter")
	}
	return b.params[i], nil
}
