package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// DefaultPattern names the files of epochs that have no pattern of their own.
const DefaultPattern = "epoch-{epoch:04d}"

// maxPattern and maxWidth bound what a pattern can make of a name.
const (
	maxPattern = 100
	maxWidth   = 20
)

// Pattern makes names of files from the epoch and its values:
// "epoch-{epoch:02d}-{val_loss:.3f}" becomes "epoch-07-0.125". A field is {name}
// or {name:format}, the format being that of Python for numbers: a 0 for leading
// zeros, a width, a precision, and d, e, f or g. Epochs count from 1 there (spec:
// training, ModelCheckpoint).
type Pattern struct {
	text  string
	parts []part
}

// part is a piece of text, or a field.
type part struct {
	text, name string
	zeros      bool
	width      int
	precision  int // -1: none
	verb       byte
}

// ParsePattern reads a pattern. What it makes is the name of a file on every
// system: letters, digits, and - _ = + and points that do not come first. The
// epoch has to be in it, so that no epoch replaces the file of another.
func ParsePattern(text string) (*Pattern, error) {
	p := &Pattern{text: text}
	fail := func(format string, args ...any) (*Pattern, error) {
		return nil, fmt.Errorf("file name %q: %s", text, fmt.Sprintf(format, args...))
	}
	if len(text) > maxPattern {
		return fail("longer than %d characters", maxPattern)
	}
	epoch := false
	for rest := text; rest != ""; {
		if end := strings.IndexAny(rest, "{}"); end != 0 {
			if end < 0 {
				end = len(rest)
			}
			for _, r := range rest[:end] {
				if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_=+.", r)) {
					return fail("%q is not a letter, a digit or one of - _ = + .", r)
				}
			}
			p.parts = append(p.parts, part{text: rest[:end]})
			rest = rest[end:]
			continue
		}
		end := strings.IndexByte(rest, '}')
		if rest[0] == '}' || end < 0 {
			return fail("a brace without the other one")
		}
		f, err := parseField(rest[1:end])
		if err != nil {
			return fail("%v", err)
		}
		epoch = epoch || f.name == "epoch"
		p.parts = append(p.parts, f)
		rest = rest[end+1:]
	}
	switch {
	case !epoch:
		return fail("{epoch} has to be in it, or the epochs would replace each other")
	case text[0] == '.':
		return fail("a name does not begin with a point")
	}
	return p, nil
}

// parseField reads what stands in braces.
func parseField(text string) (part, error) {
	name, format, formatted := strings.Cut(text, ":")
	f := part{name: name, precision: -1, verb: 'g'}
	if name == "epoch" {
		f.verb = 'd'
	}
	bad := fmt.Errorf("{%s} is no field; for example {epoch:02d} or {val_loss:.3f}", text)
	if name == "" || strings.ContainsAny(name, "{ ") || formatted && format == "" {
		return f, bad
	}
	if format == "" {
		return f, nil
	}
	if last := format[len(format)-1]; strings.IndexByte("defg", last) >= 0 {
		f.verb, format = last, format[:len(format)-1]
	}
	width, precision, precise := strings.Cut(format, ".")
	if strings.HasPrefix(width, "0") {
		f.zeros, width = true, width[1:]
	}
	var ok bool
	if f.width, ok = small(width); width != "" && !ok {
		return f, bad
	}
	if precise {
		if f.precision, ok = small(precision); !ok {
			return f, bad
		}
	}
	if (f.verb == 'd') != (name == "epoch") || f.verb == 'd' && precise {
		return f, fmt.Errorf("{%s}: the epoch is a whole number (d), all else is not (e, f or g)", text)
	}
	return f, nil
}

// small reads a number of digits.
func small(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n <= maxWidth && text[0] != '+' && text[0] != '-'
}

// Names are the values that the pattern asks for, besides the epoch.
func (p *Pattern) Names() []string {
	var names []string
	for _, f := range p.parts {
		if f.name != "" && f.name != "epoch" {
			names = append(names, f.name)
		}
	}
	return names
}

// Name is the name of the file of an epoch, from 0, without an extension. Where
// value knows none, NA stands.
func (p *Pattern) Name(epoch int, value func(name string) (float64, bool)) string {
	var b strings.Builder
	for _, f := range p.parts {
		switch {
		case f.name == "":
			b.WriteString(f.text)
		case f.name == "epoch":
			b.WriteString(f.pad(strconv.Itoa(epoch + 1)))
		default:
			v, ok := value(f.name)
			switch {
			case !ok:
				b.WriteString("NA")
			case math.IsNaN(v):
				b.WriteString("nan")
			case math.IsInf(v, 0):
				b.WriteString(strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(v, 'g', -1, 64)), "+"))
			default:
				precision := f.precision
				if precision < 0 && f.verb != 'g' {
					precision = 6 // as in Python
				}
				b.WriteString(f.pad(strconv.FormatFloat(v, f.verb, precision, 64)))
			}
		}
	}
	return b.String()
}

// pad brings a number to the width of the field: with zeros behind the sign, or
// with _ in front, a blank being no good character of a name.
func (f *part) pad(text string) string {
	n := max(f.width-len(text), 0)
	if !f.zeros {
		return strings.Repeat("_", n) + text
	}
	sign := ""
	if text[0] == '-' {
		sign, text = "-", text[1:]
	}
	return sign + strings.Repeat("0", n) + text
}
