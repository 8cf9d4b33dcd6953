package table

import (
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/cnnc/cnnc/runtime/config"
)

// column fits one column of the given cells.
func column(t interface {
	Helper()
	Fatal(...any)
}, c config.Column, cells ...string) (*Column, []int) {
	t.Helper()
	if c.Name = "x"; c.Kind == "" {
		c.Kind = Numeric
	}
	p := &Plan{Features: []config.Column{c}, FeatureAt: []int{0}, ClassAt: -1}
	rows := func(row func(i int, cells []string) error) error {
		for i, cell := range cells {
			if err := row(i, []string{cell}); err != nil {
				return err
			}
		}
		return nil
	}
	f, removed, err := Fit(p, rows, Options{Rows: len(cells)})
	if err != nil {
		t.Fatal(err)
	}
	text, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if f, err = ParseFitted(text); err != nil { // every test goes through the JSON
		t.Fatal(err)
	}
	return &f.Columns[0], removed
}

// values are those of cells.
func values(t *testing.T, c *Column, cells ...string) [][]float32 {
	t.Helper()
	var out [][]float32
	for _, cell := range cells {
		dst := make([]float32, c.Width())
		for i := range dst {
			dst[i] = float32(math.NaN()) // every value must be written
		}
		if err := c.Text(dst, cell, false); err != nil {
			t.Fatal(err)
		}
		out = append(out, dst)
	}
	return out
}

// The example of the spec (data, section 6).
func TestScales(t *testing.T) {
	cells := []string{"1", "2", "3", "4", "100"}
	for _, tt := range []struct {
		column config.Column
		want   []float64
	}{
		{config.Column{}, []float64{1, 2, 3, 4, 100}},
		{config.Column{Scale: "minmax", Low: 0, High: 1}, []float64{0, .010101, .020202, .030303, 1}},
		{config.Column{Scale: "minmax", Low: -1, High: 3}, []float64{-1, 4*.010101 - 1, 4*.020202 - 1, 4*.030303 - 1, 3}},
		{config.Column{Scale: "zscore"}, []float64{-.538285, -.512652, -.487019, -.461387, 1.999343}},
		{config.Column{Scale: "robust"}, []float64{-1, -.5, 0, .5, 48.5}},
		{config.Column{Scale: "quartile"}, []float64{-.5, 0, .5, 1, 49}},
		{config.Column{Scale: "maxabs"}, []float64{.01, .02, .03, .04, 1}},
		// Clipped to -1..7 first (section 7), then scaled by what is left.
		{config.Column{Outliers: "clip", Rule: "iqr", Factor: 1.5}, []float64{1, 2, 3, 4, 7}},
		{config.Column{Outliers: "clip", Rule: "iqr", Factor: 1.5, Scale: "minmax", High: 1}, []float64{0, 1. / 6, 2. / 6, 3. / 6, 1}},
		{config.Column{Outliers: "clip", Rule: "mad", Factor: 3.5}, []float64{1, 2, 3, 4, 3 + 3.5/0.6745}},
	} {
		c, _ := column(t, tt.column, cells...)
		var got []float64
		for _, v := range values(t, c, cells...) {
			got = append(got, float64(v[0]))
		}
		if d := cmp.Diff(tt.want, got, cmpopts.EquateApprox(0, 1e-6)); d != "" {
			t.Errorf("%+v: %s", tt.column, d)
		}
	}
}

func TestOutliersAreRemoved(t *testing.T) {
	for rule, want := range map[string][]int{"iqr": {4}, "zscore": nil, "mad": {4}} {
		factor := map[string]float64{"iqr": 1.5, "zscore": 3, "mad": 3.5}[rule]
		c, removed := column(t, config.Column{Outliers: "remove", Rule: rule, Factor: factor, Scale: "minmax", High: 1}, "1", "2", "3", "4", "100")
		if !slices.Equal(removed, want) {
			t.Errorf("%s removes rows %v, want %v", rule, removed, want)
		}
		// What is removed has no part in the scale, and is scaled all the same
		// where it is met outside of training.
		if got := values(t, c, "4")[0][0]; (got == 1) != (want != nil) {
			t.Errorf("%s: the largest value that is left becomes %v", rule, got)
		}
	}
}

func TestConstantColumns(t *testing.T) {
	for _, scale := range []string{"minmax", "zscore", "robust", "quartile", "maxabs"} {
		c, _ := column(t, config.Column{Scale: scale, High: 1}, "0.1", "0.1", "0.1")
		got := values(t, c, "0.1")[0][0]
		if want := map[bool]float32{true: 1, false: 0}[scale == "maxabs"]; math.Abs(float64(got-want)) > 1e-6 {
			t.Errorf("%s of a constant is %v, want %v", scale, got, want)
		}
	}
}

func TestMissingNumbers(t *testing.T) {
	cells := []string{"1", "NA", "2", " ", "2", "nan", "7"}
	for _, tt := range []struct {
		missing string
		want    float32
	}{{"mean", 3}, {"median", 2}, {"most_frequent", 2}, {"constant", -5}} {
		c, _ := column(t, config.Column{Missing: tt.missing, Fill: -5, Indicator: true}, cells...)
		if d := cmp.Diff([][]float32{{tt.want, 1}, {4, 0}}, values(t, c, "?", "4")); d != "" {
			t.Errorf("%s: %s", tt.missing, d)
		}
	}
	// Of values that are equally frequent, the smallest.
	c, _ := column(t, config.Column{Missing: "most_frequent"}, "5", "3", "4")
	if got := values(t, c, "")[0][0]; got != 3 {
		t.Errorf("filled with %v, want 3", got)
	}
	c, _ = column(t, config.Column{Missing: "drop"}, "5", "3")
	if err := c.Text(make([]float32, 1), "null", false); err == nil {
		t.Error("a missing number is no error where nothing fills it")
	}
}

func TestCategories(t *testing.T) {
	cells := []string{"b", "a", " b ", "c"}
	for _, tt := range []struct {
		column config.Column
		want   [][]float32 // of a, b, c
	}{
		{config.Column{}, [][]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
		{config.Column{DropFirst: true}, [][]float32{{0, 0}, {1, 0}, {0, 1}}},
		{config.Column{Encode: Ordinal}, [][]float32{{0}, {1}, {2}}},
		// FNV-1a of a, b and c is 0xaf63dc4c8601ec8c, ...f1a5 and ...eff2.
		{config.Column{Encode: Hashing, Buckets: 4}, [][]float32{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}},
	} {
		tt.column.Kind = Categorical
		c, _ := column(t, tt.column, cells...)
		if d := cmp.Diff(tt.want, values(t, c, "a", "b", "c")); d != "" {
			t.Errorf("%+v: %s", tt.column, d)
		}
		err := c.Text(make([]float32, c.Width()), "z", false)
		if (err == nil) != (tt.column.Encode == Hashing) {
			t.Errorf("%+v: unknown category: %v", tt.column, err)
		}
	}
	c, _ := column(t, config.Column{Kind: Categorical, Unknown: "other", DropFirst: true}, cells...)
	if d := cmp.Diff([][]float32{{0, 0}}, values(t, c, "z")); d != "" {
		t.Error(d)
	}
	c, _ = column(t, config.Column{Kind: Categorical, Unknown: "other", Encode: Ordinal}, cells...)
	if got := values(t, c, "z")[0][0]; got != -1 {
		t.Errorf("an unknown ordinal is %v", got)
	}
	// A constant that fills gaps is a category even where nothing was missing.
	c, _ = column(t, config.Column{Kind: Categorical, Missing: "constant", FillText: "none given", Indicator: true}, "x", "y")
	if d := cmp.Diff([][]float32{{1, 0, 0, 1}, {0, 1, 0, 0}}, values(t, c, "", "x")); d != "" {
		t.Error(d)
	}
	c, _ = column(t, config.Column{Kind: Categorical, Missing: "most_frequent"}, "y", "", "x", "x", "y")
	if d := cmp.Diff([][]float32{{1, 0}}, values(t, c, "")); d != "" {
		t.Error(d)
	}
}

func TestInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 40).Draw(t, "numbers")
		scale := rapid.SampledFrom([]string{"", "minmax", "zscore", "robust", "quartile", "maxabs"}).Draw(t, "scale")
		low := rapid.Float64Range(-3, 0).Draw(t, "low")
		cells := make([]string, len(numbers))
		for i, x := range numbers {
			cells[i] = strconv.FormatFloat(x, 'g', -1, 64)
		}
		c, _ := column(t, config.Column{Scale: scale, Low: low, High: low + 2}, cells...)
		for _, x := range numbers {
			y := c.transform(x)
			if back := c.Inverse(y); math.Abs(back-x) > 1e-9*(math.Abs(x)+math.Abs(c.Center)+c.Scale) {
				t.Fatalf("%s: %v becomes %v, and that %v", scale, x, y, back)
			}
			if scale == "minmax" && (y < low-1e-9 || y > low+2+1e-9) {
				t.Fatalf("%v is scaled to %v, outside of %v..%v", x, y, low, low+2)
			}
		}
	})
}

func TestQuantile(t *testing.T) {
	x := []float64{1, 2, 3, 4, 100}
	for q, want := range map[float64]float64{0: 1, .25: 2, .5: 3, .75: 4, 1: 100, .1: 1.4} {
		if got := quantile(x, q); math.Abs(got-want) > 1e-12 {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
}

// Of many rows about SampleRows are chosen, the same ones every time.
func TestSampler(t *testing.T) {
	const n = 4 * SampleRows
	keep, again, taken := sampler(n), sampler(n), 0
	for i := range n {
		if keep(i) != again(i) {
			t.Fatalf("row %d", i)
		}
		if keep(i) {
			taken++
		}
	}
	if math.Abs(float64(taken)-SampleRows) > 6*math.Sqrt(SampleRows) {
		t.Errorf("%d rows of %d, want about %d", taken, n, SampleRows)
	}
}

func TestNumbers(t *testing.T) {
	for _, tt := range []struct {
		text  string
		comma bool
		want  float64
		ok    bool
	}{
		{" 1.5 ", false, 1.5, true}, {"-3e2", false, -300, true}, {"+7", false, 7, true},
		{"1,5", true, 1.5, true}, {"1.5", true, 0, false}, {"1,234,5", true, 0, false},
		{"1,5", false, 0, false}, {"1 000", false, 0, false}, {"0x1p4", false, 0, false}, {"1_000", false, 0, false},
		{"inf", false, 0, false}, {"-Infinity", false, 0, false}, {"1e999", false, 0, false}, {"twenty", false, 0, false},
		{"", false, math.NaN(), true}, {" N/A", false, math.NaN(), true}, {"None", false, math.NaN(), true},
	} {
		got, err := parseNumber(tt.text, tt.comma)
		if (err == nil) != tt.ok || tt.ok && got != tt.want && !(got != got && tt.want != tt.want) {
			t.Errorf("%q: %v, %v", tt.text, got, err)
		}
	}
	c := &Column{Name: "x", Kind: Numeric, Scale: 1}
	if err := c.Number(make([]float32, 1), 1e200); err == nil || !strings.Contains(err.Error(), "single precision") {
		t.Errorf("1e200: %v", err)
	}
}

// readAll returns the rows of a text, and reads each again by its place.
func readAll(t testing.TB, text string, form config.CSV) (rows [][]string, lines []int, err error) {
	r, err := NewReader(strings.NewReader(text), "t.csv", form)
	if err != nil {
		return nil, nil, err
	}
	var single RowReader
	for {
		row, err := r.Next()
		if err == io.EOF {
			return rows, lines, nil
		}
		if err != nil {
			return rows, lines, err
		}
		row = slices.Clone(row)
		line, offset, end := r.Row()
		rows, lines = append(rows, row), append(lines, line)
		again, err := single.Read(strings.NewReader(text), offset, end, form)
		if err != nil || !slices.Equal(row, again) {
			t.Fatalf("line %d: %q, read again %q, %v\n%q", line, row, again, err, text)
		}
	}
}

func TestReader(t *testing.T) {
	for _, tt := range []struct {
		text  string
		form  config.CSV
		rows  [][]string
		lines []int
		err   string
	}{
		{text: "a,b\n1,2\n3,4", rows: [][]string{{"1", "2"}, {"3", "4"}}, lines: []int{2, 3}},
		{text: "\xef\xbb\xbfa,b\r\n1,2\r\n\r\n3,4\r\n", rows: [][]string{{"1", "2"}, {"3", "4"}}, lines: []int{2, 4}},
		{text: "a,b\n\"x\ny\",\"say \"\"hi\"\"\"\n3,4\n", rows: [][]string{{"x\ny", `say "hi"`}, {"3", "4"}}, lines: []int{2, 4}},
		{text: "1;2\n3;4\n", form: config.CSV{Separator: ";", NoHeader: true}, rows: [][]string{{"1", "2"}, {"3", "4"}}, lines: []int{1, 2}},
		{text: "\xef\xbb\xbf1\t2\n", form: config.CSV{Separator: "\t", NoHeader: true}, rows: [][]string{{"1", "2"}}, lines: []int{1}},
		{text: "a,b\n1,2\n3\n", rows: [][]string{{"1", "2"}}, lines: []int{2}, err: "t.csv:3: 1 value, and the file has 2 columns"},
		{text: "a,b\n1,\"2\n", err: "t.csv:2: a quoted value is not closed"},
		{text: "a,b\n1,2\"\n", err: "t.csv:2: a quote within"},
		{text: "a,b\n1,\xff\n", err: "t.csv:2: value 2 is not text in UTF-8"},
		{text: "a,b\n1,\x00\n", err: "t.csv: it holds NUL bytes"},
		{text: "a, a\n", err: `t.csv:1: columns 1 and 2 are both named "a"`},
		{text: "", err: "t.csv: the file is empty"},
		{text: "\n\n\n", err: "t.csv: the file has no rows"},
		{text: "\xff\xfea\x00", err: "t.csv: the text is UTF-16"},
		{text: "a", form: config.CSV{Separator: "::"}, err: "t.csv: the separator"},
		{text: "a,b\n\"" + strings.Repeat("x\n", maxRecord), err: "t.csv: a row of more than"},
	} {
		rows, lines, err := readAll(t, tt.text, tt.form)
		short := tt.text[:min(len(tt.text), 60)]
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.err)) {
			t.Errorf("%q: %v, want %q", short, err, tt.err)
		}
		if d := cmp.Diff(tt.rows, rows) + cmp.Diff(tt.lines, lines); d != "" {
			t.Errorf("%q: %s", short, d)
		}
	}
}

func TestResolve(t *testing.T) {
	header := []string{"id", "age", "pay", "city", "class"}
	numeric := func(name string) config.Column { return config.Column{Name: name, Kind: Numeric} }
	p, err := Resolve(&config.Table{
		Class: "class", Ignored: []string{"id"},
		Columns: []config.Column{{Name: "city", Kind: Categorical}, numeric("")},
	}, header)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int{3, 1, 2}, p.FeatureAt); d != "" || p.ClassAt != 4 || p.Features[2].Name != "pay" {
		t.Errorf("%+v", p)
	}
	for want, table := range map[string]*config.Table{
		`no column "clas"; the columns are "id", "age"`: {Class: "clas", Columns: []config.Column{numeric("")}},
		`column "age" is used twice`:                    {Class: "age", Columns: []config.Column{numeric("age")}},
		"no column is a feature":                        {Class: "class", Ignored: header[:4], Columns: []config.Column{numeric("")}},
	} {
		if _, err := Resolve(table, header); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add("a,b\n1,2\n\"x\ny\",3\n", false)
	f.Add("\xef\xbb\xbfa\r\n1\r\n\r\n", true)
	f.Add("a,\"b\n", false)
	f.Fuzz(func(t *testing.T, text string, noHeader bool) {
		rows, lines, err := readAll(t, text, config.CSV{NoHeader: noHeader})
		if len(rows) != len(lines) || err != nil && !strings.HasPrefix(err.Error(), "t.csv:") {
			t.Errorf("%d rows, %v", len(rows), err)
		}
	})
}

func FuzzFitted(f *testing.F) {
	good := &Fitted{Version: fittedVersion, Columns: []Column{
		{Name: "x", Kind: Numeric, Center: 1, Scale: 2, Indicator: true, Fill: new(float64)},
		{Name: "c", Kind: Categorical, Encode: OneHot, Categories: []string{"a", "b"}, DropFirst: true, Other: true},
		{Name: "h", Kind: Categorical, Encode: Hashing, Buckets: 3},
	}, Targets: []Column{{Name: "y", Kind: Numeric, Scale: 3}}}
	text, err := good.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"version":1,"columns":[{"name":"c","kind":"categorical","encode":"hashing","buckets":9000000000}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		fitted, err := ParseFitted(text)
		if err != nil {
			return
		}
		// What is accepted prepares rows and comes back the same.
		if w := fitted.Width(); w > maxWidth {
			t.Fatalf("%d values", w)
		}
		dst := make([]float32, fitted.Width())
		cells := make([]string, len(fitted.Columns))
		for i := range cells {
			cells[i] = "1"
		}
		if fitted.Record(dst, cells) == nil && slices.ContainsFunc(dst, func(v float32) bool { return v != v }) {
			t.Errorf("%v", dst)
		}
		again, err := fitted.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseFitted(again)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(fitted, back, cmpopts.EquateEmpty()); d != "" {
			t.Error(d)
		}
	})
}
