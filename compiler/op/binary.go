package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// binary is a function of two values, element by element, where axes of size 1
// stretch (spec: layers, merging layers). The sum of two values of one shape is
// the operation add.
var binaryDef = Def{
	Name: "binary", Args: []string{"a", "b"}, Attr: ir.BinaryAttr{},
	Doc: "subtract, multiply, maximum, minimum or add, element by element; axes of size 1 stretch",
	Infer: func(v *ir.Value) (ir.Type, error) {
		a, b := v.Args[0], v.Args[1]
		for _, x := range v.Args {
			if err := batched(x); err != nil {
				return ir.Type{}, err
			}
		}
		if err := binaryFunc(v.Attr.(ir.BinaryAttr)); err != nil {
			return ir.Type{}, err
		}
		s, ok := Stretched(a.Shape, b.Shape)
		if !ok {
			return ir.Type{}, fmt.Errorf("%s and %s do not stretch to one shape", a.Shape, b.Shape)
		}
		return f32(s...), nil
	},
	VJP: binaryVJP,
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		a := v.Attr.(ir.BinaryAttr)
		f := binaries[a.Func]
		stretch(env.N, v.Shape, v.Args, func(e int, at []int) {
			out[e] = f(args[0][at[0]], args[1][at[1]])
			if a.ReLU {
				out[e] = max(out[e], 0)
			}
		})
	},
}

// binaries are the functions of binary.
var binaries = map[string]func(a, b float64) float64{
	"add":      func(a, b float64) float64 { return a + b },
	"subtract": func(a, b float64) float64 { return a - b },
	"multiply": func(a, b float64) float64 { return a * b },
	"maximum":  func(a, b float64) float64 { return max(a, b) },
	"minimum":  func(a, b float64) float64 { return min(a, b) },
}

func binaryFunc(a ir.BinaryAttr) error {
	if binaries[a.Func] == nil {
		return fmt.Errorf("no function %q", a.Func)
	}
	if a.Operand != 0 && a.Operand != 1 {
		return fmt.Errorf("no operand %d", a.Operand)
	}
	return nil
}

// Stretched is the shape that two shapes of one rank stretch to; ok is false
// when they do not.
func Stretched(a, b ir.Shape) (s ir.Shape, ok bool) {
	if len(a) != len(b) {
		return nil, false
	}
	for i := range a {
		if a[i] != b[i] && a[i] != 1 && b[i] != 1 {
			return nil, false
		}
		s = append(s, a[i])
		if a[i] == 1 {
			s[i] = b[i]
		}
	}
	return s, true
}

// stretch calls f for every element of n tensors of the shape, with its place in
// each operand.
func stretch(n int, shape ir.Shape, operands []*ir.Value, f func(e int, at []int)) {
	size := shape.Size()
	at := make([]int, len(operands))
	for e := range n * size {
		for k, x := range operands {
			rest, step, place := e%size, 1, 0
			for i := len(shape) - 1; i >= 0; i-- {
				if x.Shape[i] > 1 {
					place += rest % shape[i] * step
				}
				rest /= shape[i]
				step *= x.Shape[i]
			}
			at[k] = e/size*step + place
		}
		f(e, at)
	}
}

func binaryVJP(b *Builder, v, dy *ir.Value, need []bool) []*ir.Value {
	attr := v.Attr.(ir.BinaryAttr)
	grads := make([]*ir.Value, 2)
	for i, x := range v.Args {
		if !need[i] {
			continue
		}
		other := v.Args[1-i]
		g, factor := dy, (*ir.Value)(nil)
		switch attr.Func {
		case "multiply":
			factor = other
			if x.Shape.Equal(v.Shape) || !other.Shape.Equal(v.Shape) {
				g, factor = b.Suffixed("binary", "dx", ir.BinaryAttr{Func: "multiply"}, dy, other), nil
			}
		case "maximum", "minimum":
			g = b.Suffixed("binary_grad", "dx", ir.BinaryAttr{Func: attr.Func, Operand: i}, dy, v.Args[0], v.Args[1])
		}
		g = reduceTo(b, x.Shape, g, factor)
		if attr.Func == "subtract" && i == 1 {
			g = b.Suffixed("affine", "dx", ir.AffineAttr{Scale: []float64{-1}, Offset: []float64{0}}, g)
		}
		grads[i] = g
	}
	return grads
}

// reduceTo sums g, or its product with factor, over the axes along which a value
// of the shape was stretched: rows and columns first, then channels.
func reduceTo(b *Builder, shape ir.Shape, g, factor *ir.Value) *ir.Value {
	if shape.Equal(g.Shape) {
		return g
	}
	spatial := append(ir.Shape(nil), shape...)
	spatial[len(spatial)-1] = g.Shape.Last()
	step := func(to ir.Shape) {
		if to.Equal(g.Shape) {
			return
		}
		args := []*ir.Value{g}
		if factor != nil {
			args = append(args, factor)
		}
		g, factor = b.Shaped("reduce", b.Layer+".dx", f32(to...), nil, args...), nil
	}
	step(spatial)
	step(shape)
	return g
}

// binary_grad is the gradient of maximum and minimum: all of dy goes to the
// first operand where both are equal (spec: layers, gradient conventions).
var binaryGradDef = Def{
	Name: "binary_grad", Args: []string{"dy", "a", "b"}, Attr: ir.BinaryAttr{},
	Doc: "gradient of a maximum or minimum with respect to one operand, before sums over stretched axes",
	Infer: func(v *ir.Value) (ir.Type, error) {
		a := v.Attr.(ir.BinaryAttr)
		if err := binaryFunc(a); err != nil {
			return ir.Type{}, err
		}
		if a.Func != "maximum" && a.Func != "minimum" {
			return ir.Type{}, fmt.Errorf("of %s", a.Func)
		}
		s, ok := Stretched(v.Args[1].Shape, v.Args[2].Shape)
		if !ok || !s.Equal(v.Args[0].Shape) {
			return ir.Type{}, fmt.Errorf("%s and %s do not stretch to %s", v.Args[1].Shape, v.Args[2].Shape, v.Args[0].Shape)
		}
		return v.Args[0].Type(), batched(v.Args[0])
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		a := v.Attr.(ir.BinaryAttr)
		stretch(env.N, v.Shape, v.Args, func(e int, at []int) {
			p, q := args[1][at[1]], args[2][at[2]]
			first := p >= q
			if a.Func == "minimum" {
				first = p <= q
			}
			if first == (a.Operand == 0) {
				out[e] = args[0][at[0]]
			}
		})
	},
}

// reduce sums x, or the product of x and y, over the axes that its declared
// shape has at size 1: either rows and columns or channels.
var reduceDef = Def{
	Name: "reduce", Args: []string{"x", "y?"},
	Doc: "sum of x, or of x*y, over axes that stretched",
	Infer: func(v *ir.Value) (ir.Type, error) {
		x := v.Args[0]
		if err := batched(x); err != nil {
			return ir.Type{}, err
		}
		if len(v.Args) == 2 {
			if err := same(x, v.Args[1]); err != nil {
				return ir.Type{}, err
			}
		}
		s, ok := Stretched(x.Shape, v.Shape)
		if !ok || !s.Equal(x.Shape) || !v.Batched || v.DType != ir.F32 {
			return ir.Type{}, fmt.Errorf("%s to %s", x.Type(), v.Type())
		}
		if n := len(s) - 1; v.Shape[n] != s[n] && !v.Shape[:n].Equal(s[:n]) {
			return ir.Type{}, fmt.Errorf("%s to %s at once", x.Shape, v.Shape)
		}
		return v.Type(), nil
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		stretch(env.N, v.Args[0].Shape, []*ir.Value{v}, func(e int, at []int) {
			x := args[0][e]
			if len(args) == 2 {
				x *= args[1][e]
			}
			out[at[0]] += x
		})
	},
}
