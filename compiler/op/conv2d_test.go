package op_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// directConv is the definition (spec: layers, Conv2D) with one loop an axis,
// every index spelled out. It shares nothing with the reference.
func directConv(a ir.ConvAttr, n, outH, outW, c, f int, x, w []float64) []float64 {
	y := make([]float64, n*outH*outW*f)
	for i := 0; i < n; i++ {
		for oy := 0; oy < outH; oy++ {
			for ox := 0; ox < outW; ox++ {
				for o := 0; o < f; o++ {
					sum := 0.0
					for kh := 0; kh < a.KH; kh++ {
						for kw := 0; kw < a.KW; kw++ {
							for in := 0; in < c; in++ {
								iy, ix := oy*a.SH-a.Pad.Top+kh*a.DH, ox*a.SW-a.Pad.Left+kw*a.DW
								pixel := 0.0
								if 0 <= iy && iy < a.InH && 0 <= ix && ix < a.InW {
									pixel = x[i*a.InH*a.InW*c+iy*a.InW*c+ix*c+in]
								}
								sum += pixel * w[kh*a.KW*c*f+kw*c*f+in*f+o]
							}
						}
					}
					y[i*outH*outW*f+oy*outW*f+ox*f+o] = sum
				}
			}
		}
	}
	return y
}

// TestConv2d compares conv2d with its definition on any geometry, and its two
// gradients through the identities that define an adjoint: for all dy,
// <dy, conv(x,w)> = <x, conv_dx(dy,w)> = <w, conv_dw(x,dy)>.
func TestConv2d(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		between := func(name string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(t, name) }
		a := ir.ConvAttr{
			KH: between("kh", 1, 4), KW: between("kw", 1, 4), SH: between("sh", 1, 3), SW: between("sw", 1, 3),
			DH: between("dh", 1, 2), DW: between("dw", 1, 2), InH: between("h", 1, 7), InW: between("w", 1, 7),
			Pad: ir.Pad{Top: between("top", 0, 3), Left: between("left", 0, 3), Bottom: between("bottom", 0, 3), Right: between("right", 0, 3)},
		}
		outH, outW, err := op.ConvOut(a)
		if err != nil {
			t.Skip("does not fit")
		}
		n, c, f := between("n", 1, 3), between("c", 1, 3), between("f", 1, 3)
		g := &ir.Graph{}
		b := op.NewBuilder(g)
		x := b.Input("x", ir.Shape{a.InH, a.InW, c})
		w := b.Param("w", "zeros", ir.Shape{a.KH, a.KW, c, f}).Value
		y := b.Op("conv2d", "y", a, x, w)
		dy := b.Op("act", "dy", ir.ActAttr{Func: "tanh"}, y)
		dx := b.Op("conv2d_dx", "dx", a, dy, w)
		dw := b.Op("conv2d_dw", "dw", a, x, dy)
		g.Scores = y
		if err := b.Err(); err != nil {
			t.Fatal(err)
		}
		in := compilertest.RandomInputs(rand.New(rand.NewPCG(uint64(n*a.InH), 5)), g, n)
		r, err := eval.Run(g, in)
		if err != nil {
			t.Fatal(err)
		}
		want := directConv(a, n, outH, outW, c, f, in.X, in.Params[0])
		got := r.Of(y)
		if len(got) != len(want) {
			t.Fatalf("%d elements, want %d", len(got), len(want))
		}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-12 {
				t.Fatalf("element %d is %v, want %v", i, got[i], want[i])
			}
		}
		upstream := inner(r.Of(dy), got)
		for name, v := range map[string]float64{"dx": inner(in.X, r.Of(dx)), "dw": inner(in.Params[0], r.Of(dw))} {
			if math.Abs(v-upstream) > 1e-9*(1+math.Abs(upstream)) {
				t.Errorf("%s: inner product %v, want %v", name, v, upstream)
			}
		}
	})
}

func inner(x, y []float64) float64 {
	s := 0.0
	for i := range x {
		s += x[i] * y[i]
	}
	return s
}

// TestSamePad has the worked table of the specification (spec: layers, the exact
// same padding).
func TestSamePad(t *testing.T) {
	for _, c := range []struct{ n, k, d, s, out, before, after int }{
		{28, 3, 1, 1, 28, 1, 1},
		{28, 3, 1, 2, 14, 0, 1},
		{7, 3, 1, 2, 4, 1, 1},
		{224, 7, 1, 2, 112, 2, 3},
		{5, 2, 1, 1, 5, 0, 1},
		{10, 5, 1, 3, 4, 2, 2},
		{10, 3, 2, 1, 10, 2, 2},
		{4, 1, 1, 2, 2, 0, 0},
	} {
		before, after := op.SamePad(c.n, c.k, c.s, c.d)
		if before != c.before || after != c.after {
			t.Errorf("n %d k %d d %d s %d: padding %d and %d, want %d and %d", c.n, c.k, c.d, c.s, before, after, c.before, c.after)
		}
		out, _, err := op.ConvOut(ir.ConvAttr{
			KH: c.k, KW: 1, SH: c.s, SW: 1, DH: c.d, DW: 1, InH: c.n, InW: 1, Pad: ir.Pad{Top: before, Bottom: after},
		})
		if err != nil || out != c.out {
			t.Errorf("n %d k %d d %d s %d: output %d (%v), want %d", c.n, c.k, c.d, c.s, out, err, c.out)
		}
	}
}

func TestFLOPs(t *testing.T) {
	for _, c := range []struct {
		c    compilertest.Case
		want int64
	}{
		{compilertest.Case{Op: "conv2d", Attr: convA, Args: types(image(5, 4, 3), weights(3, 2, 3, 4))}, 2 * (2 * 5) * (3 * 2 * 3 * 4)},
		{compilertest.Case{Op: "conv2d_dx", Attr: convA, Args: types(image(2, 5, 4), weights(3, 2, 3, 4))}, 2 * (2 * 5) * (3 * 2 * 3 * 4)},
		{compilertest.Case{Op: "conv2d_dw", Attr: convA, Args: types(image(5, 4, 3), image(2, 5, 4))}, 2 * (2 * 5) * (3 * 2 * 3 * 4)},
		{compilertest.Case{Op: "dense", Args: types(vector(7), weights(7, 3))}, 42},
		{compilertest.Case{Op: "conv2d_fused", Attr: ir.FusedConvAttr{Conv: convA, Bias: true}, Args: types(image(5, 4, 3), weights(3, 2, 3, 4), weights(4))}, 2 * (2 * 5) * (3 * 2 * 3 * 4)},
		{compilertest.Case{Op: "softmax", Args: types(vector(7))}, 0},
	} {
		g, err := c.c.Graph()
		if err != nil {
			t.Fatal(err)
		}
		if got := op.FLOPs(g.Scores); got != c.want {
			t.Errorf("%s: %d FLOPs, want %d", c.c, got, c.want)
		}
	}
}

func TestFans(t *testing.T) {
	for _, c := range []struct {
		shape   ir.Shape
		in, out int
	}{
		{nil, 1, 1}, {ir.Shape{7}, 7, 7}, {ir.Shape{784, 128}, 784, 128}, {ir.Shape{3, 3, 1, 32}, 9, 288}, {ir.Shape{3, 3, 16, 1}, 144, 9}, {ir.Shape{5, 4, 3}, 20, 15},
	} {
		if in, out := op.Fans(c.shape); in != c.in || out != c.out {
			t.Errorf("%v: fans %d and %d, want %d and %d", c.shape, in, out, c.in, c.out)
		}
	}
}
