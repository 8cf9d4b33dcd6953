package codegen

import (
	"go/token"
	"go/types"
	"sync"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/emit"
	"github.com/cnnc/cnnc/codegen/extract"
	"github.com/cnnc/cnnc/codegen/portable"
	"github.com/cnnc/cnnc/codegen/skeleton"
	"github.com/cnnc/cnnc/codegen/skeleton/rows"
	"github.com/cnnc/cnnc/codegen/skeleton/standard"
	"github.com/cnnc/cnnc/codegen/support"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/runtime/data/table"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/weights"
)

// program is an emitted program.
type program struct {
	*emit.Program
	forward, backward []method
	// one is the forward program of one image, whose calls are cut into parts;
	// nil where that is not worth it.
	one, parts []jen.Code
}

// method is the method of one call.
type method struct {
	name string
	call plan.Call
	info *plan.Info
	code jen.Code
}

// sources are the parsed copies that generated packages are made of.
var sources = sync.OnceValues(func() (*parsed, error) {
	var s parsed
	for _, one := range []struct {
		to    **extract.Package
		parse func() (*extract.Package, error)
	}{
		{&s.support, func() (*extract.Package, error) {
			return extract.Parse(support.Files, support.Names()...)
		}},
		{&s.amd64, func() (*extract.Package, error) { return extract.Parse(support.Files, "isa_amd64.go") }},
		{&s.other, func() (*extract.Package, error) { return extract.Parse(support.Files, "isa_other.go") }},
		{&s.net, func() (*extract.Package, error) { return extract.Parse(skeleton.Files, "net.go") }},
		{&s.together, func() (*extract.Package, error) { return extract.Parse(skeleton.Files, "together.go", "choice.go") }},
		{&s.picture, func() (*extract.Package, error) { return extract.Parse(skeleton.Files, "picture.go") }},
		{&s.standard, func() (*extract.Package, error) { return extract.Parse(standard.Files, "standard.go") }},
		{&s.classify, func() (*extract.Package, error) { return extract.Parse(skeleton.Files, "classify.go") }},
		{&s.decide, func() (*extract.Package, error) { return extract.Parse(skeleton.Files, "decide.go") }},
		{&s.record, func() (*extract.Package, error) { return extract.Parse(rows.Files, "record.go") }},
		{&s.row, func() (*extract.Package, error) { return extract.Parse(rows.Files, "row.go") }},
		{&s.classifyRecord, func() (*extract.Package, error) { return extract.Parse(rows.Files, "classifyrecord.go") }},
		{&s.classifyRow, func() (*extract.Package, error) { return extract.Parse(rows.Files, "classifyrow.go") }},
		{&s.table, func() (*extract.Package, error) {
			return extract.Parse(table.Source, "value.go", "column.go", "fitted.go")
		}},
		{&s.train, func() (*extract.Package, error) { return extract.Parse(skeleton.Files, "train.go") }},
		{&s.embed, func() (*extract.Package, error) { return extract.Parse(skeleton.Files, "embed.go") }},
		{&s.weights, func() (*extract.Package, error) {
			return extract.Parse(weights.Source, "preparation.go", "safetensors.go")
		}},
		{&s.preprocess, func() (*extract.Package, error) {
			return extract.Parse(preprocess.Source, "color.go", "filter.go", "preprocess.go", "standard.go")
		}},
		{&s.infer, func() (*extract.Package, error) { return extract.Parse(skeleton.Files, "infer.go") }},
	} {
		p, err := one.parse()
		if err != nil {
			return nil, err
		}
		*one.to = p
	}
	return &s, nil
})

type parsed struct {
	support, amd64, other, net, embed, train, infer  *extract.Package
	weights, preprocess, table                       *extract.Package
	picture, standard, classify, decide, record, row *extract.Package
	classifyRecord, classifyRow, together            *extract.Package
}

// reserved are identifiers that generated code declares or imports besides the
// names of layers.
func (s *parsed) reserved() map[string]bool {
	names := map[string]bool{}
	for _, p := range []*extract.Package{s.support, s.amd64, s.other, s.net, s.embed, s.train, s.infer, s.weights, s.preprocess, s.table, s.picture, s.standard, s.classify, s.decide, s.record, s.row, s.together} {
		for _, name := range p.Names() {
			names[name] = true
		}
	}
	for _, name := range []string{
		// Packages.
		"abi", "config", "context", "cpuid", "fmt", "image", "initializer", "io", "json", "math", "model", "os",
		"preprocess", "rng", "slices", "strconv", "train", "unsafe", "weights", "bits", "color",
		// Declarations of this package's own.
		"network", "picture", "standardized", "table", "classLabels", "parameters", "transposes", "inferTransposes", "winogradKernels", "foldedKernels", "folds", "normVectors", "arrangements", "transformKernels", "update", "spans", "inference", "training",
		"inferMicro", "inferFloats", "trainMicro", "trainFloats", "paramFloats", "derivedFloats", "inferDerivedFloats",
		"residentFloats", "sumFloats", "sharedFloats", "stage", "time", "timeKernel", "timeKernels",
		"modelName", "networkHash", "classCount", "threshold", "loadWeights", "newInference", "newTraining", "embedded", "layerCall",
	} {
		names[name] = true
	}
	for name := range weightNames {
		names[weightNames[name]] = true
	}
	return names
}

// programs emits the methods of all calls.
func (g *generator) programs() error {
	s, err := sources()
	if err != nil {
		return err
	}
	reserved := s.reserved()
	for _, name := range portable.Names() {
		reserved[name] = true
	}
	g.pk = emit.NewPackage(g.plan, func(name string) bool {
		_, kernel := portable.Find(name)
		return kernel || reserved[name] || token.IsKeyword(name) || types.Universe.Lookup(name) != nil
	})
	if g.infer, err = g.program(&g.plan.Infer, "inference", "", false); err != nil {
		return err
	}
	if g.o.Inference {
		return nil
	}
	if g.train, err = g.program(&g.plan.Train, "training", "train", true); err != nil {
		return err
	}
	kernels, err := g.updateKernels()
	for _, v := range kernels {
		g.pk.Use(v)
	}
	return err
}

// program emits one of the plan's programs.
func (g *generator) program(p *plan.Program, typ, prefix string, training bool) (*program, error) {
	pr := &program{Program: emit.NewProgram(g.pk, p, typ, prefix, training)}
	for _, list := range []struct {
		calls []plan.Call
		to    *[]method
	}{{p.Forward, &pr.forward}, {p.Backward, &pr.backward}} {
		for _, c := range list.calls {
			if measures(c) && g.o.Inference {
				continue // there is nobody to ask for it
			}
			name, code, err := pr.Method(c)
			if err != nil {
				return nil, err
			}
			*list.to = append(*list.to, method{name, c, c.Base(), code})
		}
	}
	if !training && pr.SharedWork() > 0 {
		for _, m := range pr.forward {
			run, parts, err := pr.Share(m.call, m.name)
			if err != nil {
				return nil, err
			}
			pr.one, pr.parts = append(pr.one, run...), append(pr.parts, parts...)
		}
	}
	pr.TablesEnd = len(g.pk.Tables)
	return pr, nil
}

// measures says that a call computes what only training and evaluation want.
func measures(c plan.Call) bool {
	switch c.(type) {
	case *plan.LossValue, *plan.Activity:
		return true
	}
	return false
}
