package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// Arrangements is the table of kernels arranged for groups, transposed convolutions
// and few output channels, a literal of []arrangement (codegen/support): those inference needs
// come first, and are counted. It is nil when there are none.
func (pk *Package) Arrangements() (table jen.Code, infer int) {
	var rows []jen.Code
	for _, c := range pk.Plan.Derive {
		a, ok := c.(*plan.Arrange)
		if !ok {
			continue
		}
		if a.To < pk.Plan.InferDerivedFloats {
			infer++
		}
		g := a.Groups
		unit := g.Unit()
		if g.Depthwise() {
			unit = 1
		}
		field := func(name string, value int) jen.Code { return jen.Id(name).Op(":").Lit(value) }
		fields := []jen.Code{
			jen.Id("from").Op(":").Add(pk.param(a.From)), jen.Id("to").Op(":").Id(pk.deriv[a.To]),
			jen.Id("taps").Op(":").Index().Int().ValuesFunc(func(l *jen.Group) {
				for _, tap := range a.Taps {
					l.Lit(tap)
				}
			}),
			field("count", g.Count), field("in", g.In), field("out", g.Out), field("unit", unit), field("span", g.Span()), field("rows", a.Rows),
			field("inPad", a.Packing.InPad), field("panelFloats", a.Packing.PanelFloats()),
		}
		if a.Backward {
			fields = append(fields, jen.Id("backward").Op(":").True())
		}
		if a.AlongK {
			fields = append(fields, jen.Id("alongK").Op(":").True())
		}
		if a.Fold != nil {
			fields = append(fields, jen.Id("norm").Op(":").Op("&").Add(pk.fixedNorm(&a.Fold.FixedNorm)))
		}
		rows = append(rows, jen.Values(fields...))
	}
	if rows == nil {
		return nil, 0
	}
	return jen.Index().Id("arrangement").Custom(gosrc.Lines, rows...), infer
}
