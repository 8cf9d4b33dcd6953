package train

import (
	"math"

	"github.com/cnnc/cnnc/runtime/model"
)

// limit is a constraint on the weights of one panel of a kernel, or of one
// vector (spec: initializers and regularizers, section 6). The norm is that of
// the weights of one output: over all axes of a kernel but the last; of a bias,
// over all of it.
type limit struct {
	model.Constraint
	lo, hi int
	vector bool
}

// panel is the number of outputs whose weights lie side by side.
const panel = 16

// limits lists the constraints of a network, a panel each. They do not depend on
// each other.
func newLimits(net *model.Network) []limit {
	var list []limit
	for i := range net.Params {
		p := &net.Params[i]
		if p.Constraint.Name == "" || p.Frozen {
			continue
		}
		end := p.Offset + p.Packing.Floats()
		if len(p.Shape) == 1 {
			list = append(list, limit{p.Constraint, p.Offset, end, true})
			continue
		}
		size := p.Packing.Taps * p.Packing.InPad * panel
		for lo := p.Offset; lo < end; lo += size {
			list = append(list, limit{p.Constraint, lo, lo + size, false})
		}
	}
	return list
}

// apply changes the weights to those that the constraint allows.
func (l *limit) apply(params []float32) {
	w := params[l.lo:l.hi]
	if l.Name == "non_neg" {
		for i, v := range w {
			w[i] = max(v, 0)
		}
		return
	}
	// Squares of float32 are exact in float64: every machine adds the same.
	var sum [panel]float64
	for i, v := range w {
		sum[i%panel] += float64(v) * float64(v)
	}
	if l.vector {
		total := 0.0
		for _, s := range sum {
			total += s
		}
		for i := range sum {
			sum[i] = total
		}
	}
	for i, s := range sum {
		sum[i] = l.factor(math.Sqrt(s))
	}
	for i, v := range w {
		w[i] = float32(float64(v) * sum[i%panel])
	}
}

// factor is what weights of norm n are multiplied by.
func (l *limit) factor(n float64) float64 {
	const eps = 1e-7
	switch l.Name {
	case "max_norm":
		return min(n, l.Max) / (eps + n)
	case "unit_norm":
		return 1 / (eps + n)
	case "min_max_norm":
		return (float64(l.Rate*min(max(n, l.Min), l.Max)) + float64((1-l.Rate)*n)) / (eps + n)
	}
	return 1
}
