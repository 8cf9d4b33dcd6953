package op_test

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// normal draws n numbers.
func normal(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

// TestGroups compares convolutions in groups with the definition (spec: layers,
// Conv2D): each group is a convolution of its own channels with its own part of
// the kernel.
func TestGroups(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		between := func(name string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(rt, name) }
		g, cg, fg := between("groups", 1, 4), between("in", 1, 3), between("out", 1, 3)
		a := ir.ConvAttr{KH: 2, KW: 3, SH: between("sh", 1, 2), SW: 1, DH: 1, DW: between("dw", 1, 2), InH: 4, InW: 5, Groups: g,
			Pad: ir.Pad{Top: between("top", 0, 1), Right: between("right", 0, 2)}}
		outH, outW, err := op.ConvOut(a)
		if err != nil {
			rt.Skip("does not fit")
		}
		c, f, n := g*cg, g*fg, 2
		r := rand.New(rand.NewPCG(uint64(c), uint64(f)))
		x, w := normal(r, n*20*c), normal(r, 6*cg*f)
		got := compute(t, compilertest.Case{Op: "conv2d", Attr: a, Args: types(image(4, 5, c), weights(2, 3, cg, f))}, n, x, w)
		want := make([]float64, n*outH*outW*f)
		for q := range g {
			// Channels of the group alone.
			xq, wq := make([]float64, n*20*cg), make([]float64, 6*cg*fg)
			for i := range xq {
				xq[i] = x[i/cg*c+q*cg+i%cg]
			}
			for i := range wq {
				wq[i] = w[i/fg*f+q*fg+i%fg]
			}
			for i, y := range directConv(a, n, outH, outW, cg, fg, xq, wq) {
				want[i/fg*f+q*fg+i%fg] = y
			}
		}
		compilertest.Close(t, "conv2d in groups", got, want, 1e-13)
	})
}

// TestDepthwise has output channel c*M+m read input channel c (spec: layers,
// DepthwiseConv2D).
func TestDepthwise(t *testing.T) {
	const h, w, c, m = 4, 5, 3, 2
	a := ir.ConvAttr{KH: 2, KW: 2, SH: 2, SW: 1, DH: 1, DW: 2, InH: h, InW: w, Groups: c * m, Multiplier: m, Pad: ir.Pad{Left: 1, Bottom: 1}}
	outH, outW, err := op.ConvOut(a)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	x, k := normal(r, h*w*c), normal(r, 4*c*m)
	repeated := compute(t, compilertest.Case{Op: "repeat_channels", Attr: ir.RepeatAttr{Times: m}, Args: types(image(h, w, c))}, 1, x)
	got := compute(t, compilertest.Case{Op: "conv2d", Attr: a, Args: types(image(h, w, c*m), weights(2, 2, c, m))}, 1, repeated, k)
	want := make([]float64, outH*outW*c*m)
	for oy := range outH {
		for ox := range outW {
			for ch := range c {
				for mm := range m {
					for i := range 2 {
						for j := range 2 {
							if y, q := oy*2+i, ox-1+2*j; y < h && q >= 0 && q < w {
								want[((oy*outW+ox)*c+ch)*m+mm] += x[(y*w+q)*c+ch] * k[((i*2+j)*c+ch)*m+mm]
							}
						}
					}
				}
			}
		}
	}
	compilertest.Close(t, "depthwise", got, want, 1e-14)
	// The fans are those of the kernel's shape (spec: initializers, fan
	// computation): all channels count, though each output sees one.
	if in, out := op.Fans(ir.Shape{3, 3, 32, 2}); in != 288 || out != 18 {
		t.Errorf("fans of a 3x3x32x2 kernel: %d and %d, want 288 and 18", in, out)
	}
}

// deconvAttr is the attribute of a transposed convolution along one axis.
func deconvAttr(n, k, s, d, extra int, same bool) (a ir.ConvAttr, out int) {
	a = ir.ConvAttr{KH: 1, SH: 1, DH: 1, InH: 1, KW: k, SW: s, DW: d}
	a.InW, a.Pad.Left, a.Pad.Right = op.DeconvAxis(n, k, s, d, extra, same)
	return a, a.InW
}

// TestDeconvValues has the worked examples of the specification (spec: layers,
// Conv2DTranspose).
func TestDeconvValues(t *testing.T) {
	for _, c := range []struct {
		x, k    []float64
		s, d, e int
		same    bool
		want    []float64
	}{
		{[]float64{1, 2}, []float64{1, 10, 100}, 2, 1, -1, false, []float64{1, 10, 102, 20, 200}},
		{[]float64{1, 2}, []float64{1, 10, 100}, 2, 1, -1, true, []float64{1, 10, 102, 20}},
		{[]float64{1, 2, 3}, []float64{1, 10}, 3, 1, -1, true, []float64{1, 10, 0, 2, 20, 0, 3, 30, 0}},
		// By the same rules: the right is extended, and lengths with output_padding.
		{[]float64{1, 2}, []float64{1, 10, 100}, 2, 1, 1, false, []float64{1, 10, 102, 20, 200, 0}},
		{[]float64{1, 2}, []float64{1}, 3, 1, -1, false, []float64{1, 0, 0, 2, 0, 0}},
		{[]float64{1, 2}, []float64{1, 10, 100}, 2, 1, 0, true, []float64{10, 102, 20}},
		{[]float64{1, 2}, []float64{1, 10}, 1, 2, -1, false, []float64{1, 2, 10, 20}},
	} {
		a, out := deconvAttr(len(c.x), len(c.k), c.s, c.d, c.e, c.same)
		got := compute(t, compilertest.Case{Op: "deconv2d", Attr: a, Args: types(image(1, len(c.x), 1), weights(1, len(c.k), 1, 1))}, 1, c.x, c.k)
		near(t, "deconv2d", got, 0, c.want...)
		if out != len(c.want) {
			t.Errorf("length %d, want %d", out, len(c.want))
		}
	}
}

// TestDeconv builds the full scatter result and crops it, as the specification
// says (spec: layers, Conv2DTranspose), for any numbers.
func TestDeconv(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		between := func(name string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(rt, name) }
		n, k, s, d := between("n", 1, 6), between("k", 1, 6), between("s", 1, 4), 1
		if s == 1 {
			d = between("d", 1, 3)
		}
		extra, same := between("output_padding", -1, s-1), rapid.Bool().Draw(rt, "same")
		c, f := between("c", 1, 2), between("f", 1, 2)
		r := rand.New(rand.NewPCG(uint64(n), uint64(k)))
		x, w := normal(r, n*c), normal(r, k*f*c)
		span := (k-1)*d + 1
		full := make([]float64, ((n-1)*s+span)*f)
		for y := range n {
			for i := range k {
				for o := range f {
					for ch := range c {
						full[(y*s+i*d)*f+o] += x[y*c+ch] * w[(i*f+o)*c+ch]
					}
				}
			}
		}
		cropLeft, length := 0, (n-1)*s+max(span, s)
		if extra >= 0 {
			length = (n-1)*s + span + extra
		}
		if same {
			pad := s + span - 2
			length = n * s
			if extra >= 0 {
				pad = span + span%2 - 2 + extra
				length = (n-1)*s + span%2 + extra
			}
			cropLeft = span - 1 - min(pad/2+pad%2, span-1)
		}
		if length < 1 {
			rt.Skip("empty")
		}
		want := make([]float64, length*f)
		for i := range want {
			if j := i + cropLeft*f; j < len(full) {
				want[i] = full[j]
			}
		}
		a, _ := deconvAttr(n, k, s, d, extra, same)
		got := compute(t, compilertest.Case{Op: "deconv2d", Attr: a, Args: types(image(1, n, c), weights(1, k, f, c))}, 1, x, w)
		compilertest.Close(t, "deconv2d", got, want, 1e-13)
	})
}
