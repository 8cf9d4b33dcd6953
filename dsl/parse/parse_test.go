package parse_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/parse"
	"github.com/cnnc/cnnc/dsl/printer"
)

// words parses a line of a net and returns its words as the printer writes
// them, so that precedence and the rules of spaces show.
func words(t *testing.T, line string) []string {
	t.Helper()
	f, list := parse.File("x.cnn", "net {\n"+line+"\n}")
	if len(list) > 0 {
		t.Fatalf("%s: %v", line, list)
	}
	var out []string
	for _, w := range f.Stmts[0].(*ast.Section).Body.Stmts[0].(*ast.Line).Words {
		text := tree(w.Value)
		if w.Name != nil {
			text = w.Name.Name + "=" + text
		}
		out = append(out, text)
	}
	return out
}

// tree writes an expression with every operation in brackets.
func tree(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Binary:
		return "[" + tree(x.X) + x.Op + tree(x.Y) + "]"
	case *ast.Unary:
		return "[" + x.Op + tree(x.X) + "]"
	case *ast.Range:
		return "[" + tree(x.Lo) + ".." + tree(x.Hi) + "]"
	case *ast.Paren:
		return "(" + tree(x.X) + ")"
	case *ast.Call:
		var args []string
		for _, a := range x.Args {
			s := tree(a.Value)
			if a.Name != nil {
				s = a.Name.Name + "=" + s
			}
			args = append(args, s)
		}
		return x.Fun.Name + "{" + strings.Join(args, ",") + "}"
	}
	return printer.Expr(x)
}

func TestWords(t *testing.T) {
	for _, tt := range []struct {
		line string
		want []string
	}{
		{"conv f 3x3 same l2=1e-5", []string{"conv", "f", "3x3", "same", "l2=1e-5"}},
		{"dense f*2+1 relu", []string{"dense", "[[f*2]+1]", "relu"}},
		{"dense f * 2 relu", []string{"dense", "[f*2]", "relu"}},
		{"x -1 y", []string{"x", "[-1]", "y"}},          // a sign
		{"x - 1 y", []string{"[x-1]", "y"}},             // a difference
		{"x-1 y", []string{"[x-1]", "y"}},               // a difference
		{"x (a -1)", []string{"x", "([a-1])"}},          // in parentheses always a difference
		{"x (a)", []string{"x", "(a)"}},                 // two words
		{"f(a, b=2)", []string{"f{a,b=2}"}},             // a call
		{"f()", []string{"f{}"}},                        //
		{"f(1,\n 2, // two\n 3)", []string{"f{1,2,3}"}}, // a line break in parentheses is a space
		{"f(1, 2,)", []string{"f{1,2}"}},
		{"a 1-2-3", []string{"a", "[[1-2]-3]"}},
		{"a 8/4/2", []string{"a", "[[8/4]/2]"}},
		{"a 1+2*3", []string{"a", "[1+[2*3]]"}},
		{"a 1+2..3*4", []string{"a", "[[1+2]..[3*4]]"}},
		{"a -3..-1", []string{"a", "[[-3]..[-1]]"}},
		{"a 90%..110%", []string{"a", "[90%..110%]"}},
		{"a 1..2 == 1..2", []string{"a", "[[1..2]==[1..2]]"}},
		{"stop when a > 0.5", []string{"stop", "when", "[a>0.5]"}},
		{"a x or not y and z == 1", []string{"a", "[x or [[not y] and [z == 1]]]"}},
		{"a not not x", []string{"a", "[not[not x]]"}},
		{"a --1", []string{"a", "[-[-1]]"}},
		{"a 1 --1", []string{"a", "1", "[-[-1]]"}},
		{"a 1 - -1", []string{"a", "[1-[-1]]"}},
		{`a "x // y;{" 28x28x1 10deg 20% true`, []string{"a", `"x // y;{"`, "28x28x1", "10deg", "20%", "true"}},
	} {
		got := words(t, tt.line)
		for i := range got {
			got[i] = strings.NewReplacer(" or ", "or", " and ", "and", " == ", "==", "not ", "not").Replace(got[i])
		}
		var want []string
		for _, w := range tt.want {
			want = append(want, strings.NewReplacer(" or ", "or", " and ", "and", " == ", "==", "not ", "not").Replace(w))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", tt.line, diff)
		}
	}
}

// TestPositions checks that the span of every node is the text of the node.
func TestPositions(t *testing.T) {
	src := "cnn 1; model é\n" // the é is an error; columns after it count runes
	_, list := parse.File("x.cnn", src)
	if len(list) != 1 || list[0].Span.Start.Col != 14 || list[0].Span.End.Col != 15 {
		t.Errorf("é: %+v", list)
	}

	src = "cnn 1\nhyper a = choice(1, 2x3,\n\t\"é\") default 3 // c\nblock b(p, q) { x = conv p -1 (q+1)*2 k=f(3, z=1..2) }\n" +
		"net {\n\tinput 8x8x1\n\tif not a == 3 { relu } else if a { tanh } else { b(1, 2) }\n\trepeat 3 { add x }\n}\n"
	f, list := parse.File("x.cnn", src)
	if len(list) > 0 {
		t.Fatal(list)
	}
	lines := strings.Split(src, "\n")
	nodes := 0
	ast.Walk(f, func(n ast.Node) bool {
		nodes++
		p, q := n.Pos(), n.EndPos()
		if p.File != "x.cnn" || q.File != "x.cnn" || q.Offset < p.Offset {
			t.Errorf("%T: %v to %v", n, p, q)
			return true
		}
		for _, pos := range []diag.Pos{p, q} {
			runes := []rune(lines[pos.Line-1])
			before := len(strings.Join(lines[:pos.Line-1], "\n"))
			if pos.Line > 1 {
				before++
			}
			if want := before + len(string(runes[:pos.Col-1])); pos.Offset != want {
				t.Errorf("%T: offset %d at %v, want %d", n, pos.Offset, pos, want)
			}
		}
		text := src[p.Offset:q.Offset]
		switch n := n.(type) {
		case *ast.Ident:
			if text != n.Name {
				t.Errorf("%q is the text of %s", text, n.Name)
			}
		case *ast.Number:
			if text != n.Text {
				t.Errorf("%q is the text of %s", text, n.Text)
			}
		case ast.Expr:
			x, list := parse.Expr(strings.ReplaceAll(text, "\n", " "), diag.Pos{Line: 1, Col: 1})
			if x == nil {
				t.Errorf("%T: %q: %v", n, text, list)
			} else if diff := cmp.Diff(tree(n), tree(x)); diff != "" {
				t.Errorf("%T: %q: %s", n, text, diff)
			}
		case *ast.Body:
			if text[0] != '{' || text[len(text)-1] != '}' {
				t.Errorf("body %q", text)
			}
		}
		return true
	})
	if nodes < 60 {
		t.Errorf("only %d nodes walked", nodes)
	}
}

func TestComments(t *testing.T) {
	src := `// one
// two

cnn 1 // three
// four
net { // five
    // six
    relu // seven
    add f(1, // eight
        2) // nine

    // ten
} // eleven
// twelve
`
	f, list := parse.File("x.cnn", src)
	if len(list) > 0 {
		t.Fatal(list)
	}
	text := func(cs []ast.Comment) string {
		var out []string
		for _, c := range cs {
			out = append(out, c.Text)
		}
		return strings.Join(out, " ")
	}
	version := f.Stmts[0].(*ast.Version)
	net := f.Stmts[1].(*ast.Section)
	relu, add := net.Body.Stmts[0].Layouts(), net.Body.Stmts[1].Layouts()
	for _, tt := range []struct{ where, got, want string }{
		{"above the version", text(version.Lead), "// one // two"},
		{"after the version", version.Trail.Text, "// three"},
		{"above the net", text(net.Lead), "// four"},
		{"after the brace", net.Body.Open.Text, "// five"},
		{"above relu", text(relu.Lead), "// six"},
		{"after relu", relu.Trail.Text, "// seven"},
		{"inside the call", text(add.Lead), "// eight"},
		{"after the call", add.Trail.Text, "// nine"},
		{"before the closing brace", text(net.Body.Tail), "// ten"},
		{"after the closing brace", net.Trail.Text, "// eleven"},
		{"at the end", text(f.Tail), "// twelve"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.where, tt.got, tt.want)
		}
	}
	if !version.Blank || net.Blank || !net.Body.Tail[0].Blank {
		t.Error("blank lines are lost")
	}
}

func TestFragment(t *testing.T) {
	start := diag.Pos{File: "--set", Line: 2, Col: 9, Offset: 8}
	args, list := parse.Words("when val_loss stalls 5 min_delta=0.1", start)
	if len(list) > 0 || len(args) != 5 || args[4].Name == nil {
		t.Fatalf("%v %v", args, list)
	}
	if got := args[3].Pos(); got.Col != 9+21 || got.Line != 2 {
		t.Errorf("the fourth word stands at %v", got)
	}
	if args, list = parse.Words("momentum=0.9", start); len(list) > 0 || args[0].Name == nil {
		t.Errorf("a lone KEY=VALUE: %v %v", args, list)
	}
	for _, bad := range []string{"", " ", "a b", "a; b", "{", "f(", "a // b", "\n", ")", "#", strings.Repeat("(", 100) + "1" + strings.Repeat(")", 100)} {
		if x, list := parse.Expr(bad, start); x != nil || !list.HasErrors() {
			t.Errorf("%q is accepted", bad)
		} else if p := list[0].Span.Start; p.Line != 2 || p.Col < 9 {
			t.Errorf("%q: error at %v", bad, p)
		}
	}
}

// hostile inputs are refused, or accepted, quickly.
func hostile() map[string]string {
	deep := strings.Repeat
	return map[string]string{
		"braces":          "net " + deep("{ repeat 2 ", 20000),
		"open braces":     deep("{", 1<<20),
		"close braces":    deep("}", 1<<20),
		"parens":          "net { dense " + deep("(", 500000) + "1" + deep(")", 500000) + " }",
		"open parens":     deep("(\n", 500000),
		"calls":           "net { " + deep("f(", 300000) + deep(")", 300000) + " }",
		"signs":           "net { dense " + deep("-", 900000) + "1 }",
		"nots":            "net { dense " + deep("not ", 250000) + "x }",
		"sum":             "net { dense 1" + deep("+1", 500000) + " }",
		"words":           "net { " + deep("a ", 500000) + " }",
		"lines":           "net {\n" + deep("a\n", 500000) + "}",
		"semicolons":      deep(";", 1<<20),
		"else if":         "net { if a { }" + deep(" else if a { }", 60000) + " }",
		"else":            "net { " + deep("else { }\n", 100000) + " }",
		"comments":        deep("// c\n", 200000),
		"quotes":          deep("\"\n", 500000),
		"bad characters":  deep("#", 1<<20),
		"bad lines":       deep("@\n", 500000),
		"long name":       "net { " + deep("a", 1<<20-10) + " }",
		"long number":     "net { dense " + deep("9", 1<<20-20) + " }",
		"long size":       "net { conv 3 3" + deep("x3", 500000) + " }",
		"too large":       deep(" ", 1<<20+1),
		"nul":             deep("\x00", 1<<20),
		"not utf-8":       deep("\xff", 1<<20),
		"carriage return": deep("a\r\n", 300000),
		"params":          "block f(" + deep("a, ", 300000) + "a) { }",
		"hypers":          deep("hyper a = 1\n", 80000),
	}
}

func TestHostile(t *testing.T) {
	for name, src := range hostile() {
		start := time.Now()
		f, list := parse.File("x.cnn", src)
		if len(list) > 110 {
			t.Errorf("%s: %d diagnostics", name, len(list))
		}
		ast.Walk(f, func(ast.Node) bool { return true })
		printer.File(f)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: %v", name, took)
		} else {
			t.Logf("%s: %v, %d diagnostics", name, took.Round(time.Millisecond), len(list))
		}
	}
}
