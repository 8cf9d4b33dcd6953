package modeltest

import (
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/optimizer"
)

// Updater returns a function that does what the kernels of net's optimizer do.
func Updater(net *model.Network) func(u *model.Update, k, n int) {
	trust := false
	if form := optimizer.FormOf(net.Optimizer); form != nil {
		trust = form.Trust
	}
	// The state of one weight for each part: parts run concurrently.
	var state [1 << 10][4]float64
	return func(u *model.Update, k, n int) { update(net, u, k, n, trust, state[k][:len(u.Slots)]) }
}

// update applies the formulas of package optimizer in float64, rounded to float32
// when they are stored, to part k of n. m is scratch memory.
func update(net *model.Network, u *model.Update, k, n int, trust bool, m []float64) {
	for i := range net.Params {
		p := &net.Params[i]
		if p.Frozen {
			continue
		}
		scalar := func(i int) float64 {
			if i < 0 || u.Second {
				return 0
			}
			return float64(u.Scalars[i])
		}
		l1, l2 := scalar(p.L1), scalar(p.L2)
		size := p.Packing.Floats()
		for j := p.Offset + size*k/n; j < p.Offset+size*(k+1)/n; j++ {
			updateOne(u, j, l1, l2, float64(u.Scale[i]), trust, m)
		}
	}
}

func updateOne(u *model.Update, j int, l1, l2, scale float64, trust bool, m []float64) {
	decay, low, high := float64(u.Factors[0]), float64(u.Factors[1]), float64(u.Factors[2])
	w := float64(u.Params[j])
	g := float64(u.Grads[j]) + 2*l2*w
	switch {
	case w > 0:
		g += l1
	case w < 0:
		g -= l1
	}
	g = min(max(g*scale, low), high)
	if u.Second {
		u.Params[j] = float32(w - w*decay - float64(u.Factors[3])*g)
		return
	}
	for k := range m {
		m[k] = float64(u.Slots[k][j])
	}
	w = u.Formula(w-w*decay, g, m)
	for k := range m {
		u.Slots[k][j] = float32(m[k])
	}
	if trust {
		u.Grads[j] = float32(w) // the direction
		return
	}
	u.Params[j] = float32(w)
}
