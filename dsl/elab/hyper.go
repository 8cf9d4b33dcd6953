package elab

import (
	"slices"
	"strings"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/lang"
)

// declareHypers evaluates the hyperparameters and their overrides. A search
// space is made of constants: no hyperparameter depends on another one, but by
// its condition.
func (e *elaborator) declareHypers(f *ast.File) {
	var decls []*ast.Hyper
	for _, s := range f.Stmts {
		if d, ok := s.(*ast.Hyper); ok {
			decls = append(decls, d)
		}
	}
	for _, d := range decls {
		if _, ok := e.declared[d.Name.Name]; !ok {
			e.declared[d.Name.Name] = d.Name.Start
		}
	}
	pos := map[string]diag.Pos{}
	e.prog.Hypers = make([]Hyper, 0, len(decls)) // e.hypers points into it
	declared := make([]*Hyper, 0, len(decls))
	var conditions []ast.Expr
	for _, d := range decls {
		if !e.checkName(d.Name, "hyperparameter") {
			continue
		}
		name := d.Name.Name
		if first, ok := pos[name]; ok {
			e.errorf(diag.Duplicate, d.Name.Span, "the hyperparameter %s is defined twice", name).WithNote(first, "it is defined here")
			continue
		}
		pos[name] = d.Name.Start
		h := e.declare(d)
		e.prog.Hypers = append(e.prog.Hypers, h)
		declared = append(declared, &e.prog.Hypers[len(e.prog.Hypers)-1])
		conditions = append(conditions, d.If)
	}
	for _, h := range declared {
		e.hypers[h.Name] = h
	}
	e.unknownOverrides()
	for i, x := range conditions {
		declared[i].Holds, declared[i].Active = true, true
		if x != nil {
			e.condition(declared, i, x)
		}
	}
}

// declare evaluates one hyperparameter.
func (e *elaborator) declare(d *ast.Hyper) Hyper {
	h := Hyper{Name: d.Name.Name, Pos: d.Name.Start}
	ok := true
	switch x := d.Space.(type) {
	case *ast.Call:
		switch x.Fun.Name {
		case "choice":
			ok = e.choices(&h, x)
		case "int", "float":
			ok = e.interval(&h, x)
		case "bool":
			e.errorf(diag.BadHyper, x.Span, "bool takes no arguments").WithExpected("bool")
			ok = false
		default:
			if lang.Find(lang.Functions, x.Fun.Name) != nil {
				ok = e.fixed(&h, d.Space)
				break
			}
			names := lang.Names(lang.HyperKinds)
			de := e.errorf(diag.BadHyper, x.Fun.Span, "there is no search space %s", x.Fun.Name)
			suggest(de, x.Fun.Name, names, "there are "+strings.Join(names, ", ")+", and plain values")
			ok = false
		}
	case *ast.Ident:
		switch x.Name {
		case "bool":
			h.Kind, h.Default = BoolSpace, Value{Kind: Bool}
		case "choice", "int", "float":
			e.errorf(diag.BadHyper, x.Span, "%s needs its values in parentheses", x.Name).
				WithHelp("for example: %s", lang.Find(lang.HyperKinds, x.Name).Example)
			ok = false
		default:
			ok = e.fixed(&h, d.Space)
		}
	default:
		ok = e.fixed(&h, d.Space)
	}
	if ok && d.Default != nil {
		e.defaultValue(&h, d)
	}
	if !ok {
		h.Default = Value{}
	}
	h.Value = h.Default
	e.overrideHyper(&h)
	return h
}

// constant evaluates a value that may not depend on anything.
func (e *elaborator) constant(x ast.Expr) Value {
	depends := false
	ast.Walk(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !depends {
			if pos, ok := e.declared[id.Name]; ok {
				depends = true
				e.errorf(diag.BadHyper, id.Span, "a hyperparameter is a constant; it cannot be computed from %s", id.Name).
					WithNote(pos, "the hyperparameter %s is defined here", id.Name).
					WithHelp("compute where the value is used: dense 2*%s", id.Name)
			}
		}
		return !depends
	})
	if depends {
		return unknown(x)
	}
	v := e.word(x, nil)
	switch v.Kind {
	case Num, Bool, Name, Str, Dims, Percent, Angle, Epochs, Pixels, Duration, Unknown:
		return v
	}
	e.errorf(diag.BadHyper, v.Pos, "a hyperparameter cannot be %s", v.Kind)
	return unknown(x)
}

func (e *elaborator) fixed(h *Hyper, x ast.Expr) bool {
	h.Kind = Fixed
	h.Default = e.constant(x)
	return h.Default.Kind != Unknown
}

func (e *elaborator) choices(h *Hyper, x *ast.Call) bool {
	h.Kind = Choice
	if len(x.Args) == 0 {
		e.errorf(diag.BadHyper, x.Span, "choice needs at least one value").WithExpected("choice(32, 64, 128)")
		return false
	}
	for _, a := range x.Args {
		if a.Name != nil {
			e.errorf(diag.UnknownOption, a.Name.Span, "choice has no options")
			return false
		}
		v := e.constant(a.Value)
		if v.Kind == Unknown {
			return false
		}
		if len(h.Choices) > 0 && v.Kind != h.Choices[0].Kind {
			e.errorf(diag.BadHyper, v.Pos, "the values of a choice are of one type, but %s is %s and %s is %s",
				h.Choices[0], h.Choices[0].Kind, v, v.Kind)
			return false
		}
		if slices.ContainsFunc(h.Choices, func(c Value) bool { return equal(c, v) }) {
			e.errorf(diag.Duplicate, v.Pos, "%s is among the choices twice", v)
			return false
		}
		h.Choices = append(h.Choices, v)
	}
	h.Default = h.Choices[0]
	return true
}

// interval evaluates int and float, (lo..hi, step=, log or reverse_log).
func (e *elaborator) interval(h *Hyper, x *ast.Call) bool {
	ent := lang.Find(lang.HyperKinds, x.Fun.Name)
	h.Kind = FloatRange
	if ent.Name == "int" {
		h.Kind = IntRange
	}
	before := len(e.list)
	args := e.bind(ent, x.Args, x.Fun.Span, nil, false)
	if len(e.list) > before {
		return false
	}
	span := args["range"]
	if span.Kind != Range || span.Unit != Num || !isRange(x) {
		e.errorf(diag.BadHyper, x.Span, "%s needs a range of numbers", ent.Name).WithExpected("%s", ent.Example)
		return false
	}
	h.Min, h.Max = span.Lo, span.Hi
	h.Log, h.ReverseLog = args["log"].Bool, args["reverse_log"].Bool
	logarithmic := h.Log || h.ReverseLog
	h.Step = args["step"].Num
	switch {
	case h.Kind == IntRange && !span.IsInt:
		e.errorf(diag.BadHyper, span.Pos, "int needs whole numbers, got %s", span).WithHelp("float takes any numbers")
		return false
	case h.Log && h.ReverseLog:
		e.errorf(diag.Conflict, args["reverse_log"].Pos, "log and reverse_log exclude each other")
		return false
	case logarithmic && h.Min <= 0:
		e.errorf(diag.BadHyper, span.Pos, "a logarithmic scale needs a range above 0, got %s", span)
		return false
	case logarithmic && h.Step != 0 && h.Step <= 1:
		e.errorf(diag.BadHyper, args["step"].Pos, "on a logarithmic scale the step is a factor above 1, got %s", args["step"])
		return false
	}
	if h.Kind == IntRange && h.Step == 0 && !logarithmic {
		h.Step = 1
	}
	h.Default = Value{Kind: Num, Num: h.Min, IsInt: h.Kind == IntRange, Pos: span.Pos}
	return true
}

// isRange reports whether the first argument is written as lo..hi; the table's
// short form of one number is for augmentation only.
func isRange(x *ast.Call) bool {
	if len(x.Args) == 0 {
		return false
	}
	v := x.Args[0].Value
	if p, ok := v.(*ast.Paren); ok {
		v = p.X
	}
	_, ok := v.(*ast.Range)
	return ok
}

func (e *elaborator) defaultValue(h *Hyper, d *ast.Hyper) {
	if h.Kind == Fixed {
		e.errorf(diag.BadHyper, spanOf(d.Default), "%s has one value, so it needs no default", h.Name)
		return
	}
	v := e.constant(d.Default)
	if v.Kind == Unknown || !e.fits(h, &v) {
		return
	}
	switch h.Kind {
	case Choice:
		if !slices.ContainsFunc(h.Choices, func(c Value) bool { return equal(c, v) }) {
			e.errorf(diag.BadHyper, v.Pos, "the default %s is not among the choices", v)
			return
		}
	case IntRange, FloatRange:
		if v.Num < h.Min || v.Num > h.Max {
			e.errorf(diag.BadHyper, v.Pos, "the default %s is not in %s..%s", v, formatNum(h.Min), formatNum(h.Max))
			return
		}
	}
	h.Default = v
}

// fits checks that a value has the type of the hyperparameter. An override may
// leave the search space, which says where to look and not what is possible,
// but not the type.
func (e *elaborator) fits(h *Hyper, v *Value) bool {
	want := h.Default
	if h.Kind == FloatRange && v.Kind == Num {
		return true
	}
	numbers := want.Kind == Num && v.Kind == Num
	allInts := want.IsInt
	for _, c := range h.Choices {
		allInts = allInts && c.IsInt
	}
	wholeNeeded := h.Kind == IntRange || h.Kind == Choice && allInts
	if v.Kind != want.Kind || numbers && wholeNeeded && !v.IsInt {
		what := want.Kind.String()
		if wholeNeeded && want.Kind == Num {
			what = "a whole number"
		}
		e.errorf(diag.WrongType, v.Pos, "the hyperparameter %s is %s, got %s", h.Name, what, *v)
		return false
	}
	return true
}

// finishHypers marks the hyperparameters on which no generated code depends.
func (e *elaborator) finishHypers() {
	for i := range e.prog.Hypers {
		h := &e.prog.Hypers[i]
		h.Runtime = !e.compiled[h.Name]
	}
}
