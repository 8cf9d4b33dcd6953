package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// maxpool2d is the maximum of each window; cells of the padding are never
// chosen (spec: layers, pooling).
var maxpool2dDef = Def{
	Name: "maxpool2d", Args: []string{"x"}, Attr: ir.PoolAttr{},
	Doc:   "maximum of each window of an image",
	Infer: inferPool2d,
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		a := v.Attr.(ir.PoolAttr)
		mask := b.Suffixed("maxpool2d_mask", "mask", ir.PoolMaskAttr{Pool: a}, v.Args[0])
		return []*ir.Value{b.Suffixed("maxpool2d_dx", "dx", a, dy, mask)}
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		x := args[0]
		eachMax(v.Attr.(ir.PoolAttr), env.N, v.Shape, x, func(yi, _, xi int) { out[yi] = x[xi] })
	},
}

// maxpool2d_mask holds for each output which cell of the window won: its number
// in row-major order, i*KW + j, counted with the cells that lie in the padding,
// or -1 for none. On ties the first cell wins.
var maxpool2dMaskDef = Def{
	Name: "maxpool2d_mask", Args: []string{"x"}, Attr: ir.PoolMaskAttr{},
	Doc: "which cell of each window is the maximum",
	Infer: func(v *ir.Value) (ir.Type, error) {
		t, err := inferPool(v.Attr.(ir.PoolMaskAttr).Pool, v.Args[0])
		t.DType = ir.Mask
		return t, err
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		a, x := v.Attr.(ir.PoolMaskAttr), args[0]
		eachMax(a.Pool, env.N, v.Shape, x, func(yi, cell, xi int) {
			out[yi] = float64(cell)
			if a.ReLU && !(x[xi] > 0) {
				out[yi] = -1
			}
		})
	},
}

var maxpool2dDxDef = Def{
	Name: "maxpool2d_dx", Args: []string{"dy", "mask"}, Attr: ir.PoolAttr{},
	Doc: "gradient of maxpool2d: dy goes to the winning cells, overlapping windows add",
	Infer: func(v *ir.Value) (ir.Type, error) {
		a, dy, mask := v.Attr.(ir.PoolAttr), v.Args[0], v.Args[1]
		if mask.DType != ir.Mask || !mask.Batched || !mask.Shape.Equal(dy.Shape) {
			return ir.Type{}, fmt.Errorf("operand %s is a %s, want a mask of %s", mask.Name, mask.Type(), dy.Type())
		}
		return inferPoolDx(a, dy)
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		a, dy, mask := v.Attr.(ir.PoolAttr), args[0], args[1]
		eachWindow(a, env.N, v.Args[0].Shape, func(yi int, at func(cell int) int) {
			if cell := int(mask[yi]); cell >= 0 {
				out[at(cell)] += dy[yi]
			}
		})
	},
}

// eachMax calls f for every output with its index, the window cell of its first
// maximum and the index of that cell in x.
func eachMax(a ir.PoolAttr, n int, y ir.Shape, x []float64, f func(yi, cell, xi int)) {
	eachWindow(a, n, y, func(yi int, at func(cell int) int) {
		best, bestXi := -1, -1
		for cell := range a.KH * a.KW {
			if xi := at(cell); xi >= 0 && (best < 0 || x[xi] > x[bestXi]) {
				best, bestXi = cell, xi
			}
		}
		f(yi, best, bestXi)
	})
}

// eachWindow calls f for every element of a pooling's output, of shape y, with
// its index and a function that turns the number of a window cell into the index
// of the input element, or -1 where the cell lies in the padding.
func eachWindow(a ir.PoolAttr, n int, y ir.Shape, f func(yi int, at func(cell int) int)) {
	outH, outW, channels := y[0], y[1], y[2]
	yi := 0
	for i := range n {
		for oy := range outH {
			for ox := range outW {
				for c := range channels {
					f(yi, func(cell int) int {
						iy := oy*a.SH - a.Pad.Top + cell/a.KW
						ix := ox*a.SW - a.Pad.Left + cell%a.KW
						if iy < 0 || iy >= a.InH || ix < 0 || ix >= a.InW {
							return -1
						}
						return ((i*a.InH+iy)*a.InW+ix)*channels + c
					})
					yi++
				}
			}
		}
	}
}

func inferPool2d(v *ir.Value) (ir.Type, error) {
	return inferPool(v.Attr.(ir.PoolAttr), v.Args[0])
}

func inferPool(a ir.PoolAttr, x *ir.Value) (ir.Type, error) {
	h, w, c, err := image(x)
	if err != nil {
		return ir.Type{}, err
	}
	if h != a.InH || w != a.InW {
		return ir.Type{}, fmt.Errorf("operand %s is %s, the attribute says %dx%d", x.Name, x.Shape, a.InH, a.InW)
	}
	oh, ow, err := PoolOut(a)
	if err != nil {
		return ir.Type{}, err
	}
	return f32(oh, ow, c), nil
}

// inferPoolDx is the type of a pooling's gradient: that of its input.
func inferPoolDx(a ir.PoolAttr, dy *ir.Value) (ir.Type, error) {
	h, w, c, err := image(dy)
	if err != nil {
		return ir.Type{}, err
	}
	oh, ow, err := PoolOut(a)
	if err != nil {
		return ir.Type{}, err
	}
	if h != oh || w != ow {
		return ir.Type{}, fmt.Errorf("operand %s is %s, the pooling gives %dx%d", dy.Name, dy.Shape, oh, ow)
	}
	return f32(a.InH, a.InW, c), nil
}
