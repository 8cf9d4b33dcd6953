package diag

import (
	"cmp"
	"slices"
	"strings"
)

// List is the diagnostics of one run, in the order they were found.
type List []*Diagnostic

// Add appends diagnostics and returns the first one, for chaining.
func (l *List) Add(d *Diagnostic) *Diagnostic {
	*l = append(*l, d)
	return d
}

// HasErrors reports whether any diagnostic is an error.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d *Diagnostic) bool { return d.Severity == Error })
}

// Has reports whether any diagnostic carries code.
func (l List) Has(code Code) bool {
	return slices.ContainsFunc(l, func(d *Diagnostic) bool { return d.Code == code })
}

// Sorted returns the diagnostics ordered by position, without duplicates: two
// diagnostics are the same when position, code and message are. Expanding a
// block twice finds its mistakes twice; the reader sees them once.
func (l List) Sorted() List {
	s := slices.Clone(l)
	slices.SortStableFunc(s, func(a, b *Diagnostic) int {
		p, q := a.Span.Start, b.Span.Start
		return cmp.Or(
			cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Msg, b.Msg))
	})
	return slices.CompactFunc(s, func(a, b *Diagnostic) bool {
		return a.Span.Start == b.Span.Start && a.Code == b.Code && a.Msg == b.Msg
	})
}

// Limit returns at most n diagnostics, and how many were left out.
func (l List) Limit(n int) (List, int) {
	if len(l) <= n {
		return l, 0
	}
	return l[:n], len(l) - n
}

// Err returns l as an error when it holds an error, and nil otherwise: a list
// of warnings is not a failure.
func (l List) Err() error {
	if !l.HasErrors() {
		return nil
	}
	return l
}

// Error returns the first lines of all diagnostics, one a line.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, d := range l {
		lines[i] = d.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find a *Diagnostic in the list.
func (l List) Unwrap() []error {
	errs := make([]error, len(l))
	for i, d := range l {
		errs[i] = d
	}
	return errs
}
