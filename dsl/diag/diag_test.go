package diag_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/dsl/diag"
)

func at(line, col, end int) diag.Span {
	p := diag.Pos{File: "lenet.cnn", Line: line, Col: col}
	q := p
	q.Col = end
	return diag.Span{Start: p, End: q}
}

func render(t *testing.T, l diag.List, src string) string {
	t.Helper()
	var b strings.Builder
	if err := diag.Render(&b, l, diag.Sources{"lenet.cnn": src}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRender(t *testing.T) {
	src := "cnn 1\n\n\n\n\n\n\n  maxpool 2x2\n  dense 120\n\tétage \t8\n"
	tests := []struct {
		name string
		d    *diag.Diagnostic
		want string
	}{
		{"everything", diag.Errorf("dense-rank", at(9, 3, 8), "dense needs a flat input, got 5x5x16").
			WithNote(diag.Pos{File: "lenet.cnn", Line: 8, Col: 3}, "this maxpool produces 5x5x16").
			WithHelp("put flatten between them"), `
lenet.cnn:9:3: error: dense needs a flat input, got 5x5x16 [dense-rank]
    9 |   dense 120
      |   ^^^^^
lenet.cnn:8:3: note: this maxpool produces 5x5x16
help: put flatten between them
`},
		{"tabs are copied, columns are runes", diag.Warningf("w", at(10, 9, 10), "odd").WithExpected("3"), `
lenet.cnn:10:9: warning: odd [w]
   10 | ` + "\tétage \t8" + `
      | ` + "\t      \t^" + `
expected: 3
`},
		{"an empty span is one caret", diag.Errorf("e", at(9, 12, 12), "more"), `
lenet.cnn:9:12: error: more [e]
    9 |   dense 120
      |            ^
`},
		{"a place outside the text has no line", diag.Errorf("e", at(99, 1, 2), "gone"), `
lenet.cnn:99:1: error: gone [e]
`},
		{"no place at all", diag.Errorf("e", diag.Span{}, "nowhere").WithNote(diag.Pos{}, "a note"), `
error: nowhere [e]
note: a note
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := render(t, diag.List{tt.d}, src)
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRenderHostile shows lines that would spoil a terminal.
func TestRenderHostile(t *testing.T) {
	long := strings.Repeat("x", 1<<20) + "HERE" + strings.Repeat("y", 1<<20)
	got := render(t, diag.List{diag.Errorf("e", at(1, 1<<20+1, 1<<20+5), "bad")}, long)
	if len(got) > 600 {
		t.Errorf("a long line gives %d bytes", len(got))
	}
	lines := strings.Split(got, "\n")
	if i, j := strings.Index(lines[1], "HERE"), strings.Index(lines[2], "^^^^"); i < 0 || i != j {
		t.Errorf("the carets stand at %d, the text at %d:\n%s", j, i, got)
	}
	got = render(t, diag.List{diag.Errorf("e", at(1, 3, 4), "bad")}, "a\x1b[31mb\xff\u009b31m\u202eevil")
	if strings.ContainsAny(got, "\x1b\u009b\u202e") || !utf8.ValidString(got) {
		t.Errorf("control characters reach the terminal: %q", got)
	}
}

func TestListSorted(t *testing.T) {
	l := diag.List{
		diag.Errorf("b", at(9, 3, 4), "second"),
		diag.Warningf("a", at(2, 5, 6), "first"),
		diag.Errorf("b", at(9, 3, 4), "second"), // the same again
		diag.Errorf("b", at(9, 3, 4), "third"),
		diag.Errorf("c", diag.Span{Start: diag.Pos{File: "--set", Line: 50, Col: 1}}, "override"),
	}
	var got []string
	for _, d := range l.Sorted() {
		got = append(got, d.Msg)
	}
	if diff := cmp.Diff([]string{"override", "first", "second", "third"}, got); diff != "" {
		t.Error(diff)
	}
	if len(l) != 5 {
		t.Error("Sorted changed the list")
	}
	shown, left := l.Limit(2)
	if len(shown) != 2 || left != 3 {
		t.Errorf("Limit(2) shows %d and leaves %d", len(shown), left)
	}
}

func TestListErr(t *testing.T) {
	warnings := diag.List{diag.Warningf("a", at(2, 5, 6), "first")}
	if err := warnings.Err(); err != nil {
		t.Errorf("warnings are an error: %v", err)
	}
	err := append(warnings, diag.Errorf("b", at(9, 3, 4), "second")).Err()
	want := "lenet.cnn:2:5: warning: first [a]\nlenet.cnn:9:3: error: second [b]"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	var d *diag.Diagnostic
	if !errors.As(err, &d) || d.Msg != "first" {
		t.Errorf("errors.As finds %v", d)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"conv", "concat", "dense", "dropout", "relu", "relu6", "maxpool", "avgpool"}
	for _, tt := range []struct{ name, want string }{
		{"convv", "conv"}, {"CONV", "conv"}, {"cnov", "conv"}, {"dens", "dense"}, {"max_pool", "maxpool"},
		{"drpout", "dropout"}, {"rleu", "relu"}, {"xyz", ""}, {"", ""}, {"softmax", ""},
		{strings.Repeat("conv", 1000), ""},
	} {
		if got := diag.Nearest(tt.name, words); got != tt.want {
			t.Errorf("Nearest(%.20q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}
