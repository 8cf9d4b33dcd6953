package plan_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// derivations are calls that no program contains: machine.go has them elsewhere.
var derivations = []string{"Transpose", "Arrange", "WinogradKernel", "Fold", "NormVectors"}

// TestEveryCallIsKnown reads the source: the machine that executes plans in tests
// must have a case for every kind of call. What the compiler of this package asks
// of a kind it sees to itself, and codegen/emit has such a test of its own.
func TestEveryCallIsKnown(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, f := range files {
		for _, m := range regexp.MustCompile(`type (\w+) struct \{\n\tInfo\n`).FindAllStringSubmatch(read(f), -1) {
			kinds = append(kinds, m[1])
		}
	}
	if len(kinds) < 20 {
		t.Fatalf("only the calls %v found", kinds)
	}
	machine := read("plantest/machine.go")
	for _, k := range kinds {
		if slices.Contains(derivations, k) {
			continue
		}
		if !regexp.MustCompile(`case [^\n]*\*plan\.` + k + `[,:]`).MatchString(machine) {
			t.Errorf("plantest/machine.go has no case for %s", k)
		}
	}
}
