package compiler_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/elab"
)

// compile takes a model file through all phases.
func compile(t *testing.T, src string, o compiler.Options) *compiler.Result {
	t.Helper()
	p, list := dsl.Load("test.cnn", src, elab.Options{})
	if list.HasErrors() {
		t.Fatal(list.Err())
	}
	r, list := compiler.Compile(p, o)
	if r == nil || list.HasErrors() {
		t.Fatal(list.Err())
	}
	return r
}

// stats is what a lost optimization would change: operations, calls, memory.
func stats(r *compiler.Result) string {
	var b strings.Builder
	for _, p := range []struct {
		name string
		prog *plan.Program
	}{{"inference", &r.Plan.Infer}, {"training", &r.Plan.Train}} {
		if len(p.prog.Forward) == 0 {
			continue
		}
		flops := int64(0)
		for _, c := range p.prog.Calls() {
			flops += c.Base().FLOPs
		}
		fmt.Fprintf(&b, "%s: %d calls, %d buffers, %d FLOP an example\n", p.name, len(p.prog.Calls()), len(p.prog.Buffers), flops)
		fmt.Fprintf(&b, "%s: micro-batch %d, arena %d floats, %d without sharing, %d live at once\n", p.name,
			p.prog.Micro, p.prog.ArenaFloats, p.prog.SeparateFloats(), p.prog.PeakFloats())
	}
	fmt.Fprintf(&b, "parameters: %d floats packed, %d derived, %d shards, %s with %d slots\n",
		r.Plan.ParamFloats, r.Plan.DerivedFloats, r.Plan.Shards, r.Plan.Optimizer, r.Plan.Slots)
	return b.String()
}

// TestGolden compiles the model files of testdata and compares the fused graphs
// and the numbers of the plan with the golden file beside each. With
// CNNC_UPDATE=1 it writes the golden files anew.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.cnn")
	if err != nil || len(files) == 0 {
		t.Fatalf("no model files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".cnn"), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := compile(t, string(src), compiler.Options{Stages: true})
			var got strings.Builder
			if err := r.Explain(&got, "fuse"); err != nil {
				t.Fatal(err)
			}
			got.WriteString("\n" + stats(r))
			golden := strings.TrimSuffix(file, ".cnn") + ".golden"
			if os.Getenv("CNNC_UPDATE") != "" {
				if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("compiled otherwise than %s says (CNNC_UPDATE=1 accepts it):\n%s", golden, diff)
			}
		})
	}
}

const small = `cnn 1
model small

hyper m = 0.5

net {
    input 8x8x1
    conv 8 3x3 same relu
    maxpool 2x2
    flatten
    dropout 0.2
    dense 3 softmax
}

data {
    train folder("x")
    batch 4
}

train {
    loss categorical_crossentropy
    optimizer OPTIMIZER
}
`

func model(optimizer string) string { return strings.Replace(small, "OPTIMIZER", optimizer, 1) }

func TestCompileTwiceIsTheSame(t *testing.T) {
	a := compile(t, model("adam(0.001)"), compiler.Options{Stages: true})
	b := compile(t, model("adam(0.001)"), compiler.Options{Stages: true})
	if diff := cmp.Diff(a.Stages, b.Stages); diff != "" {
		t.Error(diff)
	}
}

func TestLayersAreInTheWordsOfTheFile(t *testing.T) {
	r := compile(t, model("adam(0.001)"), compiler.Options{})
	var got []string
	for _, l := range r.Plan.Layers {
		got = append(got, fmt.Sprintf("%d %s %s %s %v %d %s", l.Line, l.Name, l.Kind, l.Args, l.Shape, l.Params, l.Kernel))
		if l.Hash == "" {
			t.Errorf("%s has no hash", l.Name)
		}
	}
	want := []string{
		"7 input input 8x8x1 [8 8 1] 0 ",
		"8 conv1 conv 8 3x3 same relu [8 8 8] 80 igemmConstBias+maxpoolReLU",
		"9 maxpool1 maxpool 2x2 [4 4 8] 0 in conv1",
		"10 flatten1 flatten  [128] 0 ",
		"11 dropout1 dropout 0.2 [128] 0 dropout",
		"12 dense1 dense 3 softmax [3] 387 narrowBias, softmax",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r.Plan.File != "test.cnn" || r.Plan.Source == "" || r.Plan.Hash == "" {
		t.Errorf("file %q, source of %d bytes, hash %q", r.Plan.File, len(r.Plan.Source), r.Plan.Hash)
	}
}

func TestInferenceOnly(t *testing.T) {
	r := compile(t, model("adam(0.001)"), compiler.Options{Inference: true})
	if r.Training != nil || len(r.Plan.Train.Forward) > 0 || r.Plan.DerivedFloats != r.Plan.InferDerivedFloats {
		t.Error("a plan for inference holds training")
	}
	full := compile(t, model("adam(0.001)"), compiler.Options{})
	if diff := cmp.Diff(full.Plan.Params, r.Plan.Params); diff != "" {
		t.Errorf("parameters lie otherwise than with training: %s", diff)
	}
}

func TestUnfused(t *testing.T) {
	strips := func(r *compiler.Result) (n int) {
		for _, c := range append(r.Plan.Infer.Calls(), r.Plan.Train.Calls()...) {
			if g, ok := c.(*plan.IGEMM); ok && (g.Pool != nil || g.ReLU || g.Mask != nil) {
				n++
			}
		}
		return n
	}
	if n := strips(compile(t, model("adam(0.001)"), compiler.Options{})); n != 2 {
		t.Errorf("%d fused products, want 2", n)
	}
	if n := strips(compile(t, model("adam(0.001)"), compiler.Options{Unfused: true})); n != 0 {
		t.Errorf("%d fused products without fusion", n)
	}
}

func TestUpdateRule(t *testing.T) {
	for _, c := range []struct {
		optimizer, rule string
		slots           int
	}{
		{"sgd(0.1)", "sgd", 0},
		{"sgd(0.1, momentum=0.9)", "momentum", 1},
		{"sgd(0.1, momentum=0.9, nesterov)", "nesterov", 1},
		{"sgd(0.1, momentum=m-0.5)", "momentum", 1}, // zero now, but not for ever
		{"adam(0.001)", "adam", 2},
		{"adamw(0.001, weight_decay=0.01)", "adam", 2},
	} {
		r := compile(t, model(c.optimizer), compiler.Options{})
		if r.Plan.Optimizer != c.rule || r.Plan.Slots != c.slots {
			t.Errorf("%s: %s with %d slots, want %s with %d", c.optimizer, r.Plan.Optimizer, r.Plan.Slots, c.rule, c.slots)
		}
	}
}

func TestExplain(t *testing.T) {
	r := compile(t, model("adam(0.001)"), compiler.Options{Stages: true})
	want := []string{"lower", "inference", "simplify", "dce", "autodiff", "fuse", "schedule"}
	if diff := cmp.Diff(want, r.StageNames()); diff != "" {
		t.Error(diff)
	}
	var b strings.Builder
	if err := r.Explain(&b, "autodiff"); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); !strings.HasPrefix(text, "after autodiff, training: ") || !strings.Contains(text, "conv2d_dw") {
		t.Errorf("after autodiff: %s", text)
	}
	b.Reset()
	if err := r.Explain(&b, ""); err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Stages {
		if !strings.Contains(b.String(), s.Text) {
			t.Errorf("the whole explanation lacks %s", s.Name)
		}
	}
	if err := r.Explain(&b, "optimize"); err == nil || !strings.Contains(err.Error(), "fuse") {
		t.Errorf("an unknown phase: %v", err)
	}
}

func TestMistakesComeBack(t *testing.T) {
	src := strings.Replace(model("adam(0.001)"), "maxpool 2x2", "maxpool 9x9", 1)
	p, list := dsl.Load("test.cnn", src, elab.Options{})
	if list.HasErrors() {
		t.Fatal(list.Err())
	}
	r, list := compiler.Compile(p, compiler.Options{Lower: lower.Options{Classes: 3}})
	if r != nil || !list.HasErrors() {
		t.Fatalf("compiled: %v", list)
	}
	for _, d := range list {
		if strings.Contains(d.Error(), "internal error") {
			t.Errorf("a mistake of the user is reported as one of cnnc: %v", d)
		}
	}
}

// TestMemoryDoesNotGrowWithTheBatch: the arenas of the 255x255 network are the
// same for any batch, within what a shard takes at once.
func TestMemoryDoesNotGrowWithTheBatch(t *testing.T) {
	src := `cnn 1
model large
block double(f) {
    conv f 3x3 same relu
    conv f 3x3 same relu
    maxpool 2x2
}
net {
    input 255x255x1
    double(32)
    double(64)
    double(128)
    flatten
    dense 10 softmax
}
data {
    train folder("x")
    batch BATCH
}
train {
    loss categorical_crossentropy
    optimizer adam(0.001)
}
`
	arena := func(batch string) int {
		r := compile(t, strings.Replace(src, "BATCH", batch, 1), compiler.Options{})
		if r.Plan.Train.ArenaFloats != r.Plan.Train.PeakFloats() {
			t.Errorf("batch %s: arena of %d floats, %d live at once", batch, r.Plan.Train.ArenaFloats, r.Plan.Train.PeakFloats())
		}
		return r.Plan.Train.ArenaFloats
	}
	a, b := arena("16"), arena("128")
	if a != b {
		t.Errorf("the arena has %d floats for batch 16 and %d for 128", a, b)
	}
	// The second layer's input, its gradient, and the planes of a few tiles.
	if limit := 25 << 20 / 4; b > limit {
		t.Errorf("the arena has %d floats, want at most %d", b, limit)
	}
}
