package elab

import (
	"math"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
)

// maxInt is the largest whole number: up to here float64 is exact.
const maxInt = 1<<53 - 1

// unknown is the value of an expression with a mistake.
func unknown(x ast.Expr) Value { return Value{Pos: spanOf(x)} }

// eval evaluates an expression. A name has to be known.
func (e *elaborator) eval(x ast.Expr, sc *scope) Value {
	if id, ok := x.(*ast.Ident); ok {
		v, ok := e.lookup(id, sc)
		if !ok {
			return e.undefined(id, sc)
		}
		return v
	}
	return e.word(x, sc)
}

// word evaluates a word of a line: a name that is not known stands for itself,
// as relu and same do.
func (e *elaborator) word(x ast.Expr, sc *scope) Value {
	switch x := x.(type) {
	case *ast.Ident:
		if v, ok := e.lookup(x, sc); ok {
			return v
		}
		return Value{Kind: Name, Str: x.Name, Pos: x.Span}
	case *ast.Number:
		return number(x)
	case *ast.Dims:
		return Value{Kind: Dims, Dims: x.Values, Pos: x.Span}
	case *ast.String:
		return Value{Kind: Str, Str: x.Value, Pos: x.Span}
	case *ast.Bool:
		return Value{Kind: Bool, Bool: x.Value, Pos: x.Span}
	case *ast.Paren:
		v := e.eval(x.X, sc)
		v.Pos = x.Span
		return v
	case *ast.Unary:
		return e.unary(x, sc)
	case *ast.Binary:
		return e.binary(x, sc)
	case *ast.Range:
		return e.rangeOf(x, sc)
	case *ast.Call:
		return e.call(x, sc)
	}
	return unknown(x)
}

func number(x *ast.Number) Value {
	v := Value{Kind: Num, Num: x.Value, IsInt: x.IsInt && x.Value <= maxInt, Pos: x.Span}
	switch x.Unit {
	case ast.Percent:
		v.Kind, v.Num, v.IsInt = Percent, x.Value/100, false
	case ast.Degree:
		v.Kind, v.IsInt = Angle, false
	case ast.Epoch:
		v.Kind, v.IsInt = Epochs, false
	case ast.Pixel:
		v.Kind, v.IsInt = Pixels, false
	case ast.Duration:
		v.Kind, v.IsInt = Duration, false
	}
	return v
}

// lookup finds the value of a name: a parameter or named value of the
// surrounding bodies, a hyperparameter, or the number of classes or features. The name of
// a layer is known, but not as a value.
func (e *elaborator) lookup(id *ast.Ident, sc *scope) (Value, bool) {
	if b := sc.find(id.Name); b != nil {
		if b.isLayer {
			return Value{}, false
		}
		v := b.value
		v.Pos = id.Span
		if e.dry {
			v = unknown(id)
		}
		return v, true
	}
	if h := e.hypers[id.Name]; h != nil {
		v := h.Value
		v.Pos = id.Span
		v.Hypers = []string{h.Name}
		if e.dry {
			v = unknown(id)
		}
		return v, true
	}
	if id.Name == "classes" && e.inNet {
		if e.opts.Classes <= 0 {
			if !e.dry {
				e.errorf(diag.NeedsClasses, id.Span, "the number of classes in the data is not known").
					WithHelp("cnnc counts the classes in the data of the train setting; write a number here to do without")
			}
			return unknown(id), true
		}
		return Value{Kind: Num, Num: float64(e.opts.Classes), IsInt: true, Pos: id.Span}, true
	}
	if id.Name == "features" && e.inNet {
		if e.opts.Features <= 0 {
			if !e.dry {
				e.errorf(diag.NeedsFeatures, id.Span, "how many values a row of the table becomes is not known").
					WithHelp("cnnc counts them in the csv file of the train setting; write a number here to do without")
			}
			return unknown(id), true
		}
		return Value{Kind: Num, Num: float64(e.opts.Features), IsInt: true, Pos: id.Span}, true
	}
	return Value{}, false
}

func (e *elaborator) undefined(id *ast.Ident, sc *scope) Value {
	if b := sc.find(id.Name); b != nil && b.isLayer {
		e.errorf(diag.WrongType, id.Span, "%s is the name of a layer, not a value", id.Name).WithNote(b.pos, "it is named here")
		return unknown(id)
	}
	if why := e.reserved(id.Name); why != "" {
		e.errorf(diag.WrongType, id.Span, "%s is %s, not a value", id.Name, why)
		return unknown(id)
	}
	d := e.unknownf(id.Name, diag.UnknownName, id.Span, "%s is not defined", id.Name)
	suggest(d, id.Name, e.valueNames(sc), "define it with hyper "+id.Name+" = ...")
	return unknown(id)
}

// valueNames lists what a name in an expression may be.
func (e *elaborator) valueNames(sc *scope) []string {
	var names []string
	for s := sc; s != nil; s = s.outer {
		for _, b := range s.list {
			if !b.isLayer {
				names = append(names, b.name)
			}
		}
	}
	for _, h := range e.prog.Hypers {
		names = append(names, h.Name)
	}
	if e.inNet {
		names = append(names, "classes", "features")
	}
	return names
}

func (e *elaborator) unary(x *ast.Unary, sc *scope) Value {
	v := e.eval(x.X, sc)
	switch {
	case v.Kind == Unknown:
	case x.Op == "not" && v.Kind == Bool:
		v.Bool = !v.Bool
	case x.Op == "-" && (v.Kind == Num || v.Kind == Percent || v.Kind == Angle):
		v.Num = 0 - v.Num // never -0
	default:
		want := "a number"
		if x.Op == "not" {
			want = "true or false"
		}
		e.errorf(diag.WrongType, x.Span, "%s needs %s, got %s", x.Op, want, v)
		return unknown(x)
	}
	v.Pos = x.Span
	return v
}

func (e *elaborator) binary(x *ast.Binary, sc *scope) Value {
	a := e.eval(x.X, sc)
	if x.Op == "and" || x.Op == "or" {
		// The second operand counts only when the first leaves it open, so that
		// `n > 0 and 8/n > 1` is safe; otherwise it is looked through for mistakes.
		decided := a.Kind == Bool && a.Bool == (x.Op == "or")
		end := func() {}
		if decided {
			end = e.beginDry()
		}
		b := e.eval(x.Y, sc)
		end()
		for _, v := range []Value{a, b} {
			if v.Kind != Bool && v.Kind != Unknown {
				e.errorf(diag.WrongType, v.Pos, "%s needs true or false on both sides, got %s", x.Op, v)
				return unknown(x)
			}
		}
		if decided {
			a.Pos = x.Span
			return a
		}
		if a.Kind == Unknown || b.Kind == Unknown {
			return unknown(x)
		}
		return Value{Kind: Bool, Bool: b.Bool, Pos: x.Span, Hypers: union(a.Hypers, b.Hypers)}
	}
	var b Value
	if (x.Op == "==" || x.Op == "!=") && (a.Kind == Name || a.Kind == Unknown) {
		b = e.word(x.Y, sc) // `act == relu`: a word stands for itself
	} else {
		b = e.eval(x.Y, sc)
	}
	if a.Kind == Unknown || b.Kind == Unknown {
		return unknown(x)
	}
	var v Value
	switch x.Op {
	case "+", "-", "*", "/":
		v = e.arithmetic(x, a, b)
	default:
		v = e.compare(x, a, b)
	}
	v.Pos = x.Span
	v.Hypers = union(a.Hypers, b.Hypers)
	return v
}

// arithmetic computes with numbers. Percentages and angles may be added to
// their like and scaled by numbers. The quotient of whole numbers is whole when
// nothing is lost: filters/2 is a whole number, 1/255 is not.
func (e *elaborator) arithmetic(x *ast.Binary, a, b Value) Value {
	unit := func(v Value) bool {
		return v.Kind == Percent || v.Kind == Angle || v.Kind == Epochs || v.Kind == Pixels || v.Kind == Duration
	}
	scaled := x.Op == "*" || x.Op == "/"
	var kind Kind
	switch {
	case a.Kind == Num && b.Kind == Num:
		kind = Num
	case unit(a) && (b.Kind == a.Kind && !scaled || b.Kind == Num && scaled):
		kind = a.Kind
	case unit(b) && a.Kind == Num && x.Op == "*":
		kind = b.Kind
	default:
		e.errorf(diag.WrongType, x.Span, "cannot compute %s %s %s", a, x.Op, b).
			WithExpected("numbers on both sides of %s", x.Op)
		return Value{}
	}
	v := Value{Kind: kind, IsInt: a.IsInt && b.IsInt}
	switch x.Op {
	case "+":
		v.Num = a.Num + b.Num
	case "-":
		v.Num = a.Num - b.Num
	case "*":
		v.Num = a.Num * b.Num
	case "/":
		if b.Num == 0 {
			d := e.errorf(diag.BadArithmetic, x.Span, "%s / %s divides by zero", a, b)
			e.originOf(d, b)
			return Value{}
		}
		v.Num = a.Num / b.Num
		v.IsInt = v.IsInt && v.Num == math.Trunc(v.Num)
	}
	if math.IsInf(v.Num, 0) || math.IsNaN(v.Num) || v.IsInt && math.Abs(v.Num) > maxInt {
		e.errorf(diag.BadArithmetic, x.Span, "%s %s %s is too large", a, x.Op, b).
			WithExpected("whole numbers up to %d", int64(maxInt))
		return Value{}
	}
	if v.Num == 0 {
		v.Num = 0 // not -0
	}
	return v
}

func (e *elaborator) compare(x *ast.Binary, a, b Value) Value {
	number := a.Kind == Num || a.Kind == Percent || a.Kind == Angle || a.Kind == Epochs || a.Kind == Pixels || a.Kind == Duration
	ordered := x.Op != "==" && x.Op != "!="
	if a.Kind != b.Kind || ordered && !number || a.Kind == Range {
		e.errorf(diag.WrongType, x.Span, "cannot compare %s %s %s", a, x.Op, b).
			WithExpected("values of one kind; only numbers have an order")
		return Value{}
	}
	v := Value{Kind: Bool}
	switch x.Op {
	case "==":
		v.Bool = equal(a, b)
	case "!=":
		v.Bool = !equal(a, b)
	case "<":
		v.Bool = a.Num < b.Num
	case "<=":
		v.Bool = a.Num <= b.Num
	case ">":
		v.Bool = a.Num > b.Num
	case ">=":
		v.Bool = a.Num >= b.Num
	}
	return v
}

func (e *elaborator) rangeOf(x *ast.Range, sc *scope) Value {
	lo, hi := e.eval(x.Lo, sc), e.eval(x.Hi, sc)
	if lo.Kind == Unknown || hi.Kind == Unknown {
		return unknown(x)
	}
	if lo.Kind != hi.Kind || lo.Kind != Num && lo.Kind != Percent && lo.Kind != Angle {
		e.errorf(diag.WrongType, x.Span, "%s..%s is not a range", lo, hi).WithExpected("two numbers or two percentages")
		return unknown(x)
	}
	if lo.Num > hi.Num {
		e.errorf(diag.OutOfRange, x.Span, "the range %s..%s is empty", lo, hi).WithHelp("the smaller value comes first")
		return unknown(x)
	}
	return Value{Kind: Range, Lo: lo.Num, Hi: hi.Num, Unit: lo.Kind, IsInt: lo.IsInt && hi.IsInt,
		Pos: x.Span, Hypers: union(lo.Hypers, hi.Hypers)}
}

// originOf adds a note for each hyperparameter behind v.
func (e *elaborator) originOf(d *diag.Diagnostic, v Value) {
	for _, name := range v.Hypers {
		if h := e.hypers[name]; h != nil {
			d.WithNote(h.Pos, "the hyperparameter %s is %s here", name, h.Value)
		}
	}
}
