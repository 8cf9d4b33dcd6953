package lang

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Type is what kind of value an option takes.
type Type int

// The types of options.
const (
	Int      Type = iota // a whole number
	Float                // a number; a percentage counts as its fraction
	Bool                 // true or false
	Flag                 // present or absent, given by its own name: nobias
	Choice               // one of Option.Choices
	Func                 // an entry of the table Option.Of, alone or with arguments: he_normal, constant(0.1)
	String               // "text"
	Size                 // rows x columns; one number n means n x n
	Shape                // rows x columns x channels, length x channels, or the length of a vector
	Sides                // padding: n, rows x columns, or sides(top, left, bottom, right)
	Fraction             // 20%, or a number from 0 to 1
	Span                 // lo..hi; a single number or percentage v means 1-v..1+v
	Angle                // 10deg
	Metric               // a metric's name, with val_ before it for the validation set
	Compare              // < <= > >=
	Word                 // a fixed word that has to stand there: of, when
	Ref                  // the name of a layer
	Time                 // 1000 for steps, 5epochs
	Pairs                // times and numbers in turn: 10epochs, 1e-4
	Numbers              // a number, or list(a, b, ...)
	Extent               // 10% of a side, or 3px
	Duration             // 30min
)

// String returns the type as an error message names it.
func (t Type) String() string {
	return [...]string{"a whole number", "a number", "true or false", "a flag", "a word", "a name",
		"a text in quotes", "a size such as 3x3", "a shape such as 28x28x1 or 128x6, or a length",
		"a padding such as 1, 1x2 or sides(top=1, left=0, bottom=1, right=0)",
		"a percentage", "a range such as 90%..110%", "an angle such as 10deg",
		"a metric", "a comparison", "a word", "the name of a layer",
		"a number of steps, or of epochs such as 5epochs", "times and numbers in turn",
		"a number or a list such as list(0.5, 0.4)",
		"a share such as 10% or pixels such as 3px", "a duration such as 30min"}[t]
}

// Option is one value that an entry takes: by position or by its name.
type Option struct {
	Name    string
	Type    Type
	Default string   // as it would be written; "" when there is none
	Range   string   // interval notation, "[1, 65536]" or "[0, inf)"; "" for no limit. For sizes: of each side
	Choices []string // of a Choice
	Of      Table    // of a Func
	// Bare options are given by their value alone, in any place: `same` for
	// pad=same, `relu` for activation=relu.
	Bare bool
	// Optional options without Default may be absent.
	Optional bool
	// Variadic is the last positional option, taken once or more.
	Variadic bool
	// Runtime options change no shape and no generated code.
	Runtime bool
	// InWord is the default when the entry is used as a word of another one
	// and that differs from Default: relu-like activations after a layer.
	InWord string
	Later  bool // part of the language, not of this version
	Doc    string
}

// Required reports whether the option has to be given.
func (o *Option) Required() bool {
	return o.Default == "" && !o.Optional && o.Type != Flag
}

// Entry is one word of the language: a layer kind, a setting or a function.
//
// A setting written in several forms has one entry for each form, all of the
// same name, next to each other.
type Entry struct {
	Name       string
	Args       []Option // by position, in order; any of them may be given by name instead
	Options    []Option // by name, or alone when Bare or a Flag
	Doc        string   // one sentence without a final full stop
	Formula    string   // the scalar computation
	Example    string   // a line that is right
	Also       []string // what others call it; only for hints
	Activation bool     // a layer that may also follow conv or dense as a word
	Merge      bool     // a layer that joins the current value with named ones
	Group      string   // settings of one group exclude each other
	Repeats    bool     // a setting that may stand more than once
	Implied    bool     // a setting that is there with its defaults when not written
	Body       string   // a setting with a body: the section that describes the body
	Later      bool     // part of the language, not of this version
}

// Option returns the option of that name, positional ones included.
func (e *Entry) Option(name string) *Option {
	for i := range e.Args {
		if e.Args[i].Name == name && e.Args[i].Type != Word {
			return &e.Args[i]
		}
	}
	for i := range e.Options {
		if e.Options[i].Name == name {
			return &e.Options[i]
		}
	}
	return nil
}

// Usage returns how the entry is written, such as
// `conv FILTERS KERNEL [same] [stride=SIZE]`; only positions and fixed words
// for brevity.
func (e *Entry) Usage() string {
	var b strings.Builder
	b.WriteString(e.Name)
	for i := range e.Args {
		a := &e.Args[i]
		word := strings.ToUpper(a.Name)
		switch {
		case a.Type == Word:
			word = a.Name
		case a.Later:
			continue
		}
		if a.Variadic {
			word += "..."
		}
		if !a.Required() && a.Type != Word {
			word = "[" + word + "]"
		}
		b.WriteString(" " + word)
	}
	if e.Body != "" {
		b.WriteString(" { ... }")
	}
	return b.String()
}

// Find returns the first entry of that name in entries, or nil.
func Find(entries []Entry, name string) *Entry {
	for i := range entries {
		if entries[i].Name == name {
			return &entries[i]
		}
	}
	return nil
}

// FindAlso returns the entry that others call name, in any case, or nil.
func FindAlso(entries []Entry, name string) *Entry {
	for i := range entries {
		for _, a := range entries[i].Also {
			if strings.EqualFold(a, name) {
				return &entries[i]
			}
		}
	}
	return nil
}

// Names lists the names of the entries that this version supports, each once.
func Names(entries []Entry) []string {
	var names []string
	for i := range entries {
		if e := &entries[i]; !e.Later && (len(names) == 0 || names[len(names)-1] != e.Name) {
			names = append(names, e.Name)
		}
	}
	return names
}

// Interval is a range of numbers.
type Interval struct {
	Lo, Hi         float64
	LoOpen, HiOpen bool
}

// Contains reports whether x lies in the interval.
func (v Interval) Contains(x float64) bool {
	if x < v.Lo || (v.LoOpen && x == v.Lo) {
		return false
	}
	return !(x > v.Hi || (v.HiOpen && x == v.Hi)) && !math.IsNaN(x)
}

// Interval returns the range of o; without one, all finite numbers.
func (o *Option) Interval() Interval {
	if o.Range == "" {
		return Interval{math.Inf(-1), math.Inf(1), true, true}
	}
	v, err := ParseInterval(o.Range)
	if err != nil {
		panic("internal error: lang: " + err.Error()) // a test parses every range
	}
	return v
}

// ParseInterval reads interval notation: [0, 1], (0, inf).
func ParseInterval(s string) (Interval, error) {
	var v Interval
	bad := fmt.Errorf("bad interval %q", s)
	if len(s) < 5 || !strings.ContainsAny(s[:1], "[(") || !strings.ContainsAny(s[len(s)-1:], "])") {
		return v, bad
	}
	lo, hi, ok := strings.Cut(s[1:len(s)-1], ", ")
	if !ok {
		return v, bad
	}
	var err1, err2 error
	v.Lo, err1 = strconv.ParseFloat(lo, 64)
	v.Hi, err2 = strconv.ParseFloat(hi, 64)
	if err1 != nil || err2 != nil || v.Lo > v.Hi {
		return v, bad
	}
	v.LoOpen = s[0] == '('
	v.HiOpen = s[len(s)-1] == ')'
	return v, nil
}
