package ast

import "github.com/cnnc/cnnc/dsl/diag"

// Expr is an expression.
type Expr interface {
	Node
	expr()
}

// Arg is one word of a line or one argument of a call: a value, or KEY=VALUE.
type Arg struct {
	diag.Span
	Name  *Ident // nil for a value without a key
	Value Expr
}

// Ident is a name.
type Ident struct {
	diag.Span
	Name string
}

// Unit is what a number counts.
type Unit int

// Units of a number.
const (
	Plain    Unit = iota // 3, 1e-3
	Percent              // 20%
	Degree               // 10deg
	Epoch                // 5epochs
	Pixel                // 3px
	Duration             // 30min
)

// Seconds returns how many seconds a unit of time has, 0 for what is none.
func Seconds(unit string) float64 {
	switch unit {
	case "s":
		return 1
	case "min":
		return 60
	case "h":
		return 3600
	}
	return 0
}

// Number is a literal. Text keeps the spelling, which the printer keeps too.
type Number struct {
	diag.Span
	Text  string  // with its unit
	Value float64 // without unit: 20 for 20%; of durations, in seconds
	IsInt bool    // written without point and exponent
	Unit  Unit
}

// Dims is a size, rows x columns x channels, such as 3x3 or 28x28x1.
type Dims struct {
	diag.Span
	Text   string
	Values []int
}

// String is a string literal with Go escapes.
type String struct {
	diag.Span
	Text  string // with quotes, as written
	Value string
}

// Bool is true or false.
type Bool struct {
	diag.Span
	Value bool
}

// Call is NAME(ARGS), with no space before the parenthesis.
type Call struct {
	diag.Span
	Fun  *Ident
	Args []Arg
}

// Unary is an operator before its operand: - or not.
type Unary struct {
	diag.Span
	Op string
	X  Expr
}

// Binary is an operator between two operands: or, and, == != < <= > >=, + - * /.
type Binary struct {
	diag.Span
	Op   string
	X, Y Expr
}

// Range is LO..HI, both ends included.
type Range struct {
	diag.Span
	Lo, Hi Expr
}

// Paren is an expression in parentheses.
type Paren struct {
	diag.Span
	X Expr
}

func (*Ident) expr()  {}
func (*Number) expr() {}
func (*Dims) expr()   {}
func (*String) expr() {}
func (*Bool) expr()   {}
func (*Call) expr()   {}
func (*Unary) expr()  {}
func (*Binary) expr() {}
func (*Range) expr()  {}
func (*Paren) expr()  {}
