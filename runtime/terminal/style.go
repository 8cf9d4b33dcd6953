package terminal

import "strings"

// Style is how a piece of text stands out. The zero value does not.
type Style string

// The styles, as parameters of the escape sequence that sets them (ECMA-48, SGR).
const (
	Plain  Style = ""
	Bold   Style = "1"
	Faint  Style = "2"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
	Cyan   Style = "36"
	Alarm  Style = "1;31"
)

// Paint is text in a style, or text alone where there are no colours.
func (t *Terminal) Paint(s Style, text string) string {
	if s == Plain || text == "" || !t.Colored() {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// Span is a piece of a line.
type Span struct {
	Text  string
	Style Style
}

// Line is a line of text before it is painted.
type Line []Span

// Add appends text.
func (l *Line) Add(s Style, text string) { *l = append(*l, Span{text, s}) }

// String is the text alone.
func (l Line) String() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Width is the columns that the line takes.
func (l Line) Width() int {
	n := 0
	for _, s := range l {
		n += Width(s.Text)
	}
	return n
}

// Cut is the beginning of the line that fits into so many columns.
func (l Line) Cut(columns int) Line {
	var out Line
	for _, s := range l {
		w := Width(s.Text)
		if w > columns {
			out.Add(s.Style, Cut(s.Text, columns))
			break
		}
		out = append(out, s)
		columns -= w
	}
	return out
}

// Render paints the line.
func (t *Terminal) Render(l Line) string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(t.Paint(s.Style, s.Text))
	}
	return b.String()
}
