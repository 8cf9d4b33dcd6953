package verify

import (
	"math"
	"slices"

	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/pass"
)

// Central differences of the weighted sum of the losses, (f(w+h*u) - f(w-h*u)) / 2h along a
// unit vector u. At the first step the formula and rounding err by less than 1e-8;
// what is left comes from the few values that cross a kink on the way. They get
// fewer the shorter the way, while a wrong gradient stays wrong: where the first
// step is not close enough, shorter ones are tried, down to where rounding errs by
// some 1e-6.
const (
	numericStep      = 1e-6
	numericSteps     = 3 // each a tenth of the one before
	numericTolerance = 1e-3
	// numericFLOPs is how much the differences may compute: some ten seconds.
	// Networks that take more are checked along one direction of all parameters
	// together.
	numericFLOPs = 2e10
)

// numeric compares the gradients of the reference itself with central
// differences, in float64: for each parameter along a direction that is half
// its gradient and half random.
func (v *verifier) numeric() error {
	forward := v.train.Clone()
	forward.Grads = nil
	if err := pass.DCE(forward); err != nil {
		return err
	}
	var tensors []int
	for i, p := range v.train.Params {
		if !p.Frozen && v.train.Grads[i] != nil {
			tensors = append(tensors, i)
		}
	}
	flops := int64(0)
	for _, l := range v.net.Layers {
		flops += l.FLOPs
	}
	if float64(flops)*float64(2*v.in.N*len(tensors)) > numericFLOPs {
		return v.difference(forward, "numeric gradient, all parameters", tensors)
	}
	for _, i := range tensors {
		if err := v.difference(forward, "numeric gradient of "+v.train.Params[i].Value.Name, []int{i}); err != nil {
			return err
		}
	}
	return nil
}

// difference compares the derivative of the loss when these parameters move
// together.
func (v *verifier) difference(forward *ir.Graph, name string, tensors []int) error {
	directions := map[int][]float64{}
	want, elements := 0.0, 0
	for _, i := range tensors {
		g := v.want.Of(v.train.Grads[i])
		u := v.normal(len(g), 1)
		half, random := norm(g), norm(u)
		for k := range u {
			u[k] /= random
			if half > 0 {
				u[k] = (u[k] + g[k]/half) / math.Sqrt2
			}
			want += u[k] * g[k]
		}
		directions[i], elements = u, elements+len(u)
	}
	loss := func(h float64) (sum float64, err error) {
		in := v.in
		in.Params = slices.Clone(v.in.Params)
		for _, i := range tensors {
			w := slices.Clone(v.in.Params[i])
			for k, u := range directions[i] {
				w[k] += h * u
			}
			in.Params[i] = w
		}
		r, err := eval.Run(forward, in)
		if err != nil {
			return 0, err
		}
		for i, l := range r.Of(forward.Loss) {
			if v.in.Weights != nil {
				l *= v.in.Weights[i]
			}
			sum += l + r.Penalty[i]
		}
		return sum, nil
	}
	least := math.Inf(1)
	for step, k := numericStep, 0; k < numericSteps && !(least <= numericTolerance); step, k = step/10, k+1 {
		above, err := loss(step)
		if err != nil {
			return err
		}
		below, err := loss(-step)
		if err != nil {
			return err
		}
		got := (above - below) / (2 * step)
		least = min(least, math.Abs(got-want)/max(math.Abs(want), 1e-6, v.leastGradient()/10))
	}
	v.report.Checks = append(v.report.Checks, Check{name, least, numericTolerance, elements})
	return nil
}

func norm(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}
