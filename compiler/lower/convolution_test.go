package lower_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/dsl/elab"
)

// TestConvolutions: the weights of each kind of convolution, in the order and shape of
// saved files, with their fans, and its output (spec: layers 1 to 5 and 15;
// initializers, fan computation).
func TestConvolutions(t *testing.T) {
	for _, c := range []struct{ input, line, weights, output string }{
		{"9x7x6", "conv 8 3x5 groups=2", "kernel 3x5x3x8 fan 45 120, bias 8 fan 8 8", "7x3x8"},
		{"9x7x6", "conv 12 3x3 groups=6 nobias", "kernel 3x3x1x12 fan 9 108", "7x5x12"},
		{"9x7x6", "depthwise 3x3 same stride=2", "kernel 3x3x6x1 fan 54 9, bias 6 fan 6 6", "5x4x6"},
		{"9x7x6", "depthwise 3x2 multiplier=2", "kernel 3x2x6x2 fan 36 12, bias 12 fan 12 12", "7x6x12"},
		{"9x7x6", "separable 10 3x3 multiplier=2 init=he_normal depthwise_init=zeros relu",
			"depthwise_kernel 3x3x6x2 fan 54 18 zeros, pointwise_kernel 1x1x12x10 fan 12 10 he_normal, bias 10 fan 10 10", "7x5x10"},
		{"9x7x6", "deconv 4 3x3 same stride=2", "kernel 3x3x4x6 fan 36 54, bias 4 fan 4 4", "18x14x4"},
		{"9x7x6", "deconv 4 3x2 stride=3x2 output_padding=2x1", "kernel 3x2x4x6 fan 24 36, bias 4 fan 4 4", "29x15x4"},
		{"9x7x6", "deconv 4 3x2 stride=2 same output_padding=1", "kernel 3x2x4x6 fan 24 36, bias 4 fan 4 4", "18x13x4"},
		{"9x6", "conv1d 4 3 causal dilation=2", "kernel 1x3x6x4 fan 18 12, bias 4 fan 4 4", "1x9x4"},
		{"9x6", "conv1d 4 3 causal stride=2", "kernel 1x3x6x4 fan 18 12, bias 4 fan 4 4", "1x5x4"},
		{"9x6", "conv1d 6 3 groups=3", "kernel 1x3x2x6 fan 6 18, bias 6 fan 6 6", "1x7x6"},
		{"9x6", "maxpool1d 3 stride=2 same", "", "1x5x6"},
		{"9x6", "avgpool1d 4", "", "1x2x6"},
	} {
		m, list := lower.Lower(load(t, "net { input "+c.input+"; "+c.line+"; globalavgpool }", elab.Options{}), lower.Options{})
		if list.HasErrors() {
			t.Errorf("%s: %v", c.line, list)
			continue
		}
		var weights []string
		for _, p := range m.Graph.Params {
			_, name, _ := strings.Cut(p.Value.Name, ".")
			w := fmt.Sprintf("%s %s fan %d %d", name, p.Value.Shape, p.FanIn, p.FanOut)
			if p.Init != "glorot_uniform" && name != "bias" {
				w += " " + p.Init
			}
			weights = append(weights, w)
		}
		if diff := cmp.Diff(c.weights, strings.Join(weights, ", ")); diff != "" {
			t.Errorf("%s: %s", c.line, diff)
		}
		if got := m.Graph.Scores.Args[0].Shape.String(); got != c.output {
			t.Errorf("%s: output %s, want %s", c.line, got, c.output)
		}
	}
}
