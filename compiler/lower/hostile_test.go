package lower_test

import (
	"testing"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/compiler/pass"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
)

// TestUnusedLayers: layers whose results go nowhere are left out with their
// weights, for these have no gradient; mistakes in them are reported.
func TestUnusedLayers(t *testing.T) {
	m := mustLower(t, `net { input 8x8x1
dead = conv 3 3x3 relu l2=0.1
dropout 0.5
from input
conv 2 3x3
flatten
dense 3 softmax }
train { loss categorical_crossentropy; optimizer sgd }`)
	var params []string
	for _, p := range m.Graph.Params {
		params = append(params, p.Value.Name)
	}
	if len(params) != 4 || params[0] != "conv2.kernel" || m.Graph.Named("dead") != nil {
		t.Errorf("parameters %q", params)
	}
	g := m.Graph.Clone()
	if err := pass.Run(g, pass.Training, func(p pass.Pass, g *ir.Graph) {}); err != nil {
		t.Error(err)
	}

	_, list := lower.Lower(load(t, `net { input 8x8x1
dead = conv 3 30x30
from input
flatten
dense 3 softmax }`, elab.Options{}), lower.Options{})
	if !list.Has(lower.EmptyOutput) {
		t.Errorf("a mistake in an unused layer: %v", list)
	}

	// What remains may have nothing to train.
	_, list = lower.Lower(load(t, `net { input 1x1x3
dead = conv 3 1x1
from input
flatten
softmax }
train { loss categorical_crossentropy; optimizer sgd }`, elab.Options{}), lower.Options{})
	if !list.Has(lower.NothingToTrain) {
		t.Errorf("only unused weights: %v", list)
	}
}

func TestBadLabels(t *testing.T) {
	for labels, want := range map[string]diag.Code{
		`"cat" "dog"`:       "",
		`"cat" "dog" "cat"`: diag.Duplicate,
		`"cat"`:             diag.OutOfRange,
	} {
		_, list := lower.Lower(load(t, `net { input 8x8x1; flatten; dense classes softmax }
data { train folder("x"); labels `+labels+` }
train { loss categorical_crossentropy; optimizer sgd }`, elab.Options{Classes: 3}), lower.Options{})
		switch {
		case want != "" && !list.Has(want):
			t.Errorf("labels %s: %v, want %s", labels, list, want)
		case want == "" && list.Has(diag.Duplicate):
			t.Errorf("labels %s: %v", labels, list)
		}
	}
}
