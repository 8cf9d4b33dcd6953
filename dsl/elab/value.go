package elab

import (
	"math"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
)

// Kind is the type of a Value.
type Kind int

// The kinds of values. Unknown occurs only in programs with errors.
const (
	Unknown  Kind = iota
	Num           // a number: Num, IsInt
	Bool          // true or false: Bool
	Name          // a word: Str
	Str           // a text: Str
	Dims          // rows x columns x ...: Dims
	Percent       // a share: Num is the fraction, 0.2 for 20%
	Angle         // Num in degrees
	Range         // Lo..Hi, both included: Lo, Hi, as fractions for percentages
	Call          // a function with its arguments: Str is the name, Args are complete
	List          // several values: List
	Epochs        // Num of epochs
	Pixels        // Num of pixels
	Duration      // Num of seconds
)

// String names the kind in messages.
func (k Kind) String() string {
	return [...]string{"an unknown value", "a number", "true or false", "a name", "a text", "a size",
		"a percentage", "an angle", "a range", "a function", "a list", "a number of epochs", "a number of pixels", "a duration"}[k]
}

// Value is a checked value of a model file.
type Value struct {
	Kind  Kind
	Num   float64 // of Num, Percent (fraction), Angle (degrees), Epochs, Pixels and Duration (seconds); exact for integers
	IsInt bool    // of Num: a whole number, not above 2^53 in size
	Bool  bool
	Str   string
	Dims  []int   // rows, columns, channels; paddings are top, left, bottom, right
	Lo    float64 // of Range
	Hi    float64
	Unit  Kind // of Range: Num, Percent or Angle
	List  []Value
	Args  map[string]Value // of Call: every argument by name, defaults filled in
	// Pos is where the value is written. It is not valid for a default.
	Pos diag.Span
	// Hypers are the names of the hyperparameters that the value depends on,
	// sorted.
	Hypers []string
}

// Int returns a whole number.
func (v Value) Int() int { return int(v.Num) }

// String returns the value as it would be written in a model file.
func (v Value) String() string {
	switch v.Kind {
	case Num:
		return formatNum(v.Num)
	case Bool:
		return strconv.FormatBool(v.Bool)
	case Name:
		return v.Str
	case Str:
		return strconv.Quote(v.Str)
	case Dims:
		parts := make([]string, len(v.Dims))
		for i, d := range v.Dims {
			parts[i] = strconv.Itoa(d)
		}
		return strings.Join(parts, "x")
	case Percent:
		return formatNum(v.Num*100) + "%"
	case Angle:
		return formatNum(v.Num) + "deg"
	case Epochs:
		return formatNum(v.Num) + "epochs"
	case Pixels:
		return formatNum(v.Num) + "px"
	case Duration:
		for _, u := range []string{"h", "min"} {
			if n := v.Num / ast.Seconds(u); n == math.Trunc(n) {
				return formatNum(n) + u
			}
		}
		return formatNum(v.Num) + "s"
	case Range:
		lo, hi := Value{Kind: v.Unit, Num: v.Lo}, Value{Kind: v.Unit, Num: v.Hi}
		return lo.String() + ".." + hi.String()
	case Call:
		return v.Str + "(...)"
	case List:
		parts := make([]string, len(v.List))
		for i, x := range v.List {
			parts[i] = x.String()
		}
		return strings.Join(parts, " ")
	}
	return "?"
}

// formatNum writes the shortest decimal that reads back as x; 12 digits are
// enough to hide the rounding of percentages.
func formatNum(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) <= maxInt {
		return strconv.FormatInt(int64(x), 10)
	}
	s := strconv.FormatFloat(x, 'g', -1, 64)
	if len(s) > 14 {
		s = strconv.FormatFloat(x, 'g', 12, 64)
	}
	// 1e-5, as people write it, not 1e-05.
	return strings.NewReplacer("e-0", "e-", "e+0", "e", "e+", "e").Replace(s)
}

// equal compares what two values mean, not where they stand.
func equal(a, b Value) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case Num, Percent, Angle, Epochs, Pixels, Duration:
		return a.Num == b.Num
	case Bool:
		return a.Bool == b.Bool
	case Name, Str:
		return a.Str == b.Str
	case Dims:
		if len(a.Dims) != len(b.Dims) {
			return false
		}
		for i := range a.Dims {
			if a.Dims[i] != b.Dims[i] {
				return false
			}
		}
		return true
	}
	return false
}
