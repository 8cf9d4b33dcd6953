package sched

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
)

// exampleNorm plans layer and group normalization.
func (b *builder) exampleNorm(i int, s step) {
	v := s.out
	a := v.Attr.(ir.NormAttr)
	c := &plan.ExampleNorm{X: b.buf(v.Args[0]), Gamma: -1, Beta: -1, Groups: a.Groups, Epsilon: a.Epsilon}
	rest := v.Args[1:]
	if a.Scale {
		c.Gamma, rest = b.param(rest[0]).Offset, rest[1:]
	}
	if a.Center {
		c.Beta = b.param(rest[0]).Offset
	}
	c.Y = b.inPlace(i, s, v.Args[0])
	c.Info = b.normInfo(s, "", size(c.Y))
	b.call(s.backward, c)
}

// exampleNormGrad plans their gradients: with respect to x, gamma or both.
func (b *builder) exampleNormGrad(i int, s step) error {
	v := s.out
	a := v.Attr.(ir.NormAttr)
	c := &plan.ExampleNormGrad{DY: b.buf(v.Args[0]), X: b.buf(v.Args[1]), Gamma: -1, DGamma: -1, Groups: a.Groups, Epsilon: a.Epsilon}
	gamma := s.gamma
	if !v.Batched {
		gamma = v
	} else {
		if a.Scale {
			c.Gamma = b.param(v.Args[2]).Offset
		}
		c.DX = b.inPlace(i, s, v.Args[0])
	}
	what := size(c.X)
	if gamma != nil {
		p, err := b.gradOf(gamma)
		if err != nil {
			return err
		}
		c.DGamma = p.Offset
		what += ", gamma"
	}
	c.Info = b.normInfo(s, "", what)
	b.call(s.backward, c)
	return nil
}

// isGammaGrad reports whether op is the gradient of a gamma, computed along with
// that of x where there is one.
func isGammaGrad(op string) bool { return op == "layernorm_dgamma" || op == "groupnorm_dgamma" }

// gammaGrads maps gradients with respect to x to those with respect to gamma of
// the same layer and operands.
func (l *legal) gammaGrads() map[*ir.Value]*ir.Value {
	of := map[*ir.Value]*ir.Value{}
	for _, v := range l.Values {
		if v.Op != "layernorm_dx" && v.Op != "groupnorm_dx" {
			continue
		}
		for _, u := range l.Values {
			if isGammaGrad(u.Op) && u.Layer == v.Layer && u.Args[0] == v.Args[0] && u.Args[1] == v.Args[1] {
				of[v] = u
			}
		}
	}
	return of
}
