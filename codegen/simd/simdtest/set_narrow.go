package simdtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/codegen/simd"
)

// narrowVariants are all tiles of all numbers of channels, with one epilogue or
// another, and the full tiles with every one; and the weight gradients.
func narrowVariants() []simd.Variant {
	epilogues := [...]simd.Variant{
		{Bias: true, ReLU: true}, {}, {Mask: true}, {Bias: true}, {Add: true, Mask: true}, {Bias: true, Add: true, ReLU: true}, {Add: true},
	}
	var out []simd.Variant
	for n := 1; simd.NarrowPixels(n) > 0; n++ {
		most := simd.NarrowPixels(n)
		for mr := 1; mr <= most; mr++ {
			for i, v := range epilogues {
				if mr == most || i == (n+mr)%len(epilogues) || i == 0 {
					v.Family, v.Func, v.MR = "narrow", fmt.Sprintf("%dc", n), mr
					out = append(out, v)
				}
			}
		}
		out = append(out, simd.Variant{Family: "narrowGrad", Func: fmt.Sprintf("%dc", n)})
	}
	for _, v := range depthwiseRowVariants() {
		v.Family = "narrowRow"
		out = append(out, v)
	}
	for mr := 5; mr <= 12; mr++ {
		for _, cols := range []int{1, 3, 5, 7} {
			if mr <= simd.DepthwiseRowPixels(cols) {
				out = append(out, simd.Variant{Family: "narrowRow", Func: fmt.Sprintf("%ds1", cols), MR: mr, Bias: true, ReLU: true})
			}
		}
	}
	return slices.CompactFunc(sortedVariants(out), func(a, b simd.Variant) bool { return a == b })
}

func sortedVariants(list []simd.Variant) []simd.Variant {
	slices.SortStableFunc(list, func(a, b simd.Variant) int { return strings.Compare(a.Name(), b.Name()) })
	return list
}
