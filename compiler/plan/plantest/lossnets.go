package plantest

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// lossNets are a small network for each loss of the table, with numbers that are
// no defaults and a number of scores that needs padding channels. Losses that
// are better computed from logits come both ways: behind their activation, where
// simplify joins them, and of scores that are something else.
func lossNets() []Net {
	var nets []Net
	for i, row := range op.Losses() {
		scores := []int{5, 1, 3}[i%3]
		if row.Classes || row.Targets == op.Distribution {
			scores = 3 + i%4
		}
		end := ""
		switch row.Scores {
		case op.Unit:
			end = "hard_sigmoid"
		case op.Positive:
			end = "softplus"
		}
		add := func(name, why, end string) {
			nets = append(nets, build(name, why, ir.Shape{4, 3, 2}, func(n *Chain) {
				n.End, n.Loss = end, row.Name
				n.Options = LossOptions(&row)
				n.Conv(5, 3, 2, Same).Act("tanh").Flatten().Dense(scores)
			}))
		}
		add("loss"+row.Kernel, "the loss "+row.Name, end)
		if row.Of != "" {
			add("joined"+row.Kernel, row.Name+" of "+row.Of, row.Of)
		}
	}
	return append(nets, build("flatsigmoid", "logits that lie as an image", ir.Shape{5, 4, 1}, func(n *Chain) {
		n.End, n.Loss = "sigmoid", "binary_crossentropy"
		n.Conv(3, 3, 3, Same).Flatten()
	}))
}

// LossOptions are numbers for a loss, different from each other and from the
// defaults of the language.
func LossOptions(row *op.Loss) (o ir.LossOptions) {
	for i, name := range row.Options {
		o[i] = 0.3 + 0.4*float64(i)
		if name == "apply_class_balancing" {
			o[i] = 1
		}
	}
	return o
}
