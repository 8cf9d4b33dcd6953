package lang_test

import (
	"strings"
	"testing"

	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/lang"
)

// tables are all rows of the language, with the line that makes an example of
// a row a model file (%s).
var tables = []struct {
	name    string
	entries []lang.Entry
	file    string
}{
	{"layers", lang.Layers, "net { input 16x16x1; conv 1 3x3 same\n%s\n}"},
	{"hypers", lang.HyperKinds, "%s\n" + smallNet},
	{"functions", lang.Functions, ""},
	{"initializers", lang.InitializerTable, "net { input 16x16x1; flatten\n%s\n}"},
	{"losses", lang.LossTable, smallNet + "train {\n%s\n}"},
	{"optimizers", lang.OptimizerTable, smallNet + "train {\n%s\n}"},
	{"schedules", lang.ScheduleTable, smallNet + "train { optimizer sgd\n%s\n}"},
	{"constraints", lang.ConstraintTable, "net { input 16x16x1; flatten\n%s\n}"},
	{"metrics", lang.MetricTable, smallNet + "train {\n%s\n}"},
	{"sources", lang.SourceTable, smallNet + "data {\n%s\n}"},
	{"data", lang.DataSettings, smallNet + "data {\n%s\n}"},
	{"augment", lang.AugmentSettings, smallNet + "data { augment {\n%s\n} }"},
	{"train", lang.TrainSettings, smallNet + "train { metrics accuracy\n%s\n}"},
	{"tune", lang.TuneSettings, smallNet + "train { metrics accuracy }\ntune {\n%s\n}"},
}

const smallNet = "net { input 16x16x1; flatten; dense 3 softmax }\n"

func options(e *lang.Entry) []*lang.Option {
	var out []*lang.Option
	for _, list := range [][]lang.Option{e.Args, e.Options} {
		for i := range list {
			out = append(out, &list[i])
		}
	}
	return out
}

// TestRows checks what every row needs.
func TestRows(t *testing.T) {
	for _, table := range tables {
		names := map[string]bool{}
		last := ""
		for i := range table.entries {
			e := &table.entries[i]
			if names[e.Name] && e.Name != last {
				t.Errorf("%s: %s stands twice, and not as forms next to each other", table.name, e.Name)
			}
			names[e.Name], last = true, e.Name
			if e.Doc == "" || strings.HasSuffix(e.Doc, ".") {
				t.Errorf("%s: %s: documentation %q", table.name, e.Name, e.Doc)
			}
			if e.Example == "" && !e.Later {
				t.Errorf("%s: %s has no example", table.name, e.Name)
			}
			seen := map[string]bool{}
			for _, o := range options(e) {
				where := table.name + ": " + e.Name + "." + o.Name
				if seen[o.Name] && o.Type != lang.Word {
					t.Errorf("%s stands twice", where)
				}
				seen[o.Name] = true
				if o.Doc == "" && o.Type != lang.Word {
					t.Errorf("%s has no documentation", where)
				}
				if o.Range != "" {
					if _, err := lang.ParseInterval(o.Range); err != nil {
						t.Errorf("%s: %v", where, err)
					}
				}
				if (o.Type == lang.Func) != (o.Of != lang.None) {
					t.Errorf("%s: type %s, table %s", where, o.Type, o.Of)
				}
				if o.Type == lang.Choice && len(o.Choices) == 0 && table.name != "hypers" {
					t.Errorf("%s has no choices", where)
				}
				if o.Later && o.Required() {
					t.Errorf("%s is required and not supported", where)
				}
			}
		}
	}
}

// TestExamples loads every example; the warning of an unused layer aside, it
// has to be right.
func TestExamples(t *testing.T) {
	for _, table := range tables {
		for i := range table.entries {
			e := &table.entries[i]
			if e.Later {
				continue
			}
			t.Run(table.name+"/"+e.Name, func(t *testing.T) {
				if !strings.Contains(e.Example, e.Name) {
					t.Errorf("the example %q does not show %s", e.Example, e.Name)
				}
				body := strings.Replace(table.file, "%s", e.Example, 1)
				switch {
				case table.name == "functions":
					body = "hyper filters = 32\nhyper k = 3\nnet { input 16x16x1; conv filters 3x3 FUN; flatten }"
					if e.Name == "list" {
						body = "net { input 16x16x3; normalize mean=" + e.Example + " variance=1; flatten }"
						break
					}
					use := map[string]string{"dims": "stride=", "sides": "pad="}[e.Name]
					if use == "" {
						body = strings.Replace(body, "conv filters 3x3 FUN", "dense FUN", 1)
					}
					body = strings.Replace(body, "FUN", use+e.Example, 1)
				case table.name == "train" && e.Name == "metrics":
					body = strings.Replace(body, "metrics accuracy", "", 1)
				case e.Name == "input":
					body = "net { " + e.Example + "; flatten }"
				}
				_, list := dsl.Load("example.cnn", "cnn 1\nmodel example\n"+body, elab.Options{})
				if len(list) > 0 {
					t.Errorf("%s\n%v", body, list)
				}
			})
		}
	}
}

// TestDefaults gives every default as if the user had written it: it has to be
// of the right type and range.
func TestDefaults(t *testing.T) {
	count := 0
	for _, table := range tables {
		if !strings.Contains(table.file, "%s") {
			continue
		}
		for i := range table.entries {
			e := &table.entries[i]
			if e.Later {
				continue
			}
			for _, o := range options(e) {
				for _, text := range []string{o.Default, o.InWord} {
					if text == "" || o.Later {
						continue
					}
					count++
					line := e.Name + required(e, o) + " " + o.Name + "=" + text
					switch table.name {
					case "initializers":
						line = "dense 3 init=" + e.Name + "(" + o.Name + "=" + text + ")"
					case "metrics":
						line = "metrics " + e.Name + "(" + o.Name + "=" + text + ")"
					case "losses":
						line = "loss " + e.Name + "(" + o.Name + "=" + text + ")"
					case "optimizers":
						line = "optimizer " + e.Name + "(" + o.Name + "=" + text + ")"
					case "schedules":
						first := ""
						if e.Option("rate") != nil {
							first = "0.5, "
						}
						if e.Option("length").Required() {
							first += "10, "
						}
						line = "schedule " + e.Name + "(" + first + o.Name + "=" + text + ")"
					case "constraints":
						line = "dense 3 constraint=" + e.Name + "(" + o.Name + "=" + text + ")"
					case "sources":
						path := ""
						if e.Args[0].Required() && o.Name != e.Args[0].Name {
							path = `"file", `
						}
						line = "train " + e.Name + "(" + path + o.Name + "=" + text + ")"
					}
					body := strings.Replace(table.file, "%s", line, 1)
					if _, list := dsl.Load("default.cnn", "cnn 1\nmodel x\n"+body, elab.Options{}); len(list) > 0 {
						t.Errorf("%s: %s: default of %s: %v", table.name, e.Name, o.Name, list)
					}
				}
			}
		}
	}
	if count < 50 {
		t.Errorf("only %d defaults found", count)
	}
}

// required returns the words that e needs besides o, taken from its example.
func required(e *lang.Entry, o *lang.Option) string {
	if len(e.Args) == 0 || o.Name == e.Args[0].Name {
		return ""
	}
	words := strings.Fields(e.Example)
	return " " + strings.Join(words[1:1+len(e.Args)], " ")
}

// TestInline checks that settings of inline sections can follow each other: no
// setting has a word of its own that is the name of another one.
func TestInline(t *testing.T) {
	for _, s := range lang.Sections {
		if !s.Inline {
			continue
		}
		for i := range s.Settings {
			for _, o := range options(&s.Settings[i]) {
				words := append([]string{}, o.Choices...)
				if o.Type == lang.Flag || o.Type == lang.Word {
					words = append(words, o.Name)
				}
				for _, w := range words {
					if lang.Find(s.Settings, w) != nil {
						t.Errorf("%s: the word %s of %s is a setting", s.Name, w, s.Settings[i].Name)
					}
				}
			}
		}
	}
}

// TestAlso checks that no name that others use is a name here of the same
// table: the hint would contradict.
func TestAlso(t *testing.T) {
	for _, table := range tables {
		for i := range table.entries {
			for _, a := range table.entries[i].Also {
				if lang.Find(table.entries, a) != nil {
					t.Errorf("%s: %s is said to be another name of %s, but has a row", table.name, a, table.entries[i].Name)
				}
			}
		}
	}
}

func TestParseInterval(t *testing.T) {
	for _, tt := range []struct {
		text    string
		in, out []float64
	}{
		{"[0, 1)", []float64{0, 0.5}, []float64{-1e-9, 1, 2}},
		{"(0, inf)", []float64{1e-300, 1e300}, []float64{0, -1}},
		{"[-5, 5]", []float64{-5, 5}, []float64{-5.1, 5.1}},
	} {
		v, err := lang.ParseInterval(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
		}
		for _, x := range tt.in {
			if !v.Contains(x) {
				t.Errorf("%s does not contain %g", tt.text, x)
			}
		}
		for _, x := range tt.out {
			if v.Contains(x) {
				t.Errorf("%s contains %g", tt.text, x)
			}
		}
	}
	for _, bad := range []string{"", "0, 1", "[0 1]", "[1, 0]", "[a, 1]", "[0,1]"} {
		if _, err := lang.ParseInterval(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
