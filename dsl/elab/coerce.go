package elab

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/lang"
)

// optionValue evaluates x as the value of an option.
func (e *elaborator) optionValue(ent *lang.Entry, opt *lang.Option, x ast.Expr, sc *scope) Value {
	if call, ok := x.(*ast.Call); ok && lang.Find(lang.Functions, call.Fun.Name) == nil {
		return e.optionOf(ent, opt, Value{Kind: Call, Str: call.Fun.Name, Pos: call.Span}, x, sc)
	}
	v := e.word(x, sc)
	if v.Kind == Name && !takesName(opt.Type) {
		if id, ok := x.(*ast.Ident); ok && len(v.Hypers) == 0 {
			return e.undefined(id, sc)
		}
	}
	return e.optionOf(ent, opt, v, x, sc)
}

// takesName reports whether a word by itself can be a value of the type.
func takesName(t lang.Type) bool {
	switch t {
	case lang.Func, lang.Choice, lang.Metric, lang.Compare, lang.Word, lang.Ref, lang.Sides:
		return true
	}
	return false
}

// optionOf checks v, the value of x, against the type and range of an option.
// It returns an unknown value after a mistake.
func (e *elaborator) optionOf(ent *lang.Entry, opt *lang.Option, v Value, x ast.Expr, sc *scope) Value {
	if v.Kind == Unknown {
		return v
	}
	pos, hypers := v.Pos, v.Hypers
	c := &coercion{e: e, ent: ent, opt: opt, got: v}
	if opt.Type == lang.Func {
		e.used(hypers, opt.Runtime) // which function it is
		v = c.function(x, sc)
	} else {
		v = c.value(v)
	}
	v.Pos = pos
	v.Hypers = union(v.Hypers, hypers)
	return v
}

// coercion checks one value against one option.
type coercion struct {
	e   *elaborator
	ent *lang.Entry
	opt *lang.Option
	got Value
}

func (c *coercion) value(v Value) Value {
	switch c.opt.Type {
	case lang.Int:
		if v.Kind == Num && v.IsInt {
			return c.ranged(v)
		}
		if v.Kind == Num && v.Num == math.Trunc(v.Num) && !c.opt.Interval().Contains(v.Num) {
			return c.outOfRange() // 1e12: how it is written is not what is wrong
		}
	case lang.Float:
		if v.Kind == Num || v.Kind == Percent {
			v.Kind = Num
			v.IsInt = v.Num == math.Trunc(v.Num) && math.Abs(v.Num) <= maxInt
			return c.single(v)
		}
	case lang.Fraction:
		if v.Kind == Num || v.Kind == Percent {
			v.Kind, v.IsInt = Percent, false
			return c.ranged(v)
		}
	case lang.Angle:
		if v.Kind == Angle {
			return c.ranged(v)
		}
	case lang.Extent:
		switch {
		case v.Kind == Pixels && v.Num >= 0 && v.Num <= lang.MaxPixels && v.Num == math.Trunc(v.Num):
			return v
		case v.Kind == Pixels:
			c.e.errorf(diag.OutOfRange, v.Pos, "%s: %s in pixels is a whole number in [0, %d], got %s", c.ent.Name, c.opt.Name, lang.MaxPixels, v)
			return Value{}
		case v.Kind == Percent, v.Kind == Num && v.Num <= 1:
			v.Kind, v.IsInt = Percent, false
			return c.ranged(v)
		}
	case lang.Time:
		if v.Kind == Epochs || v.Kind == Num && v.IsInt {
			return c.ranged(v)
		}
	case lang.Duration:
		if v.Kind == Duration {
			return c.ranged(v)
		}
	case lang.Pairs: // checked by who knows what they are for
		if v.Kind == Epochs || v.Kind == Num || v.Kind == Percent {
			if v.Kind == Percent {
				v.Kind = Num
			}
			return v
		}
	case lang.Bool, lang.Flag:
		if v.Kind == Bool {
			return v
		}
	case lang.String:
		if v.Kind == Str && v.Str == "" {
			c.e.errorf(diag.OutOfRange, v.Pos, "%s: %s is empty", c.ent.Name, c.opt.Name)
			return Value{}
		}
		if v.Kind == Str {
			return v
		}
	case lang.Choice:
		if v.Kind == Name {
			return c.choice(v)
		}
	case lang.Metric, lang.Ref:
		if v.Kind == Name {
			return v
		}
	case lang.Compare:
		if v.Kind == Name && slices.Contains(comparisons, v.Str) {
			return v
		}
	case lang.Size:
		if v.Kind == Num && v.IsInt {
			return c.sides(v, v.Num, v.Num)
		}
		if v.Kind == Dims && len(v.Dims) == 2 {
			return c.sides(v, float64(v.Dims[0]), float64(v.Dims[1]))
		}
	case lang.Shape:
		if v.Kind == Num && v.IsInt {
			return c.sides(v, v.Num)
		}
		if v.Kind == Dims && len(v.Dims) == 2 {
			return c.sides(v, float64(v.Dims[0]), float64(v.Dims[1]))
		}
		if v.Kind == Dims && len(v.Dims) == 3 {
			return c.sides(v, float64(v.Dims[0]), float64(v.Dims[1]), float64(v.Dims[2]))
		}
	case lang.Sides:
		return c.padding(v)
	case lang.Numbers:
		return c.numbers(v)
	case lang.Span:
		return c.span(v)
	}
	return c.wrongType()
}

var comparisons = []string{"<", "<=", ">", ">="}

// padding turns the forms of a padding into a name or top, left, bottom, right.
func (c *coercion) padding(v Value) Value {
	side := func(i int) float64 { return float64(v.Dims[i]) }
	switch {
	case v.Kind == Name:
		return c.choice(v)
	case v.Kind == Num && v.IsInt:
		return c.sides(v, v.Num, v.Num, v.Num, v.Num)
	case v.Kind == Dims && len(v.Dims) == 2:
		return c.sides(v, side(0), side(1), side(0), side(1))
	case v.Kind == Dims && len(v.Dims) == 4:
		return c.sides(v, side(0), side(1), side(2), side(3))
	}
	return c.wrongType()
}

// numbers turns a number into a list of one and checks all.
func (c *coercion) numbers(v Value) Value {
	if v.Kind == Num || v.Kind == Percent {
		v = Value{Kind: List, List: []Value{v}}
	}
	if v.Kind != List {
		return c.wrongType()
	}
	list := make([]Value, len(v.List))
	for i, x := range v.List {
		x.Kind = Num
		x.IsInt = x.Num == math.Trunc(x.Num) && math.Abs(x.Num) <= maxInt
		c.got = x
		if list[i] = c.single(x); list[i].Kind == Unknown {
			return Value{}
		}
	}
	v.List = list
	return v
}

// span turns a single value v into the range 1-v..1+v.
func (c *coercion) span(v Value) Value {
	in := c.opt.Interval()
	switch {
	case v.Kind == Range && v.Unit != Angle:
	case v.Kind == Percent || v.Kind == Num:
		v = Value{Kind: Range, Lo: 1 - v.Num, Hi: 1 + v.Num, Unit: v.Kind}
	default:
		return c.wrongType()
	}
	if !in.Contains(v.Lo) || !in.Contains(v.Hi) || v.Lo > v.Hi {
		return c.outOfRange()
	}
	return v
}

func (c *coercion) ranged(v Value) Value {
	if !c.opt.Interval().Contains(v.Num) {
		return c.outOfRange()
	}
	return v
}

// single checks a number that is computed with in single precision: what it is
// rounded to has to be in the range as well.
func (c *coercion) single(v Value) Value {
	in := c.opt.Interval()
	if !in.Contains(v.Num) {
		return c.outOfRange()
	}
	rounded := float64(float32(v.Num))
	if in.Contains(rounded) && !math.IsInf(rounded, 0) {
		return v
	}
	d := c.e.errorf(diag.OutOfRange, c.got.Pos, "%s: in single precision, which the network computes in, %s %s is %s", c.ent.Name, c.opt.Name, c.got, formatNum(rounded))
	if c.opt.Range != "" {
		d.WithHelp("it has to be in %s", c.opt.Range)
	}
	c.e.originOf(d, c.got)
	return Value{}
}

// sides makes a size of checked whole numbers.
func (c *coercion) sides(v Value, sides ...float64) Value {
	in := c.opt.Interval()
	v.Kind, v.Num, v.IsInt = Dims, 0, false
	v.Dims = make([]int, len(sides)) // a literal's slice is shared by all expansions
	for i, s := range sides {
		if !in.Contains(s) || math.Abs(s) > math.MaxInt32 {
			return c.outOfRange()
		}
		v.Dims[i] = int(s)
	}
	return v
}

func (c *coercion) choice(v Value) Value {
	if slices.Contains(c.opt.Choices, v.Str) {
		return v
	}
	d := c.e.errorf(diag.UnknownOption, c.got.Pos, "%s: there is no %s %s", c.ent.Name, c.opt.Name, v.Str).
		WithExpected("%s", strings.Join(c.opt.Choices, ", "))
	if near := diag.Nearest(v.Str, c.opt.Choices); near != "" {
		d.Help = "did you mean " + near + "?"
	}
	c.e.originOf(d, c.got)
	return Value{}
}

func (c *coercion) wrongType() Value {
	got := c.got.String()
	if c.got.Kind == Call {
		got = c.got.Str + "(...)"
	}
	want := c.opt.Type.String()
	if len(c.opt.Choices) > 0 && c.opt.Type == lang.Choice {
		want = "one of " + strings.Join(c.opt.Choices, ", ")
	}
	d := c.e.errorf(diag.WrongType, c.got.Pos, "%s: %s has to be %s, got %s", c.ent.Name, c.opt.Name, want, got)
	switch {
	case c.opt.Type == lang.Time && c.got.Kind == Num:
		d.Help = "steps are whole numbers; for epochs write " + got + "epochs"
	case c.opt.Type == lang.Extent && c.got.Kind == Num:
		d.Help = "write " + got + "px for pixels, " + got + "% for a share"
	case c.opt.Type == lang.Duration && c.got.Kind == Num:
		d.Help = "write " + got + "min, or the seconds as " + got + "s"
	case c.opt.Type == lang.Angle && c.got.Kind == Num:
		d.Help = "write " + got + "deg"
	case c.opt.Type == lang.Int && c.opt.Variadic && c.got.Kind == Dims:
		d.Help = "write the numbers apart, as in " + c.ent.Example
	case c.opt.Type == lang.Int && c.got.Kind == Num && len(c.got.Hypers) > 0:
		d.Help = "floor, ceil and round make whole numbers"
	case c.opt.Type == lang.Int && c.got.Kind == Num && c.got.Num == math.Trunc(c.got.Num):
		d.Help = "write it without a point or an exponent: " + strconv.FormatFloat(c.got.Num, 'f', -1, 64)
	case c.opt.Type == lang.String:
		d.Help = `write it in quotes: "` + got + `"`
	case c.opt.Type == lang.Shape:
		d.Help = "rows x columns x channels: 28x28x1 for grey, 28x28x3 for colour images; length x channels: 128x6; or the length of a vector"
	}
	c.e.originOf(d, c.got)
	return Value{}
}

func (c *coercion) outOfRange() Value {
	what := "has to be"
	if c.opt.Type == lang.Size || c.opt.Type == lang.Shape || c.opt.Type == lang.Sides {
		what = "has sides"
	}
	d := c.e.errorf(diag.OutOfRange, c.got.Pos, "%s: %s %s in %s, got %s", c.ent.Name, c.opt.Name, what, c.opt.Range, c.got)
	c.e.originOf(d, c.got)
	return Value{}
}

// function checks the name of an activation, loss, optimizer, ... and its
// arguments.
func (c *coercion) function(x ast.Expr, sc *scope) Value {
	v := c.got
	if v.Kind != Name && v.Kind != Call {
		return c.wrongFunction()
	}
	entries := c.opt.Of.Entries()
	ent := lang.Find(entries, v.Str)
	if ent == nil {
		d := c.e.errorf(diag.UnknownName, v.Pos, "there is no %s %s", c.opt.Of, v.Str)
		if also := lang.FindAlso(entries, v.Str); also != nil {
			if d.Help = "it is called " + also.Name + " here"; also.Later {
				d.Help += "; this version of cnnc does not support it"
			}
		} else {
			suggest(d, v.Str, lang.Names(entries), "there are "+strings.Join(lang.Names(entries), ", "))
		}
		c.e.originOf(d, v)
		return Value{}
	}
	if ent.Later {
		c.e.errorf(diag.Unsupported, v.Pos, "the %s %s is not supported by this version of cnnc", c.opt.Of, v.Str).
			WithHelp("there are %s", strings.Join(lang.Names(entries), ", "))
		return Value{}
	}
	var words []ast.Arg
	if call, ok := x.(*ast.Call); ok {
		words = call.Args
	}
	args := c.e.bind(ent, words, v.Pos, sc, true)
	if len(args) == 0 {
		return Value{Kind: Name, Str: v.Str}
	}
	out := Value{Kind: Call, Str: v.Str, Args: args}
	for _, a := range args {
		out.Hypers = union(out.Hypers, a.Hypers)
	}
	return out
}

func (c *coercion) wrongFunction() Value {
	d := c.e.errorf(diag.WrongType, c.got.Pos, "%s: %s has to be the name of %s, got %s", c.ent.Name, c.opt.Name, c.opt.Of.Noun(), c.got)
	if c.opt.Of == lang.Sources && c.got.Kind == Str {
		d.Help = "for a folder of images write folder(" + c.got.String() + ")"
	} else {
		d.Help = "there are " + strings.Join(lang.Names(c.opt.Of.Entries()), ", ")
	}
	return Value{}
}
