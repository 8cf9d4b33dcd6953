package simdtest

import (
	"fmt"
	"go/format"

	"github.com/cnnc/cnnc/codegen/portable"
	"github.com/cnnc/cnnc/codegen/simd"
)

// bufferVariants are the variants of the families without lanes: all there are.
func bufferVariants() []simd.Variant {
	var out []simd.Variant
	for i := range 4 {
		out = append(out, simd.Variant{Family: "maxpool", ReLU: i&1 != 0, Bits: i&2 != 0})
	}
	for _, add := range []bool{false, true} {
		out = append(out,
			simd.Variant{Family: "maxpoolGrad", Add: add},
			simd.Variant{Family: "avgpoolGrad", Add: add})
	}
	for _, a := range simd.Activations() {
		out = append(out, simd.Variant{Family: "act", Func: a.Name}, simd.Variant{Family: "actGrad", Func: a.Name})
	}
	out = append(out, simd.Variant{Family: "add", ReLU: true})
	for i := range 4 {
		out = append(out, simd.Variant{Family: "norm", Add: i&1 != 0, ReLU: i&2 != 0})
	}
	for _, f := range []string{"add", "axpy", "scale", "avgpool", "gatherSum", "transpose", "moments", "normSums", "normGrad", "layernorm", "layernormGrad", "softmax", "softmaxBack", "dropout", "penalty", "activityGrad"} {
		out = append(out, simd.Variant{Family: f})
	}
	out = append(out, simd.Variant{Family: "softmax", Func: "log"}, simd.Variant{Family: "softmaxBack", Func: "log"})
	out = append(out, catalogueVariants()...)
	for _, o := range simd.Optimizers() {
		out = append(out, simd.Variant{Family: o.Kernel})
	}
	for _, size := range []string{"", "2"} {
		for _, f := range []string{"input", "weights", "gradient", "delta"} {
			out = append(out, simd.Variant{Family: "winograd", Func: f + size})
		}
		out = append(out, simd.Variant{Family: "winograd", Func: "gradient" + size, Bias: true})
		for _, v := range []simd.Variant{
			{}, {Bias: true}, {Bias: true, ReLU: true}, {Bias: true, Add: true, ReLU: true}, {Mask: true}, {Add: true, Mask: true},
		} {
			v.Family, v.Func = "winograd", "output"+size
			out = append(out, v)
		}
		for i := range 8 {
			out = append(out, simd.Variant{Family: "winogradPool", Func: "output" + size, Bias: i&1 != 0, ReLU: i&2 != 0, Bits: i&4 != 0})
		}
	}
	return out
}

// productVariants stand for all tiles: the portable form takes the height as an
// argument.
var productVariants = []simd.Variant{
	{Family: "igemm", MR: 6, Bias: true, ReLU: true}, {Family: "narrow", Func: "3c", MR: 4}, {Family: "narrowGrad", Func: "3c"}, {Family: "narrowRow", Func: "3s1", MR: 12}, {Family: "depthwise", MR: 6}, {Family: "depthwiseRow", Func: "3s1", MR: 10}, {Family: "depthwiseRowGrad", Func: "3x3s1", MR: 5}, {Family: "wgrad", MR: 6}, {Family: "depthwiseGrad", MR: 6}, {Family: "packPanel"}, {Family: "colSum"},
}

// portableFile renders the portable forms of bufferVariants and of the products as a test file: the
// kernels are compared with them, and that the copy compiles is a test by itself.
func portableFile() ([]byte, error) {
	var names []string
	for _, v := range append(bufferVariants(), productVariants...) {
		k, ok := portable.Find(v.Name())
		if ok {
			names = append(names, k.Func)
		}
	}
	decls, imports, err := portable.Sources(names...)
	if err != nil {
		return nil, err
	}
	forms := "\n// portableForms are the portable forms of kernels with arguments of their own, by\n// the name of the variant.\nvar portableForms = map[string]any{\n"
	for _, a := range simd.Activations() {
		for _, family := range []string{"act", "actGrad"} {
			name := simd.Variant{Family: family, Func: a.Name}.Name()
			forms += fmt.Sprintf("\t%q: %sGo,\n", name, name)
		}
	}
	decls = append(decls, forms+"}\n"...)
	text := "// " + Header + "\n\npackage simdtest\n\nimport (\n"
	for _, path := range imports {
		text += "\t\"" + path + "\"\n"
	}
	return format.Source(append([]byte(text+")\n\n"), decls...))
}
