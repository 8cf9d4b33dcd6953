package codegen

import (
	"github.com/cnnc/cnnc/codegen/extract"
	"github.com/cnnc/cnnc/codegen/skeleton"
)

// testFile writes NAME_cnn_test.go: the network against the reference, or its
// kernels against each other, and benchmarks.
func (g *generator) testFile() error {
	source := "tests/train.go"
	if g.o.Inference {
		source = "tests/infer.go"
	}
	p, err := extract.Parse(skeleton.Files, source)
	if err != nil {
		return err
	}
	code, err := p.Closure(p.Names()...)
	if err != nil {
		return err
	}
	f := g.file()
	f.Text(code.Text, code.Imports...)
	return g.add(g.base+"_cnn_test.go", f)
}
