package verify

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/stage"
	"github.com/cnnc/cnnc/runtime/weights"
)

// Bounds of the difference between float32 kernels and the reference, relative
// to the largest magnitude of a tensor. A sum of k products of random signs has
// a relative error of about 2^-24*sqrt(k) at every layer, with Winograd's
// algorithm twice as much; these are some ten times what deep networks show.
const (
	scoreTolerance    = 1e-4
	lossTolerance     = 1e-4
	gradientTolerance = 3e-4
	updateTolerance   = 1e-5
)

// kinkMargin is how close to a kink (relu at 0, equal candidates of a pooling)
// a value must come, relative to the largest of its tensor, for float32 and
// float64 to fall on different sides of it: the largest error of one layer with
// 512 channels, which Winograd's algorithm makes 1.5e-5 of the deviation, and so
// about a quarter of that of the largest.
const kinkMargin = 5e-6

// doubtFactor makes a bound of the doubt of function kinks.
const doubtFactor = 5

// Verify compares a generated package with the reference for its source. The
// error says that it could not be done, or that something differs; in the
// latter case the report is there, too.
func Verify(net *model.Network) (*Report, error) {
	return Source(net, Options{Source: net.Source, Classes: Classes(net), Labels: net.Labels, Seed: 1})
}

// Classes is the number of classes in the data that a package was compiled for,
// 0 when its scores are not those of classes.
func Classes(net *model.Network) int {
	if net.Head.Task == model.Binary && net.Outputs > 1 {
		return 0
	}
	return net.Classes()
}

// Options say what a package was compiled from.
type Options struct {
	// Source is the model file's text, Overrides the settings changed in it.
	Source    string
	Overrides []elab.Override
	// Classes and Labels are those of the data.
	Classes int
	Labels  []string
	// Seed chooses weights and inputs.
	Seed uint64
}

// Source compares a generated package with the reference for a model file.
func Source(net *model.Network, o Options) (*Report, error) {
	program, list := dsl.Load(net.Name+".cnn", o.Source, elab.Options{
		Classes: o.Classes, Features: net.Height * net.Width * net.Channels, Overrides: o.Overrides,
	})
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("the source of the package: %w", err)
	}
	m, list := lower.Lower(program, lower.Options{Labels: o.Labels, Classes: o.Classes})
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("the source of the package: %w", err)
	}
	if m.Graph.Hash != net.Hash {
		return nil, fmt.Errorf("the source of the package describes another network (%s) than its code (%s)", m.Graph.Hash, net.Hash)
	}
	return Graph(net, m.Graph, o.Seed)
}

// Graph compares a generated package with a lowered graph of the same network,
// whose passes it runs itself. seed chooses weights and inputs.
func Graph(net *model.Network, lowered *ir.Graph, seed uint64) (*Report, error) {
	v := &verifier{net: net, rng: rand.New(rand.NewPCG(seed, 0))}
	v.infer, v.train = lowered.Clone(), lowered.Clone()
	if err := pass.Run(v.infer, pass.Inference, nil); err != nil {
		return nil, err
	}
	training := net.NewTrain != nil && lowered.Loss != nil
	if training {
		if err := pass.Run(v.train, pass.Training, nil); err != nil {
			return nil, err
		}
	}
	if len(v.infer.Params) != len(net.Params) {
		return nil, fmt.Errorf("%s has %d parameters, its graph %d", net.Name, len(net.Params), len(v.infer.Params))
	}
	v.report = &Report{Network: net.Name, ISA: net.ISA()}
	if err := v.draw(training); err != nil {
		return nil, err
	}
	if err := v.inference(); err != nil {
		return nil, err
	}
	if training {
		if err := v.training(); err != nil {
			return nil, err
		}
		if err := v.numeric(); err != nil {
			return nil, err
		}
		if err := v.update(); err != nil {
			return nil, err
		}
	}
	return v.report, v.report.Err()
}

// verifier is one verification under way.
type verifier struct {
	net          *model.Network
	infer, train *ir.Graph
	rng          *rand.Rand
	report       *Report

	in      eval.Inputs
	want    *eval.Result // of train
	doubt   float64      // about gradients, see kinks
	batch   model.Batch  // the same inputs as float32
	params  []float32    // packed
	logical [][]float32
}

// cut calls run for the micro-batches of the batch: a short one first, so that
// longer ones follow on memory that is not fresh.
func (v *verifier) cut(micro int, run func(b *model.Batch)) {
	size := 1
	for from := 0; from < v.batch.N; {
		n := min(size, v.batch.N-from)
		b := v.batch
		b.N = n
		pixels := v.net.Height * v.net.Width * v.net.Channels
		b.X = b.X[from*pixels : (from+n)*pixels]
		b.Scores = b.Scores[from*v.net.Outputs : (from+n)*v.net.Outputs]
		b.Loss = b.Loss[from : from+n]
		b.Penalty = b.Penalty[from : from+n]
		b.Keys = b.Keys[from : from+n]
		if b.Weights != nil {
			b.Weights = b.Weights[from : from+n]
		}
		if b.Labels != nil {
			b.Labels = b.Labels[from : from+n]
		}
		if b.Targets != nil {
			b.Targets = b.Targets[from*v.net.Outputs : (from+n)*v.net.Outputs]
		}
		run(&b)
		from += n
		size = micro
	}
}

// inference compares scores of the inference program.
func (v *verifier) inference() error {
	want, err := eval.Run(v.infer, v.in)
	if err != nil {
		return err
	}
	w := v.net.NewInfer(v.params, v.derived())
	v.cut(v.net.InferMicro, w.Infer)
	v.check("scores", double(v.batch.Scores), want.Of(v.infer.Scores), scoreTolerance)
	if loss := v.train.Loss; v.want != nil {
		x := v.infer.Scores
		if loss.Args[0] != v.train.Scores {
			x = v.infer.Logits
		}
		values := op.Lookup(loss.Op).Loss.Values(loss, v.in.N, want.Of(x), v.want.Of(v.train.Target))
		v.check("inference loss", v.batch.Loss, values, lossTolerance)
		v.penalty("inference penalty of activities", want)
	}
	return nil
}

// penalty compares the penalties of activities, where there are any.
func (v *verifier) penalty(name string, want *eval.Result) {
	if slices.ContainsFunc(v.train.Values, func(u *ir.Value) bool { return u.Op == "activity" }) {
		v.check(name, v.batch.Penalty, want.Penalty, lossTolerance)
	}
}

// derived makes the derived weights, in parts.
func (v *verifier) derived() []float32 {
	derived := make([]float32, v.net.DerivedFloats)
	const parts = 3
	for k := range parts {
		v.net.Derive(v.params, derived, k, parts)
	}
	return derived
}

// training compares scores, losses and gradients of the training program.
func (v *verifier) training() error {
	grads := make([]float32, v.net.ParamFloats)
	w := v.net.NewTrain(v.params, v.derived())
	v.stages(w, grads)
	v.check("training scores", double(v.batch.Scores), v.want.Of(v.train.Scores), scoreTolerance)
	v.check("loss", v.batch.Loss, v.want.Of(v.train.Loss), lossTolerance)
	v.penalty("penalty of activities", v.want)
	least := v.leastGradient()
	padding := double(grads)
	for i := range v.net.Params {
		p := &v.net.Params[i]
		got := make([]float32, len(v.logical[i]))
		if err := weights.Unpack(p, got, grads); err != nil {
			return err
		}
		forEach(p, func(_, at int) { padding[at] = 0 })
		name := "gradient of " + p.Name
		want := make([]float64, len(got))
		if g := v.train.Grads[i]; g != nil {
			want = v.want.Of(g)
		}
		if v.report.Kinks > 0 {
			v.report.Checks = append(v.report.Checks, Check{name, relativeNorm(double(got), want, least), gradientTolerance + doubtFactor*v.doubt, len(got)})
			continue
		}
		v.checkAbove(name, double(got), want, gradientTolerance, least)
	}
	v.check("gradient of padding", padding, make([]float64, len(padding)), 0)
	return nil
}

// stages runs the training program on the batch. A network with statistics of the
// whole batch takes shards of several micro-batches through its stages.
func (v *verifier) stages(w model.Worker, grads []float32) {
	const shards = 3
	s := stage.New(v.net, shards)
	micros := 0
	v.cut(v.net.TrainMicro, func(*model.Batch) { micros++ })
	s.Begin(micros)
	for range s.Stages() {
		j := 0
		v.cut(v.net.TrainMicro, func(b *model.Batch) {
			s.Bind(b, j, j%shards)
			w.Step(b, grads)
			j++
		})
		s.End(v.params, grads)
	}
}

// leastGradient is what the gradient of a parameter is compared relative to at
// least, 0 for networks without normalization. In front of one, gradients may be
// zero but for rounding: those of a bias, which the mean takes out again.
func (v *verifier) leastGradient() float64 {
	if !slices.ContainsFunc(v.train.Values, func(u *ir.Value) bool { return slices.Contains(normalizations, u.Op) }) {
		return 0
	}
	most := 0.0
	for _, g := range v.train.Grads {
		if g != nil {
			most = max(most, largest(v.want.Of(g)))
		}
	}
	return most / 100
}

// normalizations are the operations that take out a mean.
var normalizations = []string{"batch_stats", "layernorm", "groupnorm"}

// double converts to float64.
func double(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// forEach calls f for every element of a parameter with its logical number and
// its place in the packed vector.
func forEach(p *model.Param, f func(i, at int)) {
	k := p.Packing
	i := 0
	for tap := range k.Taps {
		for in := range k.In {
			for out := range k.Out {
				f(i, p.Offset+k.Index(tap, in, out))
				i++
			}
		}
	}
}
