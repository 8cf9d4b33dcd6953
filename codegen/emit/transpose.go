package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// Transposes is the table of transposed weights, a literal of []transposition
// (codegen/support), empty when there are none: those that inference needs, which
// are there where it computes a gradient, or those that training needs besides.
func (pk *Package) Transposes(infer bool) (table jen.Code, n int, err error) {
	var rows []jen.Code
	for _, c := range pk.Plan.Derive {
		t, ok := c.(*plan.Transpose)
		switch c.(type) {
		case *plan.WinogradKernel, *plan.Arrange, *plan.Fold, *plan.NormVectors:
			continue
		}
		if !ok {
			return nil, 0, fmt.Errorf("internal error: %T among the derived weights", c)
		}
		if (t.To < pk.Plan.InferDerivedFloats) != infer {
			continue
		}
		source := pk.param(t.From)
		fields := []jen.Code{
			jen.Id("from").Op(":").Add(source), jen.Id("to").Op(":").Id(pk.deriv[t.To]),
			jen.Id("taps").Op(":").Index().Int().ValuesFunc(func(g *jen.Group) {
				for _, tap := range t.Taps {
					g.Lit(tap)
				}
			}),
			jen.Id("in").Op(":").Lit(t.Packing.In), jen.Id("inPad").Op(":").Lit(t.Packing.InPad),
			jen.Id("out").Op(":").Lit(t.Packing.Out), jen.Id("outPad").Op(":").Lit(t.OutPad),
			jen.Id("panelFloats").Op(":").Lit(t.Packing.PanelFloats()),
		}
		if t.Run > 0 {
			fields = append(fields, jen.Id("run").Op(":").Lit(t.Run))
		}
		rows = append(rows, jen.Values(fields...))
	}
	return jen.Index().Id("transposition").Custom(gosrc.Lines, rows...), len(rows), nil
}

// WinogradKernels is the table of transformed kernels, a literal of
// []winogradKernel (codegen/support): those inference needs come first, and are
// counted. It is nil when there are none.
func (pk *Package) WinogradKernels() (table jen.Code, infer int) {
	var rows []jen.Code
	for _, c := range pk.Plan.Derive {
		k, ok := c.(*plan.WinogradKernel)
		if !ok || k.Fold != nil {
			continue
		}
		if k.To < pk.Plan.InferDerivedFloats {
			infer++
		}
		rows = append(rows, pk.winogradKernel(k))
	}
	if rows == nil {
		return nil, 0
	}
	return jen.Index().Id("winogradKernel").Custom(gosrc.Lines, rows...), infer
}

// winogradKernel is the literal of one transformed kernel, without its type.
func (pk *Package) winogradKernel(k *plan.WinogradKernel) jen.Code {
	fields := []jen.Code{
		jen.Id("from").Op(":").Add(pk.param(k.From)), jen.Id("to").Op(":").Id(pk.deriv[k.To]),
		jen.Id("in").Op(":").Lit(k.Packing.InPad), jen.Id("out").Op(":").Lit(k.Packing.Out), jen.Id("ins").Op(":").Lit(k.Ins),
	}
	if k.Rotated {
		fields = append(fields, jen.Id("rotated").Op(":").True())
	}
	if k.Tile == 2 {
		fields = append(fields, jen.Id("small").Op(":").True())
	}
	return jen.Values(fields...)
}

// param is the place of a parameter, by its name if it begins there.
func (pk *Package) param(offset int) jen.Code {
	if name, ok := pk.params[offset]; ok {
		return jen.Id(name)
	}
	return jen.Lit(offset)
}
