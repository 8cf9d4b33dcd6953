package sched

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/target"
)

// winograd chooses the tiles by which a convolution with attributes a and the
// sizes of c is computed, with the time that choose predicts: 0 for direct
// convolution, and why that if there was a choice.
func winograd(a ir.ConvAttr, c target.Conv, choose func(target.Conv) target.Choice) (t target.Choice, why string) {
	if a.GroupCount() > 1 || a.KH != 3 || a.KW != 3 || a.SH != 1 || a.SW != 1 || a.DH != 1 || a.DW != 1 {
		return t, ""
	}
	if max(a.Pad.Top, a.Pad.Left, a.Pad.Bottom, a.Pad.Right) > 2 {
		return t, "padded by more than the kernel" // a negative padding in backward-data
	}
	if a.Exact {
		return t, "exact"
	}
	if t = choose(c); t.Tile == 0 {
		return t, t.Why()
	}
	return t, ""
}

// direct says in a call's comment why a convolution is not Winograd's.
func direct(why string) string {
	if why == "" {
		return ""
	}
	return "direct: " + why
}

// tile is the tile of a choice.
func tile(t target.Choice) plan.WinogradTile { return plan.WinogradTile(t.Tile) }

// conv3 is the size of a product from pixels of in channels to out.
func (y *layout) conv3(h, w, in, out int) target.Conv {
	return target.Conv{Images: y.images, Height: h, Width: w, In: runChannels(in, pad8(in)), Stored: pad8(in), Out: pad8(out), Few: out}
}

// winogradForward decides for forward convolution v.
func (y *layout) winogradForward(v *ir.Value) (m plan.WinogradTile, why string) {
	out := y.convOut(v)
	a, ok := v.Attr.(ir.ConvAttr)
	var pool *ir.PoolAttr
	if !ok {
		f := v.Attr.(ir.FusedConvAttr)
		a, pool = f.Conv, f.Pool
	}
	if x := v.Args[0]; y.root(x) == y.Input && y.forms[x].geom.c <= 4 {
		return 0, "" // its channels may not be padded
	}
	c := y.conv3(out.h, out.w, y.forms[v.Args[0]].geom.c, out.c)
	c.Pooled = pool != nil && pool.KH == 2 && pool.KW == 2 && pool.SH == 2 && pool.SW == 2
	t, why := winograd(a, c, target.Conv.Products)
	// A block of rows of tiles is pooled at a time.
	if pool != nil && t.Tile > 0 && t.Tile%pool.SH != 0 {
		return 0, "the stride of the pooling"
	}
	return tile(t), why
}

// winogradBackward decides for backward-data with attributes a of gradient dy to
// c channels.
func (y *layout) winogradBackward(a ir.ConvAttr, dy *ir.Value, c int) (m plan.WinogradTile, why string) {
	t, why := winograd(a, y.conv3(a.InH, a.InW, y.forms[dy].geom.c, c), target.Conv.Products)
	return tile(t), why
}

// winogradGrad decides for the gradient v of a kernel.
func (y *layout) winogradGrad(v *ir.Value) (t target.Choice, why string) {
	a, ok := v.Attr.(ir.ConvAttr)
	if !ok || v.Op != "conv2d_dw" {
		return t, ""
	}
	x, dy := y.forms[v.Args[0]].geom, y.forms[v.Args[1]].geom
	if y.root(v.Args[0]) == y.Input && x.c <= 4 {
		return t, ""
	}
	if dy.c%channels != 0 && !y.isGradient(v.Args[1]) {
		return t, "padding channels of an activation"
	}
	c := y.conv3(dy.h, dy.w, x.c, dy.c)
	c.In = x.c
	return winograd(a, c, target.Conv.Weights)
}

// winogradHalo is the border that tiles reach: their inputs begin pad pixels
// before the image, and the last tile is whole.
func winogradHalo(m plan.WinogradTile, top, left int, out, in geometry) halo {
	reach := func(out, pad, in int) int {
		return max(0, int(m)*m.Tiles(out)+2-pad-in)
	}
	return halo{top: top, left: left, bottom: reach(out.h, top, in.h), right: reach(out.w, left, in.w)}
}

// convHalo is the border that forward convolution v, or the gradient of its kernel,
// needs around its input.
func (y *layout) convHalo(v *ir.Value, a ir.ConvAttr) halo {
	h := forwardHalo(a, y.convOut(v))
	var m plan.WinogradTile
	if v.Op == "conv2d_dw" {
		t, _ := y.winogradGrad(v)
		m = tile(t)
	} else {
		m, _ = y.winogradForward(v)
	}
	if m > 0 {
		h = h.max(winogradHalo(m, a.Pad.Top, a.Pad.Left, y.convOut(v), geometry{a.InH, a.InW, 0}))
	}
	return h
}

// convDxHalo is the border that backward-data v needs around its dy.
func (y *layout) convDxHalo(v *ir.Value, a ir.ConvAttr) halo {
	dy := v.Args[0]
	h := backwardHalo(a, y.forms[dy].geom)
	if m, _ := y.winogradBackward(a, dy, v.Shape.Last()); m > 0 {
		h = h.max(winogradHalo(m, 2-a.Pad.Top, 2-a.Pad.Left, geometry{a.InH, a.InW, 0}, y.forms[dy].geom))
	}
	return h
}

// winogradConv plans forward convolution s by Winograd's algorithm with tiles of m.
func (b *builder) winogradConv(i int, s step, attr ir.FusedConvAttr, m plan.WinogradTile) {
	v := s.out
	a, x, out := attr.Conv, b.buf(v.Args[0]), b.convOut(v)
	c := &plan.Winograd{
		Info: b.productInfo(v, v.Args[1], convSuffix(s), pass(s)),
		X:    x, Bias: -1, ReLU: attr.Act.Func == "relu",
		WinogradBlock: plan.WinogradBlock{
			Tile: m, OutH: out.h, OutW: out.w, In: x.Cp, K: b.kernel(v.Args[1]).InPad, OutC: pad8(out.c),
			XOrigin: x.Origin() - a.Pad.Top*x.RowFloats() - a.Pad.Left*x.Cp,
		},
	}
	if attr.Bias {
		c.Bias = b.param(v.Args[2]).Offset
	}
	c.U, c.PlaneFloats = b.winogradKernel(v.Args[1], c, false)
	what := []string{convText(a) + " by " + m.String(), fusedText(attr)}
	if attr.Pool != nil {
		b.winogradPool(c, s, *attr.Pool, attr.MaskReLU)
		c.Comment = arrow(x, c.Pool.Y, what...)
	} else {
		c.Y, c.Add = b.sumOutput(i, s, attr.Add)
		c.Comment = arrow(x, c.Y, what...)
	}
	b.winogradBlocks(c)
	b.call(s.backward, c)
}

// winogradPool lets the transform of the outputs end in the pooling or, where it is
// not one of 2x2, routes c through a strip, as convPool does.
func (b *builder) winogradPool(c *plan.Winograd, s step, p ir.PoolAttr, maskReLU bool) {
	y := b.output(s)
	c.OutH, c.OutW = (y.H-1)*p.SH+p.KH, (y.W-1)*p.SW+p.KW
	c.Pool = &plan.MaxPool{
		Info: b.info(s.out, goName(s.out.Layer), "forward"),
		Y:    y, Mask: b.mask(s, y, p.KH, p.KW),
		KH: p.KH, KW: p.KW, SH: p.SH, SW: p.SW,
	}
	c.Pool.FLOPs = 0
	if c.ReLU && (c.Pool.Mask == nil || maskReLU) {
		c.ReLU, c.Pool.ReLU = false, true
	}
	if p.KH == 2 && p.KW == 2 && p.SH == 2 && p.SW == 2 && !c.ReLU {
		c.Y = y
		return
	}
	c.Y = b.scratch(c.Name+"Strip", 1, c.OutW, c.OutC)
	c.Pool.X = c.Y
}

// winogradDx plans backward-data of attributes a by Winograd's algorithm: the
// forward one on dy, with the kernel rotated.
func (b *builder) winogradDx(i int, s step, a ir.ConvAttr, m plan.WinogradTile) {
	v := s.dataProduct()
	dy := b.buf(v.Args[0])
	dx, add, mask := b.dataOutput(i, s, true)
	c := &plan.Winograd{
		Info: b.productInfo(v, v.Args[1], "Dx", "backward-data"),
		X:    dy, Y: dx, Add: add, Mask: mask, Bias: -1,
		WinogradBlock: plan.WinogradBlock{
			Tile: m, OutH: a.InH, OutW: a.InW, In: dy.Cp, K: runChannels(dy.C, dy.Cp), OutC: dx.Cp,
			XOrigin: dy.Origin() - (2-a.Pad.Top)*dy.RowFloats() - (2-a.Pad.Left)*dy.Cp,
		},
	}
	c.FLOPs = op.FLOPs(v)
	c.U, c.PlaneFloats = b.winogradKernel(v.Args[1], c, true)
	c.Comment = arrow(dy, dx, convText(a)+" by "+m.String(), addText(add), maskText(mask))
	b.winogradBlocks(c)
	b.call(s.backward, c)
}

// winogradBlocks cuts c into blocks, once the micro-batch is known, and gives it
// memory for their planes.
func (b *builder) winogradBlocks(c *plan.Winograd) {
	b.winogradScratch(c.Name, &c.WinogradBlock, c.Floats)
	b.blocks = append(b.blocks, func(micro int) {
		if c.Pool != nil && !c.PoolsTiles() {
			c.Y.H = min(c.OutH, int(c.Tile)*c.Rows)
			c.Pool.X.H = c.Y.H
			c.Y.ImageFloats = pad16(c.Y.H * c.Y.RowFloats())
		}
	})
}

// winogradScratch cuts tiles into blocks, once the micro-batch is known, and makes
// the memory for their planes, of which floats tells the size.
func (b *builder) winogradScratch(name string, c *plan.WinogradBlock, floats func() int) {
	c.Scratch = b.scratch(name+"Planes", 1, 1, 16)
	b.blocks = append(b.blocks, func(micro int) {
		c.Rows, c.Images = target.WinogradBlock(micro, c.Tile.Tiles(c.OutH), c.Tile.Tiles(c.OutW), int(c.Tile))
		c.Scratch.ImageFloats = pad16(floats())
		c.Scratch.W = c.Scratch.ImageFloats / c.Scratch.Cp
	})
}

// winogradDw plans the gradients of a kernel and its bias by Winograd's algorithm.
func (b *builder) winogradDw(s step, t target.Choice) error {
	v, m := s.out, tile(t)
	a := v.Attr.(ir.ConvAttr)
	p, err := b.gradOf(v)
	if err != nil {
		return err
	}
	x, dy := b.buf(v.Args[0]), b.buf(v.Args[1])
	c := &plan.WinogradGrad{
		Info: b.info(v, goName(v.Layer)+"Dw", pass(s)),
		X:    x, DY: dy, InPad: p.Packing.InPad, DB: -1, Outputs: dy.Cp,
		DW: plan.Weights{Space: plan.Grads, Offset: p.Offset, PanelFloats: p.Packing.PanelFloats()},
		WinogradBlock: plan.WinogradBlock{
			Tile: m, OutH: dy.H, OutW: dy.W, In: x.Cp, K: p.Packing.In, OutC: t.Group,
			XOrigin: x.Origin() - a.Pad.Top*x.RowFloats() - a.Pad.Left*x.Cp,
		},
	}
	what := "kernel"
	if s.bias != nil {
		bias, err := b.gradOf(s.bias)
		if err != nil {
			return err
		}
		c.DB = bias.Offset
		what += " and bias"
	}
	c.Comment = fmt.Sprintf("%s x %s -> %s, %s by %s", size(x), size(dy), what, convText(a), m)
	b.winogradScratch(c.Name, &c.WinogradBlock, c.ScratchFloats)
	b.blocks = append(b.blocks, func(micro int) {
		c.Runs = chunk(cut(c.K), int(callFLOPs)/(2*target.MaxMR*kernelLanes*c.Tiles()))
	})
	b.call(true, c)
	return nil
}

// needTiles demands the border that the gradient v of a kernel needs around its
// dy: whole tiles.
func (y *layout) needTiles(v *ir.Value) {
	t, _ := y.winogradGrad(v)
	if t.Tile == 0 {
		return
	}
	m, g := tile(t), y.forms[v.Args[1]].geom
	rest := func(n int) int { return int(m)*m.Tiles(n) - n }
	y.need(v.Args[1], halo{bottom: rest(g.h), right: rest(g.w)})
}

// winogradKernel reserves derived weights for the kernel w, transformed for c, or
// finds those that are there.
func (b *builder) winogradKernel(w *ir.Value, c *plan.Winograd, rotated bool) (u plan.Weights, plane int) {
	p, fold := b.param(w), b.foldOf(w)
	u = plan.Weights{Space: plan.Derived, PanelFloats: 16 * c.K}
	for _, have := range b.derive {
		if k, ok := have.(*plan.WinogradKernel); ok && k.From == p.Offset && k.Rotated == rotated && k.Tile == c.Tile && k.Ins == c.K && k.Fold == fold {
			u.Offset = k.To
			return u, k.PlaneFloats()
		}
	}
	k := &plan.WinogradKernel{
		Info: plan.Info{Name: unique(b.callNames, c.Name+"Weights"), Layer: w.Layer, Pass: "update", Line: w.Pos.Line},
		Tile: c.Tile, From: p.Offset, Packing: p.Packing, To: b.derivedFloats, Ins: c.K, Rotated: rotated, Fold: fold,
	}
	k.Bytes = 4 * int64(p.Packing.Floats()+k.Floats())
	k.Comment = fmt.Sprintf("%s for %s, %d planes", p.Name, k.Tile, k.Tile.Planes())
	b.derivedFloats += k.Floats()
	b.derive = append(b.derive, k)
	u.Offset = k.To
	return u, k.PlaneFloats()
}
