package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// Transposes is the table of derived weights, a literal of []transposition
// (codegen/support), empty when there are none.
func (pk *Package) Transposes() (jen.Code, error) {
	var rows []jen.Code
	for _, c := range pk.Plan.Derive {
		t, ok := c.(*plan.Transpose)
		if !ok {
			return nil, fmt.Errorf("internal error: %T among the derived weights", c)
		}
		from, ok := pk.params[t.From]
		source := jen.Lit(t.From)
		if ok {
			source = jen.Id(from)
		}
		rows = append(rows, jen.Values(
			jen.Id("from").Op(":").Add(source), jen.Id("to").Op(":").Id(pk.deriv[t.To]),
			jen.Id("taps").Op(":").Index().Int().ValuesFunc(func(g *jen.Group) {
				for _, tap := range t.Taps {
					g.Lit(tap)
				}
			}),
			jen.Id("in").Op(":").Lit(t.Packing.In), jen.Id("inPad").Op(":").Lit(t.Packing.InPad),
			jen.Id("out").Op(":").Lit(t.Packing.Out), jen.Id("outPad").Op(":").Lit(t.OutPad),
			jen.Id("panelFloats").Op(":").Lit(t.Packing.PanelFloats()),
		))
	}
	return jen.Index().Id("transposition").Custom(gosrc.Lines, rows...), nil
}
