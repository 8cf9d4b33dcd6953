package simdtest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// TestReadmeAccuracy keeps the table of errors in the kernels' README equal to the
// bounds that the kernels are tested with.
func TestReadmeAccuracy(t *testing.T) {
	const file, head = "../README.md", "| activation | result | derivative |\n|---|---|---|\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), head)
	if !ok {
		t.Fatalf("%s has no table %q", file, head)
	}
	table, after, _ := strings.Cut(rest, "\n\n")
	var rows []string
	for _, a := range simd.Activations() {
		floor := ""
		if a.Accuracy.Floor {
			floor = " *"
		}
		rows = append(rows, fmt.Sprintf("| %s | %v | %v%s |", a.Name, a.Accuracy.Forward, a.Accuracy.Gradient, floor))
	}
	want := strings.Join(rows, "\n")
	if table == want {
		return
	}
	if os.Getenv("CNNC_UPDATE") == "" {
		t.Fatalf("%s: the table of errors is not that of the kernels; CNNC_UPDATE=1 rewrites it", file)
	}
	if err := os.WriteFile(file, []byte(before+head+want+"\n\n"+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
