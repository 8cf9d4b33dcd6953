package emit

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"
)

// TestEveryCallHasAnEmitter reads the source of compiler/plan: every struct
// that embeds Info is a kind of call and needs a row.
func TestEveryCallHasAnEmitter(t *testing.T) {
	have := map[string]bool{"Transpose": true, "Arrange": true, "WinogradKernel": true, "Fold": true, "NormVectors": true} // see table
	for _, r := range table {
		have[r.kind.Elem().Name()] = true
	}
	kinds := map[string]bool{}
	inspect := func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		s, ok := spec.Type.(*ast.StructType)
		if !ok {
			return true
		}
		for _, field := range s.Fields.List {
			if id, ok := field.Type.(*ast.Ident); ok && id.Name == "Info" && len(field.Names) == 0 {
				kinds[spec.Name.Name] = true
				if !have[spec.Name.Name] {
					t.Errorf("plan.%s has no emitter", spec.Name.Name)
				}
			}
		}
		return true
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "compiler", "plan", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, inspect)
	}
	if len(kinds) < 10 {
		t.Errorf("only %d kinds of calls found in compiler/plan", len(kinds))
	}
	for name := range have {
		if !kinds[name] {
			t.Errorf("emitter for %s, which is no call of compiler/plan", name)
		}
	}
}
