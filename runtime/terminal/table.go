package terminal

import (
	"strings"
)

// Table is rows of cells that stand under each other. The zero value has all
// columns aligned to the right.
type Table struct {
	// Left is how many columns, from the first on, are aligned to the left.
	Left int
	// Lefts are further columns that are.
	Lefts []int
	// Shrink are columns that are cut with an ellipsis, the first of them first,
	// where the table would be wider than the terminal; none of them to less than
	// shrinkTo columns.
	Shrink []int
	// Gap is the space between columns, Indent that before the first.
	Gap, Indent int

	rows []tableRow
}

type tableRow struct {
	cells []string
	style Style
}

// shrinkTo is the least width of a column that is cut.
const shrinkTo = 6

// Add appends a row. Its cells are made Printable.
func (t *Table) Add(s Style, cells ...string) {
	row := tableRow{style: s}
	for _, cell := range cells {
		row.cells = append(row.cells, Printable(cell))
	}
	t.rows = append(t.rows, row)
}

// Text lays the table out for a terminal, nil for none: then nothing is cut or
// painted. Lines end with line feeds and without spaces.
func (t *Table) Text(to *Terminal) string {
	var widths []int
	for _, r := range t.rows {
		for i, cell := range r.cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Width(cell))
		}
	}
	limit := 0
	if to != nil {
		limit = to.Columns(0) - 1 // a full line would wrap on some terminals
		over := t.Indent - limit
		for i, w := range widths {
			over += w
			if i > 0 {
				over += t.Gap
			}
		}
		for _, c := range t.Shrink {
			if c < len(widths) && over > 0 {
				take := min(over, max(0, widths[c]-shrinkTo))
				widths[c] -= take
				over -= take
			}
		}
	}
	var b strings.Builder
	for _, r := range t.rows {
		var line strings.Builder
		line.WriteString(strings.Repeat(" ", t.Indent))
		for i, cell := range r.cells {
			if i > 0 {
				line.WriteString(strings.Repeat(" ", t.Gap))
			}
			cell = CutEnd(cell, widths[i])
			if t.left(i) {
				line.WriteString(Pad(cell, widths[i]))
			} else {
				line.WriteString(PadLeft(cell, widths[i]))
			}
		}
		text := strings.TrimRight(line.String(), " ")
		if to != nil {
			text = CutEnd(text, limit)
		}
		b.WriteString(to.Paint(r.style, text))
		b.WriteByte('\n')
	}
	return b.String()
}

func (t *Table) left(column int) bool {
	if column < t.Left {
		return true
	}
	for _, c := range t.Lefts {
		if c == column {
			return true
		}
	}
	return false
}
