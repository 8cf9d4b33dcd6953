package verify

import (
	"math"
	"strings"

	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/weights"
)

// examples bounds the work of the reference on big networks: it evaluates
// about 10^8 multiplications a second.
func (v *verifier) examples() int {
	flops := int64(1)
	for _, l := range v.net.Layers {
		flops += l.FLOPs
	}
	most := max(v.net.TrainMicro, v.net.InferMicro, 2) + 2
	return int(min(max(3, 1e9/(3*flops)), int64(most), 20))
}

// draw makes weights and inputs, the same for both sides: random numbers that
// float32 holds exactly. Of a few draws it takes the one with the fewest kinks.
func (v *verifier) draw(training bool) error {
	n := v.examples()
	v.report.Examples = n
	v.params = make([]float32, v.net.ParamFloats)
	best := -1
	for range 4 {
		in := eval.Inputs{N: n, X: v.normal(op.Floats(v.infer.Input, n), 1)}
		for range n {
			in.Keys = append(in.Keys, v.rng.Uint64())
			in.Labels = append(in.Labels, int32(v.rng.IntN(v.net.Outputs)))
		}
		in.Targets = v.targets(n)
		for _, p := range v.net.Params {
			scale := 0.2
			if len(p.Shape) > 1 {
				scale = math.Sqrt(1.5 / float64(max(p.FanIn, 1)))
			}
			size := 1
			for _, a := range p.Shape {
				size *= a
			}
			x := v.normal(size, scale)
			if strings.HasSuffix(p.Name, ".moving_variance") {
				for i := range x {
					x[i] = float64(float32(0.5 + math.Abs(x[i])))
				}
			}
			in.Params = append(in.Params, x)
		}
		for _, s := range v.net.Scalars {
			in.Scalars = append(in.Scalars, float64(float32(s.Value)))
		}
		if !training {
			v.in = in
			break
		}
		in.Weights = v.weights(n)
		want, err := eval.Run(v.train, in)
		if err != nil {
			return err
		}
		if k, doubt := kinks(v.train, want); best < 0 || k < best {
			best, v.in, v.want, v.doubt = k, in, want, doubt
		}
		if best == 0 || v.heavy() {
			break
		}
	}
	v.report.Kinks = max(best, 0)

	v.batch = model.Batch{
		N: n, X: single(v.in.X), Keys: v.in.Keys, Scores: make([]float32, n*v.net.Outputs), Loss: make([]float64, n), Penalty: make([]float64, n),
		Scale: 1, Scalars: single(v.in.Scalars), Weights: single(v.in.Weights),
	}
	if t := v.train.Target; t != nil && t.DType != ir.Label {
		v.batch.Targets = single(v.in.Targets)
	} else {
		v.batch.Labels = v.in.Labels
	}
	for i := range v.net.Params {
		v.logical = append(v.logical, single(v.in.Params[i]))
		if err := weights.Pack(&v.net.Params[i], v.params, v.logical[i]); err != nil {
			return err
		}
	}
	return nil
}

// targets draws target vectors that the loss is made for.
func (v *verifier) targets(n int) []float64 {
	t := v.normal(n*v.net.Outputs, 1)
	if v.train.Loss != nil {
		op.Lookup(v.train.Loss.Op).Loss.Targets.Contain(t, v.net.Outputs)
	}
	for i, x := range t {
		t[i] = float64(float32(x))
	}
	return t
}

// weights draws weights of the examples.
func (v *verifier) weights(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = float64(1+v.rng.IntN(8)) / 4
	}
	return w
}

// heavy says that one evaluation takes seconds.
func (v *verifier) heavy() bool {
	flops := int64(0)
	for _, l := range v.net.Layers {
		flops += l.FLOPs
	}
	return flops*int64(v.in.N) > 3e8
}

// normal draws size normal numbers that float32 holds exactly.
func (v *verifier) normal(size int, scale float64) []float64 {
	x := make([]float64, size)
	for i := range x {
		x[i] = float64(float32(scale * v.rng.NormFloat64()))
	}
	return x
}

// single converts to float32.
func single(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}
