package lower_test

import (
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/dsl/elab"
)

// TestCatalogueDiagnostics has the mistakes that only shapes show in layers that
// move, join or disturb values, with their arithmetic.
func TestCatalogueDiagnostics(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"crop 4", "crop on 8x6x3: 8 - 4 - 4 = 0 rows are left; it follows input (line 3)"},
		{"crop sides(left=2, right=9)", "crop on 8x6x3: 6 - 2 - 9 = -5 columns are left"},
		{"reshape 4 4 5", "reshape 4 4 5 on 8x6x3: 4*4*5 = 80 values, but there are 8*6*3 = 144"},
		{"reshape 5 -1 1", "reshape 5 -1 1 on 8x6x3: 8*6*3 = 144 values are no multiple of 5"},
		{"reshape -1 -1 3", "reshape: sizes are at least 1, but for one that may be -1, got -1 -1 3"},
		{"reshape 0 4 -1", "reshape: sizes are at least 1"},
		{"reshape 2 2 6 6", "reshape makes a vector of one size, a sequence of two or an image of three, got 4"},
		{"permute 1 2", "permute names each of the axes 1 (rows), 2 (columns) and 3 (channels) once, got 1 2"},
		{"permute 1 3 3", "permute names each of the axes"},
		{"upsample 1024; upsample 4", "upsample 4x4 on 8192x6144x3 would have 32768*24576*3 = 2415919104 values"},
		{"normalize mean=list(1, 2) variance=1", "normalize needs one mean or one for each channel: 2 numbers for the 3 channels of 8x6x3"},
		{"normalize mean=0 variance=list(1, 2, 3, 4)", "normalize needs one variance or one for each channel: 4 numbers"},
		{"a = conv 4 3x3; multiply input", "multiply needs values of the same shape, or with axes of size 1 that stretch: a (line 3) is 6x4x4 and input (line 3) is 8x6x3"},
		{"globalmaxpool; spatial_dropout 0.1", "spatial_dropout needs an image, got a vector of 3"},
		{"globalmaxpool; zeropad", "zeropad needs an image, got a vector of 3"},
		{"a = relu; b = relu; subtract input a", "subtract takes one value from another, got 3"},
		{"flatten; average input", "average needs values of the same shape"},
	} {
		m, list := lower.Lower(load(t, "net { input 8x6x3; "+c.line+"; flatten; dense 2 }", elab.Options{}), lower.Options{})
		if m != nil || !list.HasErrors() {
			t.Errorf("%s: no error", c.line)
			continue
		}
		found := false
		for _, d := range list {
			found = found || strings.HasPrefix(d.Msg, c.want)
		}
		if !found {
			t.Errorf("%s: got %v\nwant %s", c.line, list, c.want)
		}
	}
}

// TestCatalogueGraphs compares what layers become.
func TestCatalogueGraphs(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"zeropad", "zeropad1 = zeropad %0 {1,1,1,1} : f32[n 10 8 3]"},
		{"zeropad 1x2", "{1,2,1,2} : f32[n 10 10 3]"},
		{"zeropad sides(top=1, left=2, bottom=3, right=0)", "{1,2,3,0} : f32[n 12 8 3]"},
		{"crop sides(top=1, left=2)", "crop1 = crop %0 {1,2,0,0} : f32[n 7 4 3]"},
		{"upsample", "upsample1 = upsample %0 {2x2 nearest} : f32[n 16 12 3]"},
		{"upsample 1x3 bilinear", "upsample1 = upsample %0 {1x3 bilinear} : f32[n 8 18 3]"},
		{"reshape 4 -1 9", "reshape1 = reshape %0 : f32[n 4 4 9]"},
		{"reshape 9 -1; conv1d 2 3", "reshape1 = reshape %0 : f32[n 1 9 16]"},
		{"reshape -1", "reshape1 = flatten %0 : f32[n 144]"},
		{"permute 3 1 2", "permute1 = permute %0 {3 1 2} : f32[n 3 8 6]"},
		{"globalmaxpool", "globalmaxpool1 = globalmaxpool %0 : f32[n 3]"},
		{"globalavgpool keepdims", "globalavgpool1 = reshape %1 : f32[n 1 1 3]"},
		{"rescale 1/4 offset=-1", "rescale1 = affine %0 {x 0.25 + -1}"},
		{"normalize mean=list(1, 2, 3) variance=4", "normalize1 = affine %0 {x 0.5,0.5,0.5 + -0.5,-1,-1.5}"},
		{"normalize mean=1 variance=4 invert", "normalize1 = affine %0 {x 2 + 1}"},
		{"normalize mean=1 variance=0", "{x 1e+07 + -1e+07}"},
		{"prelu", "prelu1.alpha = param zeros fan"},
		{"prelu shared init=constant(0.25)", "f32[1 1 3]"},
		{"gaussian_noise 0.3", "gaussian_noise1 = gaussian_noise %0 {rate s0 stream 1 of 3 channels}"},
		{"a = globalavgpool; from input; multiply a", "multiply1 = binary %0 %2 {multiply}"},
		{"a = relu; from input; average a", "average1 = affine %2 {x 0.5 + 0}"},
		{"a = relu; from input; subtract a", "subtract1 = binary %0 %1 {subtract}"},
		{"a = conv 1 1x1; from input; add a", "add1 = binary %0 %4 {add} : f32[n 8 6 3]"},
	} {
		m, list := lower.Lower(load(t, "net { input 8x6x3; "+c.line+"; flatten; dense 2 }", elab.Options{}), lower.Options{})
		if list.HasErrors() {
			t.Errorf("%s: %v", c.line, list)
			continue
		}
		if got := m.Graph.String(); !strings.Contains(got, c.want) {
			t.Errorf("%s: no %q in\n%s", c.line, c.want, got)
		}
	}
}
