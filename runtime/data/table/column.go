package table

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
)

// Kinds of columns and encoders of categories, as they are written in the JSON
// of a Fitted.
const (
	Numeric     = "numeric"
	Categorical = "categorical"
	OneHot      = "onehot"
	Ordinal     = "ordinal"
	Hashing     = "hashing"
)

// Column says how the cells of one column become values for the network, with
// all numbers that were learned from the training rows.
type Column struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // Numeric or Categorical

	// Fill takes the place of a missing number, FillText that of a missing
	// category; with neither, a missing value is an error.
	Fill     *float64 `json:"fill,omitempty"`
	FillText *string  `json:"fill_text,omitempty"`
	// Indicator: one value more, 1 where the cell was missing and 0 elsewhere.
	Indicator bool `json:"indicator,omitempty"`

	// Clip: numbers are brought into Lower..Upper before they are scaled.
	Clip  bool    `json:"clip,omitempty"`
	Lower float64 `json:"lower,omitempty"`
	Upper float64 `json:"upper,omitempty"`
	// A number x becomes (x-Center)/Scale + Offset. Scale is above 0.
	Center float64 `json:"center,omitempty"`
	Scale  float64 `json:"scale,omitempty"`
	Offset float64 `json:"offset,omitempty"`

	// Encode says how a category becomes values: OneHot, one value for each of
	// Categories, without the first if DropFirst; Ordinal, its place in
	// Categories; Hashing, one value for each of Buckets.
	Encode     string   `json:"encode,omitempty"`
	Categories []string `json:"categories,omitempty"` // in byte order
	DropFirst  bool     `json:"drop_first,omitempty"`
	Buckets    int      `json:"buckets,omitempty"`
	// Other: a category that is not among Categories is no error: all values
	// of OneHot are 0 then, that of Ordinal is -1.
	Other bool `json:"other,omitempty"`
}

// Width is the number of values that the column becomes.
func (c *Column) Width() int {
	n := 1
	if c.Kind == Categorical {
		switch c.Encode {
		case OneHot:
			n = len(c.Categories)
			if c.DropFirst {
				n--
			}
		case Hashing:
			n = c.Buckets
		}
	}
	if c.Indicator {
		n++
	}
	return n
}

// String is the column as a term of the width: "age", "gender one-hot 2".
func (c *Column) String() string {
	s := c.Name
	if c.Kind == Categorical {
		n := c.Width()
		if c.Indicator {
			n--
		}
		switch c.Encode {
		case OneHot:
			s += fmt.Sprintf(" one-hot %d", n)
		case Hashing:
			s += fmt.Sprintf(" hashed %d", n)
		}
	}
	if c.Indicator {
		s += " + " + c.Name + " missing"
	}
	return s
}

// Text writes the values of a cell of a CSV file to dst, which has Width values.
func (c *Column) Text(dst []float32, cell string, decimalComma bool) error {
	if c.Kind == Categorical {
		return c.Category(dst, cell)
	}
	x, err := parseNumber(cell, decimalComma)
	if err != nil {
		return fmt.Errorf("column %q: %w", c.Name, err)
	}
	return c.Number(dst, x)
}

// Number writes the values of a number to dst, which has Width values. NaN is a
// missing one.
func (c *Column) Number(dst []float32, x float64) error {
	if c.Kind != Numeric {
		return fmt.Errorf("column %q is categorical and takes no number", c.Name)
	}
	if err := c.indicate(dst, math.IsNaN(x)); err != nil {
		return err
	}
	if math.IsNaN(x) {
		if c.Fill == nil {
			return c.missing()
		}
		x = *c.Fill
	}
	y := float32(c.transform(x))
	if math.IsInf(float64(y), 0) || y != y {
		return fmt.Errorf("column %q: %v is too large for single precision", c.Name, x)
	}
	dst[0] = y
	return nil
}

// transform clips and scales a number.
func (c *Column) transform(x float64) float64 {
	if c.Clip {
		x = min(max(x, c.Lower), c.Upper)
	}
	return (x-c.Center)/c.Scale + c.Offset
}

// Inverse is the number that is scaled to y.
func (c *Column) Inverse(y float64) float64 { return (y-c.Offset)*c.Scale + c.Center }

// Category writes the values of a category to dst, which has Width values.
// Spaces around it do not count; "" and its like are missing values.
func (c *Column) Category(dst []float32, text string) error {
	if c.Kind != Categorical {
		return fmt.Errorf("column %q is numeric and takes no text", c.Name)
	}
	text = strings.TrimSpace(text)
	gap := missing(text)
	if err := c.indicate(dst, gap); err != nil {
		return err
	}
	if gap {
		if c.FillText == nil {
			return c.missing()
		}
		text = *c.FillText
	}
	if c.Indicator {
		dst = dst[:len(dst)-1]
	}
	if c.Encode == Hashing {
		clear(dst)
		dst[bucket(text, c.Buckets)] = 1
		return nil
	}
	at := sort.SearchStrings(c.Categories, text)
	if known := at < len(c.Categories) && c.Categories[at] == text; !known {
		if !c.Other {
			return fmt.Errorf("column %q: unknown category %q: it is not among the %d of the training rows", c.Name, text, len(c.Categories))
		}
		at = -1
	}
	if c.Encode == Ordinal {
		dst[0] = float32(at)
		return nil
	}
	clear(dst)
	if c.DropFirst && at >= 0 {
		at-- // the first category is all zeros
	}
	if at >= 0 {
		dst[at] = 1
	}
	return nil
}

// indicate checks the length of dst and writes the indicator.
func (c *Column) indicate(dst []float32, gap bool) error {
	if len(dst) != c.Width() {
		return fmt.Errorf("column %q: place for %d values, want %d", c.Name, len(dst), c.Width())
	}
	if c.Indicator {
		dst[len(dst)-1] = 0
		if gap {
			dst[len(dst)-1] = 1
		}
	}
	return nil
}

func (c *Column) missing() error {
	return fmt.Errorf("column %q: the value is missing, and nothing says what to put in its place", c.Name)
}

// bucket is the place of a category among n: its FNV-1a hash modulo n.
func bucket(text string, n int) int {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return int(h % uint64(n))
}

// maxBuckets is the most values that one column may become.
const maxBuckets = 1 << 16

// check refuses a column that no fit makes.
func (c *Column) check() error {
	finite := func(values ...float64) bool {
		for _, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
		}
		return true
	}
	switch {
	case c.Name == "":
		return errors.New("a column has no name")
	case c.Kind == Numeric:
		switch {
		case !finite(c.Center, c.Scale, c.Offset, c.Lower, c.Upper) || !(c.Scale > 0):
			return fmt.Errorf("column %q: a scale of (x - %v)/%v + %v", c.Name, c.Center, c.Scale, c.Offset)
		case c.Fill != nil && !finite(*c.Fill):
			return fmt.Errorf("column %q: missing values become %v", c.Name, *c.Fill)
		case c.Clip && c.Lower > c.Upper:
			return fmt.Errorf("column %q: values are clipped to %v..%v", c.Name, c.Lower, c.Upper)
		}
	case c.Kind != Categorical:
		return fmt.Errorf("column %q: unknown kind %q", c.Name, c.Kind)
	case c.Encode == Hashing:
		if c.Buckets < 1 || c.Buckets > maxBuckets {
			return fmt.Errorf("column %q: %d buckets, want 1 to %d", c.Name, c.Buckets, maxBuckets)
		}
	case c.Encode == OneHot || c.Encode == Ordinal:
		switch {
		case len(c.Categories) < 1 || len(c.Categories) > maxBuckets:
			return fmt.Errorf("column %q: %d categories, want 1 to %d", c.Name, len(c.Categories), maxBuckets)
		case !slices.IsSorted(c.Categories) || len(slices.Compact(slices.Clone(c.Categories))) < len(c.Categories):
			return fmt.Errorf("column %q: the categories are not in order", c.Name)
		}
	default:
		return fmt.Errorf("column %q: unknown encoder %q", c.Name, c.Encode)
	}
	return nil
}
