package codegen

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/portable"
	"github.com/cnnc/cnnc/codegen/simd"
)

// Build constraints of the two ways in which kernels are dispatched.
const (
	withAssembly    = "amd64 && !purego"
	withoutAssembly = "!amd64 || purego"
)

// kernelFiles writes the kernels: kernels_cnn.go in plain Go with the support
// code, kernels_amd64_cnn.go and the assembly, kernels_other_cnn.go for
// everything else.
func (g *generator) kernelFiles() error {
	s, err := sources()
	if err != nil {
		return err
	}
	variants := slices.Clone(g.pk.Kernels)
	slices.SortFunc(variants, func(a, b simd.Variant) int { return strings.Compare(a.Name(), b.Name()) })
	var goKernels []portable.Kernel
	var funcs []string
	for _, v := range variants {
		k, ok := portable.Find(v.Name())
		if !ok {
			return fmt.Errorf("internal error: there is no portable kernel %s", v.Name())
		}
		goKernels = append(goKernels, k)
		funcs = append(funcs, k.Func)
	}

	f := g.file()
	code, err := s.support.Closure(g.supportNames()...)
	if err != nil {
		return err
	}
	f.Text(code.Text, code.Imports...)
	for _, v := range g.pk.Rests {
		f.Text(rest(v))
	}
	if g.o.Timed {
		f.Text(timer, "time")
	}
	decls, imports, err := portable.Sources(funcs...)
	if err != nil {
		return err
	}
	f.Text(string(decls), imports...)
	if err := g.add("kernels_cnn.go", f); err != nil {
		return err
	}

	if err := g.assembly(variants, goKernels); err != nil {
		return err
	}

	f = g.file()
	f.Build(withoutAssembly)
	if code, err = s.other.Closure("bestISA"); err != nil {
		return err
	}
	f.Text(code.Text, code.Imports...)
	f.Text("// Methods call kernels through the functions below; without assembly they are\n// those in plain Go.")
	for _, k := range goKernels {
		f.Text(fmt.Sprintf("func %s%s {\n\t%s\n}", k.Name, k.Signature(), k.Call()))
	}
	return g.add("kernels_other_cnn.go", f)
}

// assembly writes the files for amd64: dispatch and declarations, and one file
// of assembly for each instruction set.
func (g *generator) assembly(variants []simd.Variant, goKernels []portable.Kernel) error {
	s, err := sources()
	if err != nil {
		return err
	}
	f := g.file()
	f.Build(withAssembly)
	code, err := s.amd64.Closure("bestISA")
	if err != nil {
		return err
	}
	f.Text(code.Text, code.Imports...)
	f.Text(`// Methods call kernels through the functions below, which choose the one for
// the instruction set in use. They are not inlined: their prologue is where the
// scheduler can stop the goroutine, since assembly has no such place.`)
	kernels := map[simd.ISA][]simd.Kernel{}
	for i, v := range variants {
		family, ok := simd.FamilyOf(v)
		if !ok {
			f.Text(fmt.Sprintf("func %s%s {\n\t%s\n}", v.Name(), goKernels[i].Signature(), goKernels[i].Call()))
			continue
		}
		k := goKernels[i]
		if g.o.Timed {
			f.Text(timed(k), "time")
			k.Name += timedSuffix
		}
		f.Text(dispatch(v, family, k, g.pk.Lanes))
		for _, isa := range []simd.ISA{simd.AVX2, simd.AVX512} {
			for _, lanes := range g.pk.Lanes(v, isa) {
				kernels[isa] = append(kernels[isa], simd.Kernel{Variant: v, Lanes: lanes, ISA: isa})
			}
		}
	}
	header := strings.TrimPrefix(gosrc.Header(g.plan.File), "// ")
	for _, isa := range []simd.ISA{simd.AVX2, simd.AVX512} {
		if len(kernels[isa]) == 0 {
			continue
		}
		stubs, err := simd.WriteStubs(header, g.o.Package, kernels[isa])
		if err != nil {
			return err
		}
		_, decls, _ := bytes.Cut(stubs, []byte("\npackage "+g.o.Package+"\n"))
		f.Text(string(decls))
		asm, err := simd.WriteAsm(header, kernels[isa])
		if err != nil {
			return err
		}
		// The constraint stands behind the header, before anything else.
		first, rest, _ := bytes.Cut(asm, []byte("\n"))
		asm = slices.Concat(first, []byte("\n\n//go:build "+withAssembly+"\n"), rest)
		g.files = append(g.files, File{fmt.Sprintf("kernels_%s_cnn_amd64.s", strings.ToLower(isa.String())), asm})
	}
	return g.add("kernels_amd64_cnn.go", f)
}

// dispatch is the function that methods call: it chooses the kernel. It is not
// inlined, so that its prologue is a place where the scheduler can stop the
// goroutine: assembly has none.
func dispatch(v simd.Variant, family *simd.Family, k portable.Kernel, used func(v simd.Variant, isa simd.ISA) []int) string {
	var names []string
	for _, p := range k.Params {
		names = append(names, p.Name)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "//go:noinline\nfunc %s%s {\n\tswitch {\n", k.Name, k.Signature())
	if family.HasLanes() {
		args := strings.Join(names[1:], ", ")
		fmt.Fprintf(&b, "\tcase isa == isaGo:\n\t\t%s\n", k.Call())
		for _, isa := range []simd.ISA{simd.AVX512, simd.AVX2} {
			for _, lanes := range used(v, isa) {
				label := fmt.Sprintf("case lanes == %d:", lanes)
				switch {
				case isa == simd.AVX512:
					label = fmt.Sprintf("case lanes == %d && isa == isaAVX512:", lanes)
				case lanes == slices.Min(used(v, isa)):
					label = "default:"
				}
				fmt.Fprintf(&b, "\t%s\n\t\t%s(%s)\n", label, simd.Symbol(v, lanes, isa), args)
			}
		}
	} else {
		args := strings.Join(names, ", ")
		for _, isa := range []simd.ISA{simd.AVX512, simd.AVX2} {
			if family.Has(0, isa) {
				fmt.Fprintf(&b, "\tcase isa == isa%s:\n\t\t%s(%s)\n", isa, simd.Symbol(v, 0, isa), args)
			}
		}
		fmt.Fprintf(&b, "\tdefault:\n\t\t%s\n", k.Call())
	}
	b.WriteString("\t}\n}")
	return b.String()
}

// timedSuffix is for dispatch functions whose name is that of a timed one.
const timedSuffix = "Untimed"

// timer is what a package has of its own whose kernels can be timed.
const timer = `// timeKernel gets the name and the time of each call of a kernel in assembly.
var timeKernel func(kernel string, took time.Duration)

// timeKernels says who gets the times of kernel calls; nil for nobody.
func timeKernels(timed func(kernel string, took time.Duration)) { timeKernel = timed }`

// timed is the function that methods call where kernels can be timed.
func timed(k portable.Kernel) string {
	var names []string
	for _, p := range k.Params {
		names = append(names, p.Name)
	}
	call := fmt.Sprintf("%s%s(%s)", k.Name, timedSuffix, strings.Join(names, ", "))
	return fmt.Sprintf("func %[1]s%[2]s {\n\tif timeKernel == nil {\n\t\t%[3]s\n\t\treturn\n\t}\n\tstart := time.Now()\n\t%[3]s\n\ttimeKernel(%[1]q, time.Since(start))\n}",
		k.Name, k.Signature(), call)
}

// rest is the function that multiplies the last examples of a micro-batch, fewer than
// a full tile has, whose number is known at run time only.
func rest(v simd.Variant) string {
	v.MR = 1
	k, _ := portable.Find(v.Name()) // looked for before
	var names []string
	for _, p := range k.Params {
		names = append(names, p.Name)
	}
	args := strings.Join(names, ", ")
	v.MR = 0
	var b strings.Builder
	fmt.Fprintf(&b, "// %sRest computes tiles of t pixels, 1 to %d.\n", v.Name(), v.Tallest()-1)
	fmt.Fprintf(&b, "func %sRest(t int, %s {\n\tswitch t {\n", v.Name(), strings.TrimPrefix(k.Signature(), "("))
	for mr := 1; mr < v.Tallest(); mr++ {
		v.MR = mr
		fmt.Fprintf(&b, "\tcase %d:\n\t\t%s(%s)\n", mr, v.Name(), args)
	}
	b.WriteString("\t}\n}")
	return b.String()
}

// supportNames are the declarations of package support that the generated code
// mentions.
func (g *generator) supportNames() []string {
	s, err := sources()
	if err != nil {
		return nil // programs has reported it
	}
	used := map[string]bool{"isa": true}
	for _, f := range g.files {
		// Names in comments are no uses. A file that does not parse is reported
		// by whoever formats it.
		file, err := parser.ParseFile(token.NewFileSet(), f.Name, f.Data, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				used[id.Name] = true
			}
			return true
		})
	}
	var names []string
	for _, name := range s.support.Names() {
		if used[name] {
			names = append(names, name)
		}
	}
	return names
}
