package dsl_test

import (
	"path/filepath"
	"testing"

	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/dsltest"
	"github.com/cnnc/cnnc/dsl/elab"
)

// TestErrors loads the model files of testdata/errors and compares their
// diagnostics with the marks on their lines.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.cnn")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		for _, c := range dsltest.Chunks(t, file) {
			t.Run(c.Name, func(t *testing.T) {
				opts := elab.Options{Classes: 7}
				for _, s := range c.Sets {
					opts.Overrides = append(opts.Overrides, elab.Override{Text: s})
				}
				_, list := dsl.Load("test.cnn", c.Src, opts)
				c.Check(t, list)
			})
		}
	}
}
