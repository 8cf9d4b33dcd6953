package printer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/parse"
	"github.com/cnnc/cnnc/dsl/printer"
)

// failer is what *testing.T and *rapid.T share.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func format(t failer, src string) (*ast.File, string) {
	t.Helper()
	f, list := parse.File("x.cnn", src)
	if len(list) > 0 {
		t.Fatalf("%v\n%s", list, src)
	}
	return f, printer.File(f)
}

// TestGolden prints testdata/*.in and compares with testdata/*.out.
func TestGolden(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.in")
	if len(files) < 3 {
		t.Fatalf("found only %v", files)
	}
	for _, in := range files {
		src, err := os.ReadFile(in)
		if err != nil {
			t.Fatal(err)
		}
		_, got := format(t, string(src))
		out := strings.TrimSuffix(in, ".in") + ".out"
		if os.Getenv("CNNC_UPDATE") != "" {
			if err := os.WriteFile(out, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
		checkRoundTrip(t, string(src))
	}
}

// sameTree compares trees but for what layout may change: positions, blank
// lines and whether a body stood on one line.
var sameTree = cmp.Options{
	cmpopts.IgnoreTypes(diag.Span{}),
	cmpopts.IgnoreFields(ast.Layout{}, "Blank"),
	cmpopts.IgnoreFields(ast.Comment{}, "Blank"),
	cmpopts.IgnoreFields(ast.Body{}, "Flat"),
	cmpopts.EquateEmpty(),
}

// checkRoundTrip checks both properties of the printer:
//
//	src --parse--> tree --print--> text --parse--> the same tree
//	                                    --print--> the same text
func checkRoundTrip(t failer, src string) {
	t.Helper()
	tree, text := format(t, src)
	again, list := parse.File("x.cnn", text)
	if len(list) > 0 {
		t.Fatalf("printed text does not parse: %v\n%s", list, text)
	}
	if diff := cmp.Diff(tree.Stmts, again.Stmts, sameTree); diff != "" {
		t.Fatalf("printing changed the tree: %s\n%s", diff, text)
	}
	if diff := cmp.Diff(tree.Tail, again.Tail, sameTree); diff != "" {
		t.Fatalf("printing changed the last comments: %s", diff)
	}
	if diff := cmp.Diff(text, printer.File(again)); diff != "" {
		t.Fatalf("printing twice differs: %s", diff)
	}
}

// TestRandom prints random files: every kind of statement and expression, with
// comments, blank lines and semicolons in odd places.
func TestRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := generator{t}
		checkRoundTrip(t, g.file())
	})
}

// generator draws the text of a model file that parses. It need not mean
// anything.
type generator struct{ t *rapid.T }

func (g generator) pick(options ...string) string {
	return rapid.SampledFrom(options).Draw(g.t, "pick")
}
func (g generator) upTo(n int) int { return rapid.IntRange(0, n).Draw(g.t, "n") }
func (g generator) often() bool    { return rapid.IntRange(0, 3).Draw(g.t, "often") > 0 }

func (g generator) name() string {
	return g.pick("a", "skip", "conv", "f", "val_loss", "rotate", "shift", "x9", "deg", "input", "from")
}

func (g generator) space() string { return g.pick(" ", "  ", "\t", " \t ") }

func (g generator) expr(depth int) string {
	if depth == 0 || !g.often() {
		return g.pick("1", "20%", "10deg", "1e-3", "0.5", "3x3", "28x28x1", "true", "false", `"a // b"`, `"\n\""`, g.name(), g.name())
	}
	x := func() string { return g.expr(depth - 1) }
	switch g.upTo(7) {
	case 0:
		return "(" + x() + ")"
	case 1:
		var args []string
		for range g.upTo(3) {
			a := x()
			if g.upTo(2) == 0 {
				a = g.name() + "=" + a
			}
			args = append(args, a)
		}
		sep := g.pick(", ", ",", " ,\n  ", ", // inside\n")
		return g.name() + "(" + strings.Join(args, sep) + ")"
	case 2:
		return "(" + x() + ")" + g.pick("..", " .. ") + "(" + x() + ")"
	case 3:
		return g.pick("-", "- ", "not ", "not not ", "--") + "(" + x() + ")"
	case 4:
		return "(" + x() + g.pick(" == ", "!=", "<", " <= ", ">", ">=", " and ", " or ") + "(" + x() + "))"
	case 5:
		return g.pick("1", "a", "(a)") + g.pick("-", " - ", "+", "*", " / ", "/") + g.pick("-1", "b", "2", "(b-1)")
	}
	return "(1" + g.pick("+", "-", "*", "/", "- -", "+-") + "(" + x() + "))"
}

func (g generator) words() string {
	var b strings.Builder
	b.WriteString(g.name())
	for range g.upTo(4) {
		b.WriteString(g.space())
		if g.upTo(3) == 0 {
			b.WriteString(g.name() + g.pick("=", " = ", "= "))
		}
		b.WriteString(g.expr(2))
	}
	return b.String()
}

func (g generator) body(depth int) string {
	if g.upTo(2) == 0 {
		var parts []string
		for range g.upTo(3) {
			parts = append(parts, g.stmt(0))
		}
		return "{" + strings.Join(parts, ";") + g.pick("", ";", " ") + "}"
	}
	return "{" + g.end() + g.stmts(depth) + "}"
}

func (g generator) stmt(depth int) string {
	if depth > 0 {
		switch g.upTo(5) {
		case 0:
			return "repeat " + g.expr(1) + g.space() + g.body(depth-1)
		case 1:
			s := "if " + g.expr(2) + " " + g.body(depth-1)
			for range g.upTo(2) {
				s += g.pick(" ", "\n", " // before else\n") + "else if " + g.expr(1) + " " + g.body(depth-1)
			}
			if g.often() {
				s += g.pick(" ", "\n") + "else " + g.body(depth-1)
			}
			return s
		case 2:
			return g.pick("augment", "a", "rotate") + " " + g.body(depth-1)
		}
	}
	if g.upTo(3) == 0 {
		return g.name() + g.pick("=", " = ") + g.words()
	}
	return g.words()
}

func (g generator) end() string {
	return g.pick("\n", "\n", "\n\n", " // c\n", "// d  \n\n\n", "\r\n", " ;\n", "\n// e\n", "\n\n// f\n\n// g\n")
}

func (g generator) stmts(depth int) string {
	var b strings.Builder
	for range g.upTo(4) {
		b.WriteString(g.space() + g.stmt(depth) + g.end())
	}
	return b.String()
}

func (g generator) file() string {
	var b strings.Builder
	b.WriteString(g.pick("", "\n", "// top\n", "// top\n\n"))
	for range g.upTo(6) {
		switch g.upTo(5) {
		case 0:
			b.WriteString("cnn 1")
		case 1:
			b.WriteString("model " + g.name())
		case 2:
			b.WriteString("hyper " + g.name() + " = " + g.expr(2) + g.pick("", " default "+g.expr(1)))
		case 3:
			b.WriteString("block " + g.name() + g.pick("", "()", "(a)", "( a , b )") + " " + g.body(2))
		default:
			b.WriteString(g.pick("net", "data", "train", "anything") + " " + g.body(2))
		}
		b.WriteString(g.end())
	}
	return b.String()
}
