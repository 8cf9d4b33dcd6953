package codegen

import (
	"fmt"
	"go/token"
	"slices"
	"strings"
	"unicode"

	"github.com/cnnc/cnnc/codegen/emit"
	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
)

// Options says what package to generate.
type Options struct {
	// Package is the package's name; "" takes the model's, in lower case.
	Package string
	// Inference leaves training out: the package then depends on the standard
	// library and cpuid only.
	Inference bool
	// Embed adds the function Embedded, whose weights are the file
	// NAME.safetensors beside the generated code, embedded in the program.
	Embed bool
	// Timed makes a package whose kernels can be timed call by call
	// (model.Network.TimeKernels), for benchmarks.
	Timed bool
	// Data and Train are the sections of the model file.
	Data  config.Data
	Train config.Train
	// Head says what the scores are.
	Head model.Head
}

// File is one generated file.
type File struct {
	Name string // without folder
	Data []byte
}

// Generate writes the package of a plan. The files are sorted by name, and
// their bytes depend on the arguments only.
func Generate(p *plan.Plan, o Options) ([]File, error) {
	if o.Package == "" {
		o.Package = strings.ToLower(gosrc.Ident(p.Name))
	}
	if !token.IsIdentifier(o.Package) || o.Package == "main" || o.Package == "_" {
		return nil, fmt.Errorf("%q cannot be the name of a generated package", o.Package)
	}
	if !o.Inference && len(p.Train.Backward) == 0 {
		return nil, fmt.Errorf("%s has no loss to train with: only an inference package can be generated", p.Name)
	}
	g := &generator{plan: p, o: o, base: fileBase(p.File)}
	for _, step := range []func(g *generator) error{
		(*generator).programs, // first: they say which kernels and tables are used
		(*generator).netFile,
		(*generator).forwardFile,
		(*generator).trainFile,
		(*generator).weightFiles,
		(*generator).kernelFiles,
		(*generator).testFile,
	} {
		if err := step(g); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(g.files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return g.files, nil
}

// generator is one run of Generate.
type generator struct {
	plan *plan.Plan
	o    Options
	base string // of the files that hold the model
	pk   *emit.Package
	// infer and train are the programs; train is nil in inference packages.
	infer, train *program
	files        []File
}

// fileBase is the beginning of the model's files: the model file's name, made
// such that the go command does not ignore or condition the file.
func fileBase(model string) string {
	base := strings.TrimSuffix(model, ".cnn")
	base = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' {
			return r
		}
		return '_'
	}, base)
	base = strings.TrimLeft(base, "_-")
	switch lower := strings.ToLower(base); {
	case base == "":
		return "model"
	case lower == "weights", lower == "preprocess", lower == "columns", lower == "kernels", strings.HasPrefix(lower, "kernels_"):
		return "model_" + base // other files of the package have these names
	}
	return base
}

// add renders a file.
func (g *generator) add(name string, f *gosrc.File) error {
	data, err := f.Render()
	if err != nil {
		return fmt.Errorf("internal error: generated %s is not Go: %w", name, err)
	}
	g.files = append(g.files, File{name, data})
	return nil
}

// file begins a file of the package.
func (g *generator) file() *gosrc.File { return gosrc.NewFile(g.o.Package, g.plan.File) }
