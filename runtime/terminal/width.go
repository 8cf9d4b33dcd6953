package terminal

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// wide are the ranges of characters that take two columns: East Asian wide and
// full-width ones (Unicode Standard Annex 11) and pictures.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1}, {0x231a, 0x231b, 1}, {0x23e9, 0x23ec, 1}, {0x25fd, 0x25fe, 1}, {0x2614, 0x2615, 1},
		{0x2648, 0x2653, 1}, {0x26aa, 0x26ab, 1}, {0x26bd, 0x26be, 1}, {0x2705, 0x2705, 1}, {0x2728, 0x2728, 1},
		{0x274c, 0x274c, 1}, {0x2753, 0x2755, 1}, {0x2795, 0x2797, 1}, {0x2b50, 0x2b50, 1}, {0x2b55, 0x2b55, 1},
		{0x2e80, 0x303e, 1}, {0x3041, 0x33ff, 1}, {0x3400, 0x4dbf, 1}, {0x4e00, 0x9fff, 1}, {0xa000, 0xa4cf, 1},
		{0xa960, 0xa97f, 1}, {0xac00, 0xd7a3, 1}, {0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1}, {0xff01, 0xff60, 1}, {0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{
		{0x16fe0, 0x18d08, 1}, {0x1b000, 0x1b2fb, 1}, {0x1f004, 0x1f004, 1}, {0x1f0cf, 0x1f0cf, 1}, {0x1f18e, 0x1f19a, 1},
		{0x1f200, 0x1f265, 1}, {0x1f300, 0x1f320, 1}, {0x1f32d, 0x1f335, 1}, {0x1f337, 0x1f37c, 1}, {0x1f37e, 0x1f393, 1},
		{0x1f3a0, 0x1f3ca, 1}, {0x1f3e0, 0x1f3f0, 1}, {0x1f3f4, 0x1f3f4, 1}, {0x1f3f8, 0x1f43e, 1}, {0x1f440, 0x1f440, 1},
		{0x1f442, 0x1f4fc, 1}, {0x1f4ff, 0x1f53d, 1}, {0x1f54b, 0x1f567, 1}, {0x1f595, 0x1f596, 1}, {0x1f5a4, 0x1f5a4, 1},
		{0x1f5fb, 0x1f64f, 1}, {0x1f680, 0x1f6c5, 1}, {0x1f6d0, 0x1f6d7, 1}, {0x1f6eb, 0x1f6fc, 1}, {0x1f7e0, 0x1f7eb, 1},
		{0x1f90c, 0x1f9ff, 1}, {0x1fa70, 0x1faff, 1}, {0x20000, 0x3fffd, 1},
	},
}

// columnsOf is the width of a character: 0 for what joins the one before it or does
// not show, 2 for wide ones.
func columnsOf(r rune) int {
	switch {
	case r >= ' ' && r < 0x7f:
		return 1
	case r < ' ' || r == 0x7f, unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// Width is the columns that a text takes.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += columnsOf(r)
	}
	return n
}

// Cut is the beginning of a text that fits into so many columns.
func Cut(s string, columns int) string {
	n := 0
	for i, r := range s {
		if n += columnsOf(r); n > columns {
			return s[:i]
		}
	}
	return s
}

// CutFront is a text that fits into so many columns: where it does not, an ellipsis
// takes the place of its beginning. The ends of paths tell them apart.
func CutFront(s string, columns int) string {
	if Width(s) <= columns {
		return s
	}
	n, at := 1, len(s)
	for at > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:at])
		if n += columnsOf(r); n > columns {
			break
		}
		at -= size
	}
	if columns < 1 {
		return ""
	}
	return "…" + s[at:]
}

// CutEnd is a text that fits into so many columns: where it does not, it ends with an
// ellipsis.
func CutEnd(s string, columns int) string {
	switch {
	case Width(s) <= columns:
		return s
	case columns < 1:
		return ""
	}
	return Cut(s, columns-1) + "…"
}

// Printable is a text without control characters, which a terminal would obey, in
// their places U+FFFD. Names of classes come with weights from anywhere, and names of
// files with archives.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, s)
}

// Pad fills a text with spaces on its right up to so many columns; PadLeft on its
// left.
func Pad(s string, columns int) string { return s + strings.Repeat(" ", max(0, columns-Width(s))) }

// PadLeft is explained at Pad.
func PadLeft(s string, columns int) string { return strings.Repeat(" ", max(0, columns-Width(s))) + s }
