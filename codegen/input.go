package codegen

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/extract"
	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
)

// inputCode adds to the file of the net how an example becomes its input:
// pictures, or rows of a table.
func (g *generator) inputCode(f *gosrc.File, s *parsed) error {
	classes := g.o.Head.Task != model.Values
	parts := []struct {
		from *extract.Package
		want bool
		root []string
	}{
		{s.picture, g.o.Data.Table == nil && g.o.Data.Standardize == nil, []string{"example", "Net"}},
		{s.standard, g.o.Data.Standardize != nil, []string{"example", "Net"}},
		{s.classify, g.o.Data.Table == nil && classes, []string{"Net"}},
		{s.record, g.o.Data.Table != nil, []string{"example", "Net"}},
		{s.row, g.rows() != nil, []string{"Net"}},
		{s.classifyRecord, g.o.Data.Table != nil && len(g.o.Data.Table.Targets) == 0 && classes, []string{"Net"}},
		{s.classifyRow, g.rows() != nil && len(g.o.Data.Table.Targets) == 0 && classes, []string{"Net"}},
		{s.decide, classes, []string{"decide"}},
	}
	if g.rows() != nil {
		f.Code(g.rowType())
	}
	for _, p := range parts {
		if !p.want {
			continue
		}
		code, err := p.from.Closure(p.root...)
		if err != nil {
			return err
		}
		g.text(f, code)
	}
	return nil
}

// rows are the columns of a table's rows when the model file names all of them,
// nil otherwise.
func (g *generator) rows() []config.Column {
	t := g.o.Data.Table
	if t == nil || slices.ContainsFunc(t.Columns, func(c config.Column) bool { return c.Name == "" }) {
		return nil
	}
	return t.Columns
}

// rowType is the type Row: a field for each column of the features.
func (g *generator) rowType() jen.Code {
	var fields, calls []jen.Code
	taken := map[string]bool{}
	for _, c := range g.rows() {
		base := gosrc.Exported(c.Name)
		name := base
		for i := 2; taken[name]; i++ {
			name = fmt.Sprintf("%s%d", base, i)
		}
		taken[name] = true
		typ, method, gap := jen.Float64(), "number", "NaN"
		if c.Kind == "categorical" {
			typ, method, gap = jen.String(), "category", `""`
		}
		note := fmt.Sprintf("column %q", c.Name)
		if c.Missing != "" && c.Missing != "drop" {
			note += "; " + gap + " when missing"
		}
		fields = append(fields, jen.Id(name).Add(typ).Comment(note))
		calls = append(calls, jen.Id("e").Dot(method).Call(jen.Lit(c.Name), jen.Id("row").Dot(name)))
	}
	return jen.Comment("Row is a row of the table, the columns that the network takes.").Line().
		Type().Id("Row").Struct(fields...).Line().Line().
		Comment("encode writes the row as the network takes it.").Line().
		Func().Params(jen.Id("row").Op("*").Id("Row")).Id("encode").Params(jen.Id("e").Op("*").Id("encoder")).Block(calls...)
}
