package plan_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestEveryCallIsKnown reads the source: every struct of calls.go that is a call
// must have its case where this package, and the machine that executes plans in
// tests, tell calls apart. (codegen/emit has such a test of its own.)
func TestEveryCallIsKnown(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	calls := regexp.MustCompile(`type (\w+) struct \{\n\tInfo\n`).FindAllStringSubmatch(read("calls.go"), -1)
	if len(calls) < 15 {
		t.Fatalf("%d calls found in calls.go", len(calls))
	}
	for _, file := range []string{"access.go", "verify_call.go", "text.go", "plantest/machine.go"} {
		text := read(file)
		for _, c := range calls {
			if c[1] == "Transpose" && file != "text.go" {
				continue // no part of a program, but of the making of derived weights
			}
			if !regexp.MustCompile(`case [^\n]*\*(plan\.)?` + c[1] + `[,:]`).MatchString(text) {
				t.Errorf("%s has no case for %s", file, c[1])
			}
		}
	}
}
