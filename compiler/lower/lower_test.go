package lower_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data/doodles"
)

// load elaborates a source that must be right as far as the language goes.
func load(t testing.TB, src string, o elab.Options) *elab.Program {
	t.Helper()
	if !strings.HasPrefix(src, "cnn") {
		src = "cnn 1\nmodel example\n" + src
	}
	p, list := dsl.Load("dir/example.cnn", src, o)
	if err := list.Err(); err != nil {
		t.Fatalf("%s\n%v", src, err)
	}
	return p
}

func mustLower(t testing.TB, src string) *lower.Model {
	t.Helper()
	m, list := lower.Lower(load(t, src, elab.Options{}), lower.Options{})
	if m == nil {
		t.Fatalf("%s\n%v", src, list)
	}
	if err := op.Verify(m.Graph); err != nil {
		t.Fatal(err)
	}
	return m
}

const residual = `cnn 1
model residual

hyper filters = choice(6, 12)
hyper decay   = choice(1e-4, 1e-5)

block unit(f) {
    conv f 3x3 same relu l2=decay
    conv f 3x3 same
}

net {
    input 9x7x3
    stem = conv filters 3x2 stride=2x1 leaky_relu(0.1)
    unit(filters)
    add stem
    relu
    side = conv 2 1x1 pad=sides(top=1, left=0, bottom=0, right=2) nobias
    from stem
    conv 2 2x1 dilation=2x1 init=he_normal trainable=false
    maxpool 3x3 stride=1 same
    dropout 0.25
    flatten
    dropout 0.5
    dense 5 tanh bias_init=constant(0.1)
    dense 3 softmax
}

train {
    loss categorical_crossentropy
    optimizer adam(1e-3)
}
`

const residualText = `graph residual
%0 input = input : f32[n 9 7 3]  // example.cnn:13
%1 stem.kernel = param glorot_uniform fan 18 36 : f32[3 2 3 6]  // example.cnn:14
%2 stem.conv2d = conv2d %0 %1 {3x2 stride 2x1 pad 0,0,0,0 of 9x7} : f32[n 4 6 6]  // example.cnn:14
%3 stem.bias = param zeros fan 6 6 : f32[6]  // example.cnn:14
%4 stem.preact = bias %2 %3 : f32[n 4 6 6]  // example.cnn:14
%5 stem = act %4 {leaky_relu 0.1} : f32[n 4 6 6]  // example.cnn:14
%6 conv2.kernel = param glorot_uniform fan 54 54 l2 s0 : f32[3 3 6 6]  // example.cnn:8
%7 conv2.conv2d = conv2d %5 %6 {3x3 stride 1 pad 1,1,1,1 of 4x6} : f32[n 4 6 6]  // example.cnn:8
%8 conv2.bias = param zeros fan 6 6 : f32[6]  // example.cnn:8
%9 conv2.preact = bias %7 %8 : f32[n 4 6 6]  // example.cnn:8
%10 conv2 = act %9 {relu} : f32[n 4 6 6]  // example.cnn:8
%11 conv3.kernel = param glorot_uniform fan 54 54 : f32[3 3 6 6]  // example.cnn:9
%12 conv3.conv2d = conv2d %10 %11 {3x3 stride 1 pad 1,1,1,1 of 4x6} : f32[n 4 6 6]  // example.cnn:9
%13 conv3.bias = param zeros fan 6 6 : f32[6]  // example.cnn:9
%14 conv3 = bias %12 %13 : f32[n 4 6 6]  // example.cnn:9
%15 add1 = add %14 %5 : f32[n 4 6 6]  // example.cnn:16
%16 relu1 = act %15 {relu} : f32[n 4 6 6]  // example.cnn:17
`

func TestResidualText(t *testing.T) {
	src := strings.Replace(residual, "    side = conv 2 1x1 pad=sides(top=1, left=0, bottom=0, right=2) nobias\n    from stem\n", "", 1)
	m := mustLower(t, src)
	head, _, ok := strings.Cut(m.Graph.String(), "%17 ")
	if !ok {
		t.Fatal(m.Graph)
	}
	if d := cmp.Diff(residualText, head); d != "" {
		t.Error(d)
	}
	text := m.Graph.String()
	for _, want := range []string{
		"conv4.kernel = param he_normal fan 12 4 frozen : f32[2 1 6 2]",
		"{2x1 stride 1 pad 0,0,0,0 dilation 2x1 of 4x6} : f32[n 2 6 2]",
		"maxpool1 = maxpool2d %20 {3x3 stride 1 pad 1,1,1,1 of 2x6} : f32[n 2 6 2]",
		"dropout1 = dropout %21 {rate s1 stream 1 of 2 channels} : f32[n 2 6 2]",
		"dropout2 = dropout %23 {rate s2 stream 2 of 2 channels} : f32[n 24]",
		"dense1.bias = param constant:0.1 fan 5 5 : f32[5]",
		"dense2.dense = dense",
		"dense2.preact = bias",
		"dense2 = softmax",
		"loss = categorical_crossentropy",
		"scalar s0 conv2.l2 = 0.0001\nscalar s1 dropout1.rate = 0.25\nscalar s2 dropout2.rate = 0.5\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestGradients goes from text to gradients that agree with central differences.
func TestGradients(t *testing.T) {
	src := strings.Replace(residual, "    from stem\n", "    add side\n    from side\n", 1)
	src = strings.Replace(src, "    add side\n    from side\n", "", 1)
	m := mustLower(t, src)
	g := m.Graph
	if err := pass.Run(g, []pass.Pass{{Name: "simplify", Run: pass.Simplify}, {Name: "autodiff", Run: pass.Autodiff}, {Name: "dce", Run: pass.DCE}}, nil); err != nil {
		t.Fatal(err)
	}
	compilertest.CheckGradients(t, g, compilertest.RandomInputs(rand.New(rand.NewPCG(1, 9)), g, 2))
}

func TestLayers(t *testing.T) {
	m := mustLower(t, `hyper f = choice(4, 8)
net {
    input 12x9x1
    conv f*2 3x3 same leaky_relu l1=1e-3
    conv f 3x2 leaky_relu(0.1) pad=1 stride=2 nobias init=random_normal(0, 0.01)
    leaky_relu
    avgpool 2x2 stride=1
    globalavgpool
    dropout 30%
    dense 3 softmax trainable=true
}`)
	var got []string
	for _, l := range m.Layers {
		if len(l.Hash) != 16 {
			t.Errorf("%s has hash %q", l.Name, l.Hash)
		}
		got = append(got, strings.TrimSpace(l.Name+": "+l.Kind+" "+l.Args))
	}
	want := []string{
		"input: input 12x9x1",
		"conv1: conv 8 3x3 same leaky_relu l1=0.001",
		"conv2: conv 4 3x2 pad=sides(1, 1, 1, 1) stride=2x2 leaky_relu(0.1) nobias init=random_normal(stddev=0.01)",
		"leaky_relu1: leaky_relu 0.3",
		"avgpool1: avgpool 2x2 stride=1x1",
		"globalavgpool1: globalavgpool",
		"dropout1: dropout 0.3",
		"dense1: dense 3 softmax",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(m.Graph.Hash) != 32 {
		t.Errorf("network hash %q", m.Graph.Hash)
	}
	if got := m.Graph.Params[2].Init; got != "random_normal:0,0.01" {
		t.Errorf("initializer %q", got)
	}
}

// TestDiagnostics lowers sources that are wrong and compares all messages, in
// order, by line: none may be missing and none may follow from another.
func TestDiagnostics(t *testing.T) {
	for _, c := range []struct {
		name, src string
		labels    int
		want      []string // "line: part of the message"
	}{
		{"windows that do not fit", `net {
    input 6x5x1
    conv 4 3x3
    conv 4 3x3
    maxpool 3x2
    conv 4 5x5
    flatten
    dense 3 softmax
}`, 0, []string{"7: maxpool 3x2 on 2x1x4: output would be 0x0: height floor((2 - 3) / 3) + 1 = 0, width floor((1 - 2) / 2) + 1 = 0; it follows conv2 (line 6)"}},
		{"as in the specification", `net {
    input 1x1x64
    maxpool 2x2
    flatten
    dense 3 softmax
}`, 0, []string{"5: maxpool 2x2 on 1x1x64: output would be 0x0: floor((1 - 2) / 2) + 1 = 0; it follows input (line 4)"}},
		{"padding and dilation in the arithmetic", `net {
    input 5x9x2
    conv 4 3x3 dilation=4 pad=1
    flatten
    dense 3 softmax
}`, 0, []string{"5: conv 3x3 on 5x9x2: output would be 0x3: height floor((5 + 2 - (2*4 + 1)) / 1) + 1 = -1; it follows input (line 4)"}},
		{"image and vector confused, several at once", `net {
    input 8x8x1
    dense 4 relu
    conv 8 3x3
    flatten
    maxpool
    dense 3 softmax
}`, 0, []string{
			"5: dense needs a vector, got 8x8x1; it follows input (line 4)",
			"6: conv needs an image, got a vector of 4; it follows dense1 (line 5)",
		}},
		{"layers of one axis on an image", `net {
    input 28x28x3
    conv1d 4 3
}`, 0, []string{"5: conv1d needs a sequence, got an image of 28x28x3; it follows input (line 4)"}},
		{"layers of two axes on a sequence", `net {
    input 128x6
    maxpool 2x2
}`, 0, []string{"5: maxpool needs an image, got a sequence of 128x6; it follows input (line 4)"}},
		{"windows longer than the sequence", `net {
    input 9x2
    conv1d 4 3 dilation=5
}`, 0, []string{"5: conv1d 3 on 9x2: output would have length 0: floor((9 - (2*5 + 1)) / 1) + 1 = -1; it follows input (line 4)"}},
		{"a dense layer on a sequence", `net {
    input 9x2
    conv1d 4 3 relu
    dense 3
}`, 0, []string{"6: dense needs a vector, got 7x4; it follows conv1d1 (line 5)"}},
		{"sequences that differ", `net {
    input 9x2
    a = conv1d 4 3
    from input
    add a
    flatten
}`, 0, []string{"7: add needs values of the same shape, or with axes of size 1 that stretch: input (line 4) is 9x2 and a (line 5) is 7x4"}},
		{"a depthwise layer behind flatten", `net {
    input 8x8x2
    flatten
    depthwise 3x3
}`, 0, []string{"6: depthwise needs an image, got a vector of 128; it follows flatten1 (line 5)"}},
		{"groups that do not divide", `net {
    input 8x8x6
    conv 8 3x3 groups=3
    conv 9 3x3 groups=3
}`, 0, []string{"5: 8 filters do not split into 3 equal groups"}},
		{"output padding", `net {
    input 8x8x6
    deconv 8 3x3 stride=2x1 output_padding=1
}`, 0, []string{"5: an output_padding of 1x1 with a stride of 2x1"}},
		{"stride and dilation", `net {
    input 8x8x6
    deconv 8 3x3 stride=2 dilation=2
    separable 8 3x3 stride=2x1 dilation=2
}`, 0, []string{
			"5: a stride of 2x2 and a dilation of 2x2 exclude each other",
			"6: a stride of 2x1 and a dilation of 2x2 exclude each other",
		}},
		{"nothing left of a transposed convolution", `net {
    input 1x8x6
    deconv 8 2x3 same output_padding=0
}`, 0, []string{"5: deconv 2x3 on 1x8x6: output would be 0x8: same with an even kernel gives (input - 1)*stride + output_padding; it follows input (line 4)"}},
		{"a loss behind a mistake", `net {
    input 8x8x1
    dense 3 relu
}
train { loss categorical_crossentropy; optimizer sgd }`, 0, []string{
			"5: dense needs a vector, got 8x8x1; it follows input (line 4)",
			"7: categorical_crossentropy needs probabilities, and dense1 does not end with softmax",
		}},
		{"a good loss behind a mistake", `net {
    input 8x8x1
    dense 3 softmax
}
train { loss categorical_crossentropy; optimizer sgd }`, 0, []string{
			"5: dense needs a vector, got 8x8x1; it follows input (line 4)",
		}},
		{"mistakes on both sides of an unknown result", `net {
    input 2x2x1
    conv 4 3x3
    flatten
    dense 8 relu
    globalavgpool
    dense 3 softmax
}`, 0, []string{
			"5: conv 3x3 on 2x2x1",
			"8: globalavgpool needs an image, got a vector of 8; it follows dense1 (line 7)",
		}},
		{"add", `net {
    input 8x8x1
    a = conv 4 3x3
    b = conv 6 3x3
    add a
    flatten
    dense 3 softmax
}`, 0, []string{"7: add needs values of the same shape, or with axes of size 1 that stretch: b (line 6) is 4x4x6 and a (line 5) is 6x6x4"}},
		{"concat", `net {
    input 8x8x1
    a = conv 4 3x3
    b = conv 6 3x3
    concat a
    flatten
    dense 3 softmax
}`, 0, []string{"7: concat needs values that differ in their channels only: b (line 6) is 4x4x6 and a (line 5) is 6x6x4"}},
		{"ends in an image", `net {
    input 8x8x1
    conv 4 3x3
}`, 0, []string{"5: the network ends in an image of 6x6x4, and a vector of scores is needed"}},
		{"stride and dilation", `net {
    input 8x8x1
    conv 4 3x3 stride=2 dilation=2
    flatten
    dense 3 softmax
}`, 0, []string{"5: a stride of 2x2 and a dilation of 2x2 exclude each other"}},
		{"loss without probabilities", `net {
    input 8x8x1
    flatten
    dense 3 relu
}
train { loss sparse_categorical_crossentropy; optimizer sgd }`, 0, []string{
			"8: sparse_categorical_crossentropy needs probabilities, and dense1 does not end with softmax",
		}},
		{"sigmoid of one", `net {
    input 8x8x1
    flatten
    dense 1
    sigmoid
}
train { loss categorical_crossentropy; optimizer sgd }`, 0, []string{"7: categorical_crossentropy compares the scores of the classes, and sigmoid1 has one score"}},
		{"softmax of one", `net {
    input 8x8x1
    flatten
    dense 1 softmax
}
train { loss categorical_crossentropy; optimizer sgd }`, 0, []string{"6: categorical_crossentropy compares the scores of the classes, and dense1 has one score"}},
		{"classes of the data", `net {
    input 28x28x1
    flatten
    dense 9 softmax
}
data { train doodles }
train { loss categorical_crossentropy; optimizer sgd }`, 0, []string{"6: dense1 has 9 outputs, the data has 10 classes"}},
		{"classes of the labels", `net {
    input 28x28x1
    flatten
    dense 2
}
data { train folder("photos"); labels "cat" "dog" "cow" }
train { loss mean_squared_error; optimizer sgd }`, 0, []string{"6: dense1 has 2 outputs, the data has 3 classes"}},
		{"classes from the caller", `net {
    input 28x28x1
    flatten
    dense 9
}
data { train folder("photos") }
train { loss mean_squared_error; optimizer sgd }`, 4, []string{"6: dense1 has 9 outputs, the data has 4 classes"}},
		{"frozen", `net {
    input 8x8x1
    flatten
    dense 3 softmax trainable=false
}
train { loss categorical_crossentropy; optimizer sgd }`, 0, []string{"8: the network has no weights to train"}},
		{"images of another shape", `net {
    input 28x28x3
    flatten
    dense 10 softmax
}
data {
    train doodles(classes=11)
    gray
    resize 32x28
}
train { loss categorical_crossentropy; optimizer sgd }`, 0, []string{
			"9: doodles of 11 classes; there are 10 kinds of figures",
			"10: gray images have 1 channel, the input of the net has 3",
			"11: images of 32x28, and the input of the net takes 28x28",
		}},
		{"nothing to train", `net {
    input 8x8x1
    flatten
}
train { loss mean_squared_error; optimizer sgd }`, 0, []string{"7: the network has no weights to train"}},
		{"a block applied twice", `block pair(f) {
    conv f 3x3
    maxpool 2x2
}
net {
    input 8x8x1
    pair(4)
    pair(8)
    flatten
    dense 3 softmax
}`, 0, []string{"5: maxpool 2x2 on 1x1x8"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := lower.Options{}
			for i := range c.labels {
				o.Labels = append(o.Labels, strconv.Itoa(i))
			}
			m, list := lower.Lower(load(t, c.src, elab.Options{}), o)
			if m != nil {
				t.Error("a model in spite of errors")
			}
			var got []string
			for _, d := range list {
				got = append(got, strconv.Itoa(d.Span.Start.Line)+": "+d.Msg)
			}
			if len(got) != len(c.want) {
				t.Fatalf("got %q, want %q", got, c.want)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], c.want[i]) {
					t.Errorf("got  %s\nwant %s", got[i], c.want[i])
				}
			}
		})
	}
}

// TestLimits checks that absurd networks are refused by arithmetic: each case
// would need terabytes.
func TestLimits(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"kernel", `net { input 1024x1024x1; conv 65536 1024x1024 same; globalavgpool; dense 3 softmax }`,
			"conv1 would have 1024*1024*1*65536 = 68719476736 weights in its kernel; a network may have 268435456"},
		{"a million million", `net { input 1000x1000x1; flatten; dense 65536; dense 65536; dense 3 softmax }`,
			"dense1 would have 1000000*65536 = 65536000000 weights in its kernel"},
		{"together", "net { input 8x8x1; flatten; dense 16000; dense 16000; dense 16000; dense 3 softmax }",
			"with 16000*16000 = 256000000 weights in the kernel of dense3 the network has 513056000; it may have 268435456"},
		{"image", `net { input 16384x16384x16384; globalavgpool; dense 3 softmax }`,
			"input would have 16384*16384*16384 = 4398046511104 values for each example; a network may have 268435456"},
		{"images together", `net { input 4096x4096x8; conv 8 3x3 same; conv 8 1x1; globalavgpool; dense 3 softmax }`,
			"with 4096*4096*8 = 134217728 values in conv2 the layers have 402653184 for each example; they may have 268435456"},
		{"overflow", `net { input 16384x16384x16384; flatten; dense 65536; dense 3 softmax }`, "input would have"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, list := lower.Lower(load(t, c.src, elab.Options{}), lower.Options{})
			if m != nil || len(list) != 1 || list[0].Code != diag.TooLarge || !strings.HasPrefix(list[0].Msg, c.want) {
				t.Errorf("got %v\nwant %s", list, c.want)
			}
		})
	}
}

// TestCodes finds the example of each code in codes.go and expects that code of
// it.
func TestCodes(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	codes := 0
	for _, decl := range f.Decls {
		g, ok := decl.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			code := diag.Code(strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
			_, example, ok := strings.Cut(v.Doc.Text(), "Example:\n")
			if !ok {
				t.Errorf("%s has no example", v.Names[0])
				continue
			}
			codes++
			_, list := lower.Lower(load(t, example, elab.Options{}), lower.Options{})
			if !list.Has(code) {
				t.Errorf("%s: the example gives %v", code, list)
			}
			if list.Has("") {
				t.Errorf("%s: an internal error: %v", code, list)
			}
		}
	}
	if codes < 9 {
		t.Errorf("%d codes found", codes)
	}
}

func TestConfig(t *testing.T) {
	m := mustLower(t, `hyper rate = choice(1e-2, 1e-3) default 1e-3
net {
    input 28x28x1
    flatten
    dense 5 softmax
}
data {
    train    doodles(600, classes=5, seed=9)
    validate 20% of train
    test     doodles(100, classes=5)
    gray
    resize   28x28
    rescale  1/255
    limit    500
    batch    64
    on_error skip
}
train {
    loss      sparse_categorical_crossentropy
    optimizer adam(rate, beta_2=0.99)
    metrics   accuracy
    epochs    7
    stop      when val_loss stalls 3 min_delta=0.01
    stop      when val_accuracy >= 0.99
    keep      best val_accuracy
    seed      12
}`)
	five := doodles.Classes()[:5]
	want := config.Data{
		Base:  "dir",
		Train: config.Source{Kind: "doodles", Classes: five, PerClass: 120, Limit: 500}, Validate: config.Source{Kind: "split", Fraction: 0.2, Of: "train"},
		Test:   config.Source{Kind: "doodles", Classes: five, PerClass: 20, Limit: 500},
		Height: 28, Width: 28, Channels: 1, Resize: &config.Size{Height: 28, Width: 28}, Color: "gray", Rescale: 1.0 / 255,
		Batch: 64, OnError: "skip", Seed: 9,
	}
	if d := cmp.Diff(want, m.Data); d != "" {
		t.Error(d)
	}
	wantTrain := config.Train{
		Loss: "sparse_categorical_crossentropy",
		Optimizer: config.Optimizer{Name: "adam", LearningRate: 1e-3, Numbers: []config.Number{
			{Name: "beta_1", Value: 0.9}, {Name: "beta_2", Value: 0.99}, {Name: "epsilon", Value: 1e-7}, {Name: "weight_decay"}}},
		Metrics: []string{"accuracy"}, Epochs: 7, Batch: 64,
		Stop: []config.Stop{{Metric: "val_loss", Stall: 3, MinDelta: 0.01}, {Metric: "val_accuracy", Op: ">=", Threshold: 0.99}},
		Keep: config.Keep{Metric: "val_accuracy"}, Seed: 12,
	}
	if d := cmp.Diff(wantTrain, m.Train); d != "" {
		t.Error(d)
	}
}

func TestConfigPaths(t *testing.T) {
	src := `net { input 8x8x1; flatten; dense 2 }
data { train folder("photos/train"); validate idx("a.gz", "b.gz") }
train { loss mean_squared_error; optimizer sgd(0.1, momentum=0.9, nesterov) }`
	m := mustLower(t, src)
	if d := cmp.Diff([]string{"photos/train"}, m.Data.Train.Paths); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"a.gz", "b.gz"}, m.Data.Validate.Paths); d != "" {
		t.Error(d)
	}
	if m.Train.Loss != "mean_squared_error" || m.Graph.Loss.Op != "mean_squared_error" || m.Graph.Target.DType != ir.F32 {
		t.Errorf("loss %s, %s of %s", m.Train.Loss, m.Graph.Loss, m.Graph.Target.Type())
	}
	if d := cmp.Diff(config.Optimizer{Name: "sgd", LearningRate: 0.1, Numbers: []config.Number{
		{Name: "momentum", Value: 0.9}, {Name: "nesterov", Value: 1}, {Name: "weight_decay"}}}, m.Train.Optimizer); d != "" {
		t.Error(d)
	}
	// The root is put in front of relative paths; labels fix the classes.
	m = mustLower(t, strings.Replace(src, "data { ", "data { root \"pictures\"; labels \"cat\" \"dog\"; ", 1))
	if d := cmp.Diff([]string{filepath.Join("pictures", "a.gz"), filepath.Join("pictures", "b.gz")}, m.Data.Validate.Paths); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"cat", "dog"}, m.Data.Classes); d != "" {
		t.Error(d)
	}
	// A path of the command line starts where the command runs.
	p := load(t, src, elab.Options{Overrides: []elab.Override{{Text: `data.train=folder("here")`}}})
	m, list := lower.Lower(p, lower.Options{})
	if m == nil {
		t.Fatal(list)
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{filepath.Join(wd, "here")}, m.Data.Train.Paths); d != "" {
		t.Error(d)
	}
}

// TestHash checks that what needs no recompiling leaves the hash alone, and what
// changes the network names the layer.
func TestHash(t *testing.T) {
	base := `net {
    input 8x8x1
    conv 4 3x3 l2=1e-3
    dropout 0.2
    flatten
    dense 3 softmax
}
train { loss categorical_crossentropy; optimizer sgd }`
	for _, c := range []struct{ old, new, layer string }{
		{"0.2", "0.3", ""},
		{"1e-3", "1e-4", ""},
		{"optimizer sgd", "optimizer adam", ""},
		{"conv 4 3x3 l2=1e-3", "conv 4 3x3 init=he_normal", ""},
		{"conv 4 3x3", "conv 4 3x3 relu", "conv1"},
		{"conv 4 3x3", "conv 5 3x3", "conv1"},
		{"dense 3", "dense 4", "dense1"},
		{"input 8x8x1", "input 9x8x1", "input"},
	} {
		a, b := mustLower(t, base), mustLower(t, strings.Replace(base, c.old, c.new, 1))
		hashes := func(m *lower.Model) (h []ir.LayerHash) {
			for _, l := range m.Layers {
				h = append(h, ir.LayerHash{Layer: l.Name, Hash: l.Hash})
			}
			return h
		}
		if got := ir.FirstDifference(hashes(a), hashes(b)); got != c.layer {
			t.Errorf("%s -> %s: layer %q differs first, want %q", c.old, c.new, got, c.layer)
		}
		if same := a.Graph.Hash == b.Graph.Hash; same != (c.layer == "") {
			t.Errorf("%s -> %s: equal hashes: %v", c.old, c.new, same)
		}
	}
}

// TestPenalties: a scalar is made where the factor is not 0 or may become so
// without recompiling; frozen weights have none.
func TestPenalties(t *testing.T) {
	m := mustLower(t, `hyper decay = choice(0, 1e-3)
net {
    input 8x8x1
    conv 4 3x3 l1=0.5
    conv 4 3x3 l2=decay
    conv 4 3x3 l2=0.25 trainable=false
    flatten
    dense 3 softmax
}`)
	want := []ir.Scalar{{Name: "conv1.l1", Value: 0.5}, {Name: "conv2.l2", Value: 0}}
	if d := cmp.Diff(want, m.Graph.Scalars); d != "" {
		t.Error(d)
	}
	for _, p := range m.Graph.Params {
		l1, l2 := -1, -1
		switch p.Value.Name {
		case "conv1.kernel":
			l1 = 0
		case "conv2.kernel":
			l2 = 1
		}
		if p.L1 != l1 || p.L2 != l2 || p.Frozen != (p.Value.Layer == "conv3") {
			t.Errorf("%s: l1 %d, l2 %d, frozen %v", p.Value.Name, p.L1, p.L2, p.Frozen)
		}
	}
}

// TestMerge: sums of three, a concat with the order of its names, logits.
func TestMerge(t *testing.T) {
	m := mustLower(t, `net {
    input 6x5x1
    a = conv 2 1x1
    b = conv 2 1x1
    c = conv 2 1x1
    add a b
    d = conv 3 1x1
    concat a
    flatten
    dense 3 softmax
}`)
	text := m.Graph.String()
	for _, want := range []string{"add1.sum1 = add", "add1 = add", "concat1 = concat"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	g := m.Graph
	if c := g.Named("concat1"); len(c.Args) != 2 || c.Args[0].Name != "d" || c.Args[1].Name != "a" || c.Shape[2] != 5 {
		t.Errorf("concat1 is %s of %s", c, c.Shape)
	}
	if g.Logits != g.Named("dense1.preact") || g.Scores != g.Named("dense1") {
		t.Errorf("logits %v, scores %v", g.Logits, g.Scores)
	}
}

// FuzzData checks that a data section with mistakes, which the command reads to
// count the classes, makes nothing panic.
func FuzzData(f *testing.F) {
	for _, s := range []string{
		"train folder(\"x\")\nvalidate 10% of train\ngray\nresize 8x8\nrescale 1/255",
		"train doodles(100, classes=3, seed=4) augment\ntest idx(\"a\", \"b\")\nlabels \"a\" \"b\"\nbatch 3\nlimit 5\non_error skip\nroot \"r\"",
		"resize\ntrain\nlabels\nvalidate\nroot\nbatch\nlimit\non_error\nrescale", "train doodles(classes=0)\nresize 3", "train idx()", "test doodles(0.5)",
	} {
		f.Add(s, "data.resize=8x8")
	}
	f.Fuzz(func(t *testing.T, section, set string) {
		o := elab.Options{DataOnly: true, Overrides: []elab.Override{{Text: set}}}
		p, _ := dsl.Load("fuzz.cnn", "cnn 1\nmodel m\nnet { input 8x8x1; flatten; dense classes softmax }\ndata {\n"+section+"\n}", o)
		if d := lower.Data(p); d.Batch < 1 || d.Train.PerClass < 0 {
			t.Errorf("batch %d, %d examples a class", d.Batch, d.Train.PerClass)
		}
	})
}

// FuzzLower checks that no source makes lowering panic, and that what it accepts
// is a valid graph.
func FuzzLower(f *testing.F) {
	f.Add(residual)
	f.Add("cnn 1\nmodel a\nnet { input 1x1x1; flatten; dense 1 softmax }\ntrain { loss mean_squared_error }")
	f.Add("cnn 1\nmodel a\nnet { input 9x9x2; repeat 3 { conv 2 3x3 same; avgpool 3x3 stride=1 same }; a = globalavgpool; dense 2; concat a; dense 3 }")
	f.Add("cnn 1\nmodel a\nnet { input 16384x16384x65536; conv 65536 1024x1024 pad=sides(1, 2, 3, 4) dilation=7; dense 65536 }\ndata { train folder(\"x\"); rgb }")
	f.Fuzz(func(t *testing.T, src string) {
		p, list := dsl.Load("fuzz.cnn", src, elab.Options{Classes: 7})
		if list.HasErrors() {
			return
		}
		m, list := lower.Lower(p, lower.Options{})
		if (m == nil) != list.HasErrors() {
			t.Fatalf("model %v with %v", m, list)
		}
		if list.Has("") {
			t.Fatalf("%s\n%v", src, list)
		}
		if m == nil {
			return
		}
		if err := op.Verify(m.Graph); err != nil {
			t.Fatalf("%s\n%v", src, err)
		}
	})
}

// TestNoLoss: a file without a train section still compiles; softmax implies the
// crossentropy.
func TestNoLoss(t *testing.T) {
	if m := mustLower(t, `net { input 8x8x1; flatten; dense 3 tanh }`); m.Graph.Loss != nil || m.Graph.Target != nil {
		t.Errorf("loss %v", m.Graph.Loss)
	}
	if m := mustLower(t, `net { input 8x8x1; flatten; softmax }`); m.Graph.Loss != nil {
		t.Errorf("nothing to train, and loss %v", m.Graph.Loss)
	}
	if m := mustLower(t, `net { input 8x8x1; flatten; dense 3 softmax }`); m.Graph.Loss == nil || m.Train.Loss != "categorical_crossentropy" {
		t.Errorf("loss %v", m.Graph.Loss)
	}
}
