package elab

import (
	"slices"
	"strings"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/lang"
)

// Limits of the expansion.
const (
	MaxLayers = 10000  // layers of a program
	maxSteps  = 200000 // statements executed while expanding
	maxDepth  = 64     // blocks inside blocks
	maxErrors = 200    // elaboration gives up after so many mistakes
)

// Options say what the caller knows besides the file.
type Options struct {
	// Overrides are the arguments of --set, in order.
	Overrides []Override
	// Classes is the value of `classes` in the net: the number of classes in
	// the data. 0 means not known; a net that uses it then gets a
	// diag.NeedsClasses error, and the sections are complete all the same.
	Classes int
	// Features is the value of `features` in the net: how many values a row of
	// the data's table becomes. 0 means not known, as with Classes
	// (diag.NeedsFeatures).
	Features int
	// DataOnly leaves the net out: the program has settings but no layers.
	// It is for finding the number of classes before the net is looked at.
	DataOnly bool
}

// Override is one argument of --set: NAME=VALUE for a hyperparameter,
// SECTION.SETTING=WORDS for a setting.
//
// An override replaces every setting of that name (and settings that it
// excludes: data.rgb=true removes gray); where there is none it adds one. Of
// several overrides of one name the last counts, except for settings that may
// stand more than once (stop): there the first override replaces those of the
// file and the others are added. The value none removes a setting. A setting
// without values, such as data.gray, is set by true and removed by false.
type Override struct {
	Text string
	// File and Line say where the text stands, 0 for --set. Source is the text of
	// the file.
	File   string
	Line   int
	Source string
}

// Elaborate checks and expands f. The program is never nil and is as complete
// as the mistakes allow, but it may be compiled only when the list has no
// errors. src is the text of the file.
func Elaborate(f *ast.File, src string, opts Options) (*Program, diag.List) {
	e := &elaborator{
		opts:     opts,
		prog:     &Program{File: f.Name, Source: src, Version: lang.Version},
		blocks:   map[string]*block{},
		hypers:   map[string]*Hyper{},
		declared: map[string]diag.Pos{},
		compiled: map[string]bool{},
		defaults: map[*lang.Option]Value{},
		lost:     map[string]bool{},
	}
	for _, word := range f.Lost {
		e.lost[word] = true
	}
	e.readOverrides()
	e.header(f)
	e.declareHypers(f)
	e.declareBlocks(f)
	if !opts.DataOnly {
		e.net(f)
		e.prog.NetOK = !e.list.HasErrors()
		e.unappliedBlocks()
	}
	e.sections(f)
	e.checkMetrics()
	e.finishHypers()
	return e.prog, e.list.Sorted()
}

// elaborator is the state of one elaboration.
type elaborator struct {
	opts     Options
	prog     *Program
	list     diag.List
	sets     []*override
	order    []*block // in the order of the file
	blocks   map[string]*block
	hypers   map[string]*Hyper
	declared map[string]diag.Pos // names of hyperparameters, known before their values
	compiled map[string]bool     // hyperparameters that the generated code depends on
	defaults map[*lang.Option]Value
	lost     map[string]bool // words that statements with syntax errors begin with
	steps    int
	stopped  bool // a limit was hit; expansion unwinds
	dry      bool // elaborating what is not reached: values are unknown
	inNet    bool // `classes` has a meaning
	trace    []diag.Pos
	layers   []Layer
	named    []string // user's name of each layer, or ""
	local    []bool   // the name was given inside a block or repeat
}

// errorf reports an error and says which block application led to it.
func (e *elaborator) errorf(code diag.Code, span diag.Span, format string, args ...any) *diag.Diagnostic {
	d := diag.Errorf(code, span, format, args...)
	if n := len(e.trace); n > 0 {
		d.WithNote(e.trace[n-1], "in the block applied here")
	}
	if len(e.list) >= maxErrors {
		e.stopped = true
		return d
	}
	return e.list.Add(d)
}

// unknownf is errorf for a name that nothing defines. It is not reported when a
// statement that may have defined the name was left out for its syntax.
func (e *elaborator) unknownf(name string, code diag.Code, span diag.Span, format string, args ...any) *diag.Diagnostic {
	if e.lost[name] {
		return diag.Errorf(code, span, format, args...)
	}
	return e.errorf(code, span, format, args...)
}

// spanOf returns the text of any node.
func spanOf(n ast.Node) diag.Span { return diag.Span{Start: n.Pos(), End: n.EndPos()} }

// header checks what every model file begins with.
func (e *elaborator) header(f *ast.File) {
	top := diag.At(diag.Pos{File: f.Name, Line: 1, Col: 1})
	var version *ast.Version
	var model *ast.Model
	sections := map[string]*ast.Section{}
	for i, s := range f.Stmts {
		switch s := s.(type) {
		case *ast.Version:
			switch {
			case version != nil:
				e.errorf(diag.Duplicate, s.Span, "the language version is given twice").WithNote(version.Start, "it is given here")
			case i > 0:
				e.errorf(diag.Misplaced, s.Span, "the language version is the first line of a file")
			}
			version = s
			if !s.Number.IsInt || s.Number.Value != lang.Version {
				e.errorf(diag.BadVersion, s.Number.Span, "language version %s is not known", s.Number.Text).WithExpected("cnn %d", lang.Version)
			}
		case *ast.Model:
			if model != nil {
				e.errorf(diag.Duplicate, s.Span, "the model is named twice").WithNote(model.Start, "it is named here")
				continue
			}
			model = s
			e.prog.Name = s.Name.Name
		case *ast.Section:
			name := s.Name.Name
			if !slices.Contains(lang.TopLevel, name) {
				d := e.errorf(diag.UnknownSection, s.Name.Span, "there is no section %s", name)
				if sec := lang.FindSection(name); sec != nil && sec.Inner {
					d.Help = name + " stands inside data"
				} else {
					suggest(d, name, lang.TopLevel, "the sections are "+strings.Join(lang.TopLevel, ", "))
				}
				continue
			}
			if first := sections[name]; first != nil {
				e.errorf(diag.Duplicate, s.Name.Span, "the section %s is given twice", name).WithNote(first.Start, "it is given here")
				continue
			}
			sections[name] = s
		}
	}
	if version == nil && !e.lost["cnn"] {
		e.errorf(diag.BadVersion, top, "the language version is missing").WithHelp("begin the file with the line: cnn %d", lang.Version)
	}
	if model == nil && !e.lost["model"] {
		e.errorf(diag.MissingPart, top, "the model has no name").WithHelp("put model NAME below the first line")
	}
}

// findSection returns the first section of that name, or nil.
func findSection(f *ast.File, name string) *ast.Section {
	for _, s := range f.Stmts {
		if sec, ok := s.(*ast.Section); ok && sec.Name.Name == name {
			return sec
		}
	}
	return nil
}

// suggest adds "did you mean" when a candidate is near, and otherwise says
// what there is.
func suggest(d *diag.Diagnostic, name string, candidates []string, otherwise string) {
	if near := diag.Nearest(name, candidates); near != "" {
		d.Help = "did you mean " + near + "?"
		return
	}
	d.Help = otherwise
}

// used records what a value decides. Values of runtime options leave the
// generated code as it is; all others are compiled in.
func (e *elaborator) used(hypers []string, runtime bool) {
	if runtime || e.dry {
		return
	}
	for _, h := range hypers {
		e.compiled[h] = true
	}
}

// union merges two sorted sets of names.
func union(a, b []string) []string {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
}
