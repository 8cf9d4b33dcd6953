package pass_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
)

// fusePasses are the two ways to fuse.
var fusePasses = []pass.Pass{{Name: "fuse", Run: pass.Fuse}, {Name: "bias", Run: pass.FuseBias}}

// TestFuseKeepsValues evaluates random networks before and after fusion, with
// and without gradients.
func TestFuseKeepsValues(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 2))
		g := compilertest.RandomNetwork(r, compilertest.Options{})
		in := compilertest.RandomInputs(r, g, 2)
		for _, passes := range [][]pass.Pass{pass.Training, pass.Inference} {
			plain := g.Clone()
			if err := pass.Run(plain, passes, nil); err != nil {
				t.Fatal(err)
			}
			want, err := eval.Run(plain, in)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range fusePasses {
				fused := plain.Clone()
				if err := pass.Run(fused, []pass.Pass{p}, nil); err != nil {
					t.Fatalf("seed %d: %v\n%s", seed, err, plain)
				}
				got, err := eval.Run(fused, in)
				if err != nil {
					t.Fatal(err)
				}
				compare := func(name string, a, b *ir.Value) {
					if (a == nil) != (b == nil) {
						t.Fatalf("seed %d: %s: %s appeared or vanished", seed, p.Name, name)
					}
					if a != nil {
						compilertest.CloseAbove(t, name, got.Of(a), want.Of(b), 1e-12, 1e-3)
					}
				}
				compare("scores", fused.Scores, plain.Scores)
				compare("loss", fused.Loss, plain.Loss)
				for i := range plain.Grads {
					compare("gradient of "+plain.Params[i].Value.Name, fused.Grads[i], plain.Grads[i])
				}
				if t.Failed() {
					t.Fatalf("seed %d, %s\n%s\n%s", seed, p.Name, plain, fused)
				}
			}
		}
	}
}

// sketch is a small graph builder: each method appends one operation to x.
type sketch struct {
	b *op.Builder
	n int
}

func newSketch(input ...int) (*sketch, *ir.Value) {
	s := &sketch{b: op.NewBuilder(&ir.Graph{Name: "sketch"})}
	s.b.Layer = "input"
	return s, s.b.Input("input", input)
}

func (s *sketch) op(kind string, attr any, args ...*ir.Value) *ir.Value {
	s.n++
	s.b.Layer = fmt.Sprint(kind, s.n)
	return s.b.Op(kind, s.b.Layer, attr, args...)
}

func (s *sketch) conv(x *ir.Value, filters int) *ir.Value {
	h, w, c := x.Shape[0], x.Shape[1], x.Shape[2]
	k := s.b.Param(fmt.Sprint("kernel", s.n), "zeros", ir.Shape{3, 3, c, filters})
	a := ir.ConvAttr{KH: 3, KW: 3, SH: 1, SW: 1, DH: 1, DW: 1, Pad: ir.Pad{Top: 1, Left: 1, Bottom: 1, Right: 1}, InH: h, InW: w}
	y := s.op("conv2d", a, x, k.Value)
	bias := s.b.Param(fmt.Sprint("bias", s.n), "zeros", ir.Shape{filters})
	return s.op("bias", nil, y, bias.Value)
}

func (s *sketch) dense(x *ir.Value, units int) *ir.Value {
	w := s.b.Param(fmt.Sprint("kernel", s.n), "zeros", ir.Shape{x.Shape[0], units})
	return s.op("dense", nil, x, w.Value)
}

func (s *sketch) relu(x *ir.Value) *ir.Value { return s.op("act", ir.ActAttr{Func: "relu"}, x) }

func (s *sketch) pool(x *ir.Value, size, stride, pad int) *ir.Value {
	return s.op("maxpool2d", ir.PoolAttr{KH: size, KW: size, SH: stride, SW: stride, Pad: ir.Pad{Bottom: pad, Right: pad}, InH: x.Shape[0], InW: x.Shape[1]}, x)
}

// done makes x the scores of a graph, with loss and gradients when train is set.
func (s *sketch) done(t *testing.T, x *ir.Value, train bool) *ir.Graph {
	t.Helper()
	g := s.b.Graph
	if len(x.Shape) == 3 {
		x = s.op("flatten", nil, x)
	}
	g.Scores = x
	if train {
		g.Loss = s.op("mean_squared_error", ir.LossAttr{Scores: x.Shape[0]}, x, s.b.Target("target", ir.Type{Shape: x.Shape}))
	}
	if err := s.b.Err(); err != nil {
		t.Fatal(err)
	}
	if train {
		if err := pass.Run(g, pass.Training, nil); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// TestFuseRules says for each rule what is left, and when it must not apply.
func TestFuseRules(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(s *sketch, x *ir.Value) *ir.Value
		train bool
		want  string // operations but leaves, sorted
	}{
		{"conv bias relu pool", func(s *sketch, x *ir.Value) *ir.Value {
			return s.pool(s.relu(s.conv(x, 3)), 2, 2, 0)
		}, false, "conv2d_fused flatten"},
		{"gaps between windows", func(s *sketch, x *ir.Value) *ir.Value {
			return s.pool(s.relu(s.conv(x, 3)), 2, 3, 0)
		}, false, "conv2d_fused flatten"},
		{"overlapping windows stay", func(s *sketch, x *ir.Value) *ir.Value {
			return s.pool(s.relu(s.conv(x, 3)), 3, 2, 0)
		}, false, "conv2d_fused flatten maxpool2d"},
		{"clipped windows stay", func(s *sketch, x *ir.Value) *ir.Value {
			return s.pool(s.relu(s.conv(x, 3)), 2, 2, 1)
		}, false, "conv2d_fused flatten maxpool2d"},
		{"other functions stay", func(s *sketch, x *ir.Value) *ir.Value {
			return s.pool(s.op("act", ir.ActAttr{Func: "tanh"}, s.conv(x, 3)), 2, 2, 0)
		}, false, "act conv2d_fused flatten maxpool2d"},
		{"used twice stays", func(s *sketch, x *ir.Value) *ir.Value {
			y := s.relu(s.conv(x, 3))
			return s.op("concat", nil, s.op("flatten", nil, y), s.op("flatten", nil, s.pool(y, 2, 2, 0)))
		}, false, "concat conv2d_fused flatten flatten maxpool2d"},
		{"linear scores are not swallowed", func(s *sketch, x *ir.Value) *ir.Value {
			return s.dense(s.op("flatten", nil, x), 4)
		}, false, "dense flatten"},
		{"skip", func(s *sketch, x *ir.Value) *ir.Value {
			a := s.relu(s.conv(x, 3))
			return s.relu(s.op("add", nil, s.conv(a, 3), a))
		}, false, "conv2d_fused conv2d_fused flatten"},
		{"projection goes first", func(s *sketch, x *ir.Value) *ir.Value {
			return s.relu(s.op("add", nil, s.conv(x, 3), s.conv(x, 3)))
		}, false, "conv2d_fused conv2d_fused flatten"},
		{"no pooling behind a skip", func(s *sketch, x *ir.Value) *ir.Value {
			return s.pool(s.relu(s.op("add", nil, x, s.conv(x, 2))), 2, 2, 0)
		}, false, "conv2d_fused flatten maxpool2d"},
		{"add twice the same", func(s *sketch, x *ir.Value) *ir.Value {
			y := s.conv(x, 3)
			return s.relu(s.op("add", nil, y, y))
		}, false, "add_act conv2d_fused flatten"},
		{"add and relu", func(s *sketch, x *ir.Value) *ir.Value {
			return s.relu(s.op("add", nil, x, s.pool(x, 1, 1, 0)))
		}, false, "add_act flatten maxpool2d"},
		{"training", func(s *sketch, x *ir.Value) *ir.Value {
			x = s.relu(s.conv(x, 3))
			x = s.pool(s.relu(s.conv(x, 3)), 2, 2, 0)
			return s.dense(s.op("flatten", nil, x), 4)
		}, true, "bias_grad bias_grad conv2d_dw conv2d_dw conv2d_dx_masked conv2d_fused conv2d_fused conv2d_fused_mask " +
			"dense dense_dw dense_dx flatten maxpool2d_dx mean_squared_error mean_squared_error_grad reshape"},
		{"relu behind flatten", func(s *sketch, x *ir.Value) *ir.Value {
			return s.dense(s.op("flatten", nil, s.relu(s.conv(x, 3))), 4)
		}, true, "bias_grad conv2d_dw conv2d_fused dense dense_dw dense_dx_masked flatten mean_squared_error mean_squared_error_grad reshape"},
		{"gradients that meet", func(s *sketch, x *ir.Value) *ir.Value {
			x = s.relu(s.conv(x, 3))
			return s.op("add", nil, x, s.conv(x, 3))
		}, true, "act_grad add bias_grad bias_grad conv2d_dw conv2d_dw conv2d_dx conv2d_fused conv2d_fused flatten mean_squared_error mean_squared_error_grad reshape"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, x := newSketch(7, 9, 2)
			g := s.done(t, c.build(s, x), c.train)
			if err := pass.Run(g, fusePasses[:1], nil); err != nil {
				t.Fatal(err)
			}
			if got := operations(g); got != c.want {
				t.Errorf("left are\n%s, want\n%s\n%s", got, c.want, g)
			}
		})
	}
}

// TestFuseMask checks that the mask of a fused pooling knows of the relu, and
// that the activation in front of the pooling is needed no more.
func TestFuseMask(t *testing.T) {
	s, x := newSketch(6, 6, 2)
	g := s.done(t, s.pool(s.relu(s.conv(x, 3)), 2, 2, 0), true)
	if err := pass.Run(g, fusePasses[:1], nil); err != nil {
		t.Fatal(err)
	}
	for _, v := range g.Values {
		if a, ok := v.Attr.(ir.FusedConvAttr); ok && !a.MaskReLU {
			t.Errorf("%s: the mask does not contain the relu", v)
		}
		if v.Op == "act" || v.Op == "act_grad" {
			t.Errorf("%s is left\n%s", v, g)
		}
	}
}

// TestFuseBias checks that without fusion only the bias is joined.
func TestFuseBias(t *testing.T) {
	s, x := newSketch(6, 6, 2)
	g := s.done(t, s.pool(s.relu(s.conv(x, 3)), 2, 2, 0), false)
	if err := pass.Run(g, fusePasses[1:], nil); err != nil {
		t.Fatal(err)
	}
	if got, want := operations(g), "act conv2d_fused flatten maxpool2d"; got != want {
		t.Errorf("left are %s, want %s", got, want)
	}
}

// operations lists what is not a leaf, sorted.
func operations(g *ir.Graph) string {
	var ops []string
	for _, v := range g.Values {
		if len(v.Args) > 0 {
			ops = append(ops, v.Op)
		}
	}
	slices.Sort(ops)
	return strings.Join(ops, " ")
}
