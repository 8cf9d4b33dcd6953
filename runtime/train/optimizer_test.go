package train_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/model/modeltest"
	"github.com/cnnc/cnnc/runtime/optimizer"
	"github.com/cnnc/cnnc/runtime/optimizer/optimizertest"
	"github.com/cnnc/cnnc/runtime/train"
)

// number makes a list of numbers from names and values in turn.
func number(pairs ...any) []config.Number {
	var list []config.Number
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, config.Number{Name: pairs[i].(string), Value: pairs[i+1].(float64)})
	}
	return list
}

// weightAfter trains the network of one weight, which starts as 1 and whose
// gradients are x, and returns the weight at the end.
func weightAfter(t *testing.T, cfg config.Train, x ...float32) float64 {
	t.Helper()
	cfg.Loss, cfg.Epochs, cfg.Batch = "mean_squared_error", max(cfg.Epochs, 1), 1
	data := &memory{size: 1, batch: 1, x: x, labels: make([]int32, len(x))}
	res, err := train.Train(t.Context(), modeltest.Linear(cfg), data, nil, train.Options{Config: cfg, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if want := len(x) * cfg.Epochs; res.Step != want {
		t.Errorf("%d steps, want %d", res.Step, want)
	}
	return float64(res.Params[0])
}

// TestOptimizers drives one weight with the gradients 0.1, -0.2, 0.3 through
// the whole loop and compares with the table of the specification (optimizers,
// section 6), to the precision of float32.
func TestOptimizers(t *testing.T) {
	for _, c := range optimizertest.Trajectories {
		t.Run(c.Name, func(t *testing.T) {
			for n := 1; n <= 3; n++ {
				got := weightAfter(t, config.Train{Optimizer: c.Optimizer}, optimizertest.Gradients[:n]...)
				if want := c.Want[n-1]; math.Abs(got-want) > 1.2e-7 {
					t.Errorf("after step %d: %.9f, want %.9f", n, got, want)
				}
			}
		})
	}
}

// TestClipping has the effect of the three ways on one weight, gradient 5 with
// bound 1: a step of the learning rate.
func TestClipping(t *testing.T) {
	for _, name := range []string{"clipnorm", "global_clipnorm", "clipvalue"} {
		o := config.Optimizer{Name: "sgd", LearningRate: 0.5, Numbers: number(name, 1.0)}
		if got := weightAfter(t, config.Train{Optimizer: o}, 5); got != 0.5 {
			t.Errorf("%s: %v, want 0.5", name, got)
		}
		if got := weightAfter(t, config.Train{Optimizer: o}, -0.25); got != 1.125 {
			t.Errorf("%s: %v, want 1.125", name, got)
		}
	}
}

// TestClipnormPerParameter compares a step of a network of four parameters, with
// penalties, padding and weight decay, with the reference: the bounds lie inside
// the range of the norms, so that some parameters are clipped and others not.
func TestClipnormPerParameter(t *testing.T) {
	for _, numbers := range [][]config.Number{
		number("clipnorm", 0.3), number("global_clipnorm", 0.3), number("clipvalue", 0.05), number("weight_decay", 0.5),
	} {
		for _, name := range []string{"sgd", "lamb", "ftrl"} {
			cfg := setup(1)
			cfg.Keep, cfg.Optimizer = config.Keep{}, config.Optimizer{Name: name, LearningRate: 0.25, Numbers: numbers}
			cfg.Batch = 20
			one := func(o config.Optimizer) []float32 {
				c := cfg
				c.Optimizer = o
				res, err := train.Train(t.Context(), mlp(c), points(20, 20, 1, false), nil, train.Options{Config: c, Workers: 2})
				if err != nil {
					t.Fatal(err)
				}
				return slices.Clone(res.Params)
			}
			got := one(cfg.Optimizer)
			// Gradients with penalties are what plain descent at rate 1 takes off.
			start := one(config.Optimizer{Name: "sgd", LearningRate: 0})
			stepped := one(config.Optimizer{Name: "sgd", LearningRate: 1})
			net := mlp(cfg)
			rule, err := optimizer.New(cfg.Optimizer, optimizer.FormOf(net.Optimizer))
			if err != nil {
				t.Fatal(err)
			}
			var vars []optimizer.Variable
			clipped := 0
			for i := range net.Params {
				var w, g []float64
				norm := 0.0
				eachCell(&net.Params[i], func(at int) {
					w = append(w, float64(start[at]))
					g = append(g, float64(start[at])-float64(stepped[at]))
					norm += g[len(g)-1] * g[len(g)-1]
				})
				v := rule.NewVariable(w)
				v.G = g
				vars = append(vars, v)
				if math.Sqrt(norm) > 0.3 {
					clipped++
				}
			}
			if clipped == 0 || clipped == len(net.Params) {
				t.Fatalf("%d of %d parameters are clipped: the bound tests nothing", clipped, len(net.Params))
			}
			rule.Begin(0.25)
			rule.Reference(vars)
			for i := range net.Params {
				k := 0
				eachCell(&net.Params[i], func(at int) {
					if want := vars[i].W[k]; math.Abs(float64(got[at])-want) > 3e-6 {
						t.Errorf("%s %v: %s[%d] is %v, want %v", name, numbers, net.Params[i].Name, k, got[at], want)
					}
					k++
				})
			}
		}
	}
}

// eachCell calls f for the packed place of every element.
func eachCell(p *model.Param, f func(at int)) {
	k := p.Packing
	for tap := range k.Taps {
		for in := range k.In {
			for out := range k.Out {
				f(p.Offset + k.Index(tap, in, out))
			}
		}
	}
}

// TestAverage follows the running average of the weights by hand (spec:
// optimizers, section 4): sgd at rate 1 on gradients 0.5, 0.25, 1 makes the
// weights 0.5, 0.25, -0.75.
func TestAverage(t *testing.T) {
	o := config.Optimizer{Name: "sgd", LearningRate: 1, Numbers: number("ema", 0.75)}
	for n, want := range []float64{0.5, 0.75*0.5 + 0.25*0.25, 0.75*(0.75*0.5+0.25*0.25) - 0.25*0.75} {
		if got := weightAfter(t, config.Train{Optimizer: o}, []float32{0.5, 0.25, 1}[:n+1]...); math.Abs(got-want) > 1e-7 {
			t.Errorf("after %d steps: %v, want %v", n+1, got, want)
		}
	}
	// Overwritten after steps 2 and 4: the second step ends at 0.4375.
	o.Numbers = append(o.Numbers, number("ema_overwrite", 2.0)...)
	w := 0.75*0.5 + 0.25*0.25
	if got := weightAfter(t, config.Train{Optimizer: o}, 0.5, 0.25, 1); math.Abs(got-(0.75*w+0.25*(w-1))) > 1e-7 {
		t.Errorf("overwritten: %v, want %v", got, 0.75*w+0.25*(w-1))
	}
}

// TestConstraints has the values of the specification (initializers and
// regularizers, section 6), for a bias and for the outputs of a kernel that is
// packed with padding.
func TestConstraints(t *testing.T) {
	for _, c := range []struct {
		limit model.Constraint
		w     []float64
		want  []float64
	}{
		{model.Constraint{Name: "max_norm", Max: 2}, []float64{3, 4}, []float64{1.2 * 5 / (5 + 1e-7), 1.6 * 5 / (5 + 1e-7)}},
		{model.Constraint{Name: "max_norm", Max: 20}, []float64{3, 4}, []float64{3 * 5 / (5 + 1e-7), 4 * 5 / (5 + 1e-7)}},
		{model.Constraint{Name: "non_neg"}, []float64{3, -4}, []float64{3, 0}},
		{model.Constraint{Name: "unit_norm"}, []float64{-3, 4}, []float64{-0.6, 0.8}},
		{model.Constraint{Name: "min_max_norm", Min: 10, Max: 20, Rate: 0.5}, []float64{3, 4}, []float64{3 * 7.5 / 5, 4 * 7.5 / 5}},
		{model.Constraint{Name: "min_max_norm", Max: 1, Rate: 1}, []float64{3, 4}, []float64{0.6, 0.8}},
	} {
		for _, shape := range [][]int{{2}, {2, 19}} {
			cfg := setup(1)
			cfg.Keep, cfg.Optimizer = config.Keep{}, config.Optimizer{Name: "sgd", LearningRate: 0}
			net := mlp(cfg)
			p := model.Param{Name: "w", Shape: shape, Offset: net.ParamFloats, L1: -1, L2: -1, Constraint: c.limit,
				Packing: model.Packing{Taps: 1, In: 1, InPad: 1, Out: 2}}
			if len(shape) == 2 {
				p.Packing = model.Packing{Taps: 1, In: 2, InPad: 8, Out: 19}
			}
			net.Params = append(net.Params, p)
			net.ParamFloats += p.Packing.Floats()
			start := make([]float32, net.ParamFloats)
			place := func(i, out int) int {
				if len(shape) == 1 {
					return p.Offset + p.Packing.Index(0, 0, i)
				}
				return p.Offset + p.Packing.Index(0, i, out)
			}
			outs := shape[len(shape)-1]
			if len(shape) == 1 {
				outs = 1
			}
			for out := range outs {
				for i, v := range c.w {
					start[place(i, out)] = float32(v)
				}
			}
			res, err := train.Train(t.Context(), net, points(20, 20, 1, false), nil, train.Options{Config: cfg, Params: start, Workers: 2})
			if err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for out := range outs {
				for i, want := range c.want {
					got := float64(res.Params[place(i, out)])
					sum += math.Abs(got)
					if math.Abs(got-want) > 3e-7 {
						t.Errorf("%+v on %v: output %d is %v, want %v", c.limit, shape, out, got, want)
					}
				}
			}
			for _, v := range res.Params[p.Offset:] {
				sum -= math.Abs(float64(v))
			}
			if math.Abs(sum) > 1e-9 {
				t.Errorf("%+v: padding has become %v", c.limit, sum)
			}
		}
	}
}

// TestSchedule: the first update takes the rate of step 0, and the history has
// the rate of each epoch's last update.
func TestSchedule(t *testing.T) {
	cfg := config.Train{Optimizer: config.Optimizer{Name: "sgd", LearningRate: 1},
		Schedule: config.Schedule{Name: "piecewise", Numbers: []config.Number{{Name: "after", Value: 1}, {Name: "rate", Value: 0.5}, {Name: "after", Value: 1, Epochs: true}, {Name: "rate", Value: 0.25}}}}
	// Three steps an epoch: rates 1, 1, 0.5 and 0.5, 0.25, 0.25.
	cfg.Epochs = 2
	if got, want := weightAfter(t, cfg, 1, 1, 1), 1-3.5; math.Abs(got-want) > 1e-6 {
		t.Errorf("weight %v, want %v", got, want)
	}
	cfg.Loss, cfg.Batch = "mean_squared_error", 1
	data := &memory{size: 1, batch: 1, x: []float32{1, 1, 1}, labels: make([]int32, 3)}
	res, err := train.Train(t.Context(), modeltest.Linear(cfg), data, nil, train.Options{Config: cfg, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := res.History.Column("learning_rate"); !slices.Equal(got, []float64{0.5, 0.25}) {
		t.Errorf("learning rates %v", got)
	}
}

// TestOptimizerWorkers: weights do not depend on the number of workers, whatever
// belongs to the update.
func TestOptimizerWorkers(t *testing.T) {
	for _, o := range manyOptions() {
		var first []float32
		for _, workers := range []int{1, 2, 3, 8} {
			cfg := setup(2)
			cfg.Optimizer, cfg.Schedule, cfg.Keep = o.Optimizer, o.Schedule, config.Keep{}
			res, err := train.Train(t.Context(), constrained(cfg), points(53, 16, 7, true), nil, train.Options{Config: cfg, Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = res.Params
			} else if diff := cmp.Diff(bits(first), bits(res.Params)); diff != "" {
				t.Errorf("%s: %d workers give other weights than one", o.Optimizer.Name, workers)
			}
		}
	}
}

// manyOptions are settings that have everything in them at some place.
func manyOptions() []config.Train {
	cosine := config.Schedule{Name: "cosine", Numbers: []config.Number{{Name: "length", Value: 4, Epochs: true}, {Name: "warmup", Value: 3}, {Name: "alpha", Value: 0.1}}}
	cycle := config.Schedule{Name: "one_cycle", Numbers: []config.Number{{Name: "length", Value: 4, Epochs: true}}}
	set := func(name string, s config.Schedule, pairs ...any) config.Train {
		return config.Train{Optimizer: config.Optimizer{Name: name, LearningRate: 0.01, Numbers: number(pairs...)}, Schedule: s}
	}
	return []config.Train{
		set("nadam", cosine, "ema", 0.9, "global_clipnorm", 0.5),
		set("lamb", cosine, "weight_decay", 0.1, "clipnorm", 0.5),
		set("ftrl", cycle, "l1_regularization_strength", 0.001),
		set("rmsprop", cycle, "momentum", 0.9, "centered", 1.0, "ema", 0.9, "ema_overwrite", 3.0),
		set("adagrad", config.Schedule{}, "clipvalue", 0.01),
		set("adam", config.Schedule{}, "amsgrad", 1.0),
	}
}

// constrained is mlp with a constraint on its first kernel.
func constrained(c config.Train) *model.Network {
	net := mlp(c)
	net.Params[0].Constraint = model.Constraint{Name: "max_norm", Max: 0.8}
	return net
}

func bits(x []float32) []uint32 {
	out := make([]uint32, len(x))
	for i, v := range x {
		out[i] = math.Float32bits(v)
	}
	return out
}

// TestResumeOptimizers: a run that goes on from a checkpoint in the middle of an
// epoch ends with the bits of one that went through, whatever its state is made
// of.
func TestResumeOptimizers(t *testing.T) {
	for _, o := range manyOptions() {
		t.Run(o.Optimizer.Name, func(t *testing.T) {
			cfg := setup(4)
			cfg.Optimizer, cfg.Schedule = o.Optimizer, o.Schedule
			run := func(dir string, stop int, resume bool) *train.Result {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				steps := 0
				res, err := train.Train(ctx, constrained(cfg), points(53, 16, 7, true), points(20, 8, 7, false), train.Options{
					Config: cfg, Dir: dir, Resume: resume, Workers: 2,
					Observer: observer(func(e train.Event) {
						if _, ok := e.(*train.BatchEnd); ok {
							if steps++; steps == stop {
								cancel()
							}
						}
					}),
				})
				if err != nil {
					t.Fatal(err)
				}
				return res
			}
			want := run("", 0, false)
			dir := t.TempDir()
			if res := run(dir, 6, false); res.Reason != train.Interrupted {
				t.Fatalf("the run was %s", res.Reason)
			}
			got := run(dir, 0, true)
			if diff := cmp.Diff(bits(want.Params), bits(got.Params)); diff != "" {
				t.Error("other weights than those of a run that went through")
			}
			if diff := cmp.Diff(want.History, got.History); diff != "" {
				t.Errorf("another history:\n%s", diff)
			}
		})
	}
}

// TestResumeChangedNumber: the message names the number.
func TestResumeChangedNumber(t *testing.T) {
	dir := t.TempDir()
	cfg := setup(2)
	cfg.Schedule = config.Schedule{Name: "cosine"}
	once := func(cfg config.Train, resume bool) error {
		_, err := train.Train(t.Context(), mlp(cfg), points(53, 16, 7, true), points(20, 8, 7, false), train.Options{Config: cfg, Dir: dir, Resume: resume})
		return err
	}
	if err := once(cfg, false); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(c *config.Train)
		want   string
	}{
		{func(c *config.Train) { c.Optimizer.Numbers = number("beta_1", 0.5) }, "optimizer beta 1 was not set, now it is 0.5"},
		{func(c *config.Train) { c.Epochs = 3 }, "schedule steps was 8, now it is 12"},
		{func(c *config.Train) {
			c.Schedule.Numbers = []config.Number{{Name: "length", Value: 2, Epochs: true}}
		}, "schedule length was not set, now it is 2 epochs"},
	} {
		changed := cfg
		c.change(&changed)
		if err := once(changed, true); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

// TestAverageMissing: a checkpoint without the running average that its settings
// ask for is refused.
func TestAverageMissing(t *testing.T) {
	dir := t.TempDir()
	cfg := setup(1)
	once := func(cfg config.Train, resume bool) error {
		_, err := train.Train(t.Context(), mlp(cfg), points(53, 16, 7, true), points(20, 8, 7, false), train.Options{Config: cfg, Dir: dir, Resume: resume})
		return err
	}
	cfg.Optimizer.Numbers = number("ema", 0.9)
	if err := once(cfg, false); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, train.CheckpointFile)
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// Same length, so that offsets hold: the vector goes by another name.
	bad := []byte(strings.ReplaceAll(string(good), "average/", "another/"))
	if err := os.WriteFile(name, bad, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := once(cfg, true); err == nil || !strings.Contains(err.Error(), "average") {
		t.Errorf("error %v", err)
	}
}

// TestOtherOptimizer: kernels are generated for one form of an update rule.
func TestOtherOptimizer(t *testing.T) {
	cfg := setup(1)
	cfg.Keep = config.Keep{}
	sgd := func(pairs ...any) config.Optimizer {
		return config.Optimizer{Name: "sgd", LearningRate: 0.1, Numbers: number(pairs...)}
	}
	for _, c := range []struct {
		built, run config.Optimizer
		want       string
	}{
		{sgd("momentum", 0.9), adam, "another optimizer (momentum) than adam"},
		{sgd("momentum", 0.9), sgd("momentum", 0.5), ""},
		{sgd("momentum", 0.9), sgd(), ""},
		{sgd(), sgd("momentum", 0.9), "another optimizer (sgd) than sgd"},
		{sgd("momentum", 0.9), sgd("momentum", 0.9, "nesterov", 1.0), "another optimizer"},
		{sgd("momentum", 0.9, "nesterov", 1.0), sgd("momentum", 0.9), "another optimizer"},
		{adam, config.Optimizer{Name: "adamw", LearningRate: 0.1}, ""},
		{adam, config.Optimizer{Name: "adam", LearningRate: 0.1, Numbers: number("clipnorm", 1.0, "clipvalue", 1.0)}, "clipnorm and clipvalue exclude each other"},
		{adam, config.Optimizer{Name: "adam", LearningRate: 0.1, Numbers: number("ema_overwrite", 1.0)}, "needs ema"},
		{adam, config.Optimizer{Name: "adam", LearningRate: 0.1, Numbers: number("rho", 1.0)}, "adam has no rho"},
		{config.Optimizer{Name: "ftrl"}, config.Optimizer{Name: "ftrl"}, "divides by"},
	} {
		built := cfg
		built.Optimizer = c.built
		cfg := cfg
		cfg.Optimizer = c.run
		_, err := train.Train(t.Context(), mlp(built), points(20, 16, 1, true), nil, train.Options{Config: cfg})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v on code for %v: %v, want %q", c.run, c.built, err, c.want)
		}
	}
	cfg.Optimizer = config.Optimizer{Name: "ftrl", LearningRate: 0.1}
	cfg.Schedule = config.Schedule{Name: "cosine"}
	if _, err := train.Train(t.Context(), mlp(cfg), points(20, 16, 1, true), nil, train.Options{Config: cfg}); err == nil || !strings.Contains(err.Error(), "brings it to 0") {
		t.Errorf("ftrl with a schedule to 0: %v", err)
	}
}

// TestUpdateDoesNotAllocate: what belongs to an update needs no memory.
func TestUpdateDoesNotAllocate(t *testing.T) {
	for _, o := range manyOptions() {
		t.Run(fmt.Sprint(o.Optimizer.Name), func(t *testing.T) {
			measure := func(batches int) float64 {
				cfg := setup(1)
				cfg.Optimizer, cfg.Schedule, cfg.Keep, cfg.Metrics = o.Optimizer, o.Schedule, config.Keep{}, nil
				data := points(8*batches, 8, 7, false)
				return testing.AllocsPerRun(2, func() {
					if _, err := train.Train(t.Context(), constrained(cfg), data, nil, train.Options{Config: cfg, Workers: 2, Observer: observer(func(train.Event) {})}); err != nil {
						t.Fatal(err)
					}
				})
			}
			// A step that allocates does so 400 times more. The order of examples
			// needs a few, and so do threads that wait for each other.
			if short, long := measure(20), measure(420); long > short+350 {
				t.Errorf("%v allocations for 20 steps, %v for 420", short, long)
			}
		})
	}
}
