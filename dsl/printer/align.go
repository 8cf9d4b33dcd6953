package printer

import (
	"strings"
	"unicode/utf8"
)

// write aligns the columns and comments of all lines and writes them.
func (p *printer) write(b *strings.Builder) {
	p.alignColumns()
	p.alignTrails()
	for _, l := range p.lines {
		if l.text != "" {
			b.WriteString(strings.Repeat(indent, l.depth))
			b.WriteString(l.text)
		}
		b.WriteString(l.trail)
		b.WriteByte('\n')
	}
}

// alignColumns pads the heads of each run of neighbours to one width.
func (p *printer) alignColumns() {
	for i := 0; i < len(p.lines); {
		j, width := i, 0
		for j < len(p.lines) && p.lines[j].column != 0 && p.lines[j].column == p.lines[i].column {
			width = max(width, len(p.lines[j].head))
			j++
		}
		for k := i; k < j; k++ {
			if l := &p.lines[k]; l.rest != "" {
				l.text = l.head + strings.Repeat(" ", width-len(l.head)+1) + l.rest
			}
		}
		i = max(j, i+1)
	}
}

// alignTrails puts the comments at the ends of neighbouring lines in one
// column.
func (p *printer) alignTrails() {
	for i := 0; i < len(p.lines); {
		j, width := i, 0
		for j < len(p.lines) && p.lines[j].trail != "" && p.lines[j].depth == p.lines[i].depth {
			width = max(width, utf8.RuneCountInString(p.lines[j].text))
			j++
		}
		for k := i; k < j; k++ {
			l := &p.lines[k]
			l.trail = strings.Repeat(" ", width-utf8.RuneCountInString(l.text)) + trailGap + l.trail
		}
		i = max(j, i+1)
	}
}
