package op

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// Layer and group normalization (spec: layers 9.2, 9.3) are batchnorm with
// statistics of a part of one example: layernorm takes the channels of a pixel,
// groupnorm all pixels of a group of channels. gamma and beta are per channel.

var (
	layernormDef = exampleNorm("layernorm", "x normalized over the channels of each pixel, scaled and shifted")
	groupnormDef = exampleNorm("groupnorm", "x normalized over the pixels and channels of each group, scaled and shifted")

	layernormDxDef = exampleNormDx("layernorm")
	groupnormDxDef = exampleNormDx("groupnorm")

	layernormDgammaDef = exampleNormDgamma("layernorm")
	groupnormDgammaDef = exampleNormDgamma("groupnorm")
)

// part is what elements of a tensor are normalized together: element i of an
// example of shape s belongs to part(i), of parts each of size elements.
func parts(a ir.NormAttr, s ir.Shape) (part func(i int) int, count int) {
	c := s.Last()
	if a.Groups == 0 {
		return func(i int) int { return i / c }, s.Size() / c
	}
	width := c / a.Groups
	return func(i int) int { return i % c / width }, a.Groups
}

// partMoments returns mean and 1/sqrt(variance+epsilon) of each part of one
// example.
func partMoments(a ir.NormAttr, s ir.Shape, x []float64) (mean, inv []float64) {
	part, count := parts(a, s)
	m := float64(len(x) / count)
	mean, inv = make([]float64, count), make([]float64, count)
	for i, e := range x {
		mean[part(i)] += e / m
	}
	for i, e := range x {
		d := e - mean[part(i)]
		inv[part(i)] += d * d / m
	}
	for p, v := range inv {
		inv[p] = 1 / math.Sqrt(v+a.Epsilon)
	}
	return mean, inv
}

// exampleNormType checks operands and attribute of an operation on x.
func exampleNormType(v, x *ir.Value, optionalFrom int) (ir.Type, error) {
	if err := batched(x); err != nil {
		return ir.Type{}, err
	}
	if len(x.Shape) == 0 {
		return ir.Type{}, fmt.Errorf("operand %s has no channels", x.Name)
	}
	a, c := v.Attr.(ir.NormAttr), x.Shape.Last()
	grouped := v.Op == "groupnorm" || v.Op == "groupnorm_dx" || v.Op == "groupnorm_dgamma"
	switch {
	case grouped != (a.Groups > 0):
		return ir.Type{}, fmt.Errorf("%d groups", a.Groups)
	case grouped && c%a.Groups != 0:
		return ir.Type{}, fmt.Errorf("%d channels cannot be cut into %d groups: %d %% %d = %d", c, a.Groups, c, a.Groups, c%a.Groups)
	}
	return x.Type(), optional(v, optionalFrom, c)
}

func exampleNorm(name, doc string) Def {
	return Def{
		Name: name, Args: []string{"x", "gamma?", "beta?"}, Attr: ir.NormAttr{}, Doc: doc,
		Infer: func(v *ir.Value) (ir.Type, error) { return exampleNormType(v, v.Args[0], 1) },
		VJP: func(b *Builder, v, dy *ir.Value, need []bool) []*ir.Value {
			a, x := v.Attr.(ir.NormAttr), v.Args[0]
			gamma, beta := normParams(v, 0)
			grads := make([]*ir.Value, len(v.Args))
			plain := ir.NormAttr{Epsilon: a.Epsilon, Groups: a.Groups}
			if gamma != nil && need[gamma.at] {
				grads[gamma.at] = b.Suffixed(name+"_dgamma", "dgamma", plain, dy, x)
			}
			if beta != nil && need[beta.at] {
				grads[beta.at] = b.Suffixed("bias_grad", "dbeta", nil, dy)
			}
			if need[0] {
				args := []*ir.Value{dy, x}
				if plain.Scale = a.Scale; gamma != nil {
					args = append(args, gamma.Value)
				}
				grads[0] = b.Suffixed(name+"_dx", "dx", plain, args...)
			}
			return grads
		},
		Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
			a, c, size := v.Attr.(ir.NormAttr), v.Shape.Last(), v.Shape.Size()
			gamma, beta := normOperands(a, c, args[1:])
			part, _ := parts(a, v.Shape)
			for n := range env.N {
				x, y := args[0][n*size:(n+1)*size], out[n*size:(n+1)*size]
				mean, inv := partMoments(a, v.Shape, x)
				for i, e := range x {
					y[i] = gamma[i%c]*(e-mean[part(i)])*inv[part(i)] + beta[i%c]
				}
			}
		},
	}
}

// exampleNormDx is inv*(d - mean(d) - xhat*mean(d*xhat)) with d = dy*gamma, the
// means taken over each part.
func exampleNormDx(name string) Def {
	return Def{
		Name: name + "_dx", Args: []string{"dy", "x", "gamma?"}, Attr: ir.NormAttr{},
		Doc: "gradient of " + name + " with respect to x",
		Infer: func(v *ir.Value) (ir.Type, error) {
			if err := same(v.Args[0], v.Args[1]); err != nil {
				return ir.Type{}, err
			}
			return exampleNormType(v, v.Args[0], 2)
		},
		Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
			a, c, size := v.Attr.(ir.NormAttr), v.Shape.Last(), v.Shape.Size()
			gamma, _ := normOperands(a, c, args[2:])
			part, count := parts(a, v.Shape)
			m := float64(size / count)
			for n := range env.N {
				dy, x, dx := args[0][n*size:(n+1)*size], args[1][n*size:(n+1)*size], out[n*size:(n+1)*size]
				mean, inv := partMoments(a, v.Shape, x)
				d, dxhat := make([]float64, count), make([]float64, count)
				for i, g := range dy {
					p := part(i)
					d[p] += g * gamma[i%c] / m
					dxhat[p] += g * gamma[i%c] * (x[i] - mean[p]) * inv[p] / m
				}
				for i, g := range dy {
					p := part(i)
					dx[i] = inv[p] * (g*gamma[i%c] - d[p] - (x[i]-mean[p])*inv[p]*dxhat[p])
				}
			}
		},
	}
}

func exampleNormDgamma(name string) Def {
	return Def{
		Name: name + "_dgamma", Args: []string{"dy", "x"}, Attr: ir.NormAttr{},
		Doc: "gradient of " + name + " with respect to gamma: the sum of dy times the normalized x",
		Infer: func(v *ir.Value) (ir.Type, error) {
			if err := same(v.Args[0], v.Args[1]); err != nil {
				return ir.Type{}, err
			}
			t, err := exampleNormType(v, v.Args[0], 2)
			if err != nil {
				return ir.Type{}, err
			}
			return ir.Type{Shape: ir.Shape{t.Shape.Last()}}, nil
		},
		Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
			s := v.Args[0].Shape
			a, c, size := v.Attr.(ir.NormAttr), s.Last(), s.Size()
			part, _ := parts(a, s)
			for n := range env.N {
				dy, x := args[0][n*size:(n+1)*size], args[1][n*size:(n+1)*size]
				mean, inv := partMoments(a, s, x)
				for i, g := range dy {
					out[i%c] += g * (x[i] - mean[part(i)]) * inv[part(i)]
				}
			}
		},
	}
}
