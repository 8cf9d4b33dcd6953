package dsl_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/printer"
)

// seeds adds every model file of the tests to the corpus.
func seeds(f *testing.F, add func(src string)) {
	f.Helper()
	for _, pattern := range []string{"testdata/*.cnn", "testdata/errors/*.cnn", "printer/testdata/*.in"} {
		files, _ := filepath.Glob(pattern)
		if len(files) == 0 {
			f.Fatalf("no files match %s", pattern)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			for _, chunk := range strings.Split(string(data), "---\n") {
				add(chunk)
			}
		}
	}
}

// FuzzParse checks that the parser never panics, that its positions lie in the
// text, and that accepted text survives the printer.
func FuzzParse(f *testing.F) {
	seeds(f, func(src string) { f.Add(src) })
	f.Fuzz(func(t *testing.T, src string) {
		start := time.Now()
		file, list := dsl.ParseFile("f.cnn", src)
		if took := time.Since(start); took > 20*time.Second {
			t.Fatalf("%d bytes took %v", len(src), took)
		}
		for _, d := range list {
			if p := d.Span.Start; !p.IsValid() || p.Offset > len(src) || d.Span.End.Offset > len(src) {
				t.Errorf("%v lies outside the text", d)
			}
		}
		ast.Walk(file, func(n ast.Node) bool {
			if p, q := n.Pos(), n.EndPos(); !p.IsValid() || p.Offset > q.Offset || q.Offset > len(src) {
				t.Errorf("%T from %v to %v", n, p, q)
			}
			return true
		})
		var b strings.Builder
		if err := diag.Render(&b, list, diag.Sources{"f.cnn": src}); err != nil || !utf8.ValidString(b.String()) {
			t.Errorf("rendering: %v", err)
		}
		if list.HasErrors() {
			return
		}
		text := printer.File(file)
		again, err := dsl.Format([]byte(text))
		if err != nil {
			t.Fatalf("printed text does not parse: %v\n%s", err, text)
		}
		if string(again) != text {
			t.Fatalf("printing twice differs:\n%s\n---\n%s", text, again)
		}
	})
}

// FuzzLoad checks that elaboration never panics, stays within its limits, and
// that a program without errors keeps its promises.
func FuzzLoad(f *testing.F) {
	seeds(f, func(src string) { f.Add(src, "filters=3") })
	f.Add("cnn 1\nmodel m\nnet { input 8x8x1; flatten }", `data.train=folder("x")`)
	f.Add("cnn 1\nmodel m\nnet { input 8x8x1; flatten }", "train.stop=when loss > 3")
	f.Fuzz(func(t *testing.T, src, set string) {
		if !strings.HasPrefix(src, "cnn") {
			src = "cnn 1\nmodel m\n" + src
		}
		opts := elab.Options{Classes: 3, Overrides: []elab.Override{{Text: set}}}
		start := time.Now()
		prog, list := dsl.Load("f.cnn", src, opts)
		if took := time.Since(start); took > 20*time.Second {
			t.Fatalf("%d bytes took %v", len(src), took)
		}
		if len(list) > 500 {
			t.Errorf("%d diagnostics", len(list))
		}
		var b strings.Builder
		if err := diag.Render(&b, list, dsl.Sources("f.cnn", src, opts)); err != nil {
			t.Error(err)
		}
		if !list.HasErrors() {
			checkProgram(t, prog)
		}
	})
}
