package elab

import (
	"slices"
	"strings"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/lang"
)

// Indices of layers that are none.
const (
	none      = -1 // nothing computed yet
	somewhere = -2 // a layer that is not part of the program: of an unreached part, or with a mistake
)

// flow is where the expansion stands: the value that the next layer takes.
type flow struct {
	sc      *scope
	cur     int  // layer whose result is current
	input   int  // layer that `input` names: the net's, or what entered the block
	inBlock bool // `input` is not a layer here
}

// net expands the net.
func (e *elaborator) net(f *ast.File) {
	sec := findSection(f, "net")
	if sec == nil && e.lost["net"] {
		return
	}
	if sec == nil {
		e.errorf(diag.MissingPart, diag.At(diag.Pos{File: f.Name, Line: 1, Col: 1}), "the file has no net").
			WithHelp("for example: net { input 28x28x1; flatten; dense 10 softmax }")
		return
	}
	e.inNet = true
	defer func() { e.inNet = false }()
	fl := &flow{sc: &scope{}, cur: none, input: none}
	e.exec(sec.Body.Stmts, fl)
	if !e.list.HasErrors() && len(e.lost) == 0 && len(e.layers) < 2 {
		e.errorf(diag.BadNet, sec.Name.Span, "the net has no layers").WithExpected("input and at least one more layer")
	}
	if e.list.HasErrors() || len(e.lost) > 0 {
		// Unused layers are most likely a consequence.
		e.nameLayers()
		return
	}
	e.unusedLayers(fl.cur)
	e.nameLayers()
}

// unappliedBlocks looks for mistakes in blocks that the net does not reach.
func (e *elaborator) unappliedBlocks() {
	e.inNet = true
	defer func() { e.inNet = false }()
	for _, b := range e.order {
		if b.applied || e.stopped {
			continue
		}
		sc := &scope{local: true}
		for _, p := range b.def.Params {
			sc.add(&binding{name: p.Name, pos: p.Start})
		}
		end := e.beginDry()
		e.exec(b.def.Body.Stmts, &flow{sc: sc, cur: somewhere, input: somewhere, inBlock: true})
		end()
	}
}

// exec expands statements of the net or of a block.
func (e *elaborator) exec(stmts []ast.Stmt, fl *flow) {
	for _, s := range stmts {
		if !e.step(spanOf(s)) {
			return
		}
		switch s := s.(type) {
		case *ast.Line:
			e.line(s, fl)
		case *ast.Repeat:
			e.repeat(s, fl)
		case *ast.If:
			e.cond(s, fl, e.exec)
		}
	}
}

// line expands one line: a layer, a block application, `from NAME`, or a named
// value.
func (e *elaborator) line(s *ast.Line, fl *flow) {
	if s.Body != nil {
		if id, ok := s.Words[0].Value.(*ast.Ident); ok && len(s.Words) == 1 && slices.Contains(lang.TopLevel, id.Name) {
			e.misplacedSection(id.Name, id.Span)
			return
		}
		e.errorf(diag.Syntax, s.Body.Span, "a layer has no body").WithHelp("put the layers on lines of their own")
		return
	}
	head := s.Words[0]
	if head.Name != nil {
		e.errorf(diag.UnknownLayer, head.Span, "a line begins with a layer, not with an option").WithExpected("a layer or a block")
		return
	}
	switch x := head.Value.(type) {
	case *ast.Ident:
		e.identLine(s, x, fl)
	case *ast.Call:
		if b := e.blocks[x.Fun.Name]; b != nil {
			e.apply(s, x, b, fl)
		} else if lang.Find(lang.Functions, x.Fun.Name) != nil && s.Name != nil && len(s.Words) == 1 {
			e.namedValue(s, fl)
		} else {
			e.unknownLayer(x.Fun, true)
		}
	default:
		if s.Name != nil && len(s.Words) == 1 {
			e.namedValue(s, fl)
			return
		}
		e.errorf(diag.UnknownLayer, head.Span, "a line begins with a layer").
			WithExpected("a layer, a block with its arguments, or NAME = VALUE")
	}
}

func (e *elaborator) namedValue(s *ast.Line, fl *flow) {
	v := e.eval(s.Words[0].Value, fl.sc)
	e.define(s.Name, fl.sc, binding{value: v})
}

// identLine expands a line that begins with a word.
func (e *elaborator) identLine(s *ast.Line, head *ast.Ident, fl *flow) {
	if head.Name == "from" {
		e.from(s, fl)
		return
	}
	// `again = skip`, `skip = input` and `wide = filters` give a second name.
	if s.Name != nil && len(s.Words) == 1 && head.Name == "input" && fl.input != none {
		e.define(s.Name, fl.sc, binding{isLayer: true, layer: fl.input})
		return
	}
	if s.Name != nil && len(s.Words) == 1 && lang.Find(lang.Layers, head.Name) == nil {
		if b := fl.sc.find(head.Name); b != nil && b.isLayer {
			e.define(s.Name, fl.sc, binding{isLayer: true, layer: b.layer})
			return
		}
		if _, ok := e.lookup(head, fl.sc); ok {
			e.namedValue(s, fl)
			return
		}
	}
	ent := lang.Find(lang.Layers, head.Name)
	if ent == nil {
		e.unknownLayer(head, false)
		e.defineUnknown(s, fl)
		return
	}
	if ent.Later {
		e.errorf(diag.Unsupported, head.Span, "%s is not supported by this version of cnnc", ent.Name).
			WithHelp("the layers are %s", strings.Join(lang.Names(lang.Layers), ", "))
		e.defineUnknown(s, fl)
		return
	}
	e.layer(s, ent, fl)
}

// defineUnknown keeps a line with a mistake from causing more of them.
func (e *elaborator) defineUnknown(s *ast.Line, fl *flow) {
	if fl.cur == none {
		fl.cur = somewhere
	}
	if s.Name != nil {
		e.define(s.Name, fl.sc, binding{isLayer: true, layer: somewhere})
	}
}

// unknownLayer reports a line that begins with nothing known.
func (e *elaborator) unknownLayer(id *ast.Ident, call bool) {
	d := e.unknownf(id.Name, diag.UnknownLayer, id.Span, "there is no layer or block %s", id.Name)
	var blocks []string
	for _, b := range e.order {
		blocks = append(blocks, b.def.Name.Name)
	}
	switch {
	case call && lang.Find(lang.Layers, id.Name) != nil:
		d.Msg = id.Name + " takes its values without parentheses"
		d.Help = "for example: " + lang.Find(lang.Layers, id.Name).Example
	case call && lang.Find(lang.Functions, id.Name) != nil:
		d.Msg = id.Name + " computes a number; it is not a layer"
	case !call && e.blocks[id.Name] != nil:
		d.Msg = id.Name + " is a block; its arguments follow in parentheses"
		var params []string
		for _, p := range e.blocks[id.Name].def.Params {
			params = append(params, p.Name)
		}
		d.Help = "write " + id.Name + "(" + strings.Join(params, ", ") + ")"
	case lang.FindAlso(lang.Layers, id.Name) != nil:
		also := lang.FindAlso(lang.Layers, id.Name)
		if d.Help = "it is called " + also.Name + " here"; also.Later {
			d.Help += "; this version of cnnc does not support it"
		}
	default:
		names := append(blocks, lang.Names(lang.Layers)...)
		suggest(d, id.Name, names, "the layers are "+strings.Join(lang.Names(lang.Layers), ", "))
	}
}

// from makes a named value the current one.
func (e *elaborator) from(s *ast.Line, fl *flow) {
	if s.Name != nil {
		e.errorf(diag.Misplaced, s.Name.Span, "from computes nothing that could be named")
		return
	}
	if len(s.Words) != 2 || s.Words[1].Name != nil {
		e.errorf(diag.WrongForm, s.Span, "from takes one name").WithExpected("from NAME")
		return
	}
	id, ok := s.Words[1].Value.(*ast.Ident)
	if !ok {
		e.errorf(diag.WrongType, s.Words[1].Span, "from takes the name of a layer").WithExpected("from NAME")
		return
	}
	if layer, ok := e.ref(id.Name, id.Span, fl); ok {
		fl.cur = layer
	}
}

// ref finds the layer that a name stands for.
func (e *elaborator) ref(name string, at diag.Span, fl *flow) (int, bool) {
	if name == "input" {
		if fl.input == none {
			e.errorf(diag.UnknownName, at, "there is no input yet")
			return somewhere, false
		}
		return fl.input, true
	}
	b := fl.sc.find(name)
	if b != nil && b.isLayer {
		return b.layer, true
	}
	if b != nil || e.hypers[name] != nil || name == "classes" {
		e.errorf(diag.WrongType, at, "%s is a value, not a layer", name)
		return somewhere, false
	}
	names := []string{"input"}
	for s := fl.sc; s != nil; s = s.outer {
		for _, b := range s.list {
			if b.isLayer {
				names = append(names, b.name)
			}
		}
	}
	d := e.unknownf(name, diag.UnknownName, at, "no layer above is named %s", name)
	if lang.Find(lang.Layers, name) != nil {
		d.Help = name + " is a layer: write it on a line of its own"
		return somewhere, false
	}
	suggest(d, name, names, "name a layer by writing "+name+" = in front of its line")
	return somewhere, false
}

// layer adds one layer to the program.
func (e *elaborator) layer(s *ast.Line, ent *lang.Entry, fl *flow) {
	last := s.Words[len(s.Words)-1]
	span := diag.Span{Start: s.Words[0].Start, End: last.End}
	head := s.Words[0].Span
	if ent.Name == "input" && (fl.inBlock || fl.cur != none || e.dry) {
		e.errorf(diag.BadNet, head, "a net has one input, in its first line").
			WithHelp("inside a block, add input and from input refer to what enters the block")
		return
	}
	l := Layer{Kind: ent.Name, Pos: span, Trace: e.trace}
	l.Args = e.bind(ent, s.Words[1:], head, fl.sc, false)
	if fl.cur == none && ent.Name != "input" {
		e.chainf(head, "the net begins with %s", ent.Name).WithExpected("input, such as input 28x28x1")
		fl.cur, fl.input = somewhere, somewhere
	}
	switch {
	case ent.Merge:
		l.Inputs = e.operands(l, head, fl)
	case ent.Name != "input":
		l.Inputs = []int{fl.cur}
	}
	index := e.emit(l, s.Name, fl)
	fl.cur = index
	if ent.Name == "input" {
		fl.input = index
	}
	if s.Name != nil {
		e.define(s.Name, fl.sc, binding{isLayer: true, layer: index})
	}
}

// operands are the inputs of add and concat: the named values, and before them
// the current value unless it is among them.
func (e *elaborator) operands(l Layer, head diag.Span, fl *flow) []int {
	var inputs []int
	ok := true
	for _, v := range l.Args["values"].List {
		if v.Kind != Name {
			ok = false
			continue
		}
		layer, found := e.ref(v.Str, v.Pos, fl)
		ok = ok && found
		inputs = append(inputs, layer)
	}
	if !ok || len(inputs) == 0 {
		return []int{somewhere}
	}
	if !slices.Contains(inputs, fl.cur) {
		inputs = append([]int{fl.cur}, inputs...)
	}
	if len(inputs) == 1 && inputs[0] != somewhere {
		e.chainf(head, "%s needs two values, and %s is the current value itself", l.Kind, l.Args["values"].List[0].Str).
			WithHelp("name an earlier layer, or go elsewhere with from before it")
	}
	return inputs
}

// emit appends a layer and returns its index; in an unreached part, or after a
// mistake in its inputs, it returns somewhere.
func (e *elaborator) emit(l Layer, name *ast.Ident, fl *flow) int {
	if e.dry || slices.Contains(l.Inputs, somewhere) {
		return somewhere
	}
	if len(e.layers) == MaxLayers {
		e.errorf(diag.TooLarge, l.Pos, "the net has more than %d layers", MaxLayers)
		e.stopped = true
		return somewhere
	}
	e.layers = append(e.layers, l)
	user := ""
	if name != nil {
		user = name.Name
	}
	e.named = append(e.named, user)
	e.local = append(e.local, fl.sc.local)
	return len(e.layers) - 1
}

// chainf reports a break in the chain of layers, unless lines were left out
// for their syntax: they may have been the missing links.
func (e *elaborator) chainf(span diag.Span, format string, args ...any) *diag.Diagnostic {
	if len(e.lost) > 0 {
		return diag.Errorf(diag.BadNet, span, format, args...)
	}
	return e.errorf(diag.BadNet, span, format, args...)
}
