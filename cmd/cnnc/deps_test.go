package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// importRules says which of this module's packages a package may import, by
// prefix. It is the list in compiler/README.md. The rules are not edited to make
// a build pass: a new import upwards is a design mistake.
var importRules = []struct {
	pkg string // a package, or a tree when it ends in /...
	may []string
}{
	{"dsl/diag", nil},
	{"dsl/ast", []string{"dsl/diag"}},
	{"dsl/lang", []string{"dsl/diag"}},
	{"dsl/parse", []string{"dsl/diag", "dsl/ast", "dsl/lang"}},
	{"dsl/printer", []string{"dsl/diag", "dsl/ast", "dsl/lang"}},
	{"dsl/...", []string{"dsl"}},
	{"compiler/ir", []string{"dsl/diag"}},
	{"compiler/op", []string{"dsl/diag", "compiler/ir", "runtime/rng"}},
	{"compiler/eval", []string{"dsl/diag", "compiler/ir", "compiler/op", "runtime/rng"}},
	{"compiler/probe", []string{"dsl/diag", "compiler/ir", "compiler/op", "compiler/pass", "compiler/eval"}},
	{"compiler/pass", []string{"dsl/diag", "compiler/ir", "compiler/op"}},
	{"compiler/lower", []string{"dsl", "compiler/ir", "compiler/op", "runtime/augment", "runtime/config", "runtime/data/doodles", "runtime/data/whiten", "runtime/metric", "runtime/model", "runtime/optimizer", "runtime/schedule"}},
	{"compiler/target", nil},
	{"compiler/plan", []string{"compiler/ir", "dsl/diag", "compiler/target"}},
	{"compiler/sched", []string{"dsl/diag", "compiler/ir", "compiler/op", "compiler/plan", "compiler/target"}},
	{"compiler/verify", []string{"dsl", "compiler", "runtime"}},
	{"compiler", []string{"dsl", "compiler", "runtime/config", "runtime/model", "runtime/optimizer"}},
	{"compiler/...", []string{"dsl", "compiler", "runtime"}}, // test helpers
	{"codegen/simd", nil},
	{"codegen/simd/...", []string{"codegen/simd", "codegen/portable"}}, // its tests
	{"codegen/extract", nil},
	{"codegen/portable", []string{"codegen/extract"}},
	{"codegen/gosrc", nil},
	{"codegen/emit", []string{"codegen", "compiler/plan", "compiler/target"}},
	// The rest of codegen holds code that is copied, and compiled here against
	// what it will be linked with.
	{"codegen/...", []string{"codegen", "compiler/plan", "runtime"}},
	{"runtime/config", nil},
	{"runtime/abi", nil},
	{"runtime/rng", nil},
	{"runtime/augment", []string{"runtime/config", "runtime/rng"}},
	{"runtime/pool", nil},
	{"runtime/wire", nil},
	{"runtime/preprocess", nil},
	{"runtime/data/npy", nil},
	{"runtime/data/whiten", nil},
	{"runtime/stream", nil},
	{"runtime/terminal", nil},
	{"runtime/data/table", []string{"runtime/config", "runtime/rng"}},
	{"runtime/model", []string{"runtime/config"}},
	{"runtime/optimizer", []string{"runtime/config"}},
	{"runtime/schedule", []string{"runtime/config"}},
	// Searches stand above training: they may link gonum, and nothing that is
	// linked into a trained network may link them.
	{"runtime/tune", []string{"runtime/rng", "runtime/durable"}},
	{"runtime/metric", []string{"runtime/config", "runtime/model"}},
	{"runtime/...", []string{"runtime"}},
	{"cmd/cnnc/fetch", nil},                          // the network belongs to the command
	{"cmd/cnnc/figure", []string{"runtime/durable"}}, // plots: the command alone draws them
	{"cmd/cnnc/filter", []string{"runtime/weights"}},
	{"cmd/cnnc/page", nil},
	{"cmd/cnnc/browsertest", nil},
	{"cmd/cnnc/dashboard", []string{"cmd/cnnc/page", "cmd/cnnc/report", "cmd/cnnc/serve", "runtime/job"}},
	{"cmd/cnnc/serve", []string{"cmd/cnnc/page", "runtime/wire"}},
	{"cmd/cnnc/searchreport", []string{"cmd/cnnc/page", "runtime/tune"}},
	{"cmd/cnnc/report", []string{"cmd/cnnc/page", "runtime"}},
	{"cmd/cnnc/phases", []string{"cmd/cnnc/page", "codegen", "compiler"}},
	{"cmd/...", []string{"dsl", "compiler", "codegen", "runtime", "cmd/cnnc"}},
	{"examples/...", []string{"runtime", "examples"}},
}

// heavy are modules that must stay out of what generated packages link.
var heavy = []string{"gonum.org/", "net/http", "github.com/dave/", "github.com/alecthomas/"}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func matches(pattern, pkg string) bool {
	if tree, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == tree || strings.HasPrefix(pkg, tree+"/")
	}
	return pkg == pattern
}

func TestImportDirection(t *testing.T) {
	for _, line := range goList(t, "-f", `{{.ImportPath}} {{join .Imports " "}}`, modulePath+"/...") {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], modulePath+"/")
		i := slices.IndexFunc(importRules, func(r struct {
			pkg string
			may []string
		}) bool {
			return matches(r.pkg, pkg)
		})
		if i < 0 {
			t.Errorf("%s: no import rule: add one in the spirit of compiler/README.md", pkg)
			continue
		}
		for _, imp := range fields[1:] {
			imp, ours := strings.CutPrefix(imp, modulePath+"/")
			if !ours {
				continue
			}
			if !slices.ContainsFunc(importRules[i].may, func(p string) bool { return imp == p || strings.HasPrefix(imp, p+"/") }) {
				t.Errorf("%s imports %s; it may import only %q", pkg, imp, importRules[i].may)
			}
		}
	}
}

// TestGeneratedPackagesStayLight: a program that trains links no plots, servers
// or code generators.
func TestGeneratedPackagesStayLight(t *testing.T) {
	packages := slices.DeleteFunc(goList(t, modulePath+"/runtime/..."), func(p string) bool { return p == modulePath+"/runtime/tune" })
	for _, dep := range goList(t, append([]string{"-deps", modulePath + "/examples/..."}, packages...)...) {
		if dep == modulePath+"/runtime/tune" {
			t.Errorf("the runtime or a generated package links %s", dep)
		}
		for _, h := range heavy {
			if strings.HasPrefix(dep, h) {
				t.Errorf("the runtime or a generated package links %s", dep)
			}
		}
		if ours, ok := strings.CutPrefix(dep, modulePath+"/"); ok && !strings.HasPrefix(ours, "runtime") && !strings.HasPrefix(ours, "examples") {
			t.Errorf("the runtime or a generated package links %s", dep)
		}
	}
}
