package elab_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
)

// load elaborates a file that has to be right.
func load(t *testing.T, body string, opts elab.Options) *elab.Program {
	t.Helper()
	prog, list := dsl.Load("test.cnn", "cnn 1\nmodel test\n"+body, opts)
	if len(list) > 0 {
		t.Fatalf("%v\n%s", list, body)
	}
	return prog
}

func sets(text ...string) elab.Options {
	var o elab.Options
	for _, s := range text {
		o.Overrides = append(o.Overrides, elab.Override{Text: s})
	}
	return o
}

// graph lists the layers as NAME=KIND(INPUTS).
func graph(p *elab.Program) string {
	var out []string
	for _, l := range p.Layers {
		var in []string
		for _, i := range l.Inputs {
			in = append(in, p.Layers[i].Name)
		}
		s := l.Name + "(" + strings.Join(in, ",") + ")"
		if !strings.HasPrefix(l.Name, l.Kind) {
			s = l.Name + "=" + l.Kind + "(" + strings.Join(in, ",") + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// args lists arguments as name:value, sorted.
func args(m map[string]elab.Value) string {
	var out []string
	for k, v := range m {
		s := v.String()
		if v.Kind == elab.Call {
			s = v.Str + "(" + args(v.Args) + ")"
		}
		out = append(out, k+":"+s)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestGraphs(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"a chain", "net { input 8x9x3; conv 4 3x3; relu; conv 4 3x3; relu6; relu6 }",
			"input() conv1(input) relu1(conv1) conv2(relu1) relu6_1(conv2) relu6_2(relu6_1)"},
		{"naming a line keeps other names", "net { input 8x9x3; conv 4 3x3; x = conv 4 3x3; conv 4 3x3; conv2 = relu; conv 1 1x1 }",
			"input() conv1(input) x=conv(conv1) conv3(x) conv2=relu(conv3) conv4(conv2)"},
		{"residual", "block res(f) { conv f 3x3 same relu; conv f 3x3 same; add input; relu }\nnet { input 8x9x4; res(4); res(4) }",
			"input() conv1(input) conv2(conv1) add1(conv2,input) relu1(add1) conv3(relu1) conv4(conv3) add2(conv4,relu1) relu2(add2)"},
		{"projection", `block res(f) {
			conv f 3x3 same relu
			body = conv f 3x3 same
			from input
			conv f 1x1
			add body
		}
		net { input 8x9x4; res(8); res(8) }`,
			"input() conv1(input) body1=conv(conv1) conv3(input) add1(conv3,body1) conv4(add1) body2=conv(conv4) conv6(add1) add2(conv6,body2)"},
		{"inception", `net {
			input 8x9x4
			x = relu
			a = conv 2 1x1
			from x; conv 2 1x1
			b = conv 3 3x3 same
			from x
			c = conv 1 1x1
			concat a b c
			flatten
		}`, "input() x=relu(input) a=conv(x) conv2(x) b=conv(conv2) c=conv(x) concat1(a,b,c) flatten1(concat1)"},
		{"the current value comes first", "net { input 8x9x4; a = relu; tanh; concat a; sigmoid; add input a }",
			"input() a=relu(input) tanh1(a) concat1(tanh1,a) sigmoid1(concat1) add1(sigmoid1,input,a)"},
		{"U-shape", "net { input 8x9x4; top = conv 2 3x3 same; maxpool; conv 2 3x3 same; up = avgpool 1x1; concat top }",
			"input() top=conv(input) maxpool1(top) conv2(maxpool1) up=avgpool(conv2) concat1(up,top)"},
		{"a block has a value", "block b(f) { conv f 1x1; relu }\nnet { input 8x9x4; x = b(2); y = b(3); tanh; concat x y }",
			"input() conv1(input) relu1(conv1) conv2(relu1) relu2(conv2) tanh1(relu2) concat1(tanh1,relu1,relu2)"},
		{"an empty block passes its input on", "block b() { }\nnet { input 8x9x4; x = b(); relu; add x }",
			"input() relu1(input) add1(relu1,input)"},
		{"repeat has its own names", "net { input 8x9x4; repeat 2 { x = relu; tanh; add x }; repeat 0 { elu } }",
			"input() x1=relu(input) tanh1(x1) add1(tanh1,x1) x2=relu(add1) tanh2(x2) add2(tanh2,x2)"},
		{"if shares names with its body", "hyper deep = true\nnet { input 8x9x4; if deep { x = relu } else { x = tanh }; elu; add x }",
			"input() x=relu(input) elu1(x) add1(elu1,x)"},
		{"else if", "hyper n = 2\nnet { input 8x9x4; if n > 3 { relu } else if n == 2 { tanh } else { elu }; if n != 2 { relu } else { selu } }",
			"input() tanh1(input) selu1(tanh1)"},
		{"blocks in blocks", "block a(f) { conv f 1x1; if f > 2 { b(f/2) } }\nblock b(g) { dropout 0.5; conv g+1 1x1 }\nnet { input 8x9x4; a(2); a(f=4) }",
			"input() conv1(input) conv2(conv1) dropout1(conv2) conv3(dropout1)"},
		{"a second name", "net { input 8x9x4; a = relu; b = a; tanh; add b }", "input() a=relu(input) tanh1(a) add1(tanh1,a)"},
		{"a name for what entered", "block res() { skip = input; relu; add skip }\nnet { input 8x9x4; top = input; res(); res(); add top }",
			"input() relu1(input) add1(relu1,input) relu2(add1) add2(relu2,add1) add3(add2,input)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, graph(load(t, tt.src, elab.Options{}))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLayerArgs(t *testing.T) {
	const conv = "activation:%s bias_init:zeros dilation:%s exact:false filters:%s groups:1 init:%s kernel:%s l1:%s l2:%s nobias:%s pad:%s stride:%s trainable:%s"
	head := "hyper n = 3\nhyper act = choice(relu, tanh) default tanh\nhyper k = choice(3x3, 5x5)\nhyper train_it = false\nhyper rate = 30%\n"
	for _, tt := range []struct{ line, want string }{
		{"conv 8 3x5", fmt.Sprintf(conv, "linear", "1x1", "8", "glorot_uniform", "3x5", "0", "0", "false", "valid", "1x1", "true")},
		{"conv relu 8 same 3 nobias stride=2x1 l1=1e-4 l2=1/4", fmt.Sprintf(conv, "relu(negative_slope:0 threshold:0)", "1x1", "8", "glorot_uniform", "3x3", "0.0001", "0.25", "true", "same", "2x1", "true")},
		{"conv kernel=1x1 filters=n*2+1 act pad=1x2 dilation=2", fmt.Sprintf(conv, "tanh", "2x2", "7", "glorot_uniform", "1x1", "0", "0", "false", "1x2x1x2", "1x1", "true")},
		{"conv n k pad=2 trainable=train_it init=he_normal", fmt.Sprintf(conv, "linear", "1x1", "3", "he_normal", "3x3", "0", "0", "false", "2x2x2x2", "1x1", "false")},
		{"conv 8 dims(n, 1) pad=sides(top=1, right=2) init=constant(0.5)", fmt.Sprintf(conv, "linear", "1x1", "8", "constant(value:0.5)", "3x1", "0", "0", "false", "1x0x0x2", "1x1", "true")},
		{"conv 8 n leaky_relu", fmt.Sprintf(conv, "leaky_relu(alpha:0.2)", "1x1", "8", "glorot_uniform", "3x3", "0", "0", "false", "valid", "1x1", "true")},
		{"conv 8 n leaky_relu(0.7)", fmt.Sprintf(conv, "leaky_relu(alpha:0.7)", "1x1", "8", "glorot_uniform", "3x3", "0", "0", "false", "valid", "1x1", "true")},
		{"conv 8 n activation=gelu(approximate)", fmt.Sprintf(conv, "gelu(approximate:true)", "1x1", "8", "glorot_uniform", "3x3", "0", "0", "false", "valid", "1x1", "true")},
		{"leaky_relu", "alpha:0.3"},
		{"leaky_relu n/4", "alpha:0.75"},
		{"dropout 25%", "rate:0.25"},
		{"dropout rate", "rate:0.3"},
		{"dropout rate=rate*2", "rate:0.6"},
		{"maxpool", "pad:valid size:2x2"},
		{"maxpool 3 stride=2 same", "pad:same size:3x3 stride:2x2"},
		{"avgpool 2x3", "pad:valid size:2x3"},
		{"flatten", ""},
	} {
		prog := load(t, head+"net {\ninput 16x16x2\n"+tt.line+"\n}", elab.Options{})
		if diff := cmp.Diff(tt.want, args(prog.Layers[1].Args)); diff != "" {
			t.Errorf("%s: %s", tt.line, diff)
		}
	}
}

func TestSettings(t *testing.T) {
	prog := load(t, `
hyper rate = 1e-3
net { input 8x8x1; flatten; dense 3 softmax }
data {
    train    folder("a\tb") augment
    validate 20% of train
    test     idx("x", "y")
    rgb
    resize   8x9
    rescale  1/255
    augment  { rotate 10deg  shift 10% rows=5%  zoom 10%  flip both }
    on_error skip
    limit    100
}
train {
    loss      categorical_crossentropy
    optimizer sgd(rate*2, momentum=0.9, nesterov)
    metrics   accuracy
    stop      when val_loss stalls 3 min_delta=0.01
    stop      when accuracy >= 0.5*2
    keep      best val_accuracy
    if rate < 1 { seed 9 }
}
tune { bayesian trials=5; minimize loss }
`, elab.Options{})
	list := func(settings []elab.Setting) string {
		var out []string
		for _, s := range settings {
			line := s.Name + " " + args(s.Args)
			if !s.Pos.IsValid() {
				line = "(default) " + line
			}
			out = append(out, strings.TrimSpace(line))
		}
		return strings.Join(out, "\n")
	}
	for _, tt := range []struct{ name, got, want string }{
		{"data", list(prog.Data), `train augment:true source:folder(path:"a\tb")
validate fraction:20%
test augment
rgb
resize size:8x9
rescale factor:0.00392156862745
augment
on_error action:skip
limit examples:100
(default) batch size:32`},
		{"augment", list(prog.Augment), `rotate angle:10deg
shift distance:10% rows:5%
zoom range:90%..110% uniform:false
flip direction:both
(default) fill mode:nearest value:0`},
		{"train", list(prog.Train), `loss name:categorical_crossentropy(from_logits:false label_smoothing:0)
optimizer name:sgd(learning_rate:0.002 momentum:0.9 nesterov:true weight_decay:0)
metrics names:accuracy
stop from_epoch:0 metric:val_loss min_delta:0.01 mode:auto patience:3 restore:false
stop metric:accuracy op:>= threshold:1
keep metric:val_accuracy mode:auto
seed value:9
(default) epochs count:10`},
		{"tune", list(prog.Tune), `bayesian trials:5
minimize metric:loss
(default) failures count:3
(default) keep count:3
(default) executions count:1
(default) seed value:1`},
	} {
		want := strings.Replace(tt.want, "test augment\n", `test source:idx(images:"x" labels:"y")`+"\n", 1)
		if diff := cmp.Diff(want, tt.got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestOverrides(t *testing.T) {
	const src = `
hyper filters = choice(32, 64)
hyper act = choice(relu, tanh)
hyper rate = float(1e-4..1e-1, log) default 1e-3
net { input 8x8x3; conv filters 3x3 act; flatten; dense 3 softmax }
data { train folder("a") augment; validate 10% of train; gray; augment { rotate 3deg } }
train { metrics accuracy; epochs 7; stop when val_loss stalls 3; stop when loss < 1; optimizer adam(rate) }
`
	section := func(p *elab.Program, name string) string {
		var out []string
		for _, s := range map[string][]elab.Setting{"data": p.Data, "augment": p.Augment, "train": p.Train, "tune": p.Tune}[name] {
			if s.Pos.IsValid() {
				out = append(out, strings.TrimSpace(s.Name+" "+args(s.Args)))
			}
		}
		return strings.Join(out, "; ")
	}
	const data = `train augment:true source:folder(path:"a"); validate fraction:10%; gray; augment`
	const train = `metrics names:accuracy; epochs count:7; stop from_epoch:0 metric:val_loss min_delta:0 mode:auto patience:3 restore:false; stop metric:loss op:< threshold:1; optimizer name:adam(amsgrad:false beta_1:0.9 beta_2:0.999 epsilon:1e-7 learning_rate:0.001 weight_decay:0)`
	for _, tt := range []struct {
		sets          []string
		section, want string
	}{
		{nil, "data", data},
		{nil, "train", train},
		{[]string{`data.train=folder("b c")`}, "data", strings.Replace(data, `augment:true source:folder(path:"a")`, `augment:false source:folder(path:"b c")`, 1)},
		{[]string{`data.train=idx("x", "y") augment`, "data.validate=20% of train"}, "data",
			`train augment:true source:idx(images:"x" labels:"y"); validate fraction:20%; gray; augment`},
		{[]string{"data.rgb=true"}, "data", strings.Replace(data, "gray", "rgb", 1)},
		{[]string{"data.gray=false"}, "data", strings.Replace(data, "; gray", "", 1)},
		{[]string{"data.validate=none", "data.limit=9"}, "data", strings.Replace(data, "; validate fraction:10%", "", 1) + "; limit examples:9"},
		{[]string{"augment.flip=both", "augment.rotate=none"}, "augment", "flip direction:both"},
		{[]string{"data.augment=none"}, "augment", ""},
		{[]string{"train.epochs=1", "train.epochs=2"}, "train", strings.Replace(train, "count:7", "count:2", 1)},
		{[]string{"train.stop=when loss stalls 9"}, "train", strings.Replace(train, "stop from_epoch:0 metric:val_loss min_delta:0 mode:auto patience:3 restore:false; stop metric:loss op:< threshold:1", "stop from_epoch:0 metric:loss min_delta:0 mode:auto patience:9 restore:false", 1)},
		{[]string{"train.stop=when loss stalls 9", "train.stop=when loss < 0"}, "train", strings.Replace(train, "stop from_epoch:0 metric:val_loss min_delta:0 mode:auto patience:3 restore:false; stop metric:loss op:< threshold:1", "stop from_epoch:0 metric:loss min_delta:0 mode:auto patience:9 restore:false; stop metric:loss op:< threshold:0", 1)},
		{[]string{"train.stop=none"}, "train", strings.Replace(train, "stop from_epoch:0 metric:val_loss min_delta:0 mode:auto patience:3 restore:false; stop metric:loss op:< threshold:1; ", "", 1)},
		{[]string{"rate=0.25", "train.optimizer=sgd(rate)"}, "train", train[:strings.Index(train, "optimizer")] + "optimizer name:sgd(learning_rate:0.25 momentum:0 nesterov:false weight_decay:0)"},
		{[]string{"tune.grid=", "tune.maximize=val_accuracy"}, "tune", "grid; maximize metric:val_accuracy"},
	} {
		body := src
		if slices.Contains(tt.sets, "data.validate=none") {
			body = strings.Replace(body, "stop when val_loss stalls 3; ", "", 1)
		}
		got := section(load(t, body, sets(tt.sets...)), tt.section)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q: %s", tt.sets, diff)
		}
	}
	p := load(t, src, sets("filters=48", "act=elu", "rate=1"))
	if got := args(p.Layers[1].Args); !strings.Contains(got, "filters:48") || !strings.Contains(got, "activation:elu") {
		t.Errorf("hyperparameters: %s", got)
	}
	if h := p.Hypers[0]; h.Value.Num != 48 || h.Default.Num != 32 || h.Value.Pos.Start.String() != "--set:1:9" {
		t.Errorf("filters: %+v", h)
	}
}

func TestHypers(t *testing.T) {
	prog := load(t, `
hyper a = choice(8, 16) default 16
hyper b = int(2..9, step=3)
hyper c = float(1e-3..1, log) default 0.5
hyper d = bool default true
hyper e = 7
hyper f = int(1..64, log)
hyper shape = 3
net { input 8x8x1; conv a 3x3 l2=c; if d { dropout c }; repeat 2 { dropout c/e }; flatten; dense b*2 relu; dense max(f, shape) softmax }
train { optimizer sgd(c, momentum=c) }
`, elab.Options{})
	var got []string
	for _, h := range prog.Hypers {
		s := fmt.Sprintf("%s %s", h.Name, h.Kind)
		for _, c := range h.Choices {
			s += " " + c.String()
		}
		got = append(got, fmt.Sprintf("%s %g..%g/%g log=%v %s runtime=%v", s, h.Min, h.Max, h.Step, h.Log, h.Value, h.Runtime))
	}
	want := []string{
		"a choice 8 16 0..0/0 log=false 16 runtime=false",
		"b int 2..9/3 log=false 2 runtime=false",
		"c float 0.001..1/0 log=true 0.5 runtime=true",
		"d bool 0..0/0 log=false true runtime=false",
		"e fixed 0..0/0 log=false 7 runtime=true",
		"f int 1..64/0 log=true 1 runtime=false",
		"shape fixed 0..0/0 log=false 3 runtime=false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"c", "e"}, prog.Layers[3].Args["rate"].Hypers); diff != "" {
		t.Errorf("dropout depends on: %s", diff)
	}
}

func TestPositions(t *testing.T) {
	prog := load(t, "block b(f) {\n    conv f 3x3\n}\nblock c(g) {\n  b(g*2)\n}\nnet {\n    input 8x8x1\n    c(4)\n    x = conv 2 1x1 same\n}", elab.Options{})
	conv := prog.Layers[1]
	var trace []string
	for _, p := range conv.Trace {
		trace = append(trace, p.String())
	}
	if diff := cmp.Diff([]string{"test.cnn:11:5", "test.cnn:7:3"}, trace); diff != "" {
		t.Errorf("trace: %s", diff)
	}
	x := prog.Layers[2]
	for _, tt := range []struct{ what, got, want string }{
		{"conv", conv.Pos.Start.String(), "test.cnn:4:5"},
		{"its filters", conv.Args["filters"].Pos.Start.String(), "test.cnn:4:10"},
		{"its kernel", conv.Args["kernel"].Pos.Start.String(), "test.cnn:4:12"},
		{"its stride", conv.Args["stride"].Pos.Start.String(), "-"},
		{"x", x.Pos.Start.String(), "test.cnn:12:9"},
		{"the end of x", x.Pos.End.String(), "test.cnn:12:24"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s stands at %s, want %s", tt.what, tt.got, tt.want)
		}
	}
}

func TestClasses(t *testing.T) {
	const src = "cnn 1\nmodel test\nnet { input 8x8x1; flatten; dense classes*2 }\ndata { train doodles(7) }"
	prog, list := dsl.Load("test.cnn", src, elab.Options{})
	if len(list) != 1 || list[0].Code != diag.NeedsClasses {
		t.Errorf("without a number: %v", list)
	}
	if s, ok := elab.Find(prog.Data, "train"); !ok || s.Args["source"].Str != "doodles" {
		t.Errorf("the data section is not there: %v", prog.Data)
	}
	prog, list = dsl.Load("test.cnn", src, elab.Options{Classes: 5})
	if len(list) > 0 || prog.Layers[2].Args["units"].Num != 10 {
		t.Errorf("with 5 classes: %v", list)
	}
	prog, list = dsl.Load("test.cnn", src, elab.Options{DataOnly: true})
	if len(list) > 0 || len(prog.Layers) > 0 || len(prog.Data) == 0 {
		t.Errorf("data only: %v", list)
	}
}

// TestHostile expands files that are made to take long.
func TestHostile(t *testing.T) {
	deep := strings.Repeat
	chain := "block b0() { relu }\n"
	for i := 1; i < 2000; i++ {
		chain += fmt.Sprintf("block b%d() { b%d() }\n", i, i-1)
	}
	double := "block d0() { }\n"
	for i := 1; i < 60; i++ {
		double += fmt.Sprintf("block d%d() { d%d(); d%d() }\n", i, i-1, i-1)
	}
	wide := "net { input 8x8x1\n"
	for i := range 4000 {
		wide += fmt.Sprintf("x%d = relu\n", i)
	}
	for name, tt := range map[string]struct {
		src  string
		code diag.Code
	}{
		"repeat":           {"net { input 8x8x1; repeat 1000000000 { relu } }", diag.TooLarge},
		"empty repeats":    {"net { input 8x8x1; " + deep("repeat 10000 { ", 30) + deep("} ", 30) + "; flatten }", diag.TooLarge},
		"doubling":         {double + "net { input 8x8x1; d59() }", diag.TooLarge},
		"a chain":          {chain + "net { input 8x8x1; b1999() }", diag.TooLarge},
		"a long cycle":     {chain + "block b2000() { b1999(); b2000() }\nnet { input 8x8x1; b2000() }", diag.Recursion},
		"filters":          {"net { input 8x8x1; conv 1000000000000 3x3 }", diag.OutOfRange},
		"overflow":         {"hyper n = 9007199254740991\nnet { input 8x8x1; dense " + deep("n*", 100) + "n }", diag.BadArithmetic},
		"many errors":      {"net { input 8x8x1\n" + deep("nothing\n", 15000) + "}", diag.UnknownLayer},
		"errors in repeat": {"net { input 8x8x1\nrepeat 10000 { dense 1/0; dense x; conv 1 3x3 +0 } }", diag.BadArithmetic},
		"many names":       {wide + "add x0\n}", ""},
		"unknown names":    {wide + deep("add x77777\n", 4000) + "}", diag.UnknownName},
		"a long choice": {"hyper c = choice(1" + func() (s string) {
			for i := range 2000 {
				s += fmt.Sprintf(",%d", i+2)
			}
			return
		}() + ")\nnet { input 8x8x1; dense c }", ""},
		"long sums": {"net { input 8x8x1\n" + deep("dense 1"+deep("+1", 1900)+"\n", 50) + "}", ""},
	} {
		start := time.Now()
		prog, list := dsl.Load("test.cnn", "cnn 1\nmodel test\n"+tt.src, elab.Options{})
		took := time.Since(start)
		if tt.code == "" && list.HasErrors() || tt.code != "" && !list.Has(tt.code) {
			shown, _ := list.Limit(3)
			t.Errorf("%s: %v", name, shown)
		}
		if len(prog.Layers) > elab.MaxLayers || len(list) > 400 {
			t.Errorf("%s: %d layers, %d diagnostics", name, len(prog.Layers), len(list))
		}
		if took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		} else {
			t.Logf("%s: %v", name, took.Round(time.Millisecond))
		}
	}
}

// TestConditions: which values of a parent let a hyperparameter count, and who is
// active.
func TestConditions(t *testing.T) {
	const file = `
hyper optimizer = choice(sgd, rmsprop, adam)
hyper layers = int(1..5, step=2)
hyper deep = bool default true
hyper fixed = 3
hyper a = float(0.1..0.9, reverse_log) default 0.5 if optimizer == sgd or optimizer == rmsprop
hyper b = bool if layers >= 3
hyper c = int(2..4) if not deep
hyper e = int(1..2) if b
hyper f = bool if fixed == 4
net { input 8x8x1; flatten; dense 3 softmax }
`
	for _, c := range []struct {
		sets []string
		want string // name parent=values, active ones with a star
	}{
		{nil, "a* optimizer=[sgd rmsprop]; b layers=[3 5]; c deep=[false]; e b=[true]; f fixed=[]"},
		{[]string{"layers=5", "b=true", "deep=false"}, "a* optimizer=[sgd rmsprop]; b* layers=[3 5]; c* deep=[false]; e* b=[true]; f fixed=[]"},
		{[]string{"optimizer=adam", "fixed=4", "layers=4"}, "a optimizer=[sgd rmsprop]; b* layers=[3 5]; c deep=[false]; e b=[true]; f* fixed=[4]"},
	} {
		var o elab.Options
		for _, s := range c.sets {
			o.Overrides = append(o.Overrides, elab.Override{Text: s})
		}
		var got []string
		for _, h := range load(t, file, o).Hypers {
			if h.Parent == "" {
				if !h.Active {
					t.Errorf("%s is not active", h.Name)
				}
				continue
			}
			star := ""
			if h.Active {
				star = "*"
			}
			got = append(got, fmt.Sprintf("%s%s %s=%v", h.Name, star, h.Parent, h.ParentValues))
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%v:\n got %s\nwant %s", c.sets, s, c.want)
		}
	}
}
