package elab

import (
	"math"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/lang"
)

// call computes a function of lang.Functions.
func (e *elaborator) call(x *ast.Call, sc *scope) Value {
	name := x.Fun.Name
	if lang.Find(lang.Functions, name) == nil {
		d := e.unknownf(name, diag.UnknownName, x.Fun.Span, "there is no function %s", name)
		if e.blocks[name] != nil {
			d.Msg = name + " is a block, not a value"
			d.Help = "apply a block on a line of its own"
			return unknown(x)
		}
		suggest(d, name, lang.Names(lang.Functions), "numbers are computed by min, max, floor, ceil and round")
		return unknown(x)
	}
	var args []Value
	var hypers []string
	known := true
	for i := range x.Args {
		v := e.eval(x.Args[i].Value, sc)
		if x.Args[i].Name != nil && name != "sides" {
			e.errorf(diag.UnknownOption, x.Args[i].Span, "%s takes its arguments by position", name)
			known = false
		}
		if v.Kind != Num && v.Kind != Unknown {
			e.errorf(diag.WrongType, v.Pos, "%s computes with numbers, got %s", name, v)
		}
		known = known && v.Kind == Num
		args = append(args, v)
		hypers = union(hypers, v.Hypers)
	}
	if !known {
		return unknown(x)
	}
	var v Value
	switch name {
	case "min", "max":
		v = e.minMax(x, args)
	case "floor", "ceil", "round":
		v = e.rounded(x, args)
	case "dims":
		v = e.dims(x, args)
	case "sides":
		v = e.sides(x, args)
	case "list":
		if e.arity(x, 1, 1<<16) {
			v = Value{Kind: List, List: args}
		}
	}
	v.Pos, v.Hypers = x.Span, hypers
	return v
}

func (e *elaborator) arity(x *ast.Call, lo, hi int) bool {
	if len(x.Args) >= lo && len(x.Args) <= hi {
		return true
	}
	code := diag.MissingArgument
	if len(x.Args) > hi {
		code = diag.ExtraArgument
	}
	e.errorf(code, x.Span, "%s has %d arguments", x.Fun.Name, len(x.Args)).
		WithExpected("%s", lang.Find(lang.Functions, x.Fun.Name).Example)
	return false
}

func (e *elaborator) minMax(x *ast.Call, args []Value) Value {
	if !e.arity(x, 2, 2) {
		return Value{}
	}
	a, b := args[0], args[1]
	if (a.Num > b.Num) == (x.Fun.Name == "min") {
		return Value{Kind: Num, Num: b.Num, IsInt: b.IsInt}
	}
	return Value{Kind: Num, Num: a.Num, IsInt: a.IsInt}
}

func (e *elaborator) rounded(x *ast.Call, args []Value) Value {
	if !e.arity(x, 1, 1) {
		return Value{}
	}
	v := args[0].Num
	switch x.Fun.Name {
	case "floor":
		v = math.Floor(v)
	case "ceil":
		v = math.Ceil(v)
	case "round":
		v = math.Round(v)
	}
	if math.Abs(v) > maxInt {
		e.errorf(diag.BadArithmetic, x.Span, "%s is too large for a whole number", args[0])
		return Value{}
	}
	return Value{Kind: Num, Num: v + 0, IsInt: true}
}

// side checks that v is a whole number that fits a size.
func (e *elaborator) side(v Value) (int, bool) {
	if !v.IsInt || v.Num < 0 || v.Num > math.MaxInt32 {
		d := e.errorf(diag.WrongType, v.Pos, "a side of a size is a whole number, got %s", v)
		e.originOf(d, v)
		return 0, false
	}
	return int(v.Num), true
}

func (e *elaborator) dims(x *ast.Call, args []Value) Value {
	if !e.arity(x, 2, 3) {
		return Value{}
	}
	v := Value{Kind: Dims}
	for _, a := range args {
		n, ok := e.side(a)
		if !ok {
			return Value{}
		}
		v.Dims = append(v.Dims, n)
	}
	return v
}

var sideNames = []string{"top", "left", "bottom", "right"}

func (e *elaborator) sides(x *ast.Call, args []Value) Value {
	if !e.arity(x, 1, 4) {
		return Value{}
	}
	v := Value{Kind: Dims, Dims: make([]int, 4)}
	given := [4]bool{}
	for i, a := range args {
		at := i
		if key := x.Args[i].Name; key != nil {
			at = -1
			for j, s := range sideNames {
				if s == key.Name {
					at = j
				}
			}
			if at < 0 {
				d := e.errorf(diag.UnknownOption, key.Span, "sides has no argument %s", key.Name)
				suggest(d, key.Name, sideNames, "the sides are top, left, bottom and right")
				return Value{}
			}
		}
		n, ok := e.side(a)
		if !ok {
			return Value{}
		}
		if given[at] {
			e.errorf(diag.Duplicate, x.Args[i].Span, "%s is given twice", sideNames[at])
			return Value{}
		}
		given[at] = true
		v.Dims[at] = n
	}
	return v
}
