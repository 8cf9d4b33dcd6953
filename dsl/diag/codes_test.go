package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
)

// TestCodeExamples loads the example of every code and requires that code, and
// nothing but that code, among its diagnostics.
func TestCodeExamples(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, decl := range f.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			spec := spec.(*ast.ValueSpec)
			name := spec.Names[0].Name
			lit, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			if seen[lit] {
				t.Errorf("code %q is used twice", lit)
			}
			seen[lit] = true
			t.Run(name, func(t *testing.T) {
				if !strings.HasPrefix(spec.Doc.Text(), name+":") {
					t.Errorf("the comment begins with %q, want %q", strings.Fields(spec.Doc.Text())[0], name+":")
				}
				_, example, ok := strings.Cut(spec.Doc.Text(), "Example:\n")
				if !ok {
					t.Fatal("no example")
				}
				checkExample(t, diag.Code(lit), example)
			})
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d codes found", len(seen))
	}
}

func checkExample(t *testing.T, code diag.Code, example string) {
	var src []string
	var opts elab.Options
	for _, line := range strings.Split(strings.TrimSpace(example), "\n") {
		line = strings.TrimPrefix(line, " ")
		if set, ok := strings.CutPrefix(strings.TrimSpace(line), "--set "); ok {
			opts.Overrides = append(opts.Overrides, elab.Override{Text: set})
			continue
		}
		src = append(src, line)
	}
	text := strings.Join(src, "\n")
	if !strings.HasPrefix(text, "cnn") {
		text = "cnn 1\nmodel example\n" + text
	}
	if code != diag.MissingPart && code != diag.Unclosed && !strings.Contains(text, "net {") {
		text += "\nnet { input 8x8x1; flatten }"
	}
	_, list := dsl.Load("example.cnn", text, opts)
	if !list.Has(code) {
		t.Errorf("the example gives\n%v", list)
	}
	for _, d := range list {
		if d.Code != code && !(code == diag.MissingPart || code == diag.Unclosed) {
			t.Errorf("the example also gives %v", d)
		}
	}
}
