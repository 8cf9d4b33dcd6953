package compiler_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/elab"
)

// FuzzCompile checks that every file the language accepts is either compiled or
// refused for a reason that has a code: whatever is behind lowering must take
// all that lowering lets through.
func FuzzCompile(f *testing.F) {
	examples, err := filepath.Glob("../examples/*/*.cnn")
	if err != nil || len(examples) == 0 {
		f.Fatalf("no examples: %v", err)
	}
	for _, name := range examples {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), true)
	}
	const train = "\ntrain { loss categorical_crossentropy; optimizer adam(1e-3) }"
	for _, net := range []string{
		"input 8x8x1; dead = conv 3 3x3 l2=0.1; from input; conv 2 3x3; flatten; dense 2 softmax",
		"input 5x7x3; a = conv 3 3x3 same stride=2 nobias; b = conv 3 1x1 trainable=false; add a; relu; concat a b; avgpool 2x2 stride=1 same; globalavgpool; softmax",
		"input 1x1x1; flatten; dropout 0.5; dense 3 tanh; dense 3 sigmoid; softmax",
		"input 9x4x2; conv 2 3x2 dilation=2x1 pad=sides(3, 1, 2, 0) leaky_relu; maxpool 3x3 stride=1 same; maxpool 2x2; relu; flatten; elu; dense 2 softmax",
		"input 6x6x1; x = flatten; from input; conv 5 6x6; flatten; dense 36; add x; add x; dense 2 softmax",
		"input 6x6x1; repeat 3 { s = conv 4 3x3 same relu; conv 4 3x3 same; add s; dropout 0.1 }; globalavgpool; dense 2 softmax",
	} {
		f.Add("cnn 1\nmodel m\nnet { "+net+" }"+train, false)
		f.Add("cnn 1\nmodel m\nnet { "+net+" }\ntrain { loss mean_squared_error; optimizer sgd(0.1, momentum=0.9, nesterov) }", true)
	}
	f.Fuzz(func(t *testing.T, src string, unfused bool) {
		if !strings.HasPrefix(src, "cnn") {
			src = "cnn 1\nmodel m\n" + src
		}
		p, list := dsl.Load("fuzz.cnn", src, elab.Options{Classes: 2})
		if list.HasErrors() || len(p.Layers) > 60 {
			return
		}
		r, list := compiler.Compile(p, compiler.Options{Unfused: unfused})
		if list.Has("") {
			t.Fatalf("%s\n%v", src, list)
		}
		if (r == nil) != list.HasErrors() {
			t.Fatalf("result %v with %v", r != nil, list)
		}
	})
}
