package phases

import (
	"html/template"
	"strconv"
)

// column is one phase.
type column struct {
	Title, Doc string
	// Open columns are shown, the others are folded to their title.
	Open bool
	Rows []row
	// Body stands in place of rows.
	Body template.HTML
}

// row is one thing that a phase made: a line or a few.
type row struct {
	// Line is the line of the model file that it comes of, 0 for none.
	Line int
	// Mark is what became of it: "new", "changed", "dead" or "".
	Mark string
	// Head rows are headings within the column.
	Head  bool
	Parts []part
}

// part is a piece of text. Parts with the same key are the same thing.
type part struct {
	Text, Key string
	// Dim parts are remarks.
	Dim bool
}

func text(s string) part          { return part{Text: s} }
func dim(s string) part           { return part{Text: s, Dim: true} }
func keyed(key, s string) part    { return part{Text: s, Key: key} }
func lineKey(line int) string     { return "line " + strconv.Itoa(line) }
func valueKey(name string) string { return "value " + name }

// callKey and bufferKey tell programs apart: both have a call conv1.
func callKey(program, name string) string   { return program + " call " + name }
func bufferKey(program, name string) string { return program + " buffer " + name }

// at is the place in the model file, as the last part of a row.
func at(line int) []part {
	if line <= 0 {
		return nil
	}
	return []part{text("  "), {Text: "line " + strconv.Itoa(line), Key: lineKey(line), Dim: true}}
}
