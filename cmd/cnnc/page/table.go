package page

import "html/template"

// Table is a table. It scrolls in its own box where the screen is narrower.
type Table struct {
	// Caption says what the table shows; "" for none.
	Caption string
	Columns []Column
	Rows    []Row
}

// Column is the head of a column.
type Column struct {
	Title string
	// Right aligns numbers.
	Right bool
}

// Row is a row of cells, each a string, template.HTML, or anything that prints.
// Cells behind the last column are left out.
type Row struct {
	Cells []any
	// Strong marks a row that matters more: a sum, the best one.
	Strong bool
}

// HTML is the table.
func (t *Table) HTML() template.HTML {
	type cell struct {
		Value any
		Right bool
	}
	type row struct {
		Strong bool
		Cells  []cell
	}
	view := struct {
		Caption string
		Columns []Column
		Rows    []row
	}{t.Caption, t.Columns, nil}
	for _, r := range t.Rows {
		out := row{Strong: r.Strong}
		for i, v := range r.Cells[:min(len(r.Cells), len(t.Columns))] {
			out.Cells = append(out.Cells, cell{v, t.Columns[i].Right})
		}
		view.Rows = append(view.Rows, out)
	}
	return execute("table", view)
}
