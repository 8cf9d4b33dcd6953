package extract

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Package is the parsed source of one package.
type Package struct {
	decls []decl
	// byName maps each package-level name, and for methods their receiver's
	// name, to positions in decls.
	byName map[string][]int
}

// decl is one package-level declaration with its comments, as written.
type decl struct {
	text    string
	uses    []string          // names that may be of this package
	imports map[string]string // path to name, of the imports the text mentions
}

// Parse reads Go files of one package.
func Parse(fsys fs.FS, names ...string) (*Package, error) {
	p := &Package{byName: map[string][]int{}}
	for _, name := range names {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		if err := p.add(path.Base(name), src); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// add parses one file.
func (p *Package) add(name string, src []byte) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	imports := map[string]string{} // local name to path
	for _, s := range f.Imports {
		file, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			return err
		}
		local := importName(file)
		if s.Name != nil {
			local = s.Name.Name
		}
		imports[local] = file
	}
	offset := func(pos token.Pos) int { return fset.Position(pos).Offset }
	for i, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			continue
		}
		start := d.Pos()
		if doc := docOf(d); doc != nil {
			start = doc.Pos()
		}
		end := offset(d.End())
		// A comment behind the last line belongs to the declaration.
		if i := strings.IndexByte(string(src[end:]), '\n'); i >= 0 && strings.HasPrefix(strings.TrimSpace(string(src[end:end+i])), "//") {
			end += i
		}
		one := decl{text: string(src[offset(start):end]), imports: map[string]string{}}
		seen := map[string]bool{}
		ast.Inspect(d, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok || seen[id.Name] {
				return true
			}
			seen[id.Name] = true
			if file, ok := imports[id.Name]; ok {
				one.imports[file] = id.Name
				return true
			}
			one.uses = append(one.uses, id.Name)
			return true
		})
		at := len(p.decls)
		p.decls = append(p.decls, one)
		for _, name := range declared(f.Decls[i]) {
			p.byName[name] = append(p.byName[name], at)
		}
	}
	return nil
}

// docOf returns the comment in front of a declaration.
func docOf(d ast.Decl) *ast.CommentGroup {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Doc
	case *ast.GenDecl:
		return d.Doc
	}
	return nil
}

// declared lists the names under which a declaration is wanted: its own, or,
// for a method, that of the receiver's type.
func declared(d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		t := d.Recv.List[0].Type
		if s, ok := t.(*ast.StarExpr); ok {
			t = s.X
		}
		if id, ok := t.(*ast.Ident); ok {
			return []string{id.Name}
		}
	case *ast.GenDecl:
		var names []string
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, id := range s.Names {
					names = append(names, id.Name)
				}
			}
		}
		return names
	}
	return nil
}

// importName is the name a package path is known by: its last element, or the
// one before a version.
func importName(file string) string {
	base := path.Base(file)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(file))
	}
	return base
}

// Code is source text and the imports it needs.
type Code struct {
	Text string
	// Imports lists package paths, sorted.
	Imports []string
}

// Closure returns the declarations of the given names and of all names of the
// package that those use, in the order of the source.
func (p *Package) Closure(names ...string) (Code, error) {
	want := make([]bool, len(p.decls))
	var visit func(name string)
	visit = func(name string) {
		for _, i := range p.byName[name] {
			if want[i] {
				continue
			}
			want[i] = true
			for _, use := range p.decls[i].uses {
				visit(use)
			}
		}
	}
	for _, name := range names {
		if len(p.byName[name]) == 0 {
			return Code{}, fmt.Errorf("extract: no declaration of %s", name)
		}
		visit(name)
	}
	var code Code
	var parts []string
	imports := map[string]bool{}
	for i, d := range p.decls {
		if !want[i] {
			continue
		}
		parts = append(parts, d.text)
		for file := range d.imports {
			imports[file] = true
		}
	}
	for file := range imports {
		code.Imports = append(code.Imports, file)
	}
	sort.Strings(code.Imports)
	code.Text = strings.Join(parts, "\n\n")
	return code, nil
}

// Rename returns the code with names replaced, in comments too: exported names
// of a library must not become exported names of the package it is copied to.
// A key is a name, or package.Name for names of other packages that are copied
// to the same place. Other selectors (x.Name) keep theirs.
func (c Code) Rename(names map[string]string) Code {
	c.Text = word.ReplaceAllStringFunc(c.Text, func(s string) string {
		first, rest, _ := strings.Cut(s, ".")
		second, _, _ := strings.Cut(rest, ".")
		if to, ok := names[first+"."+second]; ok {
			return to + strings.TrimPrefix(s, first+"."+second)
		}
		if to, ok := names[first]; ok {
			return to + strings.TrimPrefix(s, first)
		}
		return s
	})
	return c
}

// word is a chain of identifiers joined by dots, with the dot in front of it
// when what is selected from is no identifier.
var word = regexp.MustCompile(`[.]*[\pL_][\pL_\d]*(?:[.][\pL_][\pL_\d]*)*`)

// Names lists all package-level names, sorted.
func (p *Package) Names() []string { return slices.Sorted(maps.Keys(p.byName)) }
