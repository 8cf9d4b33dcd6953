package elab

import (
	"slices"
	"strings"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/lang"
	"github.com/cnnc/cnnc/dsl/parse"
)

// binder assigns the words of a line, or the arguments of a function, to the
// options of an entry.
type binder struct {
	e      *elaborator
	ent    *lang.Entry
	sc     *scope
	inWord bool // the entry is a word of another one: relu after conv
	args   map[string]Value
	given  map[string]diag.Span
	next   int  // next positional option
	loose  bool // a word could not be evaluated, so nothing can be missed
}

// bind returns the options of ent as given by words, defaults filled in.
// where is the text that a missing argument is reported at.
func (e *elaborator) bind(ent *lang.Entry, words []ast.Arg, where diag.Span, sc *scope, inWord bool) map[string]Value {
	b := &binder{e: e, ent: ent, sc: sc, inWord: inWord, args: map[string]Value{}, given: map[string]diag.Span{}}
	for i := range words {
		if words[i].Name != nil {
			b.keyed(&words[i])
		} else {
			b.positional(&words[i])
		}
	}
	b.finish(where)
	return b.args
}

// keyed assigns KEY=VALUE.
func (b *binder) keyed(w *ast.Arg) {
	opt := b.ent.Option(w.Name.Name)
	if opt == nil {
		d := b.e.errorf(diag.UnknownOption, w.Name.Span, "%s has no option %s", b.ent.Name, w.Name.Name)
		if b.bare(Value{Kind: Name, Str: w.Name.Name}) != nil {
			d.Help = w.Name.Name + " stands alone, without ="
		} else {
			suggest(d, w.Name.Name, b.keys(), b.keyHelp())
		}
		b.e.word(w.Value, b.sc)
		return
	}
	if b.later(opt, w.Name.Span) {
		return
	}
	if opt.Variadic {
		b.e.errorf(diag.UnknownOption, w.Name.Span, "%s takes its %s by position", b.ent.Name, opt.Name)
		return
	}
	if b.twice(opt, w.Span) {
		return
	}
	b.set(opt, b.e.optionValue(b.ent, opt, w.Value, b.sc), w.Span)
}

// positional assigns a word without a key: a flag, the value of a bare option,
// or the next positional option.
func (b *binder) positional(w *ast.Arg) {
	var v Value
	if call, ok := w.Value.(*ast.Call); ok && lang.Find(lang.Functions, call.Fun.Name) == nil {
		v = Value{Kind: Call, Str: call.Fun.Name, Pos: call.Span}
	} else if v = b.e.word(w.Value, b.sc); v.Kind == Unknown {
		// Most likely the value that is due here.
		if opt := b.nextArg(); opt != nil && opt.Type != lang.Word && !opt.Variadic {
			b.next++
		}
		b.loose = true
		return
	}
	if v.Kind == Name || v.Kind == Call {
		if opt := b.bare(v); opt != nil {
			if b.later(opt, v.Pos) || b.twice(opt, w.Span) {
				return
			}
			if opt.Type == lang.Flag {
				b.set(opt, Value{Kind: Bool, Bool: true, Pos: v.Pos, Hypers: v.Hypers}, w.Span)
				return
			}
			b.set(opt, b.e.optionOf(b.ent, opt, v, w.Value, b.sc), w.Span)
			return
		}
	}
	opt := b.nextArg()
	if opt == nil || opt.Later {
		if v.Kind == Name || v.Kind == Call {
			b.unknownWord(v, diag.UnknownOption)
			return
		}
		b.e.errorf(diag.ExtraArgument, v.Pos, "%s takes no further value, got %s", b.ent.Name, v).
			WithExpected("%s", b.ent.Usage())
		b.loose = true
		return
	}
	takesNames := false
	switch opt.Type {
	case lang.Func, lang.Choice, lang.Metric, lang.Compare, lang.Word, lang.Ref, lang.Sides:
		takesNames = true
	}
	if v.Kind == Call && opt.Type != lang.Func || v.Kind == Name && !takesNames {
		code := diag.UnknownOption
		if v.Kind == Name && opt.Required() {
			code = diag.UnknownName
		}
		b.unknownWord(v, code)
		b.loose = true
		return
	}
	if opt.Type == lang.Word {
		b.next++
		if v.Kind != Name || v.Str != opt.Name {
			b.e.errorf(diag.WrongForm, v.Pos, "%s has no %s here", b.ent.Name, v).WithExpected("%s", b.ent.Usage())
			b.loose = true
		}
		return
	}
	val := b.e.optionOf(b.ent, opt, v, w.Value, b.sc)
	if opt.Variadic {
		list := b.args[opt.Name]
		list.Kind = List
		list.List = append(list.List, val)
		list.Hypers = union(list.Hypers, val.Hypers)
		if !list.Pos.IsValid() {
			list.Pos = w.Span
		}
		list.Pos.End = w.End
		b.set(opt, list, w.Span)
		return
	}
	b.next++
	b.set(opt, val, w.Span)
}

// bare returns the option that a word selects by itself, or nil.
func (b *binder) bare(v Value) *lang.Option {
	for i := range b.ent.Options {
		opt := &b.ent.Options[i]
		switch {
		case opt.Type == lang.Flag:
			if v.Kind == Name && opt.Name == v.Str {
				return opt
			}
		case !opt.Bare:
		case opt.Type == lang.Func:
			if lang.Find(opt.Of.Entries(), v.Str) != nil {
				return opt
			}
		case v.Kind == Name && slices.Contains(opt.Choices, v.Str):
			return opt
		}
	}
	return nil
}

// nextArg returns the next positional option that is not given yet, or nil.
func (b *binder) nextArg() *lang.Option {
	for b.next < len(b.ent.Args) {
		opt := &b.ent.Args[b.next]
		if _, ok := b.given[opt.Name]; !ok || opt.Variadic || opt.Type == lang.Word {
			return opt
		}
		b.next++
	}
	return nil
}

func (b *binder) later(opt *lang.Option, at diag.Span) bool {
	if opt.Later {
		b.e.errorf(diag.Unsupported, at, "%s of %s is not supported by this version of cnnc", opt.Name, b.ent.Name)
	}
	return opt.Later
}

func (b *binder) twice(opt *lang.Option, at diag.Span) bool {
	first, ok := b.given[opt.Name]
	if ok {
		b.e.errorf(diag.Duplicate, at, "%s of %s is given twice", opt.Name, b.ent.Name).WithNote(first.Start, "it is given here")
	}
	return ok
}

func (b *binder) set(opt *lang.Option, v Value, at diag.Span) {
	b.args[opt.Name] = v
	if _, ok := b.given[opt.Name]; !ok {
		b.given[opt.Name] = at
	}
	if opt.Type != lang.Func { // the arguments of a function decide for themselves
		b.e.used(v.Hypers, opt.Runtime)
	}
}

// unknownWord reports a word that means nothing here. UnknownName is for a
// place where a value is due, UnknownOption for any other.
func (b *binder) unknownWord(v Value, code diag.Code) {
	var words []string
	for i := range b.ent.Options {
		opt := &b.ent.Options[i]
		if opt.Later {
			continue
		}
		switch {
		case opt.Type == lang.Flag:
			words = append(words, opt.Name)
		case opt.Bare && opt.Type == lang.Func:
			words = append(words, lang.Names(opt.Of.Entries())...)
		case opt.Bare:
			words = append(words, opt.Choices...)
		}
	}
	var d *diag.Diagnostic
	if code == diag.UnknownName {
		if why := b.e.reserved(v.Str); why != "" {
			b.e.errorf(diag.WrongType, v.Pos, "%s is %s, not a value", v.Str, why).WithExpected("%s", b.ent.Usage())
			return
		}
		d = b.e.unknownf(v.Str, code, v.Pos, "%s is not defined", v.Str).WithExpected("%s", b.ent.Usage())
		words = append(b.e.valueNames(b.sc), words...)
	} else {
		d = b.e.unknownf(v.Str, code, v.Pos, "%s does not know the word %s", b.ent.Name, v.Str)
	}
	if also := lang.FindAlso(lang.Activations.Entries(), v.Str); also != nil {
		d.Help = "it is called " + also.Name + " here"
		return
	}
	for _, k := range b.keys() {
		if k == v.Str {
			d.Help = "write " + k + "=VALUE"
			return
		}
	}
	suggest(d, v.Str, words, b.keyHelp())
}

// keys lists the options that may be given by key.
func (b *binder) keys() []string {
	var keys []string
	for _, opts := range [][]lang.Option{b.ent.Args, b.ent.Options} {
		for i := range opts {
			if !opts[i].Later && opts[i].Type != lang.Word && !opts[i].Variadic {
				keys = append(keys, opts[i].Name)
			}
		}
	}
	return keys
}

func (b *binder) keyHelp() string {
	keys := b.keys()
	if len(keys) == 0 {
		return b.ent.Name + " has no options"
	}
	return b.ent.Name + " has " + strings.Join(keys, ", ")
}

// finish reports what is missing and fills in the defaults.
func (b *binder) finish(where diag.Span) {
	for _, opts := range [][]lang.Option{b.ent.Args, b.ent.Options} {
		for i := range opts {
			opt := &opts[i]
			if _, ok := b.args[opt.Name]; ok || opt.Type == lang.Word || opt.Later {
				continue
			}
			switch {
			case opt.Type == lang.Flag:
				b.args[opt.Name] = Value{Kind: Bool}
			case opt.Default != "":
				b.args[opt.Name] = b.e.defaultOf(b.ent, opt, b.inWord)
			case opt.Required() && !b.loose:
				b.e.errorf(diag.MissingArgument, where, "%s needs %s: %s", b.ent.Name, opt.Name, opt.Doc).
					WithExpected("%s", b.ent.Usage()).WithHelp("for example: %s", b.ent.Example)
				b.loose = true // one report is enough
			}
		}
	}
}

// defaultOf evaluates the default of an option, which the table spells as a
// model file would.
func (e *elaborator) defaultOf(ent *lang.Entry, opt *lang.Option, inWord bool) Value {
	text := opt.Default
	special := inWord && opt.InWord != ""
	if special {
		text = opt.InWord
	} else if v, ok := e.defaults[opt]; ok {
		return v
	}
	x, _ := parse.Expr(text, diag.Pos{})
	if x == nil {
		panic("internal error: lang: the default of " + ent.Name + "." + opt.Name + " does not parse") // a test tries every default
	}
	v := e.optionValue(ent, opt, x, nil)
	v.Pos = diag.Span{}
	if !special {
		e.defaults[opt] = v
	}
	return v
}
