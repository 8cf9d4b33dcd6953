package dsl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/lang"
)

type failer interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// checkProgram checks what a program without errors promises to the compiler.
func checkProgram(t failer, p *elab.Program) {
	t.Helper()
	if len(p.Layers) < 2 || len(p.Layers) > elab.MaxLayers {
		t.Fatalf("%d layers", len(p.Layers))
	}
	names := map[string]bool{}
	for i, l := range p.Layers {
		if l.Name == "" || names[l.Name] {
			t.Errorf("layer %d: the name %q is empty or taken", i, l.Name)
		}
		names[l.Name] = true
		ent := lang.Find(lang.Layers, l.Kind)
		if ent == nil || ent.Later {
			t.Fatalf("layer %s of kind %q", l.Name, l.Kind)
		}
		if (i == 0) != (l.Kind == "input") || (len(l.Inputs) == 0) != (i == 0) {
			t.Errorf("layer %d is %s with inputs %v", i, l.Kind, l.Inputs)
		}
		for _, in := range l.Inputs {
			if in < 0 || in >= i {
				t.Errorf("layer %d takes layer %d", i, in)
			}
		}
		if !l.Pos.IsValid() {
			t.Errorf("%s has no position", l.Name)
		}
		checkArgs(t, l.Name, ent, l.Args)
	}
	for _, s := range []struct {
		name     string
		settings []elab.Setting
	}{{"data", p.Data}, {"augment", p.Augment}, {"train", p.Train}, {"tune", p.Tune}} {
		for _, set := range s.settings {
			if lang.Find(lang.FindSection(s.name).Settings, set.Name) == nil {
				t.Errorf("%s has a setting %q", s.name, set.Name)
			}
			for key, v := range set.Args {
				if v.Kind == elab.Unknown {
					t.Errorf("%s.%s: %s is unknown", s.name, set.Name, key)
				}
			}
		}
	}
	for _, h := range p.Hypers {
		if h.Value.Kind == elab.Unknown || h.Default.Kind == elab.Unknown {
			t.Errorf("hyperparameter %s has no value", h.Name)
		}
	}
}

// checkArgs checks that every option of the row has a value in its range, and
// nothing else has.
func checkArgs(t failer, name string, ent *lang.Entry, args map[string]elab.Value) {
	t.Helper()
	for key, v := range args {
		opt := ent.Option(key)
		if opt == nil || opt.Later || v.Kind == elab.Unknown {
			t.Errorf("%s: option %s is %v", name, key, v)
			continue
		}
		if v.Kind == elab.Num && !opt.Interval().Contains(v.Num) {
			t.Errorf("%s: %s = %v is not in %s", name, key, v, opt.Range)
		}
		for _, d := range v.Dims {
			if !opt.Interval().Contains(float64(d)) {
				t.Errorf("%s: %s = %v is not in %s", name, key, v, opt.Range)
			}
		}
	}
	for _, list := range [][]lang.Option{ent.Args, ent.Options} {
		for i := range list {
			if o := &list[i]; !o.Later && !o.Optional {
				if _, ok := args[o.Name]; !ok {
					t.Errorf("%s: %s is missing", name, o.Name)
				}
			}
		}
	}
}

// TestRandomPrograms draws right model files: they have to load without a
// word, keep the promises of a program, and mean the same after formatting.
func TestRandomPrograms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := (&programGenerator{T: t}).file()
		prog, list := dsl.Load("r.cnn", src, elab.Options{Classes: 4})
		if len(list) > 0 {
			t.Fatalf("%v\n%s", list, src)
		}
		checkProgram(t, prog)
		text, err := dsl.Format([]byte(src))
		if err != nil {
			t.Fatalf("%v", err)
		}
		again, list := dsl.Load("r.cnn", string(text), elab.Options{Classes: 4})
		if len(list) > 0 {
			t.Fatalf("formatted: %v\n%s", list, text)
		}
		if diff := cmp.Diff(prog, again, cmpopts.IgnoreTypes(diag.Span{}, diag.Pos{}, []diag.Pos{}), cmpopts.IgnoreFields(elab.Program{}, "Source")); diff != "" {
			t.Fatalf("formatting changed the program: %s", diff)
		}
	})
}

// programGenerator draws model files that have to be right.
type programGenerator struct {
	*rapid.T
	names  []string // layers that may be named here
	count  int
	blocks []string
}

func (g *programGenerator) pick(options ...string) string {
	return rapid.SampledFrom(options).Draw(g.T, "pick")
}
func (g *programGenerator) n(lo, hi int) int { return rapid.IntRange(lo, hi).Draw(g.T, "n") }

// number draws an expression with a whole value in 1..4096. f is a parameter
// in blocks and a hyperparameter elsewhere.
func (g *programGenerator) number() string {
	return g.pick("8", "f", "f*2", "(f+1)", "min(f, 64)", "width", "width/2", "max(width/4, 1)", "f - 1", "ceil(f*0.75)", "dims_free")
}

func (g *programGenerator) layer() string {
	num := strings.ReplaceAll(g.number(), "dims_free", "7")
	act := g.pick("", " relu", " act", " leaky_relu(0.1)", " elu", " activation=tanh", " gelu(approximate)")
	switch g.n(0, 6) {
	case 0, 1:
		return "conv " + num + " " + g.pick("3x3", "1x5", "k", "3", "dims(k, 1)") + g.pick("", " same", " pad=1", " pad=1x2", " pad=sides(top=1, right=2)") +
			act + g.pick("", " stride=2", " stride=2x1", " nobias", " l2=1e-5 l1=rate", " init=he_normal", " init=random_normal(stddev=0.1)", " trainable=deep")
	case 2:
		return "dense " + num + act
	case 3:
		return g.pick("maxpool", "maxpool 2x2", "maxpool 3 stride=2 same", "avgpool 2x3", "globalavgpool", "flatten")
	case 4:
		return "dropout " + g.pick("0.5", "30%", "rate", "rate/2")
	case 5:
		if len(g.names) > 0 {
			return g.pick("add ", "concat ") + g.pick(g.names...) + g.pick("", " input")
		}
		return "concat input"
	}
	return g.pick("relu", "tanh", "softmax", "leaky_relu", "leaky_relu 0.1", "relu6", "selu")
}

// lines draws statements; every name it defines stands for a layer that is not
// the current one, so that add and concat always have two values.
func (g *programGenerator) lines(depth int) string {
	var b strings.Builder
	for range g.n(1, 4) {
		switch k := g.n(0, 9); {
		case k < 5:
			line := g.layer()
			b.WriteString("relu\n" + line)
		case k == 5 && depth > 0:
			b.WriteString("repeat " + g.pick("2", "3", "min(f, 2)") + " {\n" + g.scoped(depth) + "}")
		case k == 6 && depth > 0:
			b.WriteString("if " + g.pick("deep", "not deep", "f > 9 or deep", "act == relu", "k != 3 and rate < 1") + " {\n" + g.scoped(depth) + "} else {\n" + g.scoped(depth) + "}")
		case k == 7 && len(g.blocks) > 0:
			b.WriteString(g.pick(g.blocks...) + "(" + g.pick("f", "8", "width*2", "f=4") + ")")
		default:
			g.count++
			name := fmt.Sprintf("v%d", g.count)
			b.WriteString(name + " = relu\ntanh")
			g.names = append(g.names, name)
		}
		b.WriteString(g.pick("\n", "\n", " // c\n", ";\n", "\n\n"))
	}
	return b.String()
}

func (g *programGenerator) scoped(depth int) string {
	saved := g.names
	defer func() { g.names = saved }()
	return g.lines(depth - 1)
}

func (g *programGenerator) file() string {
	var b strings.Builder
	b.WriteString("cnn 1\nmodel random\nhyper f = choice(16, 32)\nhyper width = int(8..64, step=8) default 16\nhyper rate = float(0..0.5) default 0.25\n" +
		"hyper act = choice(relu, tanh) default " + g.pick("relu", "tanh") + "\nhyper deep = bool default " + g.pick("true", "false") + "\nhyper k = choice(3, 5)\n")
	for i := range g.n(0, 2) {
		name := fmt.Sprintf("b%d", i)
		g.names = nil
		fmt.Fprintf(&b, "block %s(f) {\n%s}\n", name, g.lines(1))
		g.blocks = append(g.blocks, name)
	}
	g.names = nil
	b.WriteString("net {\ninput 64x48x3\ntanh\n" + g.lines(2) + "dense classes softmax\n}\n")
	b.WriteString("data { train " + g.pick(`folder("a")`, "doodles(100)", `idx("a", "b") augment`) + "; validate " + g.pick("20% of train", "0.1 of train", "doodles") +
		"\n augment { rotate 10deg  shift " + g.pick("10%", "rate") + " zoom 90%..110% }; " + g.pick("gray", "rgb", "rescale 1/255") + " }\n")
	b.WriteString("train { loss categorical_crossentropy; optimizer " + g.pick("sgd", "sgd(rate, momentum=0.9, nesterov)", "adam(rate)", "adamw(weight_decay=rate)") +
		"\n metrics accuracy\n stop when " + g.pick("val_loss stalls 3", "accuracy > 0.9", "val_accuracy >= rate") + "\n" + g.pick("", "if deep { epochs 3 } else { epochs 4 }") + "}\n")
	return b.String()
}
