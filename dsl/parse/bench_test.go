package parse_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/dsl/parse"
)

// BenchmarkFile parses lines of several lengths; the time a token should not
// depend on the length.
func BenchmarkFile(b *testing.B) {
	for _, terms := range []int{4, 50, 500, 2000} {
		b.Run(fmt.Sprint(terms), func(b *testing.B) {
			lines := 4000 / terms
			src := "net {\n" + strings.Repeat("dense 1"+strings.Repeat("+1", terms)+"\n", lines) + "}"
			tokens := float64(lines * (2*terms + 3))
			for b.Loop() {
				parse.File("x.cnn", src)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/tokens, "ns/token")
		})
	}
}
