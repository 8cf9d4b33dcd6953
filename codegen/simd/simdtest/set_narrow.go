package simdtest

import (
	"fmt"

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
	return out
}
