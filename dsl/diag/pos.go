package diag

import "fmt"

// Pos is one place in a source text. The zero Pos is "nowhere" and is not
// valid.
//
// Values given on the command line have positions too: their File is
// OverrideFile and their Line is the ordinal of the --set flag.
type Pos struct {
	File   string // name of the text, as the user gave it
	Offset int    // 0-based, in bytes
	Line   int    // 1-based
	Col    int    // 1-based, in runes
}

// OverrideFile is the File of positions inside --set arguments: line i is the
// i-th argument, columns count inside the argument.
const OverrideFile = "--set"

// IsValid reports whether p names a place.
func (p Pos) IsValid() bool { return p.Line > 0 }

// String returns file:line:col, or "-" for an invalid position.
func (p Pos) String() string {
	switch {
	case !p.IsValid():
		return "-"
	case p.File == "":
		return fmt.Sprintf("%d:%d", p.Line, p.Col)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Span is the text from Start up to, not including, End.
type Span struct {
	Start, End Pos
}

// Pos returns the first place of the span.
func (s Span) Pos() Pos { return s.Start }

// EndPos returns the place just after the span.
func (s Span) EndPos() Pos { return s.End }

// IsValid reports whether s names a piece of text.
func (s Span) IsValid() bool { return s.Start.IsValid() }

// To returns the span from the start of s to the end of t.
func (s Span) To(t Span) Span { return Span{s.Start, t.End} }

// At returns the empty span at p; it is shown as a single caret.
func At(p Pos) Span { return Span{p, p} }
