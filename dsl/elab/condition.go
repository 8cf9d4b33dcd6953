package elab

import (
	"math"
	"strings"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
)

// maxConditionValues bounds the values of a hyperparameter that a condition is
// tried with.
const maxConditionValues = 1000

// condition evaluates the condition x of hyperparameter i: an expression over
// one hyperparameter above it that has values to count. It is tried with each of
// them; those with which it holds are what the search needs to know.
func (e *elaborator) condition(declared []*Hyper, i int, x ast.Expr) {
	h := declared[i]
	parent := e.parentOf(declared, i, x)
	if parent == nil {
		return
	}
	values := parent.countable()
	if values == nil {
		e.errorf(diag.BadHyper, spanOf(x), "a condition asks for a hyperparameter with values to count, and %s has not", parent.Name).
			WithExpected("a choice, a bool, or an int of at most %d values", maxConditionValues).WithNote(parent.Pos, "it is defined here")
		return
	}
	inUse := parent.Value
	holds := func(v Value) (held, ok bool) {
		parent.Value = v
		defer func() { parent.Value = inUse }()
		before := len(e.list)
		got := e.eval(x, nil)
		if got.Kind != Bool && got.Kind != Unknown {
			e.errorf(diag.WrongType, spanOf(x), "a condition is true or false, got %s", got)
		}
		return got.Bool, got.Kind == Bool && len(e.list) == before
	}
	for _, v := range values {
		held, ok := holds(v)
		if !ok {
			return
		}
		if held {
			h.ParentValues = append(h.ParentValues, v)
		}
	}
	if len(h.ParentValues) == 0 && parent.Kind != Fixed {
		e.errorf(diag.BadHyper, spanOf(x), "the condition holds for no value of %s", parent.Name).WithNote(parent.Pos, "it is defined here")
		return
	}
	h.Parent = parent.Name
	h.Holds, _ = holds(inUse) // an override may be none of the values
	h.Active = h.Holds && parent.Active
}

// parentOf returns the hyperparameter that the condition of number i asks for,
// or nil after a mistake.
func (e *elaborator) parentOf(declared []*Hyper, i int, x ast.Expr) *Hyper {
	var parent *Hyper
	mistake := false
	ast.Walk(x, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || mistake {
			return !mistake
		}
		p := e.hypers[id.Name]
		switch {
		case p == nil:
			return true
		case !before(declared[:i], p):
			mistake = true
			d := e.errorf(diag.BadHyper, id.Span, "a condition asks for a hyperparameter above it, and %s is not", id.Name)
			if p != declared[i] {
				d.WithNote(p.Pos, "it is defined here")
			}
		case parent != nil && parent != p:
			mistake = true
			e.errorf(diag.BadHyper, id.Span, "a condition asks for one hyperparameter, and this one for %s and %s", parent.Name, id.Name).
				WithHelp("a hyperparameter under a condition may be asked for in turn: the second condition then implies the first")
		}
		if !mistake {
			parent = p
		}
		return true
	})
	if mistake {
		return nil
	}
	if parent == nil {
		var names []string
		for _, p := range declared[:i] {
			names = append(names, p.Name)
		}
		d := e.errorf(diag.BadHyper, spanOf(x), "the condition asks for no hyperparameter").
			WithExpected("such as: if optimizer == sgd")
		if len(names) > 0 {
			d.WithHelp("above it are %s", strings.Join(names, ", "))
		}
		return nil
	}
	if parent.Default.Kind == Unknown {
		return nil // it has a mistake of its own
	}
	return parent
}

func before(list []*Hyper, p *Hyper) bool {
	for _, h := range list {
		if h == p {
			return true
		}
	}
	return false
}

// countable lists the values of a search space, nil when there are too many.
func (h *Hyper) countable() []Value {
	switch h.Kind {
	case Fixed:
		return []Value{h.Value}
	case Choice:
		return h.Choices
	case BoolSpace:
		return []Value{{Kind: Bool}, {Kind: Bool, Bool: true}}
	case IntRange:
		if h.Step == 0 || h.Log || h.ReverseLog || (h.Max-h.Min)/h.Step >= maxConditionValues {
			return nil
		}
		var out []Value
		for x := h.Min; x <= h.Max; x += h.Step {
			out = append(out, Value{Kind: Num, Num: math.Trunc(x), IsInt: true})
		}
		return out
	}
	return nil
}
