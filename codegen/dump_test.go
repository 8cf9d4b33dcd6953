package codegen_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cnnc/cnnc/codegen"
)

func TestDump(t *testing.T) {
	dir := os.Getenv("DUMP")
	if dir == "" {
		t.Skip()
	}
	for _, f := range compile(t, "quickdraw", quickdraw, codegen.Options{}) {
		write(t, filepath.Join(dir, "quickdraw", f.Name), f.Data)
	}
	for _, f := range compile(t, "quickdraw", quickdraw, codegen.Options{Package: "infer", Inference: true}) {
		write(t, filepath.Join(dir, "infer", f.Name), f.Data)
	}
}
