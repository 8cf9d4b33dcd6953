package extract

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const sample = `package sample

import (
	"math"
	"math/rand/v2"
)

// Table of numbers.
var table = [2]float64{one, 2}

const one = 1 // the first

// T counts.
type T struct{ n int }

// Add adds.
func (t *T) Add() { t.n += int(math.Floor(table[0])) }

func unused() float64 { return rand.Float64() }

// Use has a doc comment.
func Use() *T { return &T{} }
`

func TestClosure(t *testing.T) {
	p, err := Parse(fstest.MapFS{
		"sample/a.go": {Data: []byte(sample)},
	}, "sample/a.go")
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Closure("Use")
	if err != nil {
		t.Fatal(err)
	}
	want := Code{
		Imports: []string{"math"},
		Text: strings.Join([]string{
			"// Table of numbers.\nvar table = [2]float64{one, 2}",
			"const one = 1 // the first",
			"// T counts.\ntype T struct{ n int }",
			"// Add adds.\nfunc (t *T) Add() { t.n += int(math.Floor(table[0])) }",
			"// Use has a doc comment.\nfunc Use() *T { return &T{} }",
		}, "\n\n"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("closure of Use (-want +got):\n%s", diff)
	}
	got, err = p.Closure("unused")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"math/rand/v2"}, got.Imports); diff != "" {
		t.Errorf("imports of unused (-want +got):\n%s", diff)
	}
	if _, err := p.Closure("Use2"); err == nil {
		t.Error("a declaration that does not exist was found")
	}
}

func TestRename(t *testing.T) {
	c := Code{Text: "// File is a File.\nfunc (f *File) Name() string { return f().File + x.File + Filed + lib.File + File.X }"}
	want := "// blob is a blob.\nfunc (f *blob) Name() string { return f().File + x.File + Filed + libBlob + blob.X }"
	if got := c.Rename(map[string]string{"File": "blob", "lib.File": "libBlob"}).Text; got != want {
		t.Errorf("got %s", got)
	}
}
