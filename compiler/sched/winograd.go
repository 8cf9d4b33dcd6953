package sched

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/target"
)

// winograd reports whether a convolution with attributes a, or its gradient, from
// in to out channels and outputs of h x w pixels is computed by Winograd's
// algorithm, and why not if it could.
func winograd(a ir.ConvAttr, h, w, in, out int) (ok bool, why string) {
	if a.KH != 3 || a.KW != 3 || a.SH != 1 || a.SW != 1 || a.DH != 1 || a.DW != 1 {
		return false, ""
	}
	if max(a.Pad.Top, a.Pad.Left, a.Pad.Bottom, a.Pad.Right) > 2 {
		return false, "padded by more than the kernel" // a negative padding in backward-data
	}
	if a.Exact {
		return false, "exact"
	}
	return target.Winograd(h, w, in, out)
}

// direct says in a call's comment why a convolution is not Winograd's.
func direct(_ bool, why string) string {
	if why == "" {
		return ""
	}
	return "direct: " + why
}

// winogradForward decides for forward convolution v, and for the copy of its
// input that its gradients read.
func (y *layout) winogradForward(v *ir.Value) (ok bool, why string) {
	out := y.convOut(v)
	a, ok := v.Attr.(ir.ConvAttr)
	if !ok {
		f := v.Attr.(ir.FusedConvAttr)
		a = f.Conv
		// A block of rows of tiles is pooled at a time.
		if p := f.Pool; p != nil && plan.WinogradTile%p.SH != 0 {
			return false, "the stride of the pooling"
		}
	}
	return winograd(a, out.h, out.w, y.forms[v.Args[0]].geom.c, out.c)
}

// winogradBackward decides for backward-data with attributes a of gradient dy to
// c channels.
func (y *layout) winogradBackward(a ir.ConvAttr, dy *ir.Value, c int) (ok bool, why string) {
	return winograd(a, a.InH, a.InW, y.forms[dy].geom.c, c)
}

// winogradHalo is the border that tiles reach: their inputs begin pad pixels
// before the image, and the last tile is whole.
func winogradHalo(top, left int, out, in geometry) halo {
	reach := func(out, pad, in int) int {
		return max(0, plan.WinogradTile*plan.WinogradTiles(out)+2-pad-in)
	}
	return halo{top: top, left: left, bottom: reach(out.h, top, in.h), right: reach(out.w, left, in.w)}
}

// convHalo is the border that forward convolution v needs around its input.
func (y *layout) convHalo(v *ir.Value, a ir.ConvAttr) halo {
	h := forwardHalo(a, y.convOut(v))
	if ok, _ := y.winogradForward(v); ok {
		h = h.max(winogradHalo(a.Pad.Top, a.Pad.Left, y.convOut(v), geometry{a.InH, a.InW, 0}))
	}
	return h
}

// convDxHalo is the border that backward-data v needs around its dy.
func (y *layout) convDxHalo(v *ir.Value, a ir.ConvAttr) halo {
	dy := v.Args[0]
	h := backwardHalo(a, y.forms[dy].geom)
	if ok, _ := y.winogradBackward(a, dy, v.Shape.Last()); ok {
		h = h.max(winogradHalo(2-a.Pad.Top, 2-a.Pad.Left, geometry{a.InH, a.InW, 0}, y.forms[dy].geom))
	}
	return h
}

// winogradConv plans forward convolution s by Winograd's algorithm.
func (b *builder) winogradConv(i int, s step, attr ir.FusedConvAttr) {
	v := s.out
	a, x, out := attr.Conv, b.buf(v.Args[0]), b.convOut(v)
	c := &plan.Winograd{
		Info: b.productInfo(v, v.Args[1], "", "forward"),
		X:    x, Bias: -1, ReLU: attr.Act.Func == "relu",
		WinogradBlock: plan.WinogradBlock{
			OutH: out.h, OutW: out.w, In: x.Cp, OutC: out.c,
			XOrigin: x.Origin() - a.Pad.Top*x.RowFloats() - a.Pad.Left*x.Cp,
		},
	}
	if attr.Bias {
		c.Bias = b.param(v.Args[2]).Offset
	}
	c.U, c.PlaneFloats = b.winogradKernel(v.Args[1], c.Name, false)
	what := []string{convText(a), fusedText(attr)}
	if attr.Pool != nil {
		b.winogradPool(c, s, *attr.Pool, attr.MaskReLU)
		c.Comment = arrow(x, c.Pool.Y, what...)
	} else {
		c.Y, c.Add = b.sumOutput(i, s, attr.Add)
		c.Comment = arrow(x, c.Y, what...)
	}
	b.winogradBlocks(c)
	b.call(false, c)
}

// winogradPool routes c through a strip into its pooling, as convPool does.
func (b *builder) winogradPool(c *plan.Winograd, s step, p ir.PoolAttr, maskReLU bool) {
	y := b.output(s)
	c.OutH, c.OutW = (y.H-1)*p.SH+p.KH, (y.W-1)*p.SW+p.KW
	c.Y = b.scratch(c.Name+"Strip", 1, c.OutW, c.OutC)
	c.Pool = &plan.MaxPool{
		Info: b.info(s.out, goName(s.out.Layer), "forward"),
		X:    c.Y, Y: y, Mask: b.mask(s, y, p.KH, p.KW),
		KH: p.KH, KW: p.KW, SH: p.SH, SW: p.SW,
	}
	c.Pool.FLOPs = 0
	if c.ReLU && (c.Pool.Mask == nil || maskReLU) {
		c.ReLU, c.Pool.ReLU = false, true
	}
}

// winogradDx plans backward-data of attributes a by Winograd's algorithm: the
// forward one on dy, with the kernel rotated.
func (b *builder) winogradDx(i int, s step, a ir.ConvAttr) {
	v := s.dataProduct()
	dy := b.buf(v.Args[0])
	dx, add, mask := b.dataOutput(i, s, true)
	c := &plan.Winograd{
		Info: b.productInfo(v, v.Args[1], "Dx", "backward-data"),
		X:    dy, Y: dx, Add: add, Mask: mask, Bias: -1,
		WinogradBlock: plan.WinogradBlock{
			OutH: a.InH, OutW: a.InW, In: dy.Cp, OutC: dx.Cp,
			XOrigin: dy.Origin() - (2-a.Pad.Top)*dy.RowFloats() - (2-a.Pad.Left)*dy.Cp,
		},
	}
	c.FLOPs = op.FLOPs(v)
	c.U, c.PlaneFloats = b.winogradKernel(v.Args[1], c.Name, true)
	c.Comment = arrow(dy, dx, convText(a), addText(add), maskText(mask))
	b.winogradBlocks(c)
	b.call(true, c)
}

// winogradBlocks cuts c into blocks, once the micro-batch is known, and gives it
// memory for their planes.
func (b *builder) winogradBlocks(c *plan.Winograd) {
	b.winogradScratch(c.Name, &c.WinogradBlock, c.Floats)
	b.blocks = append(b.blocks, func(micro int) {
		if c.Pool != nil {
			c.Y.H = min(c.OutH, plan.WinogradTile*c.Rows)
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
		c.Rows, c.Images = target.WinogradBlock(micro, plan.WinogradTiles(c.OutH), plan.WinogradTiles(c.OutW))
		c.Scratch.ImageFloats = pad16(floats())
		c.Scratch.W = c.Scratch.ImageFloats / c.Scratch.Cp
	})
}

// winogradDw plans the gradients of a kernel by Winograd's algorithm, and of its
// bias by a call of its own.
func (b *builder) winogradDw(s step) error {
	v := s.out
	a := v.Attr.(ir.ConvAttr)
	p, err := b.gradOf(v)
	if err != nil {
		return err
	}
	x, dy := b.buf(v.Args[0]), b.buf(v.Args[1])
	c := &plan.WinogradGrad{
		Info: b.info(v, goName(v.Layer)+"Dw", pass(s)),
		X:    x, DY: dy,
		DW: plan.Weights{Space: plan.Grads, Offset: p.Offset, PanelFloats: p.Packing.PanelFloats()},
		WinogradBlock: plan.WinogradBlock{
			OutH: dy.H, OutW: dy.W, In: x.Cp, OutC: dy.Cp,
			XOrigin: x.Origin() - a.Pad.Top*x.RowFloats() - a.Pad.Left*x.Cp,
		},
	}
	c.Comment = fmt.Sprintf("%s x %s -> kernel, %s", size(x), size(dy), convText(a))
	b.winogradScratch(c.Name, &c.WinogradBlock, c.ScratchFloats)
	b.blocks = append(b.blocks, func(micro int) {
		c.Runs = chunk(cut(c.In), int(callFLOPs)/(2*target.MaxMR*kernelLanes*c.Tiles()))
	})
	b.call(true, c)
	if s.bias == nil {
		return nil
	}
	return b.weightGrad(step{out: s.bias, bias: s.bias, backward: true})
}

// winogradGrad decides for the gradient v of a kernel.
func (y *layout) winogradGrad(v *ir.Value) bool {
	a, ok := v.Attr.(ir.ConvAttr)
	if !ok || v.Op != "conv2d_dw" {
		return false
	}
	x, dy := y.forms[v.Args[0]].geom, y.forms[v.Args[1]].geom
	ok, _ = winograd(a, dy.h, dy.w, x.c, dy.c)
	return ok && target.WinogradGrad(dy.h, dy.w, x.c, dy.c)
}

// needTiles demands the border that the gradient v of a kernel needs around its
// dy: whole tiles.
func (y *layout) needTiles(v *ir.Value) {
	if !y.winogradGrad(v) {
		return
	}
	g := y.forms[v.Args[1]].geom
	rest := func(n int) int { return plan.WinogradTile*plan.WinogradTiles(n) - n }
	y.need(v.Args[1], halo{bottom: rest(g.h), right: rest(g.w)})
}

// winogradFloats is the memory that planes and strips of calls take: unlike that
// of activations it does not grow with the micro-batch.
func winogradFloats(calls []plan.Call) int {
	n := 0
	for _, c := range calls {
		switch c := c.(type) {
		case *plan.Winograd:
			n = max(n, c.Scratch.ImageFloats)
		case *plan.WinogradGrad:
			n = max(n, c.Scratch.ImageFloats)
		}
	}
	return n
}

// winogradKernel reserves derived weights for the transformed kernel w, or finds
// those that are there.
func (b *builder) winogradKernel(w *ir.Value, name string, rotated bool) (u plan.Weights, plane int) {
	p := b.param(w)
	in, out := p.Packing.In, p.Packing.Out
	if rotated {
		in, out = out, in
	}
	u = plan.Weights{Space: plan.Derived, PanelFloats: 16 * in}
	for _, c := range b.derive {
		if k, ok := c.(*plan.WinogradKernel); ok && k.From == p.Offset && k.Rotated == rotated {
			u.Offset = k.To
			return u, in * out
		}
	}
	k := &plan.WinogradKernel{
		Info: plan.Info{Name: name + "Weights", Layer: w.Layer, Pass: "update", Line: w.Pos.Line},
		From: p.Offset, Packing: p.Packing, To: b.derivedFloats, Rotated: rotated,
	}
	k.Bytes = 4 * int64(p.Packing.Floats()+k.Floats())
	k.Comment = fmt.Sprintf("%s, %d planes", p.Name, plan.WinogradPlanes)
	b.derivedFloats += k.Floats()
	b.derive = append(b.derive, k)
	u.Offset = k.To
	return u, in * out
}
