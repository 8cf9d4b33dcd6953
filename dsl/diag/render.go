package diag

import (
	"fmt"
	"io"
	"strings"
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
func Render(w io.Writer, l List, src Sources) error {
	var b strings.Builder
	lines := make(map[string][]string, len(src))
	for _, d := range l {
		renderOne(&b, d, src, lines)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func renderOne(b *strings.Builder, d *Diagnostic, src Sources, lines map[string][]string) {
	b.WriteString(d.Error())
	b.WriteByte('\n')
	if text, ok := sourceLine(d.Span.Start, src, lines); ok {
		snippet(b, d.Span, text)
	}
	if d.Expected != "" {
		fmt.Fprintf(b, "expected: %s\n", d.Expected)
	}
	for _, n := range d.Notes {
		if n.Pos.IsValid() {
			fmt.Fprintf(b, "%s: ", n.Pos)
		}
		fmt.Fprintf(b, "note: %s\n", n.Msg)
	}
	if d.Help != "" {
		fmt.Fprintf(b, "help: %s\n", d.Help)
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
	return strings.TrimSuffix(cut[p.Line-1], "\r"), true
}

// snippet writes the source line and the caret line below it. Tabs before the
// caret are copied so that both lines advance alike; other control characters
// are shown as a space, because a terminal would obey them.
func snippet(b *strings.Builder, span Span, text string) {
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
	if len(runes) > maxShown {
		from = max(0, min(first-maxShown/4, len(runes)-maxShown))
		to = from + maxShown
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
		if (r < ' ' && r != '\t') || r == utf8.RuneError || r == 0x7f {
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
	b.WriteString(strings.Repeat("^", carets))
	b.WriteByte('\n')
}
