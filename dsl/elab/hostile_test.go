package elab_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
)

// TestSinglePrecision: numbers that the network computes with lie in their range
// after rounding as well.
func TestSinglePrecision(t *testing.T) {
	for line, want := range map[string]string{
		"gaussian_dropout 0.99999999999": "in single precision, .* rate 0.99999999999 is 1",
		"dropout 0.9999999":              "",
		"dropout 1":                      "",
		"dropout 1e-60":                  "", // 0 is in the range
		"conv 2 3x3 l2=1e39":             "l2 1e39 is ",
		"conv 2 3x3 l2=3e38":             "",
		"conv 2 3x3 init=constant(1e99)": "value 1e99 is ",
	} {
		_, list := dsl.Load("test.cnn", "cnn 1\nmodel test\nnet { input 8x8x1; "+line+" }", elab.Options{})
		checkList(t, line, list, want)
	}
	for set, want := range map[string]string{
		"train.optimizer=adam(1e39)":                "learning_rate 1e39 is ",
		"train.optimizer=adam(1e-60)":               "",
		"train.optimizer=adam(epsilon=1e-60)":       "epsilon 1e-60 is 0.*has to be in \\(0, 1\\]",
		"train.optimizer=adam(beta_2=0.9999999999)": "beta_2 0.9999999999 is 1",
		"data.rescale=1e-300":                       "factor 1e-300 is 0",
		"data.rescale=1e300":                        "factor 1e300 is ",
		// A whole number is not wrong for its exponent when it is wrong for its size.
		"train.epochs=1e12":               "count has to be in \\[1, 1000000\\], got 1000000000000",
		"train.epochs=1e3":                "count has to be a whole number.*without a point or an exponent: 1000",
		"train.seed=18446744073709551615": "value has to be in ",
		"data.train=doodles(1e12)":        "examples has to be in ",
		`data.train=folder("")`:           "folder: path is empty",
		`data.root=""`:                    "root: path is empty",
		`data.labels="a" ""`:              "labels: names is empty",
		"train.stop=when loss < 1e-60":    "",
	} {
		_, list := dsl.Load("test.cnn", `cnn 1
model test
net { input 8x8x1; flatten; dense 2 softmax }
data { train folder("x") }
train { loss categorical_crossentropy; optimizer sgd; epochs 1 }`, elab.Options{Overrides: []elab.Override{{Text: set}}})
		checkList(t, set, list, want)
	}
}

// TestTooLong: of a file that is not read for its length nothing else is said.
func TestTooLong(t *testing.T) {
	for name, src := range map[string]string{
		"bytes": "cnn 1\n" + strings.Repeat("// filler\n", 1<<17),
		"words": "cnn 1\nmodel m\nnet { input 8x8x1\nconv " + strings.Repeat("(", 150000) + "8" + strings.Repeat(")", 150000) + " 3x3 }",
	} {
		p, list := dsl.Load("test.cnn", src, elab.Options{})
		if len(list) != 1 || !list.Has(diag.TooLarge) || p == nil || p.File != "test.cnn" {
			t.Errorf("%s: %v", name, list)
		}
	}
	_, list := dsl.Load("test.cnn", "\xff\xfec\x00n\x00n\x00 \x001\x00", elab.Options{})
	if len(list) != 1 {
		t.Errorf("UTF-16: %v", list)
	}
	checkList(t, "UTF-16", list, "UTF-16 text")
}

// checkList wants one error that matches, or none for "".
func checkList(t *testing.T, what string, list diag.List, want string) {
	t.Helper()
	if want == "" {
		if list.HasErrors() {
			t.Errorf("%s: %v", what, list)
		}
		return
	}
	var text strings.Builder
	for _, d := range list {
		text.WriteString(d.Msg + " " + d.Help + "\n")
	}
	if !regexp.MustCompile(want).MatchString(text.String()) {
		t.Errorf("%s: %q, want %q", what, text.String(), want)
	}
}
