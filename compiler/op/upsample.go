package op

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// upsample makes every pixel SH x SW pixels: copies of it or, bilinear, weighted
// means of the neighbours by the distance of centres, clamped at the edges
// (spec: layers, UpSampling2D).
var upsampleDef = Def{
	Name: "upsample", Args: []string{"x"}, Attr: ir.UpsampleAttr{},
	Doc: "a larger image by repetition or interpolation",
	Infer: func(v *ir.Value) (ir.Type, error) {
		h, w, c, err := image(v.Args[0])
		a := v.Attr.(ir.UpsampleAttr)
		if err == nil && (a.SH < 1 || a.SW < 1) {
			err = fmt.Errorf("a size of %s", a)
		}
		return f32(h*a.SH, w*a.SW, c), err
	},
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Suffixed("upsample_dx", "dx", v.Attr, dy)}
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		upsample(env.N, v.Args[0].Shape, v.Attr.(ir.UpsampleAttr), func(small, large int, weight float64) {
			out[large] += weight * args[0][small]
		})
	},
}

var upsampleDxDef = Def{
	Name: "upsample_dx", Args: []string{"dy"}, Attr: ir.UpsampleAttr{},
	Doc: "gradient of upsample",
	Infer: func(v *ir.Value) (ir.Type, error) {
		h, w, c, err := image(v.Args[0])
		a := v.Attr.(ir.UpsampleAttr)
		if err == nil && (a.SH < 1 || a.SW < 1 || h%a.SH != 0 || w%a.SW != 0) {
			err = fmt.Errorf("%dx%d is no multiple of %dx%d", h, w, a.SH, a.SW)
		}
		if err != nil {
			return ir.Type{}, err
		}
		return f32(h/a.SH, w/a.SW, c), nil
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		upsample(env.N, v.Shape, v.Attr.(ir.UpsampleAttr), func(small, large int, weight float64) {
			out[small] += weight * args[0][large]
		})
	},
}

// upsample calls f for each pair of elements of the small and the large image
// that belong together.
func upsample(n int, s ir.Shape, a ir.UpsampleAttr, f func(small, large int, weight float64)) {
	h, w, c := s[0], s[1], s[2]
	for i := range n {
		for y := range h * a.SH {
			for x := range w * a.SW {
				large := ((i*h*a.SH+y)*w*a.SW + x) * c
				at := func(y, x int) int { return ((i*h+y)*w + x) * c }
				if !a.Bilinear {
					for j := range c {
						f(at(y/a.SH, x/a.SW)+j, large+j, 1)
					}
					continue
				}
				y0, y1, wy := between(y, a.SH, h)
				x0, x1, wx := between(x, a.SW, w)
				for j := range c {
					f(at(y0, x0)+j, large+j, (1-wy)*(1-wx))
					f(at(y0, x1)+j, large+j, (1-wy)*wx)
					f(at(y1, x0)+j, large+j, wy*(1-wx))
					f(at(y1, x1)+j, large+j, wy*wx)
				}
			}
		}
	}
}

// between finds the two of n cells that output i lies between, and the weight of
// the second.
func between(i, size, n int) (first, second int, weight float64) {
	at := (float64(i)+0.5)/float64(size) - 0.5
	low := math.Floor(at)
	clamp := func(x float64) int { return int(min(max(x, 0), float64(n-1))) }
	return clamp(low), clamp(low + 1), at - low
}
