package terminal

import (
	"bytes"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestDecide(t *testing.T) {
	size := func(columns, rows int, err error) func() (int, int, error) {
		return func() (int, int, error) { return columns, rows, err }
	}
	for _, c := range []struct {
		name          string
		is            bool
		env           map[string]string
		size          func() (int, int, error)
		columns, rows int
		color         bool
	}{
		{"a file", false, nil, size(80, 24, nil), 0, 0, false},
		{"a terminal", true, map[string]string{"TERM": "xterm"}, size(132, 50, nil), 132, 50, true},
		{"a dumb one", true, map[string]string{"TERM": "dumb"}, size(132, 50, nil), 0, 0, false},
		{"no colours", true, map[string]string{"NO_COLOR": "1"}, size(132, 50, nil), 132, 50, false},
		{"NO_COLOR that is empty says nothing", true, map[string]string{"NO_COLOR": ""}, size(132, 50, nil), 132, 50, true},
		{"COLUMNS wins", true, map[string]string{"COLUMNS": "60"}, size(132, 50, nil), 60, 50, true},
		{"COLUMNS that is no number", true, map[string]string{"COLUMNS": "x"}, size(132, 50, nil), 132, 50, true},
		{"no size", true, nil, size(0, 0, nil), 80, 24, true},
		{"an error", true, nil, size(7, 7, errors.New("no")), 80, 24, true},
		{"hardly a terminal", true, nil, size(1, 1, nil), 10, 1, true},
	} {
		got := decide(c.is, func(name string) string { return c.env[name] }, c.size)
		columns, rows := got.Size()
		if columns != c.columns || rows != c.rows || got.Colored() != c.color || (got != nil) != (c.columns > 0) {
			t.Errorf("%s: %dx%d, colour %v; want %dx%d, %v", c.name, columns, rows, got.Colored(), c.columns, c.rows, c.color)
		}
	}
	if Of(&bytes.Buffer{}) != nil {
		t.Error("a buffer is a terminal")
	}
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if Of(f) != nil {
		t.Error("a file is a terminal")
	}
	var none *Terminal
	if none.Columns(77) != 77 || none.Paint(Red, "x") != "x" {
		t.Error("no terminal has columns or colours")
	}
}

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "größe": 5, "猫と犬": 6, "ｆｕｌｌ": 8, "e\u0301": 1, "한국어": 6, "🐈 cat": 6, "\x1b": 0, "a\tb": 2, "▁█": 2, "…": 1,
	} {
		if got := Width(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}

// TestPrintable: what a terminal would obey does not reach it, from tables either.
func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"größe 猫": "größe 猫", "a\x1b[31mb\tc\nd": "a�[31mb�c�d", "\u009b2J": "�2J", "\x7f\xff": "��", "": "",
	} {
		if got := Printable(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		var b Table
		b.Add(Plain, text, "x")
		if got := b.Text(nil); strings.ContainsAny(got, "\x1b\u009b\t") || strings.Count(got, "\n") != 1 {
			t.Errorf("%q in a table: %q", text, got)
		}
	}
}

func TestCuts(t *testing.T) {
	for _, c := range []struct {
		text                  string
		columns               int
		cut, cutEnd, cutFront string
	}{
		{"abcdef", 6, "abcdef", "abcdef", "abcdef"},
		{"abcdef", 4, "abcd", "abc…", "…def"},
		{"猫と犬", 5, "猫と", "猫と…", "…と犬"},
		{"猫と犬", 4, "猫と", "猫…", "…犬"},
		{"猫", 1, "", "…", "…"},
		{"ab", 0, "", "", ""},
	} {
		if a, b, d := Cut(c.text, c.columns), CutEnd(c.text, c.columns), CutFront(c.text, c.columns); a != c.cut || b != c.cutEnd || d != c.cutFront {
			t.Errorf("%q in %d columns: %q, %q, %q; want %q, %q, %q", c.text, c.columns, a, b, d, c.cut, c.cutEnd, c.cutFront)
		}
	}
}

// texts are strings of all widths.
var texts = rapid.StringOfN(rapid.SampledFrom([]rune("ab 猫é…🐈\u0301ｗ█")), 0, 30, -1)

func TestCutsFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, columns := texts.Draw(t, "text"), rapid.IntRange(0, 40).Draw(t, "columns")
		for name, got := range map[string]string{"cut": Cut(text, columns), "end": CutEnd(text, columns), "front": CutFront(text, columns)} {
			if Width(got) > columns || !utf8.ValidString(got) {
				t.Errorf("%s of %q in %d columns: %q", name, text, columns, got)
			}
			if Width(text) <= columns && got != text {
				t.Errorf("%s of %q in %d columns: %q, and it fits", name, text, columns, got)
			}
		}
		if got := Pad(text, columns); Width(got) != max(columns, Width(text)) {
			t.Errorf("%q padded to %d: %q", text, columns, got)
		}
	})
}

// TestLines: a line is the same with colours and without, and cut as text.
func TestLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l Line
		for range rapid.IntRange(0, 5).Draw(t, "spans") {
			l.Add(rapid.SampledFrom([]Style{Plain, Bold, Red, Alarm}).Draw(t, "style"), texts.Draw(t, "text"))
		}
		columns := rapid.IntRange(0, 60).Draw(t, "columns")
		got := l.Cut(columns)
		if got.Width() > columns || !strings.HasPrefix(l.String(), got.String()) {
			t.Errorf("%q in %d columns: %q", l.String(), columns, got.String())
		}
		painted := Fixed(80, 24, true).Render(got)
		if strip(painted) != got.String() {
			t.Errorf("painted %q, text %q", painted, got.String())
		}
		if plain := Fixed(80, 24, false).Render(got); plain != got.String() {
			t.Errorf("without colours %q", plain)
		}
	})
}

// strip takes escape sequences out.
func strip(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		_, s, _ = strings.Cut(rest, "m")
	}
}

func TestTable(t *testing.T) {
	table := &Table{Left: 1, Lefts: []int{2}, Shrink: []int{2}, Gap: 2, Indent: 1}
	table.Add(Bold, "class", "n", "remarks")
	table.Add(Plain, "猫", "12", "a remark of some length")
	table.Add(Plain)
	table.Add(Plain, "dog", "7")
	want := " class   n  remarks\n 猫     12  a remark of some length\n\n dog     7\n"
	if got := table.Text(nil); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	want = "\x1b[1m class   n  remarks\x1b[0m\n 猫     12  a remark…\n\n dog     7\n"
	if got := table.Text(Fixed(22, 24, true)); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	for columns := 20; columns <= 200; columns++ {
		for _, line := range strings.Split(table.Text(Fixed(columns, 24, true)), "\n") {
			if w := Width(strip(line)); w >= columns {
				t.Errorf("a line of %d columns on a terminal of %d: %q", w, columns, line)
			}
		}
	}
}

func TestSparkline(t *testing.T) {
	for _, c := range []struct {
		values  []float64
		columns int
		want    string
	}{
		{nil, 5, ""},
		{[]float64{1, 2, 3, 4, 5, 6, 7, 8}, 8, "▁▂▃▄▅▆▇█"},
		{[]float64{9, 9, 0, 1}, 2, "▁█"},
		{[]float64{3, 3}, 5, "▅▅"},
		{[]float64{1, math.NaN(), 2, math.Inf(1)}, 5, "▁x█x"},
		{[]float64{math.NaN()}, 5, "x"},
		{[]float64{-math.MaxFloat64, 0, math.MaxFloat64}, 5, "▁▅█"},
		{[]float64{0, 5e-324}, 5, "▅▅"},
		{[]float64{1, 2}, 0, ""},
	} {
		if got := Sparkline(c.values, c.columns); got != c.want {
			t.Errorf("%v in %d columns: %q, want %q", c.values, c.columns, got, c.want)
		}
	}
}
