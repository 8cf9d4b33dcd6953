package verify

import (
	"math"

	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// kinks counts the values of a graph at which rounding may change the
// derivative: activations at a kink of their function, and pooling windows
// whose two largest values are equal.
func kinks(g *ir.Graph, r *eval.Result) int {
	count := 0
	for _, v := range g.Values {
		switch a := v.Attr.(type) {
		case ir.ActAttr:
			if v.Op != "act" {
				continue
			}
			x := r.Of(v.Args[0])
			margin := kinkMargin * largest(x)
			for _, k := range op.LookupActivation(a.Func).Kinks {
				for _, e := range x {
					if math.Abs(e-k) < margin {
						count++
					}
				}
			}
		case ir.PoolAttr:
			if v.Op == "maxpool2d" {
				count += ties(r.Of(v.Args[0]), v, a, r.N)
			}
		}
	}
	return count
}

// ties counts the windows whose two largest values are within rounding of each
// other but for those that are equal: these are the same number, such as the 0
// of a relu, on both sides.
func ties(x []float64, v *ir.Value, a ir.PoolAttr, n int) int {
	margin := kinkMargin * largest(x)
	h, w, c := v.Shape[0], v.Shape[1], v.Shape[2]
	count := 0
	for i := range n {
		image := x[i*a.InH*a.InW*c:][:a.InH*a.InW*c]
		for o := range h * w * c {
			oy, ox, ch := o/(w*c), o/c%w, o%c
			first, second := math.Inf(-1), math.Inf(-1)
			for y := max(0, oy*a.SH-a.Pad.Top); y < min(a.InH, oy*a.SH-a.Pad.Top+a.KH); y++ {
				for q := max(0, ox*a.SW-a.Pad.Left); q < min(a.InW, ox*a.SW-a.Pad.Left+a.KW); q++ {
					switch e := image[(y*a.InW+q)*c+ch]; {
					case e > first:
						first, second = e, first
					case e < first && e > second:
						second = e
					}
				}
			}
			if first-second < margin {
				count++
			}
		}
	}
	return count
}

// largest is the largest magnitude.
func largest(x []float64) float64 {
	top := 0.0
	for _, e := range x {
		top = max(top, math.Abs(e))
	}
	return top
}
