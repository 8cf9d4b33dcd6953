package elab

import (
	"slices"
	"strings"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/lang"
)

// scope holds the names defined in one body. Bodies of repeats and blocks have
// scopes of their own, anew for each time they are expanded; an if belongs to
// the body around it.
type scope struct {
	outer *scope
	names map[string]*binding
	list  []*binding // in the order of definition
	local bool       // inside a block or a repeat
	aside bool       // of a branch that is not taken: may define what the taken one does
}

// binding is what a name stands for: a layer or a value.
type binding struct {
	name    string
	pos     diag.Pos
	isLayer bool
	layer   int
	value   Value
}

// find returns the innermost meaning of a name, or nil.
func (s *scope) find(name string) *binding {
	for ; s != nil; s = s.outer {
		if b := s.names[name]; b != nil {
			return b
		}
	}
	return nil
}

// findUpTo is find, but does not look outside a branch that is not taken.
func (s *scope) findUpTo(name string) *binding {
	for ; s != nil; s = s.outer {
		if b := s.names[name]; b != nil {
			return b
		}
		if s.aside {
			return nil
		}
	}
	return nil
}

func (s *scope) add(b *binding) {
	if s.names == nil {
		s.names = map[string]*binding{}
	}
	s.names[b.name] = b
	s.list = append(s.list, b)
}

// reserved reports why a name cannot be defined, or "".
func (e *elaborator) reserved(name string) string {
	switch {
	case slices.Contains(lang.Reserved, name):
		return "a word of the language"
	case lang.Find(lang.Layers, name) != nil:
		return "a layer"
	case lang.Find(lang.Functions, name) != nil:
		return "a function"
	case bareWords[name]:
		return "a word of the layers"
	}
	return ""
}

// bareWords are the words that stand alone in layer lines.
var bareWords = func() map[string]bool {
	m := map[string]bool{"linear": true}
	for i := range lang.Layers {
		for _, o := range lang.Layers[i].Options {
			if o.Type == lang.Flag {
				m[o.Name] = true
			}
			if o.Bare {
				for _, c := range o.Choices {
					m[c] = true
				}
			}
		}
	}
	return m
}()

// checkName reports a name that is taken; what is the thing being named.
func (e *elaborator) checkName(id *ast.Ident, what string) bool {
	if why := e.reserved(id.Name); why != "" {
		e.errorf(diag.ReservedName, id.Span, "%s is %s and cannot name a %s", id.Name, why, what).WithHelp("choose another name")
		return false
	}
	return true
}

// define gives a name a meaning in the current body.
func (e *elaborator) define(id *ast.Ident, sc *scope, b binding) {
	if !e.checkName(id, "line") {
		return
	}
	if h := e.hypers[id.Name]; h != nil {
		e.errorf(diag.Duplicate, id.Span, "%s is a hyperparameter already", id.Name).WithNote(h.Pos, "it is defined here")
		return
	}
	if bl := e.blocks[id.Name]; bl != nil {
		e.errorf(diag.Duplicate, id.Span, "%s is a block already", id.Name).WithNote(bl.def.Start, "it is defined here")
		return
	}
	if old := sc.findUpTo(id.Name); old != nil {
		e.errorf(diag.Duplicate, id.Span, "%s is defined already", id.Name).WithNote(old.pos, "it is defined here")
		return
	}
	b.name, b.pos = id.Name, id.Start
	sc.add(&b)
}

// block is a block definition.
type block struct {
	def     *ast.Block
	calls   []*ast.Ident // the blocks it applies, in order
	applied bool         // expanded at least once
	cyclic  bool         // part of a cycle, already reported
}

// declareBlocks collects the blocks and refuses recursion, before anything is
// expanded.
func (e *elaborator) declareBlocks(f *ast.File) {
	for _, s := range f.Stmts {
		def, ok := s.(*ast.Block)
		if !ok {
			continue
		}
		name := def.Name.Name
		if !e.checkName(def.Name, "block") {
			continue
		}
		if h := e.hypers[name]; h != nil {
			e.errorf(diag.Duplicate, def.Name.Span, "%s is a hyperparameter already", name).WithNote(h.Pos, "it is defined here")
			continue
		}
		if old := e.blocks[name]; old != nil {
			e.errorf(diag.Duplicate, def.Name.Span, "the block %s is defined twice", name).WithNote(old.def.Start, "it is defined here")
			continue
		}
		seen := map[string]bool{}
		for _, p := range def.Params {
			if e.checkName(p, "parameter") && seen[p.Name] {
				e.errorf(diag.Duplicate, p.Span, "the parameter %s is named twice", p.Name)
			}
			seen[p.Name] = true
		}
		b := &block{def: def}
		ast.Walk(def.Body, func(n ast.Node) bool {
			if line, ok := n.(*ast.Line); ok && len(line.Words) > 0 {
				if call, ok := line.Words[0].Value.(*ast.Call); ok {
					b.calls = append(b.calls, call.Fun)
				}
			}
			return true
		})
		e.blocks[name] = b
		e.order = append(e.order, b)
	}
	e.findCycles()
}

// findCycles walks the applications of blocks by blocks, depth first, and
// reports each cycle once. It keeps its own stack: chains may be long.
func (e *elaborator) findCycles() {
	const (
		onPath = 1
		done   = 2
	)
	state := map[*block]int{}
	type step struct {
		b    *block
		next int
	}
	for _, root := range e.order {
		if state[root] != 0 {
			continue
		}
		path := []step{{b: root}}
		state[root] = onPath
		for len(path) > 0 {
			top := &path[len(path)-1]
			if top.next == len(top.b.calls) {
				state[top.b] = done
				path = path[:len(path)-1]
				continue
			}
			call := top.b.calls[top.next]
			top.next++
			callee := e.blocks[call.Name]
			if callee == nil || state[callee] == done {
				continue
			}
			if state[callee] != onPath {
				state[callee] = onPath
				path = append(path, step{b: callee})
				continue
			}
			from := slices.IndexFunc(path, func(s step) bool { return s.b == callee })
			var names []string
			for _, s := range path[from:] {
				s.b.cyclic = true
				names = append(names, s.b.def.Name.Name)
			}
			if len(names) > 8 {
				names = append(append(names[:4:4], "..."), names[len(names)-3:]...)
			}
			names = append(names, call.Name)
			e.errorf(diag.Recursion, call.Span, "the block %s applies itself: %s", call.Name, strings.Join(names, " -> ")).
				WithNote(callee.def.Start, "the block is defined here").
				WithHelp("a network is finite; use repeat for repetition")
		}
	}
}

// step counts a statement against the limit of the expansion.
func (e *elaborator) step(at diag.Span) bool {
	if e.stopped {
		return false
	}
	if e.steps++; e.steps > maxSteps {
		e.errorf(diag.TooLarge, at, "the file expands to more than %d statements", maxSteps)
		e.stopped = true
		return false
	}
	return true
}

// repeat expands the body of a repeat, each time with a scope of its own.
func (e *elaborator) repeat(s *ast.Repeat, fl *flow) {
	v := e.eval(s.Count, fl.sc)
	count := 1 // of an unknown count: once, to find the mistakes inside
	switch {
	case v.Kind == Unknown:
		defer e.beginDry()()
	case v.Kind != Num || !v.IsInt:
		d := e.errorf(diag.WrongType, v.Pos, "repeat needs a whole number, got %s", v)
		e.originOf(d, v)
		defer e.beginDry()()
	case v.Num < 0 || v.Num > MaxLayers:
		code := diag.OutOfRange
		if v.Num > MaxLayers {
			code = diag.TooLarge
		}
		d := e.errorf(code, v.Pos, "repeat goes from 0 to %d times, got %s", MaxLayers, v)
		e.originOf(d, v)
		defer e.beginDry()()
	default:
		e.used(v.Hypers, false)
		if count = v.Int(); count == 0 {
			defer e.beginDry()()
			count = 1
			saved := *fl
			defer func() { *fl = saved }()
		}
	}
	outer := fl.sc
	for i := 0; i < count && e.step(s.Span); i++ {
		fl.sc = &scope{outer: outer, local: true}
		e.exec(s.Body.Stmts, fl)
	}
	fl.sc = outer
}

// cond expands the branch of an if that applies, and looks through the others
// for mistakes.
func (e *elaborator) cond(s *ast.If, fl *flow, exec func([]ast.Stmt, *flow)) {
	taken := false
	for ; s != nil; s = s.ElseIf {
		if !e.step(s.Span) {
			return
		}
		v := e.eval(s.Cond, fl.sc)
		if v.Kind != Bool && v.Kind != Unknown {
			d := e.errorf(diag.WrongType, v.Pos, "if needs true or false, got %s", v)
			e.originOf(d, v)
			v = Value{}
		}
		if !taken {
			e.used(v.Hypers, false)
		}
		if v.Kind == Bool && v.Bool && !taken && !e.dry {
			taken = true
			exec(s.Then.Stmts, fl)
		} else {
			e.unreached(s.Then.Stmts, fl, exec)
		}
		// Nothing is certain after a condition with a mistake.
		if v.Kind == Unknown && !taken {
			defer e.beginDry()()
			taken = true
		}
		if s.Else != nil {
			if !taken && !e.dry {
				exec(s.Else.Stmts, fl)
			} else {
				e.unreached(s.Else.Stmts, fl, exec)
			}
		}
	}
}

// beginDry switches to unknown values until the returned function is called.
func (e *elaborator) beginDry() func() {
	was := e.dry
	e.dry = true
	return func() { e.dry = was }
}

// unreached elaborates statements that do not take part, for their mistakes
// only.
func (e *elaborator) unreached(stmts []ast.Stmt, fl *flow, exec func([]ast.Stmt, *flow)) {
	defer e.beginDry()()
	aside := &flow{sc: &scope{outer: fl.sc, local: true, aside: true}, cur: fl.cur, input: fl.input, inBlock: fl.inBlock}
	if aside.cur == none && fl.inBlock {
		aside.cur = somewhere
	}
	exec(stmts, aside)
}
