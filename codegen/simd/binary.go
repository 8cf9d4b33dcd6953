package simd

import "fmt"

// Functions of two values, pixel by pixel, where either may stand still from
// pixel to pixel (a step of 0) or have one element for all channels (Splat).

// binaryBodies leave in value 0 the function of values 0 and 1.
var binaryBodies = []struct {
	name, formula string
	body          func(b *body)
}{
	{"add", "a + b", func(b *body) { b.add(0, value(0), value(1)) }},
	{"subtract", "a - b", func(b *body) { b.sub(0, value(0), value(1)) }},
	{"subtract_from", "b - a", func(b *body) { b.sub(0, value(1), value(0)) }},
	{"multiply", "a * b", func(b *body) { b.mul(0, value(0), value(1)) }},
	{"maximum", "max(a, b)", func(b *body) { b.max(0, value(0), value(1)) }},
	{"minimum", "min(a, b)", func(b *body) { b.min(0, value(0), value(1)) }},
}

func binaryParams(Variant) []Param {
	return params(PtrFloat32, "a b y", Int, "n c aStep bStep yStep")
}

func binaryDoc(v Variant, _ int) []string {
	formula := v.Func
	for _, f := range binaryBodies {
		if f.name == v.Func {
			formula = f.formula
		}
	}
	if v.ReLU {
		formula = "max(" + formula + ", 0)"
	}
	return []string{"computes n pixels of c channels, a multiple of 8:", "",
		"\ty = " + formula + " with a[p*aStep+cc], " + second("b", "bStep", v) + ", y[p*yStep+cc]", "",
		"y may be a or b."}
}

// second describes the operand that may be a splat.
func second(name, step string, v Variant) string {
	if v.Splat {
		return name + "[p*" + step + "]"
	}
	return name + "[p*" + step + "+cc]"
}

func buildBinary(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family, Func: v.Func, ReLU: v.ReLU, Splat: v.Splat}); err != nil {
		return nil, err
	}
	for _, f := range binaryBodies {
		if f.name != v.Func {
			continue
		}
		k := lanewise{in: []string{"a", "b"}, out: []output{{"y", 0}}, unroll: 4, pixels: true, body: func(b *body) {
			f.body(b)
			if v.ReLU {
				b.max(0, number(0), value(0))
			}
		}}
		if v.Splat {
			k.splat = "b"
		}
		return k.build(isa)
	}
	return nil, fmt.Errorf("binary: no function %q", v.Func)
}

// selections are the comparisons of family select.
var selections = []struct {
	name, sign string
	predicate  int
}{{"ge", ">=", cmpGE}, {"gt", ">", cmpGT}, {"le", "<=", cmpLE}, {"lt", "<", cmpLT}}

func selectParams(Variant) []Param {
	return params(PtrFloat32, "dy a b dx", Int, "n c dyStep aStep bStep dxStep")
}

func selectDoc(v Variant, _ int) []string {
	sign := "?"
	for _, s := range selections {
		if s.name == v.Func {
			sign = s.sign
		}
	}
	return []string{"keeps gradients where an operand was chosen, n pixels of c channels, a multiple of 8:", "",
		"\tdx[p*dxStep+cc] = dy[p*dyStep+cc] where a[p*aStep+cc] " + sign + " " + second("b", "bStep", v) + ", else 0", "",
		"dx may be dy."}
}

func buildSelect(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family, Func: v.Func, Splat: v.Splat}); err != nil {
		return nil, err
	}
	for _, s := range selections {
		if s.name != v.Func {
			continue
		}
		k := lanewise{in: []string{"dy", "a", "b"}, out: []output{{"dx", 0}}, unroll: 2, pixels: true, body: func(b *body) {
			b.keep(0, s.predicate, value(1), value(2), value(0))
		}}
		if v.Splat {
			k.splat = "b"
		}
		return k.build(isa)
	}
	return nil, fmt.Errorf("select: no comparison %q", v.Func)
}
