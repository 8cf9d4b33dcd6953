package elab

import (
	"slices"
	"strings"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/lang"
)

// sections elaborates data (with augment), train and tune.
func (e *elaborator) sections(f *ast.File) {
	for i := range lang.Sections {
		sec := &lang.Sections[i]
		if sec.Inner {
			continue
		}
		c := &collector{e: e, sec: sec}
		if s := findSection(f, sec.Name); s != nil {
			c.body(s.Body)
		}
		c.override()
		out := c.target(sec.Name)
		*out = c.out
		if sec.Name == "data" {
			e.augment(c)
		}
		c.implied(out)
	}
}

// augment applies the overrides of the augment setting, which may also bring
// it into being.
func (e *elaborator) augment(data *collector) {
	sec := lang.FindSection("augment")
	inner := data.inner
	if inner == nil {
		inner = &collector{e: e, sec: sec}
	}
	inner.override()
	if len(inner.out) == 0 {
		return
	}
	if _, ok := Find(e.prog.Data, "augment"); !ok {
		if data.inner != nil {
			return // --set data.augment=none
		}
		e.prog.Data = append(e.prog.Data, Setting{Name: "augment", Args: map[string]Value{}, Pos: inner.out[0].Pos})
	}
	e.prog.Augment = inner.out
	inner.implied(&e.prog.Augment)
}

// collector gathers the settings of one section.
type collector struct {
	e     *elaborator
	sec   *lang.Section
	out   []Setting
	inner *collector // of the augment setting
}

// target is the field of the program that takes the settings of a section.
func (c *collector) target(name string) *[]Setting {
	switch name {
	case "data":
		return &c.e.prog.Data
	case "augment":
		return &c.e.prog.Augment
	case "train":
		return &c.e.prog.Train
	}
	return &c.e.prog.Tune
}

func (c *collector) body(b *ast.Body) {
	c.exec(b.Stmts, &flow{sc: &scope{}, cur: none, input: none})
}

func (c *collector) exec(stmts []ast.Stmt, fl *flow) {
	for _, s := range stmts {
		if !c.e.step(spanOf(s)) {
			return
		}
		switch s := s.(type) {
		case *ast.Line:
			c.line(s)
		case *ast.Repeat:
			c.e.errorf(diag.Misplaced, spanOf(s.Count), "repeat belongs inside net or a block")
		case *ast.If:
			c.e.cond(s, fl, c.exec)
		}
	}
}

// line elaborates one setting.
func (c *collector) line(s *ast.Line) {
	e := c.e
	if s.Name != nil {
		d := e.errorf(diag.UnknownSetting, s.Name.Span, "a setting is written without =")
		if lang.Find(c.sec.Settings, s.Name.Name) != nil {
			d.Help = "write " + s.Name.Name + " and its value, separated by a space"
		}
		return
	}
	forms := c.forms(s)
	if forms == nil {
		return
	}
	head := s.Words[0].Span
	name := forms[0].Name
	if forms[0].Body != "" {
		c.nested(s, &forms[0])
		return
	}
	if s.Body != nil {
		e.errorf(diag.Syntax, s.Body.Span, "%s has no body", name)
		return
	}
	span := diag.Span{Start: head.Start, End: s.Words[len(s.Words)-1].End}
	if set, ok := c.setting(forms, s.Words[1:], head, span); ok && c.allowed(&forms[0], head) {
		c.add(set)
	}
}

// forms returns the rows of the setting that the line names, or nil after a
// mistake.
func (c *collector) forms(s *ast.Line) []lang.Entry {
	e := c.e
	id, ok := s.Words[0].Value.(*ast.Ident)
	if call, isCall := s.Words[0].Value.(*ast.Call); isCall && lang.Find(c.sec.Settings, call.Fun.Name) != nil {
		e.errorf(diag.UnknownSetting, s.Words[0].Span, "%s takes its values without parentheses", call.Fun.Name).
			WithHelp("for example: %s", lang.Find(c.sec.Settings, call.Fun.Name).Example)
		return nil
	}
	if !ok || s.Words[0].Name != nil {
		e.errorf(diag.UnknownSetting, s.Words[0].Span, "a line of %s begins with the name of a setting", c.sec.Name).
			WithHelp("the settings are %s", strings.Join(lang.Names(c.sec.Settings), ", "))
		return nil
	}
	return c.find(id.Name, id.Span)
}

// find returns the rows of a setting by name, or nil after reporting that
// there are none.
func (c *collector) find(name string, at diag.Span) []lang.Entry {
	e := c.e
	for i := range c.sec.Settings {
		if c.sec.Settings[i].Name != name {
			continue
		}
		if c.sec.Settings[i].Later {
			e.errorf(diag.Unsupported, at, "the setting %s is not supported by this version of cnnc", name)
			return nil
		}
		j := i + 1
		for j < len(c.sec.Settings) && c.sec.Settings[j].Name == name {
			j++
		}
		return c.sec.Settings[i:j]
	}
	if slices.Contains(lang.TopLevel, name) {
		e.misplacedSection(name, at)
		return nil
	}
	d := e.errorf(diag.UnknownSetting, at, "%s has no setting %s", c.sec.Name, name)
	if also := lang.FindAlso(c.sec.Settings, name); also != nil {
		d.Help = "it is called " + also.Name + " here"
		return nil
	}
	for i := range lang.Sections {
		if other := &lang.Sections[i]; other != c.sec && lang.Find(other.Settings, name) != nil {
			d.Help = name + " is a setting of " + other.Name
			return nil
		}
	}
	suggest(d, name, lang.Names(c.sec.Settings), "the settings are "+strings.Join(lang.Names(c.sec.Settings), ", "))
	return nil
}

// setting binds the words after the name to the form that they follow.
func (c *collector) setting(forms []lang.Entry, words []ast.Arg, head, span diag.Span) (Setting, bool) {
	words = splitComparisons(words)
	form := &forms[0]
	if len(forms) > 1 {
		if form = match(forms, words); form == nil {
			var usages []string
			for i := range forms {
				usages = append(usages, forms[i].Usage())
			}
			c.e.errorf(diag.WrongForm, span, "this is not how %s is written", forms[0].Name).
				WithExpected("%s", strings.Join(usages, " or ")).WithHelp("for example: %s", forms[0].Example)
			return Setting{}, false
		}
	}
	before := len(c.e.list)
	args := c.e.bind(form, words, head, &scope{}, false)
	return Setting{Name: form.Name, Args: args, Pos: span}, len(c.e.list) == before
}

// allowed reports a setting that is given twice, or with one that it excludes.
func (c *collector) allowed(ent *lang.Entry, at diag.Span) bool {
	if c.e.dry {
		return true
	}
	for _, old := range c.out {
		switch {
		case old.Name == ent.Name && !ent.Repeats:
			c.e.errorf(diag.Duplicate, at, "%s is set twice", ent.Name).WithNote(old.Pos.Start, "it is set here")
			return false
		case old.Name != ent.Name && ent.Group != "" && c.group(old.Name) == ent.Group:
			c.e.errorf(diag.Conflict, at, "%s and %s exclude each other", old.Name, ent.Name).WithNote(old.Pos.Start, "%s is set here", old.Name)
			return false
		}
	}
	return true
}

func (c *collector) group(name string) string {
	return lang.Find(c.sec.Settings, name).Group
}

func (c *collector) add(s Setting) {
	if !c.e.dry {
		c.out = append(c.out, s)
	}
}

// nested elaborates a setting with a body.
func (c *collector) nested(s *ast.Line, ent *lang.Entry) {
	head := s.Words[0].Span
	if len(s.Words) > 1 || s.Body == nil {
		c.e.errorf(diag.WrongForm, s.Span, "%s needs a body in braces", ent.Name).WithExpected("%s", ent.Example)
		return
	}
	inner := &collector{e: c.e, sec: lang.FindSection(ent.Body)}
	inner.body(s.Body)
	if c.allowed(ent, head) && !c.e.dry {
		c.inner = inner
		c.add(Setting{Name: ent.Name, Args: map[string]Value{}, Pos: s.Span})
	}
}

// implied adds the settings that are there with their defaults.
func (c *collector) implied(out *[]Setting) {
	for i := range c.sec.Settings {
		ent := &c.sec.Settings[i]
		if _, ok := Find(*out, ent.Name); ok || !ent.Implied {
			continue
		}
		args := c.e.bind(ent, nil, diag.Span{}, nil, false)
		*out = append(*out, Setting{Name: ent.Name, Args: args})
	}
}

// match returns the first form whose fixed words stand where they should.
func match(forms []lang.Entry, words []ast.Arg) *lang.Entry {
	for i := range forms {
		if follows(&forms[i], words) {
			return &forms[i]
		}
	}
	return nil
}

func follows(form *lang.Entry, words []ast.Arg) bool {
	next := 0
	for i := range words {
		if words[i].Name != nil {
			continue
		}
		if next == len(form.Args) {
			return len(form.Options) > 0
		}
		opt := &form.Args[next]
		id, isName := words[i].Value.(*ast.Ident)
		if opt.Type == lang.Word && (!isName || id.Name != opt.Name) {
			return false
		}
		if opt.Type == lang.Func && isNumeric(words[i].Value) {
			return false
		}
		if opt.Type == lang.Compare && (!isName || !isComparison(id.Name)) {
			return false
		}
		if !opt.Variadic {
			next++
		}
	}
	for _, opt := range form.Args[min(next, len(form.Args)):] {
		if opt.Type == lang.Word || opt.Type == lang.Compare {
			return false
		}
	}
	return true
}

// isNumeric reports whether an expression cannot be a name.
func isNumeric(x ast.Expr) bool {
	switch x.(type) {
	case *ast.Number, *ast.Dims, *ast.Range, *ast.Binary, *ast.Unary:
		return true
	}
	return false
}

func isComparison(op string) bool {
	for _, c := range comparisons {
		if c == op {
			return true
		}
	}
	return false
}

// splitComparisons turns `a > b` into the three words a, > and b. In a setting
// a comparison is a condition to be watched, not a value to be computed now.
func splitComparisons(words []ast.Arg) []ast.Arg {
	var out []ast.Arg
	for _, w := range words {
		cmp, ok := w.Value.(*ast.Binary)
		if !ok || w.Name != nil || !isComparison(cmp.Op) {
			out = append(out, w)
			continue
		}
		op := &ast.Ident{Name: cmp.Op}
		op.Span = diag.Span{Start: cmp.X.EndPos(), End: cmp.Y.Pos()}
		for _, x := range []ast.Expr{cmp.X, op, cmp.Y} {
			out = append(out, ast.Arg{Span: spanOf(x), Value: x})
		}
	}
	return out
}

// misplacedSection is the mistake of a section within another one.
func (e *elaborator) misplacedSection(name string, at diag.Span) {
	e.errorf(diag.Misplaced, at, "the section %s stands at the top of the file, not inside another one", name).
		WithHelp(`is a "}" missing before it?`)
}
