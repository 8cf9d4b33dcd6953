package codegen_test

import (
	"strings"
	"testing"

	"github.com/cnnc/cnnc/codegen"
)

// TestDispatchAsksForTheInstructionSet reads the dispatching functions: a kernel
// is called only in a case that names its instruction set, or, for AVX2, behind
// the case of plain Go. A machine that has everything would not notice.
func TestDispatchAsksForTheInstructionSet(t *testing.T) {
	calls := 0
	for _, f := range compile(t, "quickdraw", quickdraw, codegen.Options{}) {
		if f.Name != "kernels_amd64_cnn.go" {
			continue
		}
		label, sawGo := "", false
		for line := range strings.Lines(string(f.Data)) {
			line = strings.TrimSpace(line)
			switch {
			case strings.HasPrefix(line, "func "):
				sawGo = false
			case strings.HasPrefix(line, "case "), line == "default:":
				label = line
				sawGo = sawGo || label == "case isa == isaGo:"
			case strings.Contains(line, "AVX512("):
				calls++
				if !strings.Contains(label, "isa == isaAVX512") {
					t.Errorf("%s in %q", line, label)
				}
			case strings.Contains(line, "AVX2("):
				calls++
				if !sawGo && !strings.Contains(label, "isa == isaAVX2") {
					t.Errorf("%s in %q", line, label)
				}
			}
		}
	}
	if calls == 0 {
		t.Error("no call of an assembly kernel found")
	}
}
