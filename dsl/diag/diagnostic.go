package diag

import (
	"fmt"
	"strings"
)

// Severity tells how bad a diagnostic is.
type Severity int

// Severities in order of weight. The zero Severity is Error, so that a
// Diagnostic literal without one is an error.
const (
	Error   Severity = iota // the file cannot be used
	Warning                 // the file works, but hardly as meant
)

// String returns the word used in messages.
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Note is a second place that explains a diagnostic. A note without a valid
// Pos is printed without one.
type Note struct {
	Pos Pos
	Msg string
}

// Diagnostic is one mistake: where, what is required and what was found, and
// what to do about it.
type Diagnostic struct {
	Code     Code
	Severity Severity
	Span     Span
	Msg      string // one sentence without a final full stop
	Expected string // what would have been right here; may be empty
	Notes    []Note // other places that matter, in reading order
	Help     string // what to do; may be empty
}

// Error returns the first line of the rendered diagnostic:
// file:line:col: error: message [code].
func (d *Diagnostic) Error() string {
	var b strings.Builder
	if d.Span.IsValid() {
		b.WriteString(d.Span.Start.String())
		b.WriteString(": ")
	}
	fmt.Fprintf(&b, "%s: %s", d.Severity, d.Msg)
	if d.Code != "" {
		fmt.Fprintf(&b, " [%s]", d.Code)
	}
	return b.String()
}

// Errorf returns an error diagnostic at span.
func Errorf(code Code, span Span, format string, args ...any) *Diagnostic {
	return &Diagnostic{Code: code, Span: span, Msg: fmt.Sprintf(format, args...)}
}

// Warningf returns a warning at span.
func Warningf(code Code, span Span, format string, args ...any) *Diagnostic {
	return &Diagnostic{Code: code, Severity: Warning, Span: span, Msg: fmt.Sprintf(format, args...)}
}

// WithExpected sets what would have been right and returns d.
func (d *Diagnostic) WithExpected(format string, args ...any) *Diagnostic {
	d.Expected = fmt.Sprintf(format, args...)
	return d
}

// WithNote adds a second place and returns d.
func (d *Diagnostic) WithNote(pos Pos, format string, args ...any) *Diagnostic {
	d.Notes = append(d.Notes, Note{pos, fmt.Sprintf(format, args...)})
	return d
}

// WithHelp sets the advice and returns d.
func (d *Diagnostic) WithHelp(format string, args ...any) *Diagnostic {
	d.Help = fmt.Sprintf(format, args...)
	return d
}
