package op

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/runtime/rng"
)

// The relatives of dropout (spec: layers, regularization layers). All draw from
// the example's key and the layer's stream, so that the backward pass sees the
// same numbers without any being stored; they exist in training graphs only.

// spatial_dropout drops whole channels: one draw for each channel of an example.
var spatialDropoutDef = Def{
	Name: "spatial_dropout", Args: []string{"x"}, Attr: ir.DropoutAttr{},
	Doc: "an image with a random part of its channels dropped and the rest scaled up",
	Infer: func(v *ir.Value) (ir.Type, error) {
		_, _, c, err := image(v.Args[0])
		if a := v.Attr.(ir.DropoutAttr); err == nil && a.Channels != c {
			err = fmt.Errorf("%d draws for %s", a.Channels, v.Args[0].Shape)
		}
		if err == nil {
			err = random(v)
		}
		return v.Args[0].Type(), err
	},
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Suffixed("spatial_dropout", "dx", v.Attr, dy)}
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		a, c := v.Attr.(ir.DropoutAttr), v.Shape.Last()
		threshold, scale := dropoutNumbers(env.Scalars[a.Rate])
		draws(env, v, func(e, _ int, key uint64) {
			if rng.DropoutWord(key, e%c) >= threshold {
				out[e] = args[0][e] * scale
			}
		})
	},
}

// gaussian_noise adds normal numbers; its derivative is 1.
var gaussianNoiseDef = Def{
	Name: "gaussian_noise", Args: []string{"x"}, Attr: ir.DropoutAttr{},
	Doc:   "x with normal noise of mean 0 added",
	Infer: inferRandom,
	VJP:   func(_ *Builder, _, dy *ir.Value, _ []bool) []*ir.Value { return []*ir.Value{dy} },
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		stddev := env.Scalars[v.Attr.(ir.DropoutAttr).Rate]
		draws(env, v, func(e, word int, key uint64) {
			out[e] = args[0][e] + stddev*rng.WordNormal(rng.DropoutWord(key, word))
		})
	},
}

// gaussian_dropout multiplies by normal numbers of mean 1, in both directions.
var gaussianDropoutDef = Def{
	Name: "gaussian_dropout", Args: []string{"x"}, Attr: ir.DropoutAttr{},
	Doc:   "x multiplied by normal numbers of mean 1 and variance rate/(1-rate)",
	Infer: inferRandom,
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Suffixed("gaussian_dropout", "dx", v.Attr, dy)}
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		rate := env.Scalars[v.Attr.(ir.DropoutAttr).Rate]
		stddev := math.Sqrt(rate / (1 - rate))
		draws(env, v, func(e, word int, key uint64) {
			out[e] = args[0][e] * (1 + stddev*rng.WordNormal(rng.DropoutWord(key, word)))
		})
	},
}

// alpha_dropout sets what it drops to the limit of selu and corrects mean and
// variance (Klambauer, Unterthiner, Mayr, Hochreiter: Self-Normalizing Neural
// Networks, NIPS 2017).
var alphaDropoutDef = Def{
	Name: "alpha_dropout", Args: []string{"x"}, Attr: ir.DropoutAttr{},
	Doc:   "x with a random part of its elements at the lower limit of selu, mean and variance kept",
	Infer: inferRandom,
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Suffixed("alpha_dropout_dx", "dx", v.Attr, dy)}
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		rate := env.Scalars[v.Attr.(ir.DropoutAttr).Rate]
		threshold, _ := dropoutNumbers(rate)
		low, a, b := rng.AlphaDropout(rate)
		draws(env, v, func(e, word int, key uint64) {
			x := args[0][e]
			if rng.DropoutWord(key, word) < threshold {
				x = low
			}
			out[e] = a*x + b
		})
	},
}

var alphaDropoutDxDef = Def{
	Name: "alpha_dropout_dx", Args: []string{"dy"}, Attr: ir.DropoutAttr{},
	Doc:   "gradient of alpha_dropout",
	Infer: inferRandom,
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		rate := env.Scalars[v.Attr.(ir.DropoutAttr).Rate]
		threshold, _ := dropoutNumbers(rate)
		_, a, _ := rng.AlphaDropout(rate)
		draws(env, v, func(e, word int, key uint64) {
			if rng.DropoutWord(key, word) >= threshold {
				out[e] = a * args[0][e]
			}
		})
	},
}

// IsRandom reports whether an operation draws random numbers; without training
// it is the identity.
func IsRandom(op string) bool {
	switch op {
	case "dropout", "spatial_dropout", "gaussian_noise", "gaussian_dropout", "alpha_dropout":
		return true
	}
	return false
}

// inferRandom is the shape rule of what draws a number for each element.
func inferRandom(v *ir.Value) (ir.Type, error) { return v.Args[0].Type(), random(v) }

func random(v *ir.Value) error {
	x, a := v.Args[0], v.Attr.(ir.DropoutAttr)
	if err := batched(x); err != nil {
		return err
	}
	if a.Stream < 1 || a.Channels < 1 || x.Shape.Size()%a.Channels != 0 {
		return fmt.Errorf("stream %d of %d channels on %s", a.Stream, a.Channels, x.Shape)
	}
	return nil
}

// dropoutNumbers are what a word is compared with and the factor of what is kept.
func dropoutNumbers(rate float64) (threshold uint32, scale float64) {
	threshold, _ = rng.DropoutThreshold(float32(rate))
	if rate < 1 {
		scale = 1 / (1 - rate)
	}
	return threshold, scale
}

// draws calls f for each element of v, with the number of its random word and
// the example's key. Padded channels have words too, which nobody sees.
func draws(env *Env, v *ir.Value, f func(e, word int, key uint64)) {
	a, size := v.Attr.(ir.DropoutAttr), v.Shape.Size()
	for i := range env.N {
		key := rng.DropoutKey(env.Keys[i], a.Stream)
		for j := range size {
			f(i*size+j, j/a.Channels*((a.Channels+7)/8*8)+j%a.Channels, key)
		}
	}
}
