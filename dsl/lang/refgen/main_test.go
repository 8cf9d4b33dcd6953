package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/elab"
)

// TestReference requires REFERENCE.md to be what the table says.
func TestReference(t *testing.T) {
	got, err := os.ReadFile("../../REFERENCE.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(reference(), string(got)); diff != "" {
		t.Errorf("REFERENCE.md differs from the table; run go generate ./dsl\n%s", diff)
	}
}

// TestIntroExample loads the model file that the reference begins with.
func TestIntroExample(t *testing.T) {
	var src []string
	for _, line := range strings.Split(intro, "\n") {
		code, ok := strings.CutPrefix(line, "    ")
		if ok || line == "" && len(src) > 0 {
			src = append(src, code)
		} else if len(src) > 0 {
			break
		}
	}
	prog, list := dsl.Load("intro.cnn", strings.Join(src, "\n"), elab.Options{Classes: 10})
	if len(list) > 0 {
		t.Fatal(list)
	}
	if len(prog.Layers) != 10 {
		t.Errorf("%d layers, want 10", len(prog.Layers))
	}
}
