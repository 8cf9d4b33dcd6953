package verify

import (
	"math"

	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// kinks counts the values of a graph at which rounding may change the
// derivative: activations at a kink of their function, maxima of two values that
// are equal, and pooling windows whose two largest values are. Values that are the same number on both
// sides, such as the 0 of a relu, do not count.
//
// doubt is what they may do to a gradient, as the norm of the difference
// relative to the norm: a gradient is a sum over the m elements of a tensor, of
// which k may be there or not; when they are as good as independent, that is
// about sqrt(k/m).
func kinks(g *ir.Graph, r *eval.Result) (count int, doubt float64) {
	for _, v := range g.Values {
		k, x := 0, []float64(nil)
		if op.IsLoss(v) {
			// Of a loss the edges count that a score has come near to, beside the
			// size of scores and targets.
			x = r.Of(v.Args[0])
			margin := kinkMargin * max(largest(x), largest(r.Of(v.Args[1])), 1)
			op.Lookup(v.Op).Loss.Pieces(v, r.N, x, r.Of(v.Args[1]), func(d float64) {
				if d != 0 && math.Abs(d) < margin {
					k++
				}
			})
		}
		switch a := v.Attr.(type) {
		case ir.ActAttr:
			if v.Op != "act" {
				continue
			}
			x = r.Of(v.Args[0])
			margin := kinkMargin * largest(x)
			for _, kink := range op.LookupActivation(a.Func).KinksAt(a.Params) {
				for _, e := range x {
					if e != kink && math.Abs(e-kink) < margin {
						k++
					}
				}
			}
		case ir.ActivityAttr:
			if v.Op != "activity" || a.L1 < 0 {
				continue
			}
			x = r.Of(v)
			k = near(x, largest(x))
		case ir.BinaryAttr:
			if v.Op != "binary" || a.Func != "maximum" && a.Func != "minimum" {
				continue
			}
			x = r.Of(v)
			k = near(difference(v, r), max(largest(r.Of(v.Args[0])), largest(r.Of(v.Args[1]))))
		case nil:
			switch v.Op {
			case "prelu":
				x = r.Of(v.Args[0])
				k = near(x, largest(x))
			case "globalmaxpool":
				s := v.Args[0].Shape
				x = r.Of(v)
				whole := ir.PoolAttr{KH: s[0], KW: s[1], SH: 1, SW: 1, InH: s[0], InW: s[1]}
				k = ties(r.Of(v.Args[0]), &ir.Value{Shape: ir.Shape{1, 1, s[2]}}, whole, r.N)
			}
		case ir.PoolAttr:
			if v.Op != "maxpool2d" {
				continue
			}
			x = r.Of(v)
			k = ties(r.Of(v.Args[0]), v, a, r.N)
		}
		if k > 0 {
			count += k
			doubt += math.Sqrt(float64(k) / float64(len(x)))
		}
	}
	return count, doubt
}

// near counts the values that are within rounding of 0, given their scale.
func near(x []float64, scale float64) (count int) {
	for _, e := range x {
		if e != 0 && math.Abs(e) < kinkMargin*scale {
			count++
		}
	}
	return count
}

// difference is how far the operands of a maximum or minimum are apart.
func difference(v *ir.Value, r *eval.Result) []float64 {
	d := make([]float64, op.Floats(v, r.N))
	minus := *v
	minus.Attr = ir.BinaryAttr{Func: "subtract"}
	if err := op.Run(&op.Env{N: r.N}, &minus, [][]float64{r.Of(v.Args[0]), r.Of(v.Args[1])}, d); err != nil {
		return nil // binary has a reference
	}
	return d
}

// ties counts the windows whose two largest different values are within rounding
// of each other.
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
