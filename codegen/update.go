package codegen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/runtime/optimizer"
)

// updateChunk is the number of elements of one kernel call: few enough that the
// goroutine can be stopped soon.
const updateChunk = 1 << 14

// updateKernels are the kernels of the optimizer: its own and, where it takes two
// passes, that of the second.
func (g *generator) updateKernels() ([]simd.Variant, error) {
	form := optimizer.FormOf(g.plan.Optimizer)
	if form == nil {
		return nil, fmt.Errorf("internal error: there is no optimizer kernel %q", g.plan.Optimizer)
	}
	if len(form.Slots) != g.plan.Slots {
		return nil, fmt.Errorf("internal error: the kernel %s keeps %d vectors of state, the plan has %d", form.Kernel, len(form.Slots), g.plan.Slots)
	}
	list := []simd.Variant{{Family: form.Kernel}}
	if form.Trust {
		list = append(list, simd.Variant{Family: optimizer.Plain})
	}
	return list, nil
}

// update is the optimizer step. u is the model.Update, s the span of parameters
// under way, m elements of it from o on.
func (g *generator) update() (jen.Code, error) {
	kernels, err := g.updateKernels()
	if err != nil {
		return nil, err
	}
	call := func(v simd.Variant, l1, l2 jen.Code) jen.Code {
		args := []jen.Code{jen.Id("&u.Params[o]"), jen.Id("&u.Grads[o]")}
		for k := range optimizer.FormOf(v.Family).Slots {
			args = append(args, jen.Id(fmt.Sprintf("&u.Slots[%d][o]", k)))
		}
		return jen.Id(g.pk.Use(v)).Call(append(args, jen.Id("m"), jen.Id("&u.Factors[0]"), l1, l2, jen.Id("u.Scale[s.param]"))...)
	}
	step := []jen.Code{call(kernels[0], jen.Id("l1"), jen.Id("l2"))}
	if len(kernels) > 1 {
		// Scalars, and with them penalties, are absent from a second pass.
		step = []jen.Code{jen.If(jen.Id("u.Second")).Block(call(kernels[1], jen.Lit(0), jen.Lit(0))).Else().Block(step...)}
	}
	begin := []jen.Code{jen.List(jen.Id("from"), jen.Id("to")).Op(":=").Id("part").Call(jen.Id("paramFloats"), jen.Id("k"), jen.Id("n"))}
	return jen.Comment("spans are the parameters that are updated: from, to, index, l1, l2.").Line().
		Var().Id("spans").Op("=").Index().Id("span").Custom(gosrc.Lines, g.spans()...).Line().Line().
		Commentf("update applies %s to part k of n of the parameters.", g.plan.Optimizer).Line().
		Func().Id("update").Params(jen.Id("u").Op("*").Qual(modelPath, "Update"), jen.List(jen.Id("k"), jen.Id("n")).Int()).Block(
		append(begin, jen.For(jen.List(jen.Id("_"), jen.Id("s")).Op(":=").Range().Id("spans")).Block(
			jen.List(jen.Id("l1"), jen.Id("l2")).Op(":=").List(jen.Id("factor").Call(jen.Id("u.Scalars"), jen.Id("s.l1")), jen.Lit(2).Op("*").Id("factor").Call(jen.Id("u.Scalars"), jen.Id("s.l2"))),
			jen.For(jen.Id("o").Op(":=").Max(jen.Id("from"), jen.Id("s.from")), jen.Id("o").Op("<").Min(jen.Id("to"), jen.Id("s.to")), jen.Id("o").Op("+=").Lit(updateChunk)).Block(
				append([]jen.Code{jen.Id("m").Op(":=").Min(jen.Lit(updateChunk), jen.Min(jen.Id("to"), jen.Id("s.to")).Op("-").Id("o"))}, step...)...,
			),
		))...), nil
}

// spans are the rows of the table of parameters that are updated. Gradients are
// clipped by parameter, so neighbours are rows of their own.
func (g *generator) spans() []jen.Code {
	var rows []jen.Code
	for i, p := range g.plan.Params {
		if !p.Frozen {
			rows = append(rows, jen.Values(jen.Lit(p.Offset), jen.Lit(p.Offset+p.Packing.Floats()), jen.Lit(i), jen.Lit(p.L1), jen.Lit(p.L2)))
		}
	}
	return rows
}
