package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/runtime/rng"
)

// dropout keeps each element with probability 1-rate and multiplies what it
// keeps by 1/(1-rate) (spec: layers, Dropout). The mask is a function of the
// example's key and the layer's stream alone, so the operation is its own
// gradient: applied to dy it draws the same mask.
//
// It exists in training graphs only; pass.StripTraining takes it out.
var dropoutDef = Def{
	Name: "dropout", Args: []string{"x"}, Attr: ir.DropoutAttr{},
	Doc: "x with a random part of its elements dropped and the rest scaled up",
	Infer: func(v *ir.Value) (ir.Type, error) {
		x, a := v.Args[0], v.Attr.(ir.DropoutAttr)
		if err := batched(x); err != nil {
			return ir.Type{}, err
		}
		if a.Stream < 1 || a.Channels < 1 || x.Shape.Size()%a.Channels != 0 {
			return ir.Type{}, fmt.Errorf("stream %d of %d channels on %s", a.Stream, a.Channels, x.Shape)
		}
		return x.Type(), nil
	},
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Suffixed("dropout", "dx", v.Attr, dy)}
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		a, size := v.Attr.(ir.DropoutAttr), v.Shape.Size()
		rate := env.Scalars[a.Rate]
		threshold, _ := rng.DropoutThreshold(float32(rate))
		scale := 0.0
		if rate < 1 {
			scale = 1 / (1 - rate)
		}
		for i := range env.N {
			key := rng.DropoutKey(env.Keys[i], a.Stream)
			for j := range size {
				// Padded channels have mask bits too, which nobody sees.
				e := j/a.Channels*((a.Channels+7)/8*8) + j%a.Channels
				if rng.DropoutWord(key, e) >= threshold {
					out[i*size+j] = args[0][i*size+j] * scale
				}
			}
		}
	},
}

// Layouts remembers how values lie in memory: as an image [H W C], or as a
// vector [1 1 D]. A flatten only renames, and what works element by element
// keeps the layout of its operands when they agree.
type Layouts map[*ir.Value]ir.Shape

// Of returns the layout of x. DropoutAttr.Channels is the last axis of it.
func (l Layouts) Of(x *ir.Value) ir.Shape {
	if s, ok := l[x]; ok {
		return s
	}
	s := x.Shape
	if len(s) < 3 {
		s = ir.Shape{1, 1, x.Shape.Size()}
	}
	switch {
	case x.Op == "flatten" || x.Op == "act" || x.Op == "activity" || IsRandom(x.Op) || IsScalarAffine(x) || x.Op == "concat" && len(x.Args) == 1:
		s = l.Of(x.Args[0])
	case x.Op == "add":
		if a, b := l.Of(x.Args[0]), l.Of(x.Args[1]); a.Equal(b) {
			s = a
		}
	}
	l[x] = s
	return s
}
