package codegen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
)

// kernelArg is what the generated update passes for one parameter of an
// optimizer kernel.
type kernelArg struct {
	param string // of the kernel, as codegen/simd names it
	// local, when it is not empty, holds the value throughout an update.
	local string
	value string // a Go expression
}

// kernelArgs has a row for every parameter of the optimizer kernels but the
// state, whose vectors are u.Slots in the order of the parameters. u is the
// model.Update, s the span of parameters under way, m elements of it from o on.
var kernelArgs = []kernelArg{
	{"w", "", "&u.Params[o]"},
	{"dw", "", "&u.Grads[o]"},
	{"n", "", "m"},
	{"lr", "rate", "float32(u.LearningRate)"},
	{"alpha", "rate", "adamRate(u.LearningRate, u.Optimizer.Beta1, u.Optimizer.Beta2, u.Step)"},
	{"mu", "", "float32(u.Optimizer.Momentum)"},
	{"beta1", "", "float32(u.Optimizer.Beta1)"},
	{"beta2", "", "float32(u.Optimizer.Beta2)"},
	{"eps", "", "float32(u.Optimizer.Epsilon)"},
	{"l1", "", "l1"},
	{"l2", "", "l2"},
	{"decay", "decay", "float32(u.LearningRate * u.Optimizer.WeightDecay)"},
}

// updateChunk is the number of elements of one kernel call: few enough that the
// goroutine can be stopped soon.
const updateChunk = 1 << 14

// update is the optimizer step.
func (g *generator) update() (jen.Code, error) {
	v := simd.Variant{Family: g.plan.Optimizer}
	locals, args, err := g.updateArgs(v)
	if err != nil {
		return nil, err
	}
	begin := []jen.Code{jen.List(jen.Id("from"), jen.Id("to")).Op(":=").Id("part").Call(jen.Id("paramFloats"), jen.Id("k"), jen.Id("n"))}
	begin = append(begin, locals...)
	return jen.Comment("spans are the parameters that are updated, by penalty: from, to, l1, l2.").Line().
		Var().Id("spans").Op("=").Index().Id("span").Custom(gosrc.Lines, g.spans()...).Line().Line().
		Commentf("update applies %s to part k of n of the parameters.", g.plan.Optimizer).Line().
		Func().Id("update").Params(jen.Id("u").Op("*").Qual(modelPath, "Update"), jen.List(jen.Id("k"), jen.Id("n")).Int()).Block(
		append(begin, jen.For(jen.List(jen.Id("_"), jen.Id("s")).Op(":=").Range().Id("spans")).Block(
			jen.List(jen.Id("l1"), jen.Id("l2")).Op(":=").List(jen.Id("factor").Call(jen.Id("u.Scalars"), jen.Id("s.l1")), jen.Lit(2).Op("*").Id("factor").Call(jen.Id("u.Scalars"), jen.Id("s.l2"))),
			jen.For(jen.Id("o").Op(":=").Max(jen.Id("from"), jen.Id("s.from")), jen.Id("o").Op("<").Min(jen.Id("to"), jen.Id("s.to")), jen.Id("o").Op("+=").Lit(updateChunk)).Block(
				jen.Id("m").Op(":=").Min(jen.Lit(updateChunk), jen.Min(jen.Id("to"), jen.Id("s.to")).Op("-").Id("o")),
				jen.Id(g.pk.Use(v)).Call(args...),
			),
		))...), nil
}

// updateArgs are the arguments of the kernel's call, and the declarations of the
// variables among them.
func (g *generator) updateArgs(v simd.Variant) (locals, args []jen.Code, err error) {
	family, ok := simd.FamilyOf(v)
	if !ok {
		return nil, nil, fmt.Errorf("internal error: there is no optimizer kernel %q", v.Family)
	}
	slots := 0
	for _, p := range family.Params(v) {
		row, ok := kernelArgOf(p.Name)
		switch {
		case !ok && p.Type == simd.PtrFloat32:
			args = append(args, jen.Id(fmt.Sprintf("&u.Slots[%d][o]", slots)))
			slots++
		case !ok:
			return nil, nil, fmt.Errorf("internal error: nothing to pass for parameter %s of the kernel %s", p.Name, v.Family)
		case row.local != "":
			locals = append(locals, jen.Id(row.local).Op(":=").Id(row.value))
			args = append(args, jen.Id(row.local))
		default:
			args = append(args, jen.Id(row.value))
		}
	}
	if slots != g.plan.Slots {
		return nil, nil, fmt.Errorf("internal error: the kernel %s keeps %d vectors of state, the plan has %d", v.Family, slots, g.plan.Slots)
	}
	return locals, args, nil
}

func kernelArgOf(param string) (kernelArg, bool) {
	for _, row := range kernelArgs {
		if row.param == param {
			return row, true
		}
	}
	return kernelArg{}, false
}

// spans are the rows of the table of parameters that are updated: neighbours
// with the same penalty are one row, frozen ones none.
func (g *generator) spans() []jen.Code {
	type span struct{ from, to, l1, l2 int }
	var spans []span
	for _, p := range g.plan.Params {
		if p.Frozen {
			continue
		}
		s := span{p.Offset, p.Offset + p.Packing.Floats(), p.L1, p.L2}
		if n := len(spans); n > 0 && spans[n-1].to == s.from && spans[n-1].l1 == s.l1 && spans[n-1].l2 == s.l2 {
			spans[n-1].to = s.to
			continue
		}
		spans = append(spans, s)
	}
	var rows []jen.Code
	for _, s := range spans {
		rows = append(rows, jen.Values(jen.Lit(s.from), jen.Lit(s.to), jen.Lit(s.l1), jen.Lit(s.l2)))
	}
	return rows
}
