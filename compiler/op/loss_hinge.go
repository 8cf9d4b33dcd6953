package op

import (
	"github.com/cnnc/cnnc/compiler/ir"
)

// hingeLosses are margin losses (spec: losses, margin and overlap losses).
//
// Targets of hinge and squared_hinge are -1 and 1; a target of 0 counts as -1.
// Keras maps 0 and 1 to -1 and 1 where a whole batch consists of them; counting
// each 0 as -1 is the same for labels 0 and 1 and for labels -1 and 1, and does
// not make the loss of an example depend on its neighbours in the batch.
var hingeLosses = []Loss{
	mean(Loss{
		Name: "hinge", Kernel: "hinge", Doc: "mean of max(1 - t*p, 0)", Binary: true, Targets: Sign, Ends: marginEnds,
		Sides: eachSide(func(_ *ir.LossOptions, p, t float64) float64 { return 1 - signed(t)*p }),
	}, func(_ *ir.LossOptions, p, t float64) (y, dy float64) {
		t = signed(t)
		if m := 1 - t*p; m >= 0 { // on the edge the gradient is that of the first operand of max
			return m, -t
		}
		return 0, 0
	}),
	mean(Loss{
		Name: "squared_hinge", Kernel: "squaredHinge", Doc: "mean of max(1 - t*p, 0)^2", Binary: true, Targets: Sign, Ends: marginEnds,
	}, func(_ *ir.LossOptions, p, t float64) (y, dy float64) {
		t = signed(t)
		m := max(1-t*p, 0)
		return m * m, -2 * t * m
	}),
	{
		Name: "categorical_hinge", Kernel: "categoricalHinge", Classes: true,
		Doc: "max(1 + the largest score of another class, 0 at least, - the score of the class, 0)",
		F: func(_ *ir.LossOptions, x, t []float64) float64 {
			rival, _ := rivals(x, t)
			return max(rival-x[int(t[0])]+1, 0)
		},
		Grad: func(_ *ir.LossOptions, dx, x, t []float64) {
			c := int(t[0])
			rival, ties := rivals(x, t)
			if rival-x[c]+1 < 0 {
				return
			}
			for j, v := range x {
				if j != c && v == rival {
					dx[j] = 1 / float64(ties)
				}
			}
			dx[c] = -1
		},
		Sides: func(_ *ir.LossOptions, x, t []float64, side func(float64)) {
			rival, _ := rivals(x, t)
			side(rival - x[int(t[0])] + 1)
			for j, v := range x {
				if j != int(t[0]) {
					side(v)
					side(v - rival)
				}
			}
			// Which of the others leads.
			for j := range x {
				for k := range j {
					if j != int(t[0]) && k != int(t[0]) {
						side(x[j] - x[k])
					}
				}
			}
		},
	},
}

// marginEnds are the activations whose results lie on both sides of 0.
var marginEnds = []string{"linear", "tanh", "softsign", "leaky_relu", "elu", "selu"}

// signed is the target of a margin loss: 0 counts as -1.
func signed(t float64) float64 {
	if t == 0 {
		return -1
	}
	return t
}

// rivals returns the largest of (1-t)*x, which is 0 at the class itself, and how
// many elements have it: they share the gradient.
func rivals(x, t []float64) (largest float64, ties int) {
	ties = 1
	for j, v := range x {
		switch {
		case j == int(t[0]) || v < largest:
		case v > largest:
			largest, ties = v, 1
		default:
			ties++
		}
	}
	return largest, ties
}
