package phases

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/cnnc/cnnc/cmd/cnnc/page"
	"github.com/cnnc/cnnc/codegen"
	"github.com/cnnc/cnnc/compiler"
)

var (
	//go:embed columns.html
	columnsHTML string
	//go:embed phases.css
	styles string
	//go:embed phases.js
	script string

	columnsTemplate = template.Must(template.New("columns").Parse(columnsHTML))
)

// Page is what the page is made of.
type Page struct {
	// File is how the user calls the model file.
	File string
	// Result was compiled with Options.Stages.
	Result *compiler.Result
	// Code is the generated package.
	Code []codegen.File
	// Bench is the report of a benchmark, nil for none.
	Bench *Bench
}

// Write writes the page.
func (p *Page) Write(w io.Writer) error {
	columns, err := p.columns()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := columnsTemplate.Execute(&b, columns); err != nil {
		return fmt.Errorf("internal error: %w", err)
	}
	return page.Write(w, &page.Document{
		Title:    p.Result.Plan.Name + ": what the compiler made of it",
		Subtitle: p.File,
		Contents: true,
		Styles:   template.CSS(styles),
		Script:   template.JS(script),
		Sections: []page.Section{
			{ID: "phases", Title: "Phases", Body: template.HTML(b.String())},
			{ID: "roofline", Title: "Roofline", Body: roofline(p.Result.Plan, p.Bench)},
		},
	})
}

// columns are all phases in order.
func (p *Page) columns() ([]column, error) {
	columns := []column{sourceColumn(p.Result.Plan.Source), layersColumn(p.Result.Plan)}
	columns = append(columns, graphColumns(p.Result.Stages)...)
	list := programs(p.Result.Plan)
	for i, q := range list {
		last := i == len(list)-1 // training, if there is any
		columns = append(columns, q.callsColumn(last), q.buffersColumn(), q.arenaColumn(last))
	}
	for i, q := range list {
		c, err := q.codeColumn(p.Code)
		if err != nil {
			return nil, err
		}
		c.Open = i == len(list)-1
		columns = append(columns, c)
	}
	return columns, nil
}
