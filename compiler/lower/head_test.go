package lower_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/lang"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/metric"
	"github.com/cnnc/cnnc/runtime/model"
)

// ending makes a model file of a last layer and settings. data may be "".
func ending(last, data, train string) string {
	src := "net { input 28x28x1; flatten; " + last + " }\n"
	if data != "" {
		src += "data { " + data + " }\n"
	}
	return src + "train { optimizer sgd; " + train + " }"
}

// TestHeads: which loss a network gets, and what its scores are for.
func TestHeads(t *testing.T) {
	const two, ten = "train doodles(classes=2)", "train doodles(classes=10)"
	const numbers = `train csv("a.csv"); numeric "x"; target "y"`
	var (
		classes = model.Head{}
		binary  = model.Head{Task: model.Binary, Vector: true}
		values  = model.Head{Task: model.Values, Vector: true}
	)
	for _, c := range []struct {
		last, data, train string
		loss              string // operation
		options           ir.LossOptions
		head              model.Head
	}{
		{"dense 10 softmax", "", "", "categorical_crossentropy", ir.LossOptions{}, classes},
		{"dense 1 sigmoid", "", "", "binary_crossentropy", ir.LossOptions{}, binary},
		{"dense 1; sigmoid", two, "", "binary_crossentropy", ir.LossOptions{}, binary},
		{"dense 3", "", "", "", ir.LossOptions{}, model.Head{Task: model.Values}},
		{"dense 10", ten, "", "", ir.LossOptions{}, classes},
		// crossentropy follows the number of scores.
		{"dense 1 sigmoid", "", "loss crossentropy(label_smoothing=0.2)", "binary_crossentropy", ir.LossOptions{0.2}, binary},
		{"dense 4 softmax", "", "loss crossentropy", "categorical_crossentropy", ir.LossOptions{}, classes},
		{"dense 4 softmax", "", "loss categorical_crossentropy(label_smoothing=0.1)", "categorical_crossentropy", ir.LossOptions{0.1}, classes},
		{"dense 4 log_softmax", "", "", "softmax_crossentropy", ir.LossOptions{}, model.Head{Logits: true}},
		{"dense 4 log_softmax", "", "loss categorical_crossentropy(label_smoothing=0.1)", "softmax_crossentropy", ir.LossOptions{0.1}, model.Head{Logits: true}},
		{"dense 4 log_softmax", "", "loss crossentropy(from_logits)", "softmax_crossentropy", ir.LossOptions{}, model.Head{Logits: true}},
		{"dense 4", "", "loss sparse_categorical_crossentropy(from_logits)", "softmax_crossentropy", ir.LossOptions{}, model.Head{Logits: true}},
		{"dense 1", two, "loss binary_crossentropy(from_logits)", "sigmoid_crossentropy", ir.LossOptions{}, model.Head{Task: model.Binary, Logits: true, Vector: true}},
		{"dense 1", two, "loss hinge", "hinge", ir.LossOptions{}, model.Head{Task: model.Binary, Logits: true, Vector: true}},
		{"dense 1 sigmoid", two, "loss binary_focal_crossentropy(gamma=1, apply_class_balancing)", "binary_focal_crossentropy", ir.LossOptions{0.25, 1, 1}, binary},
		// Squares of two classes are those of 0 and 1; of more, of one-hot vectors.
		{"dense 1", two, "loss mean_squared_error", "mean_squared_error", ir.LossOptions{}, binary},
		{"dense 10", ten, "loss mean_squared_error", "mean_squared_error", ir.LossOptions{}, model.Head{Vector: true}},
		{"dense 10 sigmoid", ten, "loss binary_crossentropy", "binary_crossentropy", ir.LossOptions{}, model.Head{Vector: true}},
		// Nothing is known of the data: questions of their own, and numbers.
		{"dense 10 sigmoid", "", "loss binary_crossentropy", "binary_crossentropy", ir.LossOptions{}, binary},
		{"dense 3", "", "loss huber(0.5)", "huber", ir.LossOptions{0.5}, values},
		{"dense 1", numbers, "loss mean_absolute_error", "mean_absolute_error", ir.LossOptions{}, values},
	} {
		src := ending(c.last, c.data, c.train)
		m, list := lower.Lower(load(t, src, elab.Options{}), lower.Options{})
		if list.HasErrors() {
			t.Errorf("%s\n%v", src, list)
			continue
		}
		if d := cmp.Diff(c.head, m.Head); d != "" {
			t.Errorf("%s: %s", src, d)
		}
		name := ""
		if l := m.Graph.Loss; l != nil {
			name = l.Op
			if o := l.Attr.(ir.LossAttr).Options; o != c.options {
				t.Errorf("%s: numbers %v, want %v", src, o, c.options)
			}
		}
		if name != c.loss {
			t.Errorf("%s: loss %q, want %q", src, name, c.loss)
		}
	}
}

// TestMisfits: losses, metrics and weights that do not fit the network or the
// data are refused with a hint.
func TestMisfits(t *testing.T) {
	const two, ten = "train doodles(classes=2)", "train doodles(classes=10)"
	const numbers = `train csv("a.csv"); numeric "x"; target "y" "z"`
	for _, c := range []struct{ last, data, train, want, help string }{
		{"dense 1 softmax", "", "loss mean_squared_error", "softmax of one score, which is always 1", "sigmoid gives"},
		{"dense 10 softmax", "", "loss binary_crossentropy", "binary_crossentropy judges each score by itself, and dense1 ends with softmax", "categorical_crossentropy"},
		{"dense 10 softmax", "", "loss binary_focal_crossentropy", "judges each score by itself", "categorical_focal_crossentropy"},
		{"dense 1 sigmoid", two, "loss categorical_crossentropy", "compares the scores of the classes, and dense1 has one score", "dense 1 sigmoid and the loss binary_crossentropy"},
		{"dense 1", two, "loss binary_crossentropy", "needs probabilities, and dense1 does not end with sigmoid", "binary_crossentropy(from_logits)"},
		{"dense 10", ten, "loss categorical_focal_crossentropy", "does not end with softmax", "categorical_focal_crossentropy(from_logits)"},
		{"dense 10 softmax", ten, "loss categorical_crossentropy(from_logits)", "takes the scores for logits, and dense1 ends with softmax", "leave out from_logits"},
		{"dense 1 sigmoid", two, "loss hinge", "needs scores on both sides of 0, and dense1 ends with sigmoid", "tanh"},
		{"dense 1", "", "loss poisson", "needs scores above 0", "softplus"},
		{"dense 3", "", "loss kl_divergence", "needs probabilities", "softmax"},
		{"dense 1 sigmoid", ten, "", "dense1 has 1 output, the data has 10 classes", "dense classes softmax"},
		{"dense 3", two, "loss mean_squared_error", "dense1 has 3 outputs, the data has 2 classes", "dense 1 sigmoid"},
		{"dense 2 softmax", numbers, "", "categorical_crossentropy compares classes, and the net is to predict numbers", "mean_squared_error"},
		{"dense 3", numbers, "loss huber", "dense1 has 3 outputs, and there are 2 numbers to predict", "dense 2"},
		{"dense 3", "", "loss huber; metrics accuracy", "accuracy: it is about classes, and the scores of the network are values", "mean_absolute_error"},
		{"dense 3 softmax", "", "metrics top_k", "always among the first 5 of 3", "those that fit"},
		{"dense 3 softmax", "", "metrics r2", "it is about values", "accuracy"},
		{"dense 3 softmax", "", "metrics precision(class=3)", "class is 3, want a whole number from 0 to 2", ""},
		{"dense 3 softmax", "", "metrics accuracy accuracy", "asked for twice", ""},
		{"dense 1 sigmoid", "", "metrics categorical_accuracy", "several classes", "binary_accuracy"},
		{"dense 10 softmax", ten, `class_weight "bee" 2; class_weight "bee" 3`, "two weights", ""},
		{"dense 10 softmax", ten, `class_weight balanced; class_weight "bee" 3`, "exclude each other", ""},
		{"dense 2", numbers, "loss huber; class_weight balanced", "class_weight is about classes", ""},
		{"dense 2 softmax", `train folder("x"); labels "cat" "dog"`, `class_weight "dok" 3`, `no class "dok"`, `did you mean "dog"`},
	} {
		src := ending(c.last, c.data, c.train)
		_, list := lower.Lower(load(t, src, elab.Options{}), lower.Options{})
		if !list.HasErrors() {
			t.Errorf("%s: no error, want %s", src, c.want)
			continue
		}
		if d := list[0]; !strings.Contains(d.Msg, c.want) || !strings.Contains(d.Help, c.help) {
			t.Errorf("%s\n got %s\n     help: %s\nwant %s, help: %s", src, d.Msg, d.Help, c.want, c.help)
		}
		if list.Has("") {
			t.Errorf("%s: an internal error: %v", src, list)
		}
	}
}

// TestLossTablesAgree compares the rows of losses in the language with those of
// the operations: every word is computed, with the numbers it takes.
func TestLossTablesAgree(t *testing.T) {
	words := map[string]bool{}
	for _, row := range lang.LossTable {
		words[row.Name] = true
		if row.Name == "crossentropy" {
			continue // one of two others
		}
		l := op.LookupLoss(row.Name)
		if l == nil {
			t.Errorf("no operation computes the loss %s", row.Name)
			continue
		}
		for _, list := range [][]lang.Option{row.Args, row.Options} {
			for _, o := range list {
				has := o.Name == "from_logits" && l.Logits != ""
				for _, name := range l.Options {
					has = has || name == o.Name
				}
				if !has {
					t.Errorf("%s: the option %s does nothing", row.Name, o.Name)
				}
			}
		}
		for _, name := range l.Options {
			if row.Option(name) == nil && row.Name == l.Name {
				t.Errorf("%s: the language has no option %s", row.Name, name)
			}
		}
	}
	of := map[string]bool{}
	for _, l := range op.Losses() {
		of[l.Logits], of[l.Soft] = true, true
	}
	for _, l := range op.Losses() {
		if !words[l.Name] && !of[l.Name] {
			t.Errorf("%s: no word of the language asks for it", l.Name)
		}
	}
}

// TestMeasures: metrics and class weights as the runtime gets them.
func TestMeasures(t *testing.T) {
	m := mustLower(t, ending("dense 10 softmax", "train doodles(classes=10)",
		`metrics accuracy top_k(3) fbeta(2, class=1, average=micro) precision(threshold=0.7) precision; class_weight "arrow" 2.5; class_weight "circle" 0; stop when precision_1 > 0.9`))
	want := config.Train{
		Metrics:     []string{"accuracy", "top_k(k=3)", "fbeta(beta=2, class=1, average=micro)", "precision(threshold=0.7)", "precision"},
		ClassWeight: []config.ClassWeight{{Class: "arrow", Weight: 2.5}, {Class: "circle", Weight: 0}},
	}
	if d := cmp.Diff(want.Metrics, m.Train.Metrics); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want.ClassWeight, m.Train.ClassWeight); d != "" {
		t.Error(d)
	}
	if m := mustLower(t, ending("dense 10 softmax", "", "class_weight balanced")); !m.Train.BalancedClasses {
		t.Error("classes are not balanced")
	}
}

// TestMetricTablesAgree asks the runtime for every metric of the language, with
// each of its options.
func TestMetricTablesAgree(t *testing.T) {
	heads := []model.Head{{}, {Task: model.Binary}, {Task: model.Values}}
	fits := func(text string) (err error) {
		for _, h := range heads {
			if _, err = metric.New(text, h, 9); err == nil {
				return nil
			}
		}
		return err
	}
	for _, row := range lang.MetricTable {
		if err := fits(row.Name); err != nil {
			t.Error(err)
		}
		for _, list := range [][]lang.Option{row.Args, row.Options} {
			for _, o := range list {
				value := o.Default
				if value == "" {
					value = "2"
				}
				if err := fits(row.Name + "(" + o.Name + "=" + value + ")"); err != nil {
					t.Error(err)
				}
			}
		}
	}
}
