package compiler_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/lang"
)

// contexts are nets in which a layer's line may stand: behind an image, behind
// a vector. %s is the line.
var contexts = []string{
	"input 9x10x8\nconv 8 3x3 same\n%s\nflatten\ndense 3 softmax",
	"input 9x10x8\nconv 8 3x3 same\n%s\ndense 3 softmax",
	"input 5x6x3\nflatten\n%s\ndense 3 softmax",
	"input 24x8\n%s\nflatten\ndense 3 softmax",
	"input 24x8\n%s\ndense 3 softmax",
}

// special are contexts of examples that only stand in nets made for them.
var special = map[string]string{
	"groupnorm": "input 9x10x8\nconv 32 3x3 same\n%s\nflatten\ndense 3 softmax",
	"reshape":   "input 14x14x6\n%s\nflatten\ndense 3 softmax",
	"input":     "%s\nconv 4 3x3 stride=3 relu\nflatten\ndense 3 softmax",
}

// with are options that another option needs beside it.
var with = map[string]string{"output_padding": "stride=4", "nesterov": "momentum=0.5", "ema_overwrite": "ema=0.5", "mean": "variance=2", "variance": "mean=0.25", "invert": "mean=0.25 variance=2"}

// refused are values that make no sense for a layer: the compiler must say so.
var refused = []struct{ value, why string }{
	{"init=identity", "is for the kernel of a dense layer"},
	{"bias_init=orthogonal", "has one axis only"},
	{"gamma_init=orthogonal", "has one axis only"},
	{"beta_init=orthogonal", "has one axis only"},
	{"mean_init=orthogonal", "has one axis only"},
	{"variance_init=orthogonal", "has one axis only"},
}

// load takes a net and its training through the front end and the compiler.
func load(net, train string) (*compiler.Result, diag.List) {
	return loadData(net, train, "", 3)
}

// loadData is load with a data section, of so many classes.
func loadData(net, train, data string, classes int) (*compiler.Result, diag.List) {
	src := "cnn 1\nmodel reference\nnet {\n" + net + "\n}\ntrain {\n" + train + "\n}\n" + data
	p, list := dsl.Load("reference.cnn", src, elab.Options{Classes: classes})
	if list.HasErrors() {
		return nil, list
	}
	return compiler.Compile(p, compiler.Options{Lower: lower.Options{Classes: classes}})
}

// compute compiles the line in the first context that takes it and compares what
// the plan computes with the interpreter; start values change nothing about that,
// and for them it is enough to compile.
func compute(t *testing.T, name, line string, start bool) {
	t.Helper()
	tried := contexts
	if s, ok := special[name]; ok {
		tried = []string{s}
	}
	why := ""
	for _, r := range refused {
		if strings.HasSuffix(line, r.value) && !strings.HasPrefix(line, "dense 8 init=") {
			why = r.why
		}
	}
	var first diag.List
	said := false
	for _, c := range tried {
		r, list := load(fmt.Sprintf(c, line), "loss categorical_crossentropy")
		if r == nil || list.HasErrors() {
			if first == nil {
				first = list
			}
			said = said || why != "" && strings.Contains(list.Err().Error(), why)
			continue
		}
		if why != "" {
			t.Errorf("%s was compiled", line)
			return
		}
		if !start {
			(&plantest.Compiled{Plan: r.Plan, Infer: r.Infer, Train: r.Training}).Check(t, rand.New(rand.NewPCG(1, 2)))
		}
		return
	}
	if !said {
		t.Errorf("%s stands in no net: %v", line, first.Err())
	}
}

// samples are values of an option as a model file writes them.
func samples(o *lang.Option) []string {
	named := func(values ...string) []string {
		for i, v := range values {
			values[i] = o.Name + "=" + v
		}
		return values
	}
	switch o.Type {
	case lang.Flag:
		return []string{o.Name}
	case lang.Bool:
		return named("true", "false")
	case lang.Choice:
		return named(append([]string(nil), o.Choices...)...)
	case lang.Sides:
		return append(named("1", "1x2", "sides(top=1, left=2, bottom=0, right=1)"), named(append([]string(nil), o.Choices...)...)...)
	case lang.Size:
		return named("2", "1x2", "3x2")
	case lang.Int:
		return named("2", "1")
	case lang.Float:
		if !o.Interval().Contains(0.25) {
			return named("-0.25")
		}
		return named("0.25")
	case lang.Numbers:
		return named("0.25", "list(0.5, 1, 0.25, 2, 3, 1, 1, 4)")
	case lang.Func:
		var out []string
		entries := o.Of.Entries()
		for i := range entries {
			if e := &entries[i]; !e.Later {
				out = append(out, named(call(e))...)
			}
		}
		return out
	}
	return nil
}

// call is a function with a value for every argument that has no default.
func call(e *lang.Entry) string {
	var args []string
	for i := range e.Args {
		if a := &e.Args[i]; a.Required() {
			args = append(args, "0.25")
		}
	}
	if args == nil {
		return e.Name
	}
	return e.Name + "(" + strings.Join(args, ", ") + ")"
}

// TestReference: every layer of the language as its example writes it, and with
// every value of every option, compiles, and computes what the interpreter does.
func TestReference(t *testing.T) {
	for i := range lang.Layers {
		e := &lang.Layers[i]
		if e.Later {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			compute(t, e.Name, e.Example, false)
			options := e.Options
			if e.Activation {
				options = append(append([]lang.Option(nil), e.Args...), options...)
			}
			for k := range options {
				o := &options[k]
				if o.Later || e.Activation && o.Required() { // which plain gives
					continue
				}
				values := samples(o)
				if len(values) == 0 {
					t.Errorf("no value of option %s is tried", o.Name)
				}
				for _, v := range values {
					compute(t, e.Name, strings.TrimSpace(plain(e)+" "+with[o.Name])+" "+v, o.Of == lang.Initializers)
				}
			}
		})
	}
}

// plain is the layer with its arguments only, so that each option meets no other.
func plain(e *lang.Entry) string {
	words := []string{e.Name}
	for i := range e.Args {
		a := &e.Args[i]
		if !a.Required() {
			continue
		}
		switch a.Type {
		case lang.Int:
			words = append(words, "8")
		case lang.Float:
			words = append(words, "0.25")
		case lang.Size:
			words = append(words, "3x2")
		case lang.Ref:
			words = append(words, "input")
		default:
			return e.Example
		}
	}
	return strings.Join(words, " ")
}

// heads are ends of a network, of which each loss fits one or more.
var heads = []string{"dense 3 softmax", "dense 3 sigmoid", "dense 3", "dense 1 sigmoid", "dense 1"}

// tasks are what data asks of a network.
var tasks = []struct {
	input, data string
	classes     int
}{
	{"input 5x6x3\nflatten", "", 3},
	{"input 28x28x1\nflatten", "data { train doodles(100, classes=2) }\n", 2},
	{"input 4", "data {\ntrain csv(\"t.csv\")\nnumeric\ntarget \"y\"\n}\n", 0},
	{"input 4", "data {\ntrain csv(\"t.csv\")\nnumeric\ntarget \"x\" \"y\" \"z\"\n}\n", 0},
}

// TestReferenceLosses: every loss as its example writes it, and with every value
// of every option, behind every head that it fits.
func TestReferenceLosses(t *testing.T) {
	for i := range lang.LossTable {
		e := &lang.LossTable[i]
		if e.Later {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			lines := []string{e.Example}
			for _, o := range append(append([]lang.Option(nil), e.Args...), e.Options...) {
				for _, v := range samples(&o) {
					lines = append(lines, "loss "+e.Name+"("+v+")")
				}
			}
			for _, line := range lines {
				fits := 0
				var why diag.List
				for _, head := range heads {
					r, list := load("input 5x6x3\nflatten\n"+head, line)
					if r == nil || list.HasErrors() {
						why = list
						continue
					}
					fits++
					(&plantest.Compiled{Plan: r.Plan, Infer: r.Infer, Train: r.Training}).Check(t, rand.New(rand.NewPCG(3, 4)))
				}
				if fits == 0 {
					t.Errorf("%s fits no network: %v", line, why.Err())
				}
			}
		})
	}
}

// TestReferenceTraining: every setting of the train section, every optimizer,
// schedule and metric as its example writes it.
func TestReferenceTraining(t *testing.T) {
	for _, table := range [][]lang.Entry{lang.TrainSettings, lang.OptimizerTable, lang.ScheduleTable, lang.MetricTable} {
		for i := range table {
			e := &table[i]
			if e.Later {
				continue
			}
			lines := []string{e.Example}
			first, _, _ := strings.Cut(e.Example, " ")
			for _, o := range e.Options {
				if !o.Later && first != e.Name && first == "optimizer" {
					for _, v := range samples(&o) {
						lines = append(lines, "optimizer "+e.Name+"("+strings.TrimPrefix(with[o.Name]+", ", ", ")+v+")")
					}
				}
			}
			for _, line := range lines {
				losses := []string{"loss categorical_crossentropy\n", "loss binary_crossentropy\n", "loss mean_squared_error\n"}
				switch first {
				case "loss":
					losses = []string{""}
				case "metrics":
				default:
					line = "metrics accuracy\n" + line
				}
				ok := false
				var why diag.List
				for _, loss := range losses {
					for _, head := range heads {
						for _, d := range tasks {
							r, list := loadData(d.input+"\n"+head, loss+line, d.data, d.classes)
							ok = ok || r != nil && !list.HasErrors()
							if why == nil {
								why = list
							}
						}
					}
				}
				if !ok {
					t.Errorf("%s is refused: %v", line, why.Err())
				}
			}
		}
	}
}
