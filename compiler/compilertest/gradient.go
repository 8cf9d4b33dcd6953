package compilertest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// Central differences (f(x+h) - f(x-h)) / 2h have an error of about h^2 times
// the third derivative from the formula and of 1e-16*|f|/h from rounding; at
// this step both are near 1e-10 (as in gonum.org/v1/gonum/diff/fd).
const step = 1e-5

// allCoordinates is the size up to which every coordinate of a tensor is
// checked; larger ones are checked along random directions.
const (
	allCoordinates = 40
	directions     = 6
)

// CheckGradients compares g.Grads with central differences of the loss, summed
// over the examples, for every parameter that is not frozen. g must not be
// fused. Where a step crosses a kink (a relu changes sides, a pooling another
// winner) the derivative does not exist on that interval; such steps are tried
// again smaller and then left out, and it is an error when too many are.
func CheckGradients(t testing.TB, g *ir.Graph, in eval.Inputs) {
	t.Helper()
	if err := op.Verify(g); err != nil {
		t.Fatal(err)
	}
	r, err := eval.Run(g, in)
	if err != nil {
		t.Fatal(err)
	}
	c := checker{g: g, in: in, pattern: pattern(t, g, r), rng: rand.New(rand.NewPCG(1, 2))}
	c.f = func(r *eval.Result) float64 { return sum(r.Of(g.Loss)) + sum(r.Penalty) }
	c.in.Params = slices.Clone(in.Params)
	for i, p := range g.Params {
		if p.Frozen {
			continue
		}
		x := slices.Clone(in.Params[i])
		c.in.Params[i] = x
		c.check(t, p.Value.Name, x, r.Of(g.Grads[i]))
	}
	c.done(t)
}

// Case is one operation with the types of its operands, for CheckVJP.
type Case struct {
	Op   string
	Attr any
	Args []ir.Type
	// Shape is the declared shape of operations that do not infer it.
	Shape ir.Shape
	// Scalars are the values of the graph's scalars.
	Scalars []float64
	// Draw makes an operand's elements; nil draws normal numbers.
	Draw func(arg int, r *rand.Rand) float64
}

// String is the operation with its attribute and operands.
func (c Case) String() string {
	s := c.Op
	if c.Attr != nil {
		s += fmt.Sprintf(" {%v}", c.Attr)
	}
	for _, a := range c.Args {
		s += " " + a.String()
	}
	return s
}

// Graph builds the graph of the case: an input, param or target for each
// operand, and the operation, which is also the graph's Scores.
func (c Case) Graph() (*ir.Graph, error) {
	g := &ir.Graph{Name: c.Op}
	for i, s := range c.Scalars {
		g.Scalars = append(g.Scalars, ir.Scalar{Name: fmt.Sprint("s", i), Value: s})
	}
	b := op.NewBuilder(g)
	b.Layer = "layer"
	args := make([]*ir.Value, len(c.Args))
	for i, a := range c.Args {
		name := fmt.Sprint("arg", i)
		switch {
		case !a.Batched:
			args[i] = b.Param(name, "zeros", a.Shape).Value
		default:
			args[i] = &ir.Value{Op: "input", Name: b.Name(name), Layer: "layer", Shape: a.Shape, DType: a.DType, Batched: true}
			g.Append(args[i])
		}
	}
	g.Scores = b.Shaped(c.Op, "result", ir.Type{Shape: c.Shape, Batched: true}, c.Attr, args...)
	g.Input = args[0]
	return g, b.Err()
}

// Values draws tensors for the operands, n examples: masks and labels must come
// from Draw.
func (c Case) Values(r *rand.Rand, g *ir.Graph, n int) map[*ir.Value][]float64 {
	given := make(map[*ir.Value][]float64)
	for i := range c.Args {
		v := g.Values[i]
		x := make([]float64, op.Floats(v, n))
		for j := range x {
			if c.Draw != nil {
				x[j] = c.Draw(i, r)
			} else {
				x[j] = r.NormFloat64()
			}
		}
		given[v] = x
	}
	return given
}

// CheckVJP compares the vector-Jacobian product of one operation with central
// differences, for every operand that is a float: with a random upstream
// gradient dy, the derivative of sum(dy * result). For a loss dy is 1.
func CheckVJP(t testing.TB, c Case) {
	t.Helper()
	const n = 3
	rng := rand.New(rand.NewPCG(3, 4))
	g, err := c.Graph()
	if err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	d, v := op.Lookup(c.Op), g.Scores
	in := eval.Inputs{N: n, Given: c.Values(rng, g, n), Keys: []uint64{7, 8, 9}}
	dy := make([]float64, op.Floats(v, n))
	for i := range dy {
		if dy[i] = rng.NormFloat64(); d.Loss != nil {
			dy[i] = 1
		}
	}
	need := make([]bool, len(v.Args))
	for i, a := range v.Args {
		need[i] = a.DType == ir.F32 && !(d.Loss != nil && i == 1)
	}
	b := op.NewBuilder(g)
	b.Layer = "layer"
	upstream := &ir.Value{Op: "input", Name: "dy", Layer: "layer", Shape: v.Shape, DType: v.DType, Batched: v.Batched}
	if !v.Batched {
		upstream.Op = "param"
	}
	g.Append(upstream)
	in.Given[upstream] = dy
	grads := d.VJP(b, v, upstream, need)
	if err := b.Err(); err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	r, err := eval.Run(g, in)
	if err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	ch := checker{g: g, in: in, pattern: pattern(t, g, r), rng: rng}
	ch.f = func(r *eval.Result) float64 {
		s := sum(r.Penalty)
		for i, y := range r.Of(v) {
			s += dy[i] * y
		}
		return s
	}
	for i, a := range v.Args {
		if !need[i] {
			continue
		}
		if !grads[i].Type().Equal(a.Type()) {
			t.Fatalf("%s: gradient of operand %d is a %s, want %s", c, i, grads[i].Type(), a.Type())
		}
		analytic := slices.Clone(r.Of(grads[i]))
		// A value used twice gets its gradient from both places.
		for j := range v.Args {
			if j != i && v.Args[j] == a {
				t.Fatalf("%s: operands %d and %d are the same value", c, i, j)
			}
		}
		ch.check(t, fmt.Sprintf("%s: operand %d", c, i), in.Given[a], analytic)
	}
	ch.done(t)
}

// checker compares gradients of f with respect to tensors that in refers to.
type checker struct {
	g       *ir.Graph
	in      eval.Inputs
	f       func(*eval.Result) float64
	pattern []int8
	rng     *rand.Rand
	// checked and skipped count derivatives.
	checked, skipped int
}

// check compares the gradient of f with respect to x, which it changes and
// restores.
func (c *checker) check(t testing.TB, name string, x, gradient []float64) {
	t.Helper()
	if len(x) <= allCoordinates {
		for j := range x {
			u := make([]float64, len(x))
			u[j] = 1
			c.derivative(t, fmt.Sprintf("%s, element %d", name, j), x, u, gradient)
		}
		return
	}
	for range directions {
		u := make([]float64, len(x))
		for j := range u {
			u[j] = c.rng.NormFloat64()
		}
		scale := 1 / math.Sqrt(dot(u, u))
		for j := range u {
			u[j] *= scale
		}
		c.derivative(t, name+", random direction", x, u, gradient)
	}
}

// derivative compares the derivative of f along u.
func (c *checker) derivative(t testing.TB, name string, x, u, gradient []float64) {
	t.Helper()
	x0 := slices.Clone(x)
	defer copy(x, x0)
	for _, h := range []float64{step, step / 30} {
		var f [2]float64
		smooth := true
		for side, s := range []float64{h, -h} {
			for j := range x {
				x[j] = x0[j] + s*u[j]
			}
			r, err := eval.Run(c.g, c.in)
			if err != nil {
				t.Fatal(err)
			}
			f[side] = c.f(r)
			smooth = smooth && slices.Equal(c.pattern, pattern(t, c.g, r))
		}
		if !smooth {
			continue
		}
		c.checked++
		numeric, analytic := (f[0]-f[1])/(2*h), dot(gradient, u)
		// Rounding of f, amplified by the division, and the formula's own error.
		tolerance := 1e-15*(math.Abs(f[0])+1)/h*8 + 2e-6*(math.Abs(numeric)+math.Abs(analytic)) + 1e-8
		if !(math.Abs(numeric-analytic) <= tolerance) {
			t.Errorf("%s: gradient %.9g, central difference %.9g (step %g)", name, analytic, numeric, h)
		}
		return
	}
	c.skipped++
}

func (c *checker) done(t testing.TB) {
	t.Helper()
	if c.skipped > c.checked/2 {
		t.Errorf("%d of %d derivatives lie on kinks: the test says little", c.skipped, c.skipped+c.checked)
	}
}

// pattern lists the choices of all piecewise operations: on which side of its
// function's kinks each activation is, which cell won in each pooling. Between
// two points of the same pattern the loss is smooth, nearly always.
func pattern(t testing.TB, g *ir.Graph, r *eval.Result) []int8 {
	var p []int8
	for _, v := range g.Values {
		if op.IsLoss(v) {
			op.Lookup(v.Op).Loss.Pieces(v, r.N, r.Of(v.Args[0]), r.Of(v.Args[1]), func(d float64) {
				side := int8(0)
				if d > 0 {
					side = 1
				}
				p = append(p, side)
			})
			continue
		}
		switch v.Op {
		case "act":
			a := v.Attr.(ir.ActAttr)
			kinks := op.LookupActivation(a.Func).KinksAt(a.Params)
			for _, x := range r.Of(v.Args[0]) {
				piece := int8(0)
				for _, k := range kinks {
					if x > k {
						piece++
					}
				}
				p = append(p, piece)
			}
		case "prelu", "activity":
			for _, x := range r.Of(v.Args[0]) {
				p = append(p, sign(x))
			}
		case "binary":
			p = append(p, binaryPattern(t, v, r)...)
		case "globalmaxpool":
			x, c, size := r.Of(v.Args[0]), v.Shape.Last(), v.Args[0].Shape.Size()
			for e := range x {
				p = append(p, sign(x[e]-r.Of(v)[e/size*c+e%c]))
			}
		case "maxpool2d":
			mask := &ir.Value{Op: "maxpool2d_mask", Args: v.Args, Attr: ir.PoolMaskAttr{Pool: v.Attr.(ir.PoolAttr)}, Shape: v.Shape, DType: ir.Mask, Batched: true}
			cells := make([]float64, op.Floats(v, r.N))
			if err := op.Run(&op.Env{N: r.N}, mask, [][]float64{r.Of(v.Args[0])}, cells); err != nil {
				t.Fatal(err)
			}
			for _, c := range cells {
				p = append(p, int8(c))
			}
		}
	}
	return p
}

// binaryPattern says which operand of a maximum or minimum won where.
func binaryPattern(t testing.TB, v *ir.Value, r *eval.Result) []int8 {
	a := v.Attr.(ir.BinaryAttr)
	if a.Func != "maximum" && a.Func != "minimum" {
		return nil
	}
	won := make([]float64, op.Floats(v, r.N))
	ones := slices.Repeat([]float64{1}, len(won))
	grad := &ir.Value{Op: "binary_grad", Args: append([]*ir.Value{v}, v.Args...), Attr: a, Shape: v.Shape, Batched: true}
	if err := op.Run(&op.Env{N: r.N}, grad, [][]float64{ones, r.Of(v.Args[0]), r.Of(v.Args[1])}, won); err != nil {
		t.Fatal(err)
	}
	p := make([]int8, len(won))
	for i, w := range won {
		p[i] = int8(w)
	}
	return p
}

func sign(x float64) int8 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

func sum(x []float64) float64 {
	s := 0.0
	for _, e := range x {
		s += e
	}
	return s
}

func dot(x, y []float64) float64 {
	s := 0.0
	for i := range x {
		s += x[i] * y[i]
	}
	return s
}
