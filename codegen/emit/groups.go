package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// overGroups is the loop over output channels of a product with groups, as
// overChannels is without. panelFloats is the distance between panels of weights.
func (pk *Package) overGroups(g plan.Groups, outC, panelFloats int, do func(c gosrc.Term, lanes jen.Code) []jen.Code) []jen.Code {
	switch {
	case !g.On() || g.Depthwise():
		return pk.overChannels(outC, do)
	case g.Shared():
		defer pk.calledWith(g.Unit())()
		// Units of one vector: q is the first input of one, h its weights.
		stmts := []jen.Code{
			jen.List(jen.Id("q"), jen.Id("h")).Op(":=").List(
				jen.Min(jen.Id("c").Op("/").Lit(g.Out).Op("*").Lit(g.In), lit(g.Count*g.In-g.Span())),
				jen.Id("c").Op("/").Lit(16).Op("*").Lit(panelFloats).Op("+").Id("c").Op("%").Lit(16)),
		}
		return []jen.Code{gosrc.Steps("c", lit(outC), g.Unit(), append(stmts, do(gosrc.Name("c"), lit(g.Unit()))...)...)}
	}
	defer pk.calledWith(g.Out)()
	end := jen.Id("q").Op("*").Lit(g.Out).Op("+").Lit(g.Out)
	stmts := append([]jen.Code{jen.Id("step").Op(":=").Id("lanes").Call(end.Clone().Op("-").Id("c"))}, do(gosrc.Name("c"), jen.Id("step"))...)
	stmts = append(stmts, jen.Id("c").Op("+=").Id("step"))
	return []jen.Code{gosrc.For("q", lit(g.Count),
		jen.For(jen.Id("c").Op(":=").Id("q").Op("*").Lit(g.Out), jen.Id("c").Op("<").Add(end), jen.Empty()).Block(stmts...))}
}

// groupInput is how far the inputs of output channel c are from the first, in the
// loop of overGroups.
func groupInput(g plan.Groups, c gosrc.Term) gosrc.Term {
	switch {
	case !g.On():
		return gosrc.Lit(0)
	case g.Depthwise():
		return c
	case g.Shared():
		return gosrc.Name("q")
	}
	return gosrc.Times("q", g.In)
}

// groupWeights is how far the weights of output channel c are from the first: a
// panel is 16 channels, and units of one vector may begin in its middle.
func groupWeights(g plan.Groups, c gosrc.Term, panelFloats int) gosrc.Term {
	if g.Shared() {
		return gosrc.Name("h")
	}
	return c.Times(panelFloats / 16)
}
