package data

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/runtime/config"
)

// writeTable writes a file and returns a data section for it: age and pay are
// numbers, city a category, class the class.
func writeTable(t *testing.T, text string) config.Data {
	t.Helper()
	name := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Data{
		Train:    config.Source{Kind: "csv", Paths: []string{name}},
		Validate: config.Source{Kind: "split", Of: "train", Fraction: 0.25},
		Table: &config.Table{Class: "class", Columns: []config.Column{
			{Name: "age", Kind: "numeric", Scale: "zscore"},
			{Name: "pay", Kind: "numeric", Missing: "median", Scale: "robust"},
			{Name: "city", Kind: "categorical", Unknown: "other"},
		}},
	}
}

// people are n rows; those for which other says so have other values in all
// columns but the class.
func people(n int, other func(row int) bool) string {
	var b strings.Builder
	b.WriteString("age,pay,city,class\n")
	for i := range n {
		age, pay, city := 20+i*7%50, fmt.Sprint(1000+i*i%977), []string{"Bonn", "Köln", "Ulm"}[i%3]
		if i%11 == 3 {
			pay = ""
		}
		if other != nil && other(i) {
			age, pay, city = 1000+i, "-1e6", "Trier"
		}
		fmt.Fprintf(&b, "%d,%s,%s,%s\n", age, pay, city, []string{"no", "yes"}[i/2%2])
	}
	return b.String()
}

// loadAll returns the inputs of all examples.
func loadAll(t *testing.T, d Dataset) [][]float32 {
	t.Helper()
	var out [][]float32
	s := NewScratch()
	for i := range d.Len() {
		x := make([]float32, Fitted(d).Width())
		for j := range x {
			x[j] = float32(math.NaN())
		}
		if err := d.(*part).src.load(int(d.(*part).index[i]), x, s); err != nil {
			t.Fatal(err)
		}
		out = append(out, x)
	}
	return out
}

// What rows are prepared with is learned of the training part: other values in
// the rows of the validation part do not change it.
func TestTableIsFittedOnTrainingRows(t *testing.T) {
	const n = 80
	cfg := writeTable(t, people(n, nil))
	train, val, _, err := OpenAll(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(train, val)
	held := map[int]bool{}
	for _, i := range val.(*part).index {
		held[int(i)] = true
	}
	if len(held) != n/4 || train.Len() != n-n/4 {
		t.Fatalf("%d rows to train, %d to validate", train.Len(), len(held))
	}
	changed := writeTable(t, people(n, func(row int) bool { return held[row] }))
	train2, val2, _, err := OpenAll(changed)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(train2, val2)
	if !slices.Equal(val2.(*part).index, val.(*part).index) {
		t.Fatal("other values moved rows from one part to the other")
	}
	if d := cmp.Diff(Fitted(train), Fitted(train2)); d != "" {
		t.Errorf("validation rows have changed what was learned: %s", d)
	}
	if d := cmp.Diff(loadAll(t, train), loadAll(t, train2)); d != "" {
		t.Error(d)
	}
	if cmp.Equal(loadAll(t, val), loadAll(t, val2)) {
		t.Error("the changed rows are read as they were")
	}
	// And other values in a training row do.
	changed = writeTable(t, people(n, func(row int) bool { return row == int(train.(*part).index[0]) }))
	train3, val3, _, err := OpenAll(changed)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(train3, val3)
	if cmp.Equal(Fitted(train), Fitted(train3)) {
		t.Error("a training row makes no difference")
	}
}

// A table that is read row by row gives the same values as one held in memory,
// through a Loader as well.
func TestTableFromMemoryAndFile(t *testing.T) {
	cfg := writeTable(t, people(60, nil))
	cfg.Height, cfg.Width, cfg.Channels = 1, 1, 5
	read := func() (x [][]float32, epoch []float32) {
		train, val, _, err := OpenAll(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer Close(train, val)
		l, err := NewLoader(train, Options{Batch: 7, Shuffle: true, Seed: 3, Workers: 3})
		if err != nil {
			t.Fatal(err)
		}
		e, err := l.Epoch(context.Background(), 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		for {
			b, err := e.Next()
			if err == io.EOF {
				return append(loadAll(t, train), loadAll(t, val)...), epoch
			}
			if err != nil {
				t.Fatal(err)
			}
			if b.Targets != nil {
				t.Fatal("classes, and targets are given")
			}
			epoch = append(epoch, b.X...)
		}
	}
	x, epoch := read()
	defer func(n int) { maxTableCache = n }(maxTableCache)
	maxTableCache = 0
	x2, epoch2 := read()
	if d := cmp.Diff(x, x2) + cmp.Diff(epoch, epoch2); d != "" {
		t.Error(d)
	}
	if len(epoch) != 45*5 {
		t.Errorf("%d values", len(epoch))
	}
}

func TestRegressionTable(t *testing.T) {
	cfg := writeTable(t, people(40, nil))
	cfg.Table.Class, cfg.Table.Ignored = "", []string{"class"}
	cfg.Table.Targets = []config.Column{{Name: "age", Kind: "numeric", Scale: "zscore"}, {Name: "pay", Kind: "numeric", Missing: "drop"}}
	cfg.Table.Columns = []config.Column{{Name: "city", Kind: "categorical"}}
	for _, cache := range []int{1 << 20, 0} {
		func() {
			defer func(n int) { maxTableCache = n }(maxTableCache)
			maxTableCache = cache
			train, val, _, err := OpenAll(cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer Close(train, val)
			if names, err := Classes(cfg); names != nil || err != nil || train.Classes() != nil {
				t.Errorf("classes %v, %v, %v", names, err, train.Classes())
			}
			if _, _, dropped := LeftOut(train); dropped != 4 || train.Len()+val.Len() != 36 {
				t.Errorf("%d rows dropped of 40, %d and %d are left", dropped, train.Len(), val.Len())
			}
			sum, s := 0.0, NewScratch()
			for i := range train.Len() {
				y := make([]float32, 2)
				if err := train.(Targeted).Target(i, y, s); err != nil {
					t.Fatal(err)
				}
				sum += float64(y[0])
				Fitted(train).Values(y)
				row := strings.Split(strings.Split(people(40, nil), "\n")[train.(*part).src.source.(*tableSet).rows[train.(*part).index[i]].line-1], ",")
				if got := fmt.Sprintf("%.0f,%.0f", y[0], y[1]); got != row[0]+","+row[1] {
					t.Errorf("%s: %s, want %v", train.Name(i), got, row)
				}
			}
			if math.Abs(sum) > 1e-4 {
				t.Errorf("the mean of the scaled targets is %v", sum/float64(train.Len()))
			}
		}()
	}
}

// A class called nan is a word among numbers: the order is that of bytes then, and
// always the same.
func TestTableClassOrder(t *testing.T) {
	for range 50 {
		s := &tableSet{whereAt: make([]int32, 5)}
		s.orderClasses(map[string]int32{"10": 0, "nan": 1, "9": 2, "1": 3, "100": 4})
		if want := []string{"1", "10", "100", "9", "nan"}; !slices.Equal(s.names, want) {
			t.Fatalf("classes %q, want %q", s.names, want)
		}
	}
	s := &tableSet{whereAt: make([]int32, 3)}
	s.orderClasses(map[string]int32{"10": 0, "9": 1, "1": 2})
	if want := []string{"1", "9", "10"}; !slices.Equal(s.names, want) {
		t.Errorf("classes %q, want %q", s.names, want)
	}
}

func TestTableErrors(t *testing.T) {
	good := people(8, nil)
	for _, tt := range []struct {
		text   string
		change func(*config.Data)
		want   string // "" for none; {} is the file
	}{
		{text: good},
		{good, func(c *config.Data) { c.Height, c.Width, c.Channels = 1, 1, 4 }, "a row becomes age + pay + city one-hot 3 = 5 values, and the input of the network takes 4"},
		{good, func(c *config.Data) { c.Classes = []string{"yes", "maybe"} }, `{}:2: unknown class "no"`},
		{good, func(c *config.Data) { c.Table.Columns[1].Missing = "" }, `{}:5: column "pay": the value is missing`},
		{good, func(c *config.Data) { c.Table.Columns[2].Kind = "numeric" }, `{}:2: column "city": "Bonn" is not a number`},
		{good, func(c *config.Data) { c.Table.Class = "" }, "a table needs a column of classes or targets"},
		{good, func(c *config.Data) { c.Table = nil }, "nothing says what the columns of the table mean"},
		{good, func(c *config.Data) { c.Color = "gray" }, "rows of a table are no pictures"},
		{good, func(c *config.Data) { c.Train.Kind = "folder" }, "columns belong to csv files"},
		{good, func(c *config.Data) { c.Train.Paths[0] = filepath.Dir(c.Train.Paths[0]) }, "not a regular file"},
		{good, func(c *config.Data) { c.Fitted = "{}" }, "rows are prepared by version 0"},
		{strings.ReplaceAll(good, "yes", "no"), nil, `{}: column "class" holds only one class, "no"`},
		{strings.Replace(good, ",yes", ",", 1), nil, `{}:4: column "class": the class is missing`},
		{strings.Replace(good, ",Bonn,", ",", 1), nil, "{}:2: 3 values, and the file has 4 columns"},
		{strings.Replace(good, ",Bonn,", ",", 1), func(c *config.Data) { c.OnError = "skip" }, ""},
		{"age,pay,city,class\n", nil, "{}: the file has no rows, only a header"},
		{"age,pay,city,class\n1\n2\n", func(c *config.Data) { c.OnError = "skip" }, "{}: no usable row; 2 skipped, the first: {}:2: 1 value"},
		{"age,pay,city,class\n1,,Ulm,no\n", func(c *config.Data) { c.Table.Columns[1].Missing = "drop" }, "{}: no rows are left"},
	} {
		cfg := writeTable(t, tt.text)
		name := cfg.Train.Paths[0]
		if tt.change != nil {
			tt.change(&cfg)
		}
		train, val, _, err := OpenAll(cfg)
		Close(train, val)
		want := strings.ReplaceAll(tt.want, "{}", name)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

// With on_error skip bad rows are left out, and counted.
func TestTableSkips(t *testing.T) {
	text := strings.Replace(people(12, nil), ",Bonn,", ",", 2)
	cfg := writeTable(t, text)
	cfg.OnError = "skip"
	train, val, _, err := OpenAll(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(train, val)
	bad, first, _ := LeftOut(train)
	if bad != 2 || len(first) != 2 || train.Len()+val.Len() != 10 || !strings.Contains(first[1].Error(), "t.csv:5: 3 values") {
		t.Errorf("%d left out of 12, %v; %d and %d are left", bad, first, train.Len(), val.Len())
	}
}

// A category that no training row has is an error at its row, unless the model
// file says otherwise.
func TestTableUnknownCategory(t *testing.T) {
	cfg := writeTable(t, people(12, nil))
	test := writeTable(t, strings.Replace(people(4, nil), "Ulm", "Trier", 1))
	cfg.Test, cfg.Table.Columns[2].Unknown = test.Train, ""
	train, val, tests, err := OpenAll(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(train, val, tests)
	p := tests.(*part)
	err = p.src.load(2, make([]float32, 5), NewScratch())
	if want := p.Name(2) + `: column "city": unknown category "Trier"`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	if err := p.src.load(1, make([]float32, 5), NewScratch()); err != nil {
		t.Error(err)
	}
}

// Outliers are removed from the training part only.
func TestTableOutliers(t *testing.T) {
	text := people(40, nil) + "5000,1000,Ulm,yes\n"
	cfg := writeTable(t, text)
	cfg.Table.Columns[0].Outliers, cfg.Table.Columns[0].Rule, cfg.Table.Columns[0].Factor = "remove", "iqr", 1.5
	cfg.Validate, cfg.Test = config.Source{}, cfg.Train
	train, _, test, err := OpenAll(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(train, test)
	if train.Len() != 40 || test.Len() != 41 {
		t.Errorf("%d rows to train, %d to test", train.Len(), test.Len())
	}
}

// The rows of the table of broken files.
func TestBrokenTables(t *testing.T) {
	dir := sharedData(t, "broken", "csv")
	numeric := func(names ...string) (list []config.Column) {
		for _, n := range names {
			list = append(list, config.Column{Name: n, Kind: "numeric", Scale: "zscore"})
		}
		return list
	}
	left := listing(t, dir)
	for _, tt := range []struct {
		name   string
		change func(*config.Data)
		rows   int
		want   string
	}{
		{"ragged_rows.csv", nil, 0, "ragged_rows.csv:3: 2 values, and the file has 3 columns"},
		{"ragged_rows.csv", func(c *config.Data) { c.OnError = "skip" }, 2, ""},
		{"text_in_number.csv", nil, 0, `text_in_number.csv:3: column "salary": "twenty" is not a number`},
		{"missing_values.csv", nil, 0, `missing_values.csv:2: column "salary": the value is missing`},
		{"inf.csv", nil, 0, `inf.csv:2: column "salary": "inf" is not a finite number`},
		{"unterminated_quote.csv", func(c *config.Data) {
			c.Table = &config.Table{Class: "name", Columns: numeric("age")}
		}, 0, "unterminated_quote.csv:2: a quoted value is not closed"},
		{"empty.csv", nil, 0, "empty.csv: the file is empty"},
		{"header_only.csv", nil, 0, "header_only.csv: the file has no rows"},
		{"no_header.csv", nil, 0, `no_header.csv: there is no column "purchased"`},
		{"duplicate_header.csv", nil, 0, `duplicate_header.csv:1: columns 1 and 2 are both named "age"`},
		{"constant_column.csv", nil, -1, ""},
		{"bom_crlf.csv", nil, -1, ""},
		{"semicolon.csv", nil, 0, "semicolon.csv: there is no column"},
		{"semicolon.csv", func(c *config.Data) { c.Train.CSV = config.CSV{Separator: ";", DecimalComma: true} }, -1, ""},
		{"utf16.csv", nil, 0, "utf16.csv: the text is UTF-16"},
		{"nul_bytes.csv", nil, 0, "nul_bytes.csv: it holds NUL bytes"},
		{"one_class.csv", nil, 0, `one_class.csv: column "purchased" holds only one class`},
		{"quoted_newline.csv", func(c *config.Data) {
			c.Table = &config.Table{Class: "name", Columns: numeric("age")}
		}, 2, ""},
	} {
		delete(left, tt.name)
		cfg := config.Data{
			Train: config.Source{Kind: "csv", Paths: []string{filepath.Join(dir, tt.name)}},
			Table: &config.Table{Class: "purchased", Columns: numeric("age", "salary")},
		}
		if tt.change != nil {
			tt.change(&cfg)
		}
		train, _, _, err := OpenAll(cfg)
		if tt.want != "" {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if tt.rows > 0 && train.Len() != tt.rows {
			t.Errorf("%s: %d rows, want %d", tt.name, train.Len(), tt.rows)
		}
		for _, x := range loadAll(t, train) {
			for _, v := range x {
				if v-v != 0 {
					t.Errorf("%s: a value becomes %v", tt.name, v)
				}
			}
		}
		Close(train)
	}
	for name := range left {
		t.Errorf("%s has no row in this test", name)
	}
}
