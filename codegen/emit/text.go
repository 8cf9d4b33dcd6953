package emit

import (
	"math"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/compiler/plan"
)

// itoa is strconv.Itoa, for the one-line texts of this package.
func itoa(n int) string { return strconv.Itoa(n) }

// plural is a count with its noun; one is not spelled out.
func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return itoa(n) + " " + noun + "s"
}

// float is a float32 constant argument.
func float(f float64) *jen.Statement {
	return jen.Id(strconv.FormatFloat(f, 'g', -1, 32))
}

// floats are the constants; an infinite one is an expression.
func floats(list []float64) []jen.Code {
	var out []jen.Code
	for _, f := range list {
		if math.IsInf(f, 0) {
			out = append(out, jen.Float32().Call(jen.Qual("math", "Inf").Call(jen.Lit(int(math.Copysign(1, f))))))
			continue
		}
		out = append(out, float(f))
	}
	return out
}

// int32s is a table written as a literal.
func int32s(values []int) *jen.Statement {
	return jen.Index(jen.Op("...")).Int32().ValuesFunc(func(g *jen.Group) {
		for _, v := range values {
			g.Lit(v)
		}
	})
}

// unit is a fraction 1/n as it stands in the source.
func unit(n int) *jen.Statement { return jen.Id("1.0 / " + itoa(n)) }

// purpose describes a call that has no comment of its own.
func purpose(c plan.Call) string {
	switch c := c.(type) {
	case *plan.Load:
		return "the images, with a border or padded channels"
	case *plan.Store:
		return "the scores, to the caller"
	case *plan.LossGrad:
		return c.Loss.Kind + " and its gradient"
	case *plan.Zero:
		if c.HaloOnly {
			return "zeros around " + c.X.Name
		}
		return "zeros in " + c.X.Name
	}
	return c.Base().Pass + " of " + c.Base().Layer
}
