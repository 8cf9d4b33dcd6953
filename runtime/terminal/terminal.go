package terminal

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"
)

// Terminal is a terminal that a stream goes to. nil is none: files and pipes.
type Terminal struct {
	size  func() (columns, rows int)
	color bool
}

// Size in columns and rows where nobody knows better, and the narrowest that counts:
// terminals without a size say 0.
const (
	defaultColumns, defaultRows = 80, 24
	leastColumns                = 10
)

// Of is the terminal that w goes to, nil for none. Whether it may have colours is
// decided for each stream by itself: the other one may go to a file.
func Of(w io.Writer) *Terminal {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	fd := int(f.Fd())
	return decide(term.IsTerminal(fd), os.Getenv, func() (int, int, error) { return term.GetSize(fd) })
}

// decide is Of without a stream.
func decide(is bool, env func(string) string, size func() (int, int, error)) *Terminal {
	if !is || env("TERM") == "dumb" {
		return nil
	}
	return &Terminal{color: env("NO_COLOR") == "", size: func() (columns, rows int) {
		columns, rows, err := size()
		if err != nil || columns <= 0 {
			columns = defaultColumns
		}
		if err != nil || rows <= 0 {
			rows = defaultRows
		}
		if n, err := strconv.Atoi(env("COLUMNS")); err == nil && n > 0 {
			columns = n
		}
		return max(columns, leastColumns), rows
	}}
}

// Fixed is a terminal of a size that does not change, for tests and for writers that
// were told.
func Fixed(columns, rows int, color bool) *Terminal {
	return &Terminal{color: color, size: func() (int, int) { return columns, rows }}
}

// Size is the size now: windows change. COLUMNS wins. Without a terminal it is 0, 0.
func (t *Terminal) Size() (columns, rows int) {
	if t == nil {
		return 0, 0
	}
	return t.size()
}

// Columns is the width now, or fallback without a terminal.
func (t *Terminal) Columns(fallback int) int {
	if t == nil {
		return fallback
	}
	columns, _ := t.size()
	return columns
}

// Colored reports whether colours may be used.
func (t *Terminal) Colored() bool { return t != nil && t.color }
