package phases

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/codegen"
	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/elab"
)

const model = `cnn 1

model small

net {
    input 11x9x3
    conv 5 3x3 same relu
    maxpool 2x2
    dropout 0.3
    flatten
    dense 3 softmax
}

train {
    loss categorical_crossentropy  // <&"
    optimizer sgd(0.1)
}
`

// testPage compiles the model and generates its package.
func testPage(t *testing.T) *Page {
	t.Helper()
	program, list := dsl.Load("small.cnn", model, elab.Options{})
	if list.HasErrors() {
		t.Fatal(list[0])
	}
	r, list := compiler.Compile(program, compiler.Options{Stages: true, Lower: lower.Options{}})
	if list.HasErrors() {
		t.Fatal(list[0])
	}
	files, err := codegen.Generate(r.Plan, codegen.Options{Data: r.Data, Train: r.Train, Head: r.Head})
	if err != nil {
		t.Fatal(err)
	}
	return &Page{File: "small.cnn", Result: r, Code: files}
}

func find(t *testing.T, columns []column, title string) *column {
	t.Helper()
	i := slices.IndexFunc(columns, func(c column) bool { return c.Title == title })
	if i < 0 {
		t.Fatalf("there is no column %q", title)
	}
	return &columns[i]
}

// rowOf is the row whose first key is this.
func (c *column) rowOf(key string) *row {
	for i := range c.Rows {
		for _, p := range c.Rows[i].Parts {
			if p.Key == key {
				return &c.Rows[i]
			}
			if p.Key != "" {
				break
			}
		}
	}
	return nil
}

func TestColumns(t *testing.T) {
	p := testPage(t)
	columns, err := p.columns()
	if err != nil {
		t.Fatal(err)
	}
	// What the passes do to a value shows.
	for _, c := range []struct{ column, value, mark string }{
		{"lower", "conv1", ""},
		{"simplify, inference", "dropout1", "dead"},
		{"autodiff, training", "conv1.dw", "new"},
		{"fuse, inference", "maxpool1", "changed"},
		{"dce, inference", "conv1", "dead"},
	} {
		r := find(t, columns, c.column).rowOf(valueKey(c.value))
		if r == nil {
			t.Errorf("%s has no row for %s", c.column, c.value)
		} else if r.Mark != c.mark {
			t.Errorf("%s: %s is marked %q, want %q", c.column, c.value, r.Mark, c.mark)
		}
	}
	if r := find(t, columns, "dce, inference").rowOf(valueKey("dropout1")); r != nil {
		t.Error("dropout is still there after dce")
	}
	// One thing has one line of the file and one key in all columns.
	for _, c := range []struct{ column, key string }{
		{"source", lineKey(7)}, {"layers", valueKey("conv1")}, {"lower", valueKey("conv1.conv2d")},
		{"schedule, training", callKey("training", "conv1")}, {"Go, training", callKey("training", "conv1")}, {"Go, inference", callKey("inference", "conv1")},
	} {
		if r := find(t, columns, c.column).rowOf(c.key); r == nil || r.Line != 7 {
			t.Errorf("%s: %s is %+v, want line 7", c.column, c.key, r)
		}
	}
	// Every call has its function, and every function its call.
	for _, q := range programs(p.Result.Plan) {
		code := find(t, columns, "Go, "+q.name)
		for _, call := range q.Calls() {
			if code.rowOf(callKey(q.name, call.Base().Name)) == nil {
				t.Errorf("%s: no function for the call %s", q.name, call.Base().Name)
			}
		}
	}
}

func TestPage(t *testing.T) {
	p := testPage(t)
	bench, err := ParseBench([]byte(`{"model":"small","isa":"go","peak_gflops_one_core":50,"memory_levels":[{"name":"L2","gb_per_second":70}],
		"rows":[{"program":"inference","call":"conv1","ns_per_example":10,"gflops":12.5}]}`))
	if err != nil {
		t.Fatal(err)
	}
	p.Bench = bench
	var b, again bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := p.Write(&again); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the same page differs: %v", err)
	}
	html := b.String()
	for _, want := range []string{`// &lt;&amp;&#34;`, "50 GFLOP/s, L2 70 GB/s.", ", measured: ", ">12.5<", `data-k="training buffer maxpool1Out`, `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="memory map"`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if at := regexp.MustCompile(`(src|href)="(https?:)?//`).FindString(html); at != "" {
		t.Errorf("the page needs the network: %s", at)
	}
	// Buffers of the map are those that calls name.
	for _, m := range regexp.MustCompile(`<g class="k"[^>]*data-k="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if !strings.Contains(html, `role="button" data-k="`+m[1]+`">`) {
			t.Errorf("only the map of the arena has %s", m[1])
		}
	}
}

// TestRoofline works a point out by hand: predictions hold for the peak of the
// report.
func TestRoofline(t *testing.T) {
	p := testPage(t)
	b := &Bench{Peak: 10, Rows: []BenchRow{{Program: "training", Call: "conv1", GFLOPS: 7}, {Program: "inference", Call: "conv1", GFLOPS: 8}}}
	for _, q := range programs(p.Result.Plan) {
		for i, c := range q.Calls() {
			if c.Base().Name != "conv1" {
				continue
			}
			cost := q.Costs(q.Micro)[i]
			for _, s := range q.speeds(b) {
				if s.call != c {
					continue
				}
				base := c.Base()
				want := float64(base.FLOPs) / (max(cost.Work/10, cost.Near()) + cost.Far())
				if s.predicted != want || s.intensity != float64(base.FLOPs)/float64(base.Bytes) {
					t.Errorf("%s: %+v, want %v", q.name, s, want)
				}
				if m := map[string]float64{"training": 7, "inference": 8}[q.name]; s.measured != m {
					t.Errorf("%s: measured %v, want %v", q.name, s.measured, m)
				}
			}
		}
	}
}

func TestParseBenchMistakes(t *testing.T) {
	for _, text := range []string{"", "[]", "{}", `{"model":"m","rows":[{}]}`, `{"model":"m","peak_gflops_one_core":1}`, `{"rows":3}`} {
		if _, err := ParseBench([]byte(text)); err == nil {
			t.Errorf("%q is a report", text)
		}
	}
}
