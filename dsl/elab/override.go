package elab

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/lang"
	"github.com/cnnc/cnnc/dsl/parse"
)

// override is one --set argument, cut at its first equals sign.
type override struct {
	section string // "" for a hyperparameter
	name    string
	key     diag.Span // of everything before the equals sign
	value   string
	start   diag.Pos // of the value
	done    bool     // it named something
}

// readOverrides cuts the arguments. Values are parsed where it is known what
// they are for.
func (e *elaborator) readOverrides() {
	for i, o := range e.opts.Overrides {
		start := diag.Pos{File: diag.OverrideFile, Line: i + 1, Col: 1}
		if o.File != "" {
			start.File, start.Line = o.File, o.Line
		}
		key, value, ok := strings.Cut(o.Text, "=")
		end := start
		end.Offset += len(key)
		end.Col += utf8.RuneCountInString(key)
		set := &override{key: diag.Span{Start: start, End: end}, value: value, start: end}
		set.start.Offset++
		set.start.Col++
		section, name, dotted := strings.Cut(key, ".")
		if set.name = strings.TrimSpace(key); dotted {
			set.section, set.name = strings.TrimSpace(section), strings.TrimSpace(name)
		}
		if !ok || strings.TrimSpace(key) == "" || strings.ContainsAny(o.Text, "\n\r") {
			e.errorf(diag.BadOverride, set.key, "%s needs NAME=VALUE", start.File).
				WithHelp("for example: --set filters=64 --set train.epochs=1 --set 'data.train=folder(\"DIR\")'")
			continue
		}
		if dotted && (lang.FindSection(strings.TrimSpace(section)) == nil) {
			names := []string{"data", "augment", "train", "tune"}
			d := e.errorf(diag.BadOverride, set.key, "there is no section %s with settings", section)
			suggest(d, section, names, "the sections are "+strings.Join(names, ", "))
			continue
		}
		e.sets = append(e.sets, set)
	}
}

// overrideHyper gives h the value of --set, if there is one. Of several the last
// counts.
func (e *elaborator) overrideHyper(h *Hyper) {
	for _, s := range e.sets {
		if s.section != "" || s.name != h.Name {
			continue
		}
		s.done = true
		x, list := parse.Expr(s.value, s.start)
		e.list = append(e.list, list...)
		if x == nil || h.Default.Kind == Unknown {
			continue
		}
		if v := e.constant(x); v.Kind != Unknown && e.fits(h, &v) {
			h.Value, h.Set = v, true
		}
	}
}

// unknownOverrides reports overrides of hyperparameters that do not exist.
func (e *elaborator) unknownOverrides() {
	var names []string
	for _, h := range e.prog.Hypers {
		names = append(names, h.Name)
	}
	for _, s := range e.sets {
		if s.section != "" || s.done {
			continue
		}
		d := e.unknownf(s.name, diag.BadOverride, s.key, "the model file has no hyperparameter %s", s.name)
		for i := range lang.Sections {
			if sec := &lang.Sections[i]; lang.Find(sec.Settings, s.name) != nil {
				d.Help = "the setting is called " + sec.Name + "." + s.name
			}
		}
		if d.Help != "" {
			continue
		}
		otherwise := "it has none"
		if len(names) > 0 {
			otherwise = "it has " + strings.Join(names, ", ")
		}
		suggest(d, s.name, names, otherwise)
	}
}

// override applies the --set arguments for this section.
func (c *collector) override() {
	replaced := map[string]bool{}
	for _, s := range c.e.sets {
		if s.section != c.sec.Name || s.done {
			continue
		}
		s.done = true
		forms := c.find(s.name, s.key)
		if forms == nil {
			continue
		}
		ent := &forms[0]
		word := strings.TrimSpace(s.value)
		remove := word == "none" || word == "false" && len(ent.Args) == 0
		var set Setting
		if !remove {
			var ok bool
			if set, ok = c.overrideSetting(forms, s, word); !ok {
				continue
			}
		}
		at := c.after(s.name)
		if !ent.Repeats || !replaced[s.name] || remove {
			at = c.removeAll(ent)
		}
		replaced[s.name] = true
		if !remove {
			c.out = slices.Insert(c.out, at, set)
		}
	}
}

// after returns the place behind the last setting of that name, or the end.
func (c *collector) after(name string) int {
	for i := len(c.out) - 1; i >= 0; i-- {
		if c.out[i].Name == name {
			return i + 1
		}
	}
	return len(c.out)
}

// overrideSetting elaborates the value of a --set argument as the words of a
// setting.
func (c *collector) overrideSetting(forms []lang.Entry, s *override, word string) (Setting, bool) {
	if forms[0].Body != "" {
		c.e.errorf(diag.BadOverride, s.key, "%s has settings of its own", s.name).
			WithHelp("write --set %s.NAME=VALUE, or --set %s.%s=none", forms[0].Body, s.section, s.name)
		return Setting{}, false
	}
	span := s.key
	var words []ast.Arg
	if !(len(forms[0].Args) == 0 && (word == "true" || word == "")) {
		var list diag.List
		words, list = parse.Words(s.value, s.start)
		c.e.list = append(c.e.list, list...)
		if words == nil {
			return Setting{}, false
		}
		span.End = words[len(words)-1].End
	}
	return c.setting(forms, words, s.key, span)
}

// removeAll removes the settings that ent replaces and returns where the first
// of them stood, or the end.
func (c *collector) removeAll(ent *lang.Entry) int {
	at := -1
	kept := c.out[:0:0]
	for _, old := range c.out {
		if old.Name == ent.Name || ent.Group != "" && c.group(old.Name) == ent.Group {
			if at < 0 {
				at = len(kept)
			}
			continue
		}
		kept = append(kept, old)
	}
	c.out = kept
	if at < 0 {
		at = len(kept)
	}
	return at
}
