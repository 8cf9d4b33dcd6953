package lower_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
)

// trained is a model file with these lines in its train section.
func trained(lines string) string {
	return "cnn 1\nmodel m\nhyper z = choice(0, 0.5)\nnet { input 8x8x1; flatten; dense 3 }\ntrain { loss mean_squared_error; " + lines + " }\n"
}

func TestScheduleConfig(t *testing.T) {
	for _, c := range []struct {
		lines string
		want  config.Schedule
	}{
		{"optimizer sgd", config.Schedule{}},
		{"schedule cosine; optimizer sgd", config.Schedule{Name: "cosine", Numbers: []config.Number{{Name: "alpha"}, {Name: "warmup"}, {Name: "warmup_from"}}}},
		{"optimizer sgd; schedule exponential(0.9, 2epochs, staircase)", config.Schedule{Name: "exponential", Numbers: []config.Number{
			{Name: "rate", Value: 0.9}, {Name: "length", Value: 2, Epochs: true}, {Name: "staircase", Value: 1}}}},
		{"optimizer sgd; schedule exponential(0.9, 1.5epochs*2)", config.Schedule{Name: "exponential", Numbers: []config.Number{
			{Name: "rate", Value: 0.9}, {Name: "length", Value: 3, Epochs: true}}}},
		{"optimizer sgd; schedule piecewise(100, 1e-2, 1epoch, 1e-3)", config.Schedule{Name: "piecewise", Numbers: []config.Number{
			{Name: "after", Value: 100}, {Name: "rate", Value: 0.01}, {Name: "after", Value: 1, Epochs: true}, {Name: "rate", Value: 0.001}}}},
		{"optimizer sgd; schedule one_cycle(500, rise=10%, linear)", config.Schedule{Name: "one_cycle", Numbers: []config.Number{
			{Name: "length", Value: 500}, {Name: "rise", Value: 0.1}, {Name: "divisor", Value: 25}, {Name: "final_divisor", Value: 1e4}, {Name: "linear", Value: 1}}}},
	} {
		p, list := dsl.Load("m.cnn", trained(c.lines), elab.Options{})
		if list.HasErrors() {
			t.Errorf("%s: %v", c.lines, list)
			continue
		}
		m, list := lower.Lower(p, lower.Options{})
		if m == nil {
			t.Errorf("%s: %v", c.lines, list)
			continue
		}
		if d := cmp.Diff(c.want, m.Train.Schedule); d != "" {
			t.Errorf("%s: %s", c.lines, d)
		}
	}
}

// TestOptimizerMistakes lists combinations that the tables of the language cannot
// rule out.
func TestOptimizerMistakes(t *testing.T) {
	for _, c := range []struct{ lines, want string }{
		{"optimizer adam(clipnorm=1, clipvalue=2)", "clipnorm and clipvalue exclude each other"},
		{"optimizer lion(global_clipnorm=1, clipnorm=2)", "clipnorm and global_clipnorm exclude each other"},
		{"optimizer adam(ema_overwrite=10)", "ema_overwrite needs ema"},
		{"optimizer sgd(0.1, nesterov)", "nesterov looks ahead along the momentum, which is 0"},
		{"optimizer ftrl; schedule cosine", "ftrl divides by the learning rate, and cosine brings it to 0"},
		{"schedule polynomial(end=0); optimizer ftrl", "brings it to 0"},
		{"optimizer sgd; schedule cosine(warmup=20epochs); epochs 10", "nothing is left to decay"},
		{"optimizer sgd; schedule one_cycle(three_phases, rise=60%)", "at most 0.5"},
		{"optimizer sgd; schedule piecewise(1e-2, 10)", "a number of steps or epochs is expected here, got 0.01"},
		{"optimizer sgd; schedule piecewise(10, 5epochs)", "a learning rate is expected here, got 5epochs"},
		{"optimizer sgd; schedule piecewise(10, 0.1, 20)", "20 has no learning rate behind it"},
		{"optimizer sgd; schedule piecewise(20, 0.1, 10, 0.2)", "want rising steps"},
	} {
		p, list := dsl.Load("m.cnn", trained(c.lines), elab.Options{})
		if list.HasErrors() {
			t.Errorf("%s: %v", c.lines, list)
			continue
		}
		_, list = lower.Lower(p, lower.Options{})
		if !list.HasErrors() || !strings.Contains(messages(list), c.want) {
			t.Errorf("%s: %v, want %q", c.lines, list, c.want)
		}
	}
	// A momentum of 0 that a hyperparameter gives may be another one in the next run.
	p, _ := dsl.Load("m.cnn", trained("optimizer sgd(0.1, momentum=z, nesterov)"), elab.Options{})
	if _, list := lower.Lower(p, lower.Options{}); list.HasErrors() {
		t.Error(list)
	}
}

// TestOptimizerErrors are mistakes that the tables of the language find.
func TestOptimizerErrors(t *testing.T) {
	for _, c := range []struct{ lines, want string }{
		{"optimizer rmsprop(rho=1)", "rho has to be in [0, 1)"},
		{"optimizer adam(momentum=0.9)", "adam has no option momentum"},
		{"optimizer adafactor", "not supported"},
		{"optimizer ftrl(0)", "learning_rate has to be in (0, inf)"},
		{"optimizer ftrl(learning_rate_power=0.5)", "learning_rate_power has to be in [-10, 0]"},
		{"optimizer adam(ema=1)", "ema has to be in (0, 1)"},
		{"schedule cosin", "did you mean cosine"},
		{"schedule exponential(0.9)", "exponential needs length"},
		{"schedule exponential(0.9, 1.5)", "for epochs write 1.5epochs"},
		{"schedule exponential(0.9, 10deg)", "has to be a number of steps, or of epochs"},
		{"schedule cosine(alpha=2)", "alpha has to be in [0, 1]"},
		{"schedule cosine; schedule one_cycle", "schedule is set twice"},
		{"epochs 5epochs", "has to be a whole number, got 5epochs"},
	} {
		_, list := dsl.Load("m.cnn", trained(c.lines), elab.Options{})
		if !list.HasErrors() || !strings.Contains(messages(list), c.want) {
			t.Errorf("%s: %v, want %q", c.lines, list, c.want)
		}
	}
}

func TestConstraintsAndBiasPenalties(t *testing.T) {
	m := mustLower(t, "net { input 8x8x1; conv 4 3x3 constraint=max_norm(3) bias_constraint=non_neg bias_l1=0.1; flatten; dense 2 bias_l2=0.2 constraint=min_max_norm(0.5) trainable=false; dense 3 bias_l2=0.3 constraint=unit_norm }")
	byName := map[string]*ir.Param{}
	for _, p := range m.Graph.Params {
		byName[p.Value.Name] = p
	}
	for name, want := range map[string]ir.Constraint{
		"conv1.kernel": {Name: "max_norm", Max: 3}, "conv1.bias": {Name: "non_neg"},
		"dense1.kernel": {}, "dense1.bias": {}, "dense2.kernel": {Name: "unit_norm"},
	} {
		if got := byName[name].Constraint; got != want {
			t.Errorf("%s has %+v, want %+v", name, got, want)
		}
	}
	if p := byName["conv1.bias"]; p.L1 < 0 || p.L2 >= 0 || m.Graph.Scalars[p.L1].Value != 0.1 {
		t.Errorf("penalties of %s: %d %d", p.Value.Name, p.L1, p.L2)
	}
	if p := byName["dense1.bias"]; p.L2 >= 0 {
		t.Error("a frozen bias has a penalty")
	}
	if p := byName["dense2.bias"]; p.L2 < 0 || m.Graph.Scalars[p.L2].Value != 0.3 || m.Graph.Scalars[p.L2].Name != "dense2.bias_l2" {
		t.Errorf("penalties of %s: %d %d", p.Value.Name, p.L1, p.L2)
	}
}

// TestInitializerFits: some initializers are for kernels only, or for matrices.
func TestInitializerFits(t *testing.T) {
	for _, c := range []struct{ layer, want string }{
		{"conv 4 3x3 init=identity", "identity is for the kernel of a dense layer"},
		{"conv 4 3x3 bias_init=orthogonal", "orthogonal is for kernels"},
		{"conv 4 3x3 bias_init=identity", "identity is for the kernel of a dense layer"},
		{"conv 4 3x3 constraint=min_max_norm(2, 1)", "the smallest norm, 2, is above the largest, 1"},
	} {
		p, list := dsl.Load("m.cnn", "cnn 1\nmodel m\nnet { input 8x8x1; "+c.layer+"; flatten; dense 2 }\n", elab.Options{})
		if list.HasErrors() {
			t.Fatal(list)
		}
		_, list = lower.Lower(p, lower.Options{})
		if !list.HasErrors() || !strings.Contains(messages(list), c.want) {
			t.Errorf("%s: %v, want %q", c.layer, list, c.want)
		}
	}
}

// messages are the texts of all diagnostics with their hints.
func messages(list diag.List) string {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintln(&b, d.Msg, d.Expected, d.Help)
	}
	return b.String()
}

// TestActivityPenalty: the penalty follows the activation, leaves the name of the
// layer and its hash alone, and is not for the scores.
func TestActivityPenalty(t *testing.T) {
	const net = "net { input 8x8x1; conv 4 3x3 relu%s; maxpool 2x2; flatten; dense 3 tanh%s; dense 2 softmax }\ntrain { optimizer sgd }"
	plain := mustLower(t, fmt.Sprintf(net, "", ""))
	m := mustLower(t, fmt.Sprintf(net, " activity_l1=0.1", " activity_l2=0.2"))
	if m.Graph.Hash != plain.Graph.Hash {
		t.Error("weights of the same network without penalties do not fit")
	}
	var found []string
	for _, v := range m.Graph.Values {
		if v.Op == "activity" {
			found = append(found, v.Name+" of "+v.Args[0].Name+" "+fmt.Sprint(v.Attr))
		}
	}
	if got, want := strings.Join(found, "; "), "conv1.activity of conv1 l1 s0; dense1.activity of dense1 l2 s1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	p, _ := dsl.Load("m.cnn", "cnn 1\nmodel m\nnet { input 8x8x1; flatten; dense 2 softmax activity_l2=1 }\n", elab.Options{})
	if _, list := lower.Lower(p, lower.Options{}); !strings.Contains(messages(list), "the activity of the last layer") {
		t.Error(list)
	}
}
