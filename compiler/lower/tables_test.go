package lower_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/lang"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/initializer"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/optimizer"
	"github.com/cnnc/cnnc/runtime/schedule"
	"github.com/cnnc/cnnc/runtime/train"
)

// around makes a whole model file of the example of a row.
func around(example string) string {
	const small = "net { input 28x28x1; flatten; dense 10 softmax }\n"
	switch word, _, _ := strings.Cut(example, " "); word {
	case "input":
		return "net { " + example + "; flatten }"
	case "dense", "softmax":
		return "net { input 28x28x1; flatten; " + example + " }"
	case "conv1d", "maxpool1d", "avgpool1d":
		return "net { input 28x6; " + example + "; globalavgpool }"
	case "flatten", "globalavgpool", "globalmaxpool":
		return "net { input 28x28x1; " + example + " }"
	case "loss":
		end := "softmax"
		name, _, _ := strings.Cut(strings.TrimPrefix(example, "loss "), "(")
		if row := op.LookupLoss(name); row != nil && len(row.Ends) > 0 {
			if end = row.Ends[0]; end == "linear" {
				end = ""
			}
		}
		return "net { input 28x28x1; flatten; dense 10 " + end + " }\ntrain { " + example + "; optimizer sgd }"
	case "optimizer":
		return small + "train { loss mean_squared_error; " + example + " }"
	case "schedule":
		return small + "train { loss mean_squared_error; optimizer sgd; " + example + " }"
	case "train":
		if strings.HasPrefix(example, "train csv") {
			example += "; numeric; class \"bought\""
		}
		return small + "data { " + example + " }"
	}
	return "net { input 28x28x1; conv 1 3x3 same; " + example + "; globalavgpool }"
}

// TestTablesAreComplete lowers the example of every row of the language's
// tables: what the language has must have a row here too, and where the runtime
// carries it out, there.
func TestTablesAreComplete(t *testing.T) {
	for _, table := range [][]lang.Entry{lang.Layers, lang.InitializerTable, lang.LossTable, lang.OptimizerTable, lang.ScheduleTable, lang.ConstraintTable, lang.SourceTable} {
		for _, row := range table {
			if row.Later {
				continue
			}
			src := around(row.Example)
			m, list := lower.Lower(load(t, src, elab.Options{}), lower.Options{})
			if list.HasErrors() {
				t.Errorf("%s: %v\n%s", row.Name, list, src)
				continue
			}
			for _, p := range m.Graph.Params {
				if err := initializer.Fill(make([]float32, p.Value.Shape.Size()), p.Init, p.Value.Shape, p.FanIn, p.FanOut, 1); err != nil {
					t.Errorf("%s: %v", row.Name, err)
				}
			}
			if strings.Contains(src, "train { loss") && (m.Graph.Loss == nil || m.Train.Loss == "") {
				t.Errorf("%s: no loss", row.Name)
			}
			if strings.Contains(src, "optimizer") {
				// Behind its settings the runtime looks for examples.
				m.Train.Epochs = 1
				form, err := optimizer.Lookup(m.Train.Optimizer.Name).Form(&m.Train.Optimizer, nil)
				if err != nil {
					t.Fatal(err)
				}
				net := &model.Network{Optimizer: form.Kernel, Slots: len(form.Slots), Train: m.Train}
				_, err = train.Train(t.Context(), net, nil, nil, train.Options{Config: m.Train})
				if err == nil || !strings.Contains(err.Error(), "no examples") {
					t.Errorf("%s: %v", row.Name, err)
				}
			}
			if m.Data.Train.Kind != "" {
				if _, err := data.Classes(m.Data); err != nil && strings.Contains(err.Error(), "unknown kind") {
					t.Errorf("%s: %v", row.Name, err)
				}
			}
		}
	}
}

// TestOptimizerNumbers: the language and the runtime have the same optimizers,
// with the same numbers, defaults and bounds.
func TestOptimizerNumbers(t *testing.T) {
	for _, r := range optimizer.Rules {
		e := lang.Find(lang.OptimizerTable, r.Name)
		if e == nil || e.Later {
			t.Errorf("the language has no optimizer %s", r.Name)
			continue
		}
		for i := range e.Options {
			o := &e.Options[i]
			n := r.Number(o.Name)
			if n == nil {
				t.Errorf("%s: the runtime knows no %s", r.Name, o.Name)
				continue
			}
			var value float64
			if o.Default != "" {
				value, _ = strconv.ParseFloat(o.Default, 64)
			}
			if value != n.Default || o.Optional != n.Optional {
				t.Errorf("%s: default of %s is %v, in the runtime %v", r.Name, o.Name, o.Default, n.Default)
			}
			in := lang.Interval{Hi: 1} // flags
			if o.Type != lang.Flag {
				in = o.Interval()
			}
			if got := (lang.Interval{Lo: n.Lo, Hi: n.Hi, LoOpen: n.LoOpen, HiOpen: n.HiOpen}); got != in && !(in.Hi == 9007199254740991 && n.Hi == 1<<53) {
				t.Errorf("%s: bounds of %s are %v, in the runtime %v", r.Name, o.Name, in, got)
			}
		}
		for _, list := range [][]optimizer.Number{r.Numbers, optimizer.Common} {
			for _, n := range list {
				if e.Option(n.Name) == nil {
					t.Errorf("%s: the language has no option %s", r.Name, n.Name)
				}
			}
		}
	}
}

// TestScheduleNumbers is the same for schedules.
func TestScheduleNumbers(t *testing.T) {
	for _, k := range schedule.Kinds {
		e := lang.Find(lang.ScheduleTable, k.Name)
		if e == nil {
			t.Errorf("the language has no schedule %s", k.Name)
			continue
		}
		if k.Lists {
			continue
		}
		for _, list := range [][]lang.Option{e.Args, e.Options} {
			for i := range list {
				o := &list[i]
				at := slices.IndexFunc(k.Numbers, func(n schedule.Number) bool { return n.Name == o.Name })
				if at < 0 {
					t.Errorf("%s: the runtime knows no %s", k.Name, o.Name)
					continue
				}
				n := k.Numbers[at]
				value := 0.0
				if text, share := strings.CutSuffix(o.Default, "%"); text != "" {
					value, _ = strconv.ParseFloat(text, 64)
					if share {
						value /= 100
					}
				}
				if value != n.Default || (o.Type == lang.Time) != n.Length {
					t.Errorf("%s: default of %s is %v, in the runtime %v", k.Name, o.Name, o.Default, n.Default)
				}
				if in := o.Interval(); o.Type != lang.Flag && (in.Lo != n.Lo || in.LoOpen != n.LoOpen || in.Hi != n.Hi && n.Hi != 1<<53) {
					t.Errorf("%s: bounds of %s are %v, in the runtime %v..%v", k.Name, o.Name, in, n.Lo, n.Hi)
				}
			}
		}
		for _, n := range k.Numbers {
			if e.Option(n.Name) == nil {
				t.Errorf("%s: the language has no option %s", k.Name, n.Name)
			}
		}
	}
}
