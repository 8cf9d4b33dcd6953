package simdtest

import "github.com/cnnc/cnnc/codegen/simd"

// catalogueVariants are the variants of the kernels that join, stretch and
// disturb values: all there are.
func catalogueVariants() []simd.Variant {
	var out []simd.Variant
	for _, splat := range []bool{false, true} {
		for _, f := range []string{"add", "subtract", "subtract_from", "multiply", "maximum", "minimum"} {
			for _, relu := range []bool{false, true} {
				out = append(out, simd.Variant{Family: "binary", Func: f, ReLU: relu, Splat: splat})
			}
		}
		for _, f := range []string{"ge", "gt", "le", "lt"} {
			out = append(out, simd.Variant{Family: "select", Func: f, Splat: splat})
		}
	}
	for _, f := range []string{"prelu", "preluGrad", "blend", "blendGrad", "globalmaxpoolGrad", "affine", "reduceChannels"} {
		out = append(out, simd.Variant{Family: f})
	}
	return append(out,
		simd.Variant{Family: "affine", Func: "channels"},
		simd.Variant{Family: "reduce", Func: "product"},
		simd.Variant{Family: "reduce", Func: "prelu"},
		simd.Variant{Family: "reduceChannels", Func: "product"},
		simd.Variant{Family: "noise", Func: "add"},
		simd.Variant{Family: "noise", Func: "multiply"},
		simd.Variant{Family: "dropout", Func: "words"},
	)
}
