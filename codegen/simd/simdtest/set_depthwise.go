package simdtest

import (
	"fmt"

	"github.com/cnnc/cnnc/codegen/simd"
)

// depthwiseRowVariants are kernels of every width, and all epilogues and numbers of
// pixels of the common ones.
func depthwiseRowVariants() []simd.Variant {
	var out []simd.Variant
	add := func(cols, step, mr, epilogue int) {
		v := [...]simd.Variant{
			{Bias: true, ReLU: true}, {}, {Mask: true}, {Bias: true}, {Add: true, Mask: true}, {Bias: true, Add: true, ReLU: true},
		}[epilogue%6]
		v.Family, v.Func, v.MR = "depthwiseRow", fmt.Sprintf("%ds%d", cols, step), mr
		out = append(out, v)
	}
	for mr := 1; mr <= simd.DepthwiseRowPixels(3); mr++ {
		if mr != 10 { // has them all
			add(3, 1, mr, mr)
		}
	}
	for e := range 6 {
		add(3, 1, 10, e+11)
	}
	for _, cols := range []int{1, 2, 4, 5, 7, 9} {
		add(cols, 1, simd.DepthwiseRowPixels(cols), cols)
	}
	for cols := 1; cols <= 7; cols++ {
		add(cols, 2, simd.DepthwiseRowPixels(cols)-cols%3, cols)
	}
	return out
}

// depthwiseRowGradVariants are the numbers of kernel rows, columns and pixels that
// fill the registers, and some that do not.
func depthwiseRowGradVariants() []simd.Variant {
	var out []simd.Variant
	for _, f := range []struct {
		form string
		mr   int
	}{
		{"3x3s1", 5}, {"3x3s1", 4}, {"3x3s1", 3}, {"3x3s1", 2}, {"3x3s1", 1}, {"3x3s2", 5}, {"3x3s2", 4},
		{"2x5s1", 4}, {"2x5s2", 4}, {"1x5s1", 4}, {"1x5s2", 3}, {"1x7s1", 7}, {"1x7s2", 6}, {"5x2s1", 4}, {"2x4s2", 6}, {"1x9s1", 5}, {"1x1s1", 12}, {"4x1s2", 6},
	} {
		out = append(out, simd.Variant{Family: "depthwiseRowGrad", Func: f.form, MR: f.mr, Bias: true})
		if f.mr > 3 {
			out = append(out, simd.Variant{Family: "depthwiseRowGrad", Func: f.form, MR: f.mr})
		}
	}
	return append(out, simd.Variant{Family: "depthwiseRowGrad", Func: "3x3s1", MR: 6})
}
