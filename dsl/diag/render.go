package diag

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sources maps the File of positions to the text they point into.
type Sources map[string]string

// maxShown is how many runes of a source line are shown. A longer line is cut
// around the caret, so that a hostile file cannot flood the terminal.
const maxShown = 160

// Render writes every diagnostic of l with its source line, caret, notes and
// help. The layout is fixed:
//
//	lenet.cnn:9:3: error: dense needs a flat input, got 5x5x16 [dense-rank]
//	    9 |   dense 120
//	      |   ^^^^^
//	lenet.cnn:8:3: note: this maxpool produces 5x5x16
//	help: put flatten between them
//
// A position whose file is not in src, or that lies outside it, is shown
// without the source line.
func Render(w io.Writer, l List, src Sources) error { return Look{}.Render(w, l, src) }

// Look is how diagnostics look on a terminal. The zero value is that of files.
type Look struct {
	// Columns is the width of the terminal: longer source lines are cut around the
	// caret. 0 is any width.
	Columns int
	// Paint puts text into the colours of a part; nil is none.
	Paint func(p Part, text string) string
}

// Part is a part of a diagnostic that may have colours.
type Part int

// The parts.
const (
	PartError   Part = iota // the word error, and what points at it
	PartWarning             // the word warning, and what points at it
	PartPlace               // file, line and column
	PartHelp                // the words expected, note and help
)

func (k Look) paint(p Part, text string) string {
	if k.Paint == nil {
		return text
	}
	return k.Paint(p, text)
}

// shown is how many runes of a source line are shown. The number of the line takes
// eight columns before them, what is cut off up to six.
func (k Look) shown() int {
	if k.Columns == 0 {
		return maxShown
	}
	return max(min(maxShown, k.Columns-8-6-1), 10)
}

// Render is the function Render with this look.
func (k Look) Render(w io.Writer, l List, src Sources) error {
	var b strings.Builder
	lines := make(map[string][]string, len(src))
	for _, d := range l {
		k.one(&b, d, src, lines)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (k Look) one(b *strings.Builder, d *Diagnostic, src Sources, lines map[string][]string) {
	severity := PartError
	if d.Severity == Warning {
		severity = PartWarning
	}
	if d.Span.IsValid() {
		b.WriteString(k.paint(PartPlace, d.Span.Start.String()+":") + " ")
	}
	b.WriteString(k.paint(severity, d.Severity.String()+":") + " " + d.Msg)
	if d.Code != "" {
		fmt.Fprintf(b, " [%s]", d.Code)
	}
	b.WriteByte('\n')
	if text, ok := sourceLine(d.Span.Start, src, lines); ok {
		k.snippet(b, d.Span, text, severity)
	}
	if d.Expected != "" {
		fmt.Fprintf(b, "%s %s\n", k.paint(PartHelp, "expected:"), d.Expected)
	}
	for _, n := range d.Notes {
		if n.Pos.IsValid() {
			b.WriteString(k.paint(PartPlace, n.Pos.String()+":") + " ")
		}
		fmt.Fprintf(b, "%s %s\n", k.paint(PartHelp, "note:"), n.Msg)
	}
	if d.Help != "" {
		fmt.Fprintf(b, "%s %s\n", k.paint(PartHelp, "help:"), d.Help)
	}
}

// sourceLine returns the text of the line of p. Files are cut into lines once.
func sourceLine(p Pos, src Sources, lines map[string][]string) (string, bool) {
	text, ok := src[p.File]
	if !ok || !p.IsValid() {
		return "", false
	}
	cut, ok := lines[p.File]
	if !ok {
		cut = strings.Split(text, "\n")
		lines[p.File] = cut
	}
	if p.Line > len(cut) {
		return "", false
	}
	line := strings.TrimSuffix(cut[p.Line-1], "\r")
	if p.Line == 1 {
		line = strings.TrimPrefix(line, "\ufeff") // no column counts it
	}
	return line, true
}

// snippet writes the source line and the caret line below it. Tabs before the
// caret are copied so that both lines advance alike; what does not print is shown
// as a space, because a terminal would obey it.
func (k Look) snippet(b *strings.Builder, span Span, text string, severity Part) {
	most := k.shown()
	runes := []rune(text)
	first := min(max(span.Start.Col-1, 0), len(runes))
	carets := 1
	if span.End.Line == span.Start.Line {
		carets = max(1, span.End.Col-span.Start.Col)
	} else if span.End.Line > span.Start.Line {
		carets = max(1, len(runes)-first)
	}
	from, to := 0, len(runes)
	prefix, suffix := "", ""
	if len(runes) > most {
		from = max(0, min(first-most/4, len(runes)-most))
		to = from + most
		if from > 0 {
			prefix = "..."
		}
		if to < len(runes) {
			suffix = "..."
		}
	}
	carets = max(1, min(carets, to-first))

	fmt.Fprintf(b, "%5d | %s", span.Start.Line, prefix)
	for _, r := range runes[from:to] {
		if r != '\t' && (!unicode.IsPrint(r) || r == utf8.RuneError) {
			r = ' '
		}
		b.WriteRune(r)
	}
	b.WriteString(suffix)
	b.WriteString("\n      | ")
	b.WriteString(strings.Repeat(" ", len(prefix)))
	for _, r := range runes[from:first] {
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	b.WriteString(k.paint(severity, strings.Repeat("^", carets)))
	b.WriteByte('\n')
}
