// Package terminal is how output for people looks: whether a stream is a terminal,
// how wide it is, whether it may have colours, and text measured in columns.
//
// The decisions are made here and nowhere else. A stream that is no terminal, or a
// terminal that is dumb, gets plain lines; colours are left out where NO_COLOR is set
// and not empty (no-color.org). Lines are laid out before they are coloured: a Line
// is measured and cut as text, and painted when it is written, so that colours never
// move a column and never are cut in two.
//
//	terminal.go   Terminal: Of a stream, Size, Colored
//	style.go      Style, Span, Line
//	width.go      Width, Cut, Pad: columns, not bytes
//	table.go      Table: columns that stand under each other
//	sparkline.go  Sparkline
//
// It imports golang.org/x/term and the standard library only.
package terminal
