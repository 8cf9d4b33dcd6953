package simd

import (
	"fmt"
	"slices"
	"strings"
)

// Variant names one specialisation of a kernel family, for any ISA and number
// of lanes. It is comparable, so that it can be a map key; fields that the
// family does not know must be zero.
type Variant struct {
	Family string // a row of Families
	MR     int    // register tile: pixels (igemm) or k rows (wgrad), 1 to 6

	// Epilogue of igemm and of other families, in the order applied.
	Bias bool // start from a bias
	Add  bool // add a second operand (a residual); += for the pool gradients
	ReLU bool // max(·, 0)
	Mask bool // keep where a mask operand is > 0, else 0
	Bits bool // record or use one bit per pool window position

	// Splat: one element of an operand counts for all channels of a pixel.
	Splat bool

	Func string // activation function, as in the language: leaky_relu

	// Constant form of igemm: ConstSegs segments of ConstSegLen elements,
	// ConstPitch elements apart, fully unrolled. All 0 for the general form.
	ConstSegs, ConstSegLen, ConstPitch int
}

// Name is the kernel's Go identifier without lanes and ISA, which is also the
// name of the dispatching function: igemmBiasReLU6, igemmBias4K5x5p28,
// wgrad6, maxpoolReLUBits, actLeakyRelu.
func (v Variant) Name() string {
	var b strings.Builder
	b.WriteString(v.Family)
	for _, part := range strings.Split(v.Func, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	for _, p := range []struct {
		on   bool
		name string
	}{{v.Bias, "Bias"}, {v.Add, "Add"}, {v.ReLU, "ReLU"}, {v.Mask, "Mask"}, {v.Bits, "Bits"}, {v.Splat, "Splat"}} {
		if p.on {
			b.WriteString(p.name)
		}
	}
	if v.MR > 0 {
		fmt.Fprintf(&b, "%d", v.MR)
	}
	if v.Const() {
		fmt.Fprintf(&b, "K%dx%dp%d", v.ConstSegs, v.ConstSegLen, v.ConstPitch)
	}
	return b.String()
}

// Tallest is the height of the tallest register tile of the product that v is one of.
func (v Variant) Tallest() int {
	if n, ok := narrowForm(v); ok && v.Family == "narrow" {
		return NarrowPixels(n)
	}
	return 6
}

// check is an error if v is not known, the variant that a builder can make of v.
func (v Variant) check(known Variant) error {
	if v != known {
		return fmt.Errorf("%s: no such variant", v.Family)
	}
	return nil
}

// Const says whether v is the constant form.
func (v Variant) Const() bool { return v.ConstSegs > 0 }

// Kernel is one assembly function: a variant for an ISA and a number of lanes.
type Kernel struct {
	Variant Variant
	Lanes   int // 0 for families without lanes
	ISA     ISA
}

// Symbol is the function's Go name: igemmBiasReLU6x16AVX2, maxpoolReLUAVX512.
func Symbol(v Variant, lanes int, isa ISA) string {
	name := v.Name()
	if lanes > 0 {
		name += fmt.Sprintf("x%d", lanes)
	}
	return name + isa.String()
}

// Symbol is the kernel's Go name.
func (k Kernel) Symbol() string { return Symbol(k.Variant, k.Lanes, k.ISA) }

// Program builds the kernel and verifies it.
func (k Kernel) Program() (*Program, error) {
	f, ok := FamilyOf(k.Variant)
	if !ok {
		return nil, fmt.Errorf("no kernel family %q", k.Variant.Family)
	}
	if !f.Has(k.Lanes, k.ISA) {
		return nil, fmt.Errorf("%s: no form for %d lanes", k.Symbol(), k.Lanes)
	}
	p, err := f.Build(k.Variant, k.Lanes, k.ISA)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.Symbol(), err)
	}
	p.Name, p.ISA = k.Symbol(), k.ISA
	p.Params = f.Params(k.Variant)
	// What is not in memory before the call is not subnormal.
	p.Flush = slices.ContainsFunc(p.Params, func(q Param) bool { return q.Type[0] == '*' })
	p.Doc = f.Doc(k.Variant, k.Lanes)
	if err := p.Verify(); err != nil {
		return nil, err
	}
	return p, nil
}
