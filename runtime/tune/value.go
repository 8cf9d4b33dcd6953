package tune

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/runtime/rng"
)

// Value is the value of one hyperparameter: a number, a word, or true or false.
// Values are comparable with ==. The zero Value is none of them: that of a
// hyperparameter that is not active.
type Value struct {
	kind valueKind
	num  float64
	str  string
}

type valueKind uint8

const (
	noValue valueKind = iota
	number
	word
	truth
)

// Num is a number, whole or not.
func Num(x float64) Value { return Value{kind: number, num: x} }

// Word is a text, such as the name of an optimizer.
func Word(s string) Value { return Value{kind: word, str: s} }

// Truth is true or false.
func Truth(b bool) Value {
	v := Value{kind: truth}
	if b {
		v.num = 1
	}
	return v
}

// IsValid is false for the zero Value.
func (v Value) IsValid() bool { return v.kind != noValue }

// Float is the number, 0 when v is none.
func (v Value) Float() float64 {
	if v.kind != number {
		return 0
	}
	return v.num
}

// Int is the number cut to a whole one, 0 when v is none.
func (v Value) Int() int { return int(v.Float()) }

// Bool says whether v is true.
func (v Value) Bool() bool { return v.kind == truth && v.num == 1 }

// String writes the value as model files and tables do.
func (v Value) String() string {
	switch v.kind {
	case number:
		const exact = 1 << 53
		if v.num == math.Trunc(v.num) && math.Abs(v.num) <= exact {
			return strconv.FormatFloat(v.num, 'f', -1, 64) // 1000000, a whole number, not 1e+06
		}
		return strconv.FormatFloat(v.num, 'g', -1, 64)
	case word:
		return v.str
	case truth:
		return strconv.FormatBool(v.Bool())
	}
	return "-"
}

// MarshalJSON writes 0.001, "adam", true or null.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.kind {
	case number:
		if math.IsNaN(v.num) || math.IsInf(v.num, 0) {
			return nil, fmt.Errorf("the value %v has no JSON form", v.num)
		}
		return json.Marshal(v.num)
	case word:
		return json.Marshal(v.str)
	case truth:
		return json.Marshal(v.Bool())
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Value) UnmarshalJSON(data []byte) error {
	var x any
	if err := json.Unmarshal(data, &x); err != nil {
		return err
	}
	switch x := x.(type) {
	case nil:
		*v = Value{}
	case float64:
		*v = Num(x)
	case string:
		*v = Word(x)
	case bool:
		*v = Truth(x)
	default:
		return fmt.Errorf("%s is no value of a hyperparameter", data)
	}
	return nil
}

// Values is a point: a value for each active hyperparameter, by name.
type Values map[string]Value

// names are the names in order.
func (p Values) names() []string {
	names := make([]string, 0, len(p))
	for n := range p {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// key is equal for equal points.
func (p Values) key() uint64 {
	h := uint64(0)
	for _, n := range p.names() {
		v := p[n]
		h = rng.Hash(h, rng.HashString(n), uint64(v.kind), math.Float64bits(v.num), rng.HashString(v.str))
	}
	return h
}

// String writes "filters=32 rate=0.001", names in order.
func (p Values) String() string {
	var parts []string
	for _, n := range p.names() {
		parts = append(parts, n+"="+p[n].String())
	}
	return strings.Join(parts, " ")
}
