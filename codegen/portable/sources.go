package portable

import (
	"bytes"
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"sync"
)

//go:embed activation.go actgrad.go avgpool.go dropout.go elementwise.go exp.go igemm.go maxpool.go optimizer.go panel.go penalty.go wgrad.go
var kernelFiles embed.FS

// decl is one top-level declaration of a kernel file.
type decl struct {
	text    []byte   // source text with the doc comment
	names   []string // what it declares
	uses    []string // top-level names of this package that it mentions
	imports []string // import paths that it mentions
	fn      *ast.FuncDecl
}

// library is all declarations of the kernel files, in the order of files and lines.
type library struct {
	decls  []decl
	byName map[string]int // index of the declaration of a name
}

// kernelLibrary parses the embedded files once.
var kernelLibrary = sync.OnceValues(func() (*library, error) {
	lib := &library{byName: map[string]int{}}
	entries, err := kernelFiles.ReadDir(".") // sorted by name
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		src, err := kernelFiles.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		if err := lib.add(e.Name(), src); err != nil {
			return nil, err
		}
	}
	for i := range lib.decls {
		d := &lib.decls[i]
		d.uses = slices.DeleteFunc(d.uses, func(name string) bool {
			at, ok := lib.byName[name]
			return !ok || at == i
		})
	}
	return lib, nil
})

// add parses one file.
func (lib *library) add(name string, src []byte) error {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	imports := map[string]string{} // package name to path
	for _, im := range file.Imports {
		path, err := strconv.Unquote(im.Path.Value)
		if err != nil {
			return err
		}
		imports[path[1+bytes.LastIndexByte([]byte(path), '/'):]] = path
	}
	for _, ad := range file.Decls {
		var d decl
		start := ad.Pos()
		switch ad := ad.(type) {
		case *ast.FuncDecl:
			d.names = []string{ad.Name.Name}
			d.fn = ad
			if ad.Doc != nil {
				start = ad.Doc.Pos()
			}
		case *ast.GenDecl:
			if ad.Tok == token.IMPORT {
				continue
			}
			if ad.Doc != nil {
				start = ad.Doc.Pos()
			}
			for _, spec := range ad.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					for _, id := range spec.Names {
						d.names = append(d.names, id.Name)
					}
				case *ast.TypeSpec:
					d.names = append(d.names, spec.Name.Name)
				}
			}
		}
		d.text = src[fset.Position(start).Offset:fset.Position(ad.End()).Offset]
		ast.Inspect(ad, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if path, ok := imports[id.Name]; ok {
					d.imports = append(d.imports, path)
				} else {
					d.uses = append(d.uses, id.Name)
				}
			}
			return true
		})
		for _, n := range d.names {
			lib.byName[n] = len(lib.decls)
		}
		lib.decls = append(lib.decls, d)
	}
	return nil
}

// Sources returns the source text of the named kernel functions (Kernel.Func) and of
// every function and constant of this package that they need, each with its doc
// comment, separated by blank lines and ready to stand in another package. imports
// are the paths that the text needs, sorted. The result depends only on the set of
// names: declarations come in the order of the kernel files. An unknown name is an
// error.
func Sources(names ...string) (decls []byte, imports []string, err error) {
	lib, err := kernelLibrary()
	if err != nil {
		return nil, nil, err
	}
	need := make([]bool, len(lib.decls))
	var visit func(name string)
	visit = func(name string) {
		i := lib.byName[name]
		if need[i] {
			return
		}
		need[i] = true
		for _, u := range lib.decls[i].uses {
			visit(u)
		}
	}
	for _, name := range names {
		if _, ok := lib.byName[name]; !ok {
			return nil, nil, fmt.Errorf("portable: no kernel function %q", name)
		}
		visit(name)
	}
	var b bytes.Buffer
	for i, d := range lib.decls {
		if !need[i] {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n\n")
		}
		b.Write(d.text)
		imports = append(imports, d.imports...)
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	slices.Sort(imports)
	return b.Bytes(), slices.Compact(imports), nil
}
