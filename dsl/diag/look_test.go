package diag

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestLook: with colours the text is the same, and source lines fit the terminal,
// the caret under what it points at.
func TestLook(t *testing.T) {
	line := strings.Repeat("größer ", 30) + "maxpol 2x2" + strings.Repeat(" und weiter", 20)
	col := utf8.RuneCountInString(strings.Repeat("größer ", 30)) + 1
	src := Sources{"net.cnn": line}
	d := Errorf("unknown-layer", Span{Pos{File: "net.cnn", Line: 1, Col: col}, Pos{File: "net.cnn", Line: 1, Col: col + 6}}, "there is no layer maxpol").WithExpected("a layer")
	d.Help = "did you mean maxpool?"
	w := Warningf("", Span{}, "careful")
	colors := regexp.MustCompile("<[0-9]>|</>")
	for columns := 20; columns <= 200; columns++ {
		var plain, painted strings.Builder
		if err := (Look{Columns: columns}).Render(&plain, List{d, w}, src); err != nil {
			t.Fatal(err)
		}
		look := Look{Columns: columns, Paint: func(p Part, text string) string { return "<" + string(rune('0'+p)) + ">" + text + "</>" }}
		if err := look.Render(&painted, List{d, w}, src); err != nil {
			t.Fatal(err)
		}
		if got := colors.ReplaceAllString(painted.String(), ""); got != plain.String() {
			t.Fatalf("%d columns: painted\n%s plain\n%s", columns, painted.String(), plain.String())
		}
		lines := strings.Split(plain.String(), "\n")
		source, caret := []rune(lines[1]), []rune(lines[2])
		// The narrowest terminals get ten characters of the line in any case.
		if len(source) >= max(columns, 25) || !utf8.ValidString(plain.String()) {
			t.Errorf("%d columns: a source line of %d: %s", columns, len(source), lines[1])
		}
		at := strings.IndexRune(lines[2], '^')
		if !strings.HasPrefix(string(source[at:]), "maxpol"[:min(6, len(caret)-at)]) {
			t.Errorf("%d columns: the caret points at %q", columns, string(source[at:]))
		}
	}
	var b strings.Builder
	look := Look{Paint: func(p Part, text string) string { return "<" + string(rune('0'+p)) + ">" + text + "</>" }}
	if err := look.Render(&b, List{Warningf("", Span{}, "careful")}, nil); err != nil || b.String() != "<1>warning:</> careful\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}
