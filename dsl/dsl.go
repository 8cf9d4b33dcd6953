package dsl

//go:generate go run ./lang/refgen REFERENCE.md

import (
	"strings"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/lang"
	"github.com/cnnc/cnnc/dsl/parse"
	"github.com/cnnc/cnnc/dsl/printer"
)

// ParseFile parses the model file src, called name in messages. The tree is
// never nil and lacks the statements that have syntax errors; the list holds
// those errors, sorted by position.
func ParseFile(name, src string) (*ast.File, diag.List) {
	f, list := parse.File(name, src)
	return f, list.Sorted()
}

// Format returns src in the canonical layout. A text with syntax errors is not
// touched: the error is then a diag.List.
func Format(src []byte) ([]byte, error) {
	f, list := ParseFile("", string(src))
	if err := list.Err(); err != nil {
		return nil, err
	}
	return []byte(printer.File(f)), nil
}

// Load parses, checks and expands the model file src. The program is never
// nil; only when the list has no errors (list.Err() == nil) is it fit for the
// compiler. The list is sorted and holds the mistakes of syntax and of meaning
// together.
func Load(name, src string, opts elab.Options) (*elab.Program, diag.List) {
	f, syntax := parse.File(name, src)
	if f.Unread { // that it lacks this and that says nothing
		return &elab.Program{File: name, Source: src, Version: lang.Version}, syntax
	}
	prog, list := elab.Elaborate(f, src, opts)
	prog.NetOK = prog.NetOK && !syntax.HasErrors()
	return prog, append(syntax, list...).Sorted()
}

// Sources returns the texts that positions of Load point into, for diag.Render:
// the model file, the arguments of --set and the files of other overrides.
func Sources(name, src string, opts elab.Options) diag.Sources {
	lines := make([]string, len(opts.Overrides))
	for i, o := range opts.Overrides {
		lines[i] = strings.NewReplacer("\n", " ", "\r", " ").Replace(o.Text)
	}
	out := diag.Sources{name: src, diag.OverrideFile: strings.Join(lines, "\n")}
	for _, o := range opts.Overrides {
		if o.File != "" {
			out[o.File] = o.Source
		}
	}
	return out
}
