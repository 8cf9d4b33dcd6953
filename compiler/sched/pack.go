package sched

import (
	"fmt"
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
)

// packings returns how each parameter of the graph lies in panels. Kernels
// follow the layout of the images they are applied to.
func (y *layout) packings() ([]plan.Packing, error) {
	ps := make([]plan.Packing, len(y.Params))
	readers := y.readers()
	for i, p := range y.Params {
		s := p.Value.Shape
		switch len(s) {
		case 1:
			ps[i] = plan.Packing{Taps: 1, In: 1, InPad: 1, Out: s[0]}
			continue
		case 3: // slopes of a prelu
			ps[i] = plan.Packing{Taps: s[0] * s[1], In: 1, InPad: 1, Out: s[2]}
			continue
		case 2, 4:
		default:
			return nil, internal(p.Value, "parameter of shape %s", s)
		}
		if pk, ok := y.convPacking(p.Value); ok {
			ps[i] = pk
			continue
		}
		x := readers[p.Value]
		if x == nil {
			// Nothing reads it: a plain packing keeps its place.
			ps[i] = plan.Packing{Taps: s.Size() / (s[len(s)-1] * s[len(s)-2]), In: s[len(s)-2], InPad: pad8(s[len(s)-2]), Out: s[len(s)-1]}
			continue
		}
		g := y.forms[x].geom
		pk := plan.Packing{Taps: g.h * g.w, In: g.c, InPad: y.cp(x), Out: s[len(s)-1]}
		if len(s) == 4 {
			pk.Taps = s[0] * s[1]
			pk.InPad = runChannels(g.c, pk.InPad)
		}
		if pk.Taps*pk.In*pk.Out != s.Size() {
			return nil, internal(p.Value, "shape %s does not fit the input %s", s, g)
		}
		ps[i] = pk
	}
	return ps, nil
}

// convPacking is the packing of a kernel w that depends on its layer alone: of a
// convolution in groups, of which each panel row is one input channel of a group,
// or of a transposed one, which inference reads through derived weights.
func (y *layout) convPacking(w *ir.Value) (plan.Packing, bool) {
	s := w.Shape
	for _, v := range y.Values {
		if len(v.Args) < 2 || trained(v.Args[1]) != w {
			continue
		}
		switch v.Op {
		case "conv2d", "conv2d_fused", "deconv2d", "deconv2d_fused":
		default:
			continue
		}
		a := convAttr(v)
		switch {
		case a.Multiplier > 0:
			return plan.Packing{Taps: s[0] * s[1], In: 1, InPad: 1, Out: s[2] * s[3]}, true
		case a.GroupCount() > 1:
			return plan.Packing{Taps: s[0] * s[1], In: s[2], InPad: s[2], Out: s[3]}, true
		case v.Op == "deconv2d" || v.Op == "deconv2d_fused":
			return plan.Packing{Taps: s[0] * s[1], In: s[2], InPad: runChannels(s[2], pad8(s[2])), Out: s[3]}, true
		}
	}
	return plan.Packing{}, false
}

// segmentCost is what beginning another run of inputs costs a kernel, in k steps.
const segmentCost = 1

// runChannels is how many channels of a pixel a convolution reads, of c in cp:
// all of them, so that the pixels of a kernel row make one run, unless so many
// are padding that a run for each pixel is shorter work.
func runChannels(c, cp int) int {
	if c+segmentCost < cp {
		return c
	}
	return cp
}

// trained is the parameter behind kernel w, which may be folded.
func trained(w *ir.Value) *ir.Value {
	if w.Op == "folded_kernel" {
		return w.Args[0]
	}
	return w
}

// readers maps each kernel to the x that a forward operation multiplies by it.
func (y *layout) readers() map[*ir.Value]*ir.Value {
	x := map[*ir.Value]*ir.Value{}
	for _, v := range y.Values {
		switch v.Op {
		case "conv2d", "conv2d_fused", "dense", "dense_fused":
			w := trained(v.Args[1])
			if x[w] == nil {
				x[w] = v.Args[0]
			}
		}
	}
	return x
}

// params lays the parameters out in one vector, in the order of the model file,
// each on a cache line of its own.
func params(g *ir.Graph, packings []plan.Packing) (ps []plan.Param, floats int) {
	for i, p := range g.Params {
		ps = append(ps, plan.Param{
			Name: p.Value.Name, Shape: slices.Clone(p.Value.Shape), Offset: floats, Packing: packings[i],
			Init: p.Init, FanIn: p.FanIn, FanOut: p.FanOut, L1: p.L1, L2: p.L2, Frozen: p.Frozen,
			Constraint: p.Constraint,
		})
		floats += pad16(packings[i].Floats())
	}
	return ps, floats
}

// sameParams checks that two graphs of one model have the same parameters.
func sameParams(a, b *ir.Graph) error {
	if len(a.Params) != len(b.Params) {
		return fmt.Errorf("internal error: schedule: %d parameters in inference, %d in training", len(a.Params), len(b.Params))
	}
	for i, p := range a.Params {
		if q := b.Params[i]; p.Value.Name != q.Value.Name || !p.Value.Shape.Equal(q.Value.Shape) {
			return fmt.Errorf("internal error: schedule: parameter %d is %s in inference, %s in training", i, p.Value.Name, q.Value.Name)
		}
	}
	return nil
}
