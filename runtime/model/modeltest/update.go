package modeltest

import (
	"math"

	"github.com/cnnc/cnnc/runtime/model"
)

// Update is the reference of the optimizer kernels: the formulas of the
// specification (optimizers, section 5; weight decay section 3), computed in
// float64 and rounded to float32 when they are stored. It updates part k of n.
func Update(net *model.Network, u *model.Update, k, n int) {
	for i := range net.Params {
		p := &net.Params[i]
		if p.Frozen {
			continue
		}
		var l1, l2 float64
		if p.L1 >= 0 {
			l1 = float64(u.Scalars[p.L1])
		}
		if p.L2 >= 0 {
			l2 = float64(u.Scalars[p.L2])
		}
		size := p.Packing.Floats()
		for j := p.Offset + size*k/n; j < p.Offset+size*(k+1)/n; j++ {
			updateOne(u, j, l1, l2)
		}
	}
}

func updateOne(u *model.Update, j int, l1, l2 float64) {
	o := &u.Optimizer
	lr := u.LearningRate
	w := float64(u.Params[j])
	g := float64(u.Grads[j]) + 2*l2*w
	switch {
	case w > 0:
		g += l1
	case w < 0:
		g -= l1
	}
	w -= w * o.WeightDecay * lr
	switch o.Name {
	case "sgd":
		if o.Momentum == 0 {
			w -= lr * g
			break
		}
		m := o.Momentum*float64(u.Slots[0][j]) - lr*g
		if o.Nesterov {
			w += o.Momentum*m - lr*g
		} else {
			w += m
		}
		u.Slots[0][j] = float32(m)
	case "adam", "adamw":
		m := float64(u.Slots[0][j])
		v := float64(u.Slots[1][j])
		m += (1 - o.Beta1) * (g - m)
		v += (1 - o.Beta2) * (g*g - v)
		t := float64(u.Step)
		alpha := lr * math.Sqrt(1-math.Pow(o.Beta2, t)) / (1 - math.Pow(o.Beta1, t))
		w -= alpha * m / (math.Sqrt(v) + o.Epsilon)
		u.Slots[0][j], u.Slots[1][j] = float32(m), float32(v)
	}
	u.Params[j] = float32(w)
}
