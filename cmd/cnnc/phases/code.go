package phases

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"

	"github.com/cnnc/cnnc/codegen"
)

// codeColumn is the Go that was emitted for the calls of a program.
func (p program) codeColumn(files []codegen.File) (column, error) {
	c := column{Title: "Go, " + p.name, Doc: "the functions of the generated package, one for each call"}
	functions := map[string]string{}
	for _, f := range files {
		if !strings.HasSuffix(f.Name, ".go") || strings.HasSuffix(f.Name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, f.Name, f.Data, parser.SkipObjectResolution)
		if err != nil {
			return c, fmt.Errorf("internal error: %w", err)
		}
		for _, d := range tree.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || len(fn.Recv.List) != 1 {
				continue
			}
			star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
			if !ok {
				continue
			}
			if name, ok := star.X.(*ast.Ident); ok && name.Name == p.name {
				functions[fn.Name.Name] = string(f.Data[set.Position(fn.Pos()).Offset:set.Position(fn.End()).Offset])
			}
		}
	}
	for _, call := range p.Calls() {
		b := call.Base()
		code, ok := functions[b.Name]
		if !ok {
			continue // what several calls share, or a call within another
		}
		head, tail, _ := strings.Cut(code, ") "+b.Name+"(")
		r := row{Line: b.Line, Parts: []part{dim(head + ") "), keyed(callKey(p.name, b.Name), b.Name), text("(" + strings.ReplaceAll(tail, "\t", "    "))}}
		c.Rows = append(c.Rows, r)
	}
	return c, nil
}
