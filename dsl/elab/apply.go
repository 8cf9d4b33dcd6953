package elab

import (
	"slices"
	"strings"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/lang"
)

// apply expands a block in place.
func (e *elaborator) apply(s *ast.Line, call *ast.Call, b *block, fl *flow) {
	if len(s.Words) > 1 {
		e.errorf(diag.ExtraArgument, s.Words[1].Span, "nothing follows a block's arguments").
			WithHelp("arguments of a block stand in its parentheses")
		return
	}
	sc := e.arguments(call, b, fl)
	if b.cyclic || sc == nil {
		b.applied = b.applied || b.cyclic // its body is looked through only when that ends
		e.defineUnknown(s, fl)
		return
	}
	if fl.cur == none {
		e.chainf(call.Fun.Span, "the net begins with the block %s", b.def.Name.Name).WithExpected("input, such as input 28x28x1")
		fl.cur, fl.input = somewhere, somewhere
	}
	if e.dry {
		e.defineUnknown(s, fl) // the block is looked through by itself
		return
	}
	if len(e.trace) == maxDepth {
		e.errorf(diag.TooLarge, call.Span, "blocks apply blocks more than %d deep", maxDepth)
		e.stopped = true
		return
	}
	b.applied = true
	outer := e.trace
	e.trace = append(slices.Clip(outer), call.Start)
	inner := &flow{sc: sc, cur: fl.cur, input: fl.cur, inBlock: true}
	e.exec(b.def.Body.Stmts, inner)
	e.trace = outer
	fl.cur = inner.cur
	if s.Name != nil {
		e.define(s.Name, fl.sc, binding{isLayer: true, layer: inner.cur})
	}
}

// arguments evaluates the arguments of a block into the scope of its body, or
// returns nil after a mistake in their number or names.
func (e *elaborator) arguments(call *ast.Call, b *block, fl *flow) *scope {
	params := b.def.Params
	sc := &scope{local: true}
	ok := true
	next := 0
	for _, a := range call.Args {
		v := e.word(a.Value, fl.sc)
		v.Pos = a.Span
		var p *ast.Ident
		if a.Name != nil {
			at := slices.IndexFunc(params, func(p *ast.Ident) bool { return p.Name == a.Name.Name })
			if at < 0 {
				d := e.errorf(diag.UnknownOption, a.Name.Span, "the block %s has no parameter %s", b.def.Name.Name, a.Name.Name).
					WithNote(b.def.Start, "it is defined here")
				suggest(d, a.Name.Name, paramNames(b), "")
				ok = false
				continue
			}
			p = params[at]
		} else {
			if next == len(params) {
				ok = false
				e.errorf(diag.ExtraArgument, a.Span, "the block %s takes %d arguments, got %d", b.def.Name.Name, len(params), len(call.Args)).
					WithNote(b.def.Start, "it is defined here")
				break
			}
			p = params[next]
			next++
		}
		if sc.names[p.Name] != nil {
			e.errorf(diag.Duplicate, a.Span, "%s is given twice", p.Name)
			ok = false
			continue
		}
		if v.Kind == Name && e.mistypedArgument(v, call, fl) {
			v = Value{Pos: v.Pos}
		}
		sc.add(&binding{name: p.Name, pos: p.Start, value: v})
	}
	for _, p := range params {
		if ok && sc.names[p.Name] == nil {
			e.errorf(diag.MissingArgument, call.Span, "the block %s needs %s", b.def.Name.Name, p.Name).
				WithNote(b.def.Start, "it is defined here").WithExpected("%s(%s)", b.def.Name.Name, strings.Join(paramNames(b), ", "))
			ok = false
		}
	}
	if !ok {
		return nil
	}
	return sc
}

// mistypedArgument reports a name that a block gets as an argument although
// no layer knows such a word: most likely a misspelt hyperparameter.
func (e *elaborator) mistypedArgument(v Value, call *ast.Call, fl *flow) bool {
	known := bareWords[v.Str] || len(v.Hypers) > 0 ||
		lang.Find(lang.Activations.Entries(), v.Str) != nil || lang.Find(lang.InitializerTable, v.Str) != nil
	if known {
		return false
	}
	for _, a := range call.Args {
		if id, ok := a.Value.(*ast.Ident); ok && id.Name == v.Str {
			e.undefined(id, fl.sc)
			return true
		}
	}
	return false
}

func paramNames(b *block) []string {
	var names []string
	for _, p := range b.def.Params {
		names = append(names, p.Name)
	}
	return names
}
