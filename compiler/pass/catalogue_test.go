package pass_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/pass"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
)

// TestSimplifyCatalogue: layers that change nothing go, a border of zeros becomes
// the padding of the convolutions behind it, two affines one, and scores stay the
// same.
func TestSimplifyCatalogue(t *testing.T) {
	border := ir.FrameAttr{Pad: ir.Pad{Top: 2, Left: 1, Right: 3}}
	g := plantest.Build("simple", ir.Shape{6, 5, 2}, func(n *plantest.Chain) {
		n.Affine(2, 1).Affine(-0.5, 3).ZeroPad(border).Conv(3, 3, 3, plantest.Valid).Crop(ir.FrameAttr{}).ZeroPad(ir.FrameAttr{})
		n.Upsample(1, 1, true).Permute(0, 1, 2).Affine(1, 0).Noise("gaussian_noise", 0.5).Noise("alpha_dropout", 0.5).
			Noise("spatial_dropout", 0.5).Noise("gaussian_dropout", 0.5).ZeroPad(border).Act("tanh").GlobalMaxPool().Reshape(1, 1, 3).GlobalMaxPool().Dense(3)
	})
	in := compilertest.RandomInputs(rand.New(rand.NewPCG(1, 2)), g, 3)
	plain := g.Clone()
	if err := pass.StripTraining(plain); err != nil {
		t.Fatal(err)
	}
	if err := pass.Run(g, pass.Inference, nil); err != nil {
		t.Fatal(err)
	}
	text := g.String()
	for what, count := range map[string]int{
		"= crop": 0, "= zeropad": 1, "= upsample": 0, "= permute": 0, "= gaussian": 0, "= alpha": 0, "= spatial": 0, "= globalmaxpool": 1,
		"= affine": 1, "{x -1 + 2.5}": 1, "pad 2,1,0,3 of 6x5": 1,
	} {
		if got := strings.Count(text, what); got != count {
			t.Errorf("%q stands %d times, want %d, in\n%s", what, got, count, text)
		}
	}
	want, err := eval.Run(plain, in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := eval.Run(g, in)
	if err != nil {
		t.Fatal(err)
	}
	compilertest.Close(t, "scores", got.Of(g.Scores), want.Of(plain.Scores), 1e-12)
}

// TestFuseBinary: a relu behind a function of two values is part of it.
func TestFuseBinary(t *testing.T) {
	g := plantest.Build("binary", ir.Shape{4, 3, 2}, func(n *plantest.Chain) {
		x := n.V
		n.Conv(2, 3, 3, plantest.Same).Act("tanh").Binary("subtract", x).Relu().Flatten().Dense(2)
	})
	if err := pass.Run(g, pass.Training, nil); err != nil {
		t.Fatal(err)
	}
	in := compilertest.RandomInputs(rand.New(rand.NewPCG(3, 4)), g, 2)
	want, err := eval.Run(g, in)
	if err != nil {
		t.Fatal(err)
	}
	fused := g.Clone()
	if err := pass.Fuse(fused); err != nil {
		t.Fatal(err)
	}
	if text := fused.String(); !strings.Contains(text, "{subtract; relu}") {
		t.Errorf("not fused:\n%s", text)
	}
	got, err := eval.Run(fused, in)
	if err != nil {
		t.Fatal(err)
	}
	compilertest.Close(t, "scores", got.Of(fused.Scores), want.Of(g.Scores), 1e-14)
	for i, d := range fused.Grads {
		compilertest.Close(t, "gradient", got.Of(d), want.Of(g.Grads[i]), 1e-12)
	}
}
