package ir

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Size is the number of elements, 1 for a scalar. It saturates at
// math.MaxInt64, so that the product of absurd dimensions is absurdly large
// instead of wrapping around.
func (s Shape) Size() int {
	n := 1
	for _, d := range s {
		if d > 0 && n > math.MaxInt/d {
			return math.MaxInt
		}
		n *= d
	}
	return n
}

// Equal reports whether the two shapes have the same axes.
func (s Shape) Equal(t Shape) bool { return slices.Equal(s, t) }

// String is the shape as error messages write it: 28x28x32, or "scalar".
func (s Shape) String() string {
	if len(s) == 0 {
		return "scalar"
	}
	return s.join("x")
}

// Last is the size of the last axis: channels of an image, length of a vector,
// 1 for a scalar.
func (s Shape) Last() int {
	if len(s) == 0 {
		return 1
	}
	return s[len(s)-1]
}

func (s Shape) join(sep string) string {
	var b strings.Builder
	for i, d := range s {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(strconv.Itoa(d))
	}
	return b.String()
}

// String is the name in the text form.
func (t DType) String() string {
	switch t {
	case F32:
		return "f32"
	case Mask:
		return "mask"
	case Label:
		return "label"
	}
	return "dtype" + strconv.Itoa(int(t))
}

// Type is what an operation's shape rule says about its result.
type Type struct {
	Shape Shape
	DType DType
	// Batched is true when there is one such tensor for each example.
	Batched bool
}

// String is the type as the text form writes it: f32[n 28 28 32] for a batched
// value, f32[3 3 1 32] for a whole-batch one.
func (t Type) String() string {
	dims := t.Shape.join(" ")
	switch {
	case t.Batched && dims == "":
		dims = "n"
	case t.Batched:
		dims = "n " + dims
	}
	return t.DType.String() + "[" + dims + "]"
}

// Equal reports whether the two types are the same.
func (t Type) Equal(u Type) bool {
	return t.DType == u.DType && t.Batched == u.Batched && t.Shape.Equal(u.Shape)
}

// Type returns the three fields of v that its shape rule determines.
func (v *Value) Type() Type { return Type{v.Shape, v.DType, v.Batched} }
