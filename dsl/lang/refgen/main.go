// Command refgen writes dsl/REFERENCE.md, the language reference, from the
// table of dsl/lang. It runs by `go generate ./dsl`; its test fails when the
// file is not what the table says.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/cnnc/cnnc/dsl/lang"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: refgen FILE")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], []byte(reference()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// reference returns the text of REFERENCE.md.
func reference() string {
	var b strings.Builder
	b.WriteString(intro)
	b.WriteString("\n## Hyperparameters\n\n`hyper NAME = SPACE default VALUE` declares a value that may stand anywhere a number, a word, true or false may. A plain value instead of a search space is not searched. No range depends on another hyperparameter.\n\n| space | meaning | example |\n|---|---|---|\n")
	for _, h := range lang.HyperKinds {
		fmt.Fprintf(&b, "| `%s` | %s | `%s` |\n", h.Name, cell(h.Doc), h.Example)
	}
	b.WriteString("\n" + "A hyperparameter that stands only in options marked *runtime* below changes neither shapes nor generated code: another value needs no new compilation.\n")
	b.WriteString("\nA condition at the end of the line says when a hyperparameter counts: `hyper momentum = float(0.5..0.99) default 0.9 if optimizer == sgd`. It asks for one hyperparameter above it, which has values to count: `if deep`, `if layers >= 3`, `if optimizer == sgd or optimizer == rmsprop`. Where it does not hold, `cnnc tune` does not search the hyperparameter, and it has its default.\n")

	b.WriteString("\n## Functions\n\n| function | meaning | example |\n|---|---|---|\n")
	for _, f := range lang.Functions {
		fmt.Fprintf(&b, "| `%s` | %s | `%s` |\n", f.Name, cell(f.Doc), f.Example)
	}

	b.WriteString("\n## Layers\n\nValues without a key stand in the order given; any of them may be given by key instead. Flags and bare words stand alone, in any place.\n")
	entries(&b, lang.Layers, "###", func(e *lang.Entry) bool { return !e.Activation })
	b.WriteString("\n### Activations\n\nAn activation is a layer on a line of its own, or a word after `conv` or `dense`. As a word its value stands in parentheses: `conv 8 3x3 leaky_relu(0.1)`. `linear` means none.\n\n| activation | formula | values |\n|---|---|---|\n")
	for i := range lang.Layers {
		if e := &lang.Layers[i]; e.Activation && !e.Later {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", e.Name, cell("`"+e.Formula+"`"), activationValues(e))
		}
	}
	table(&b, "Initializers", "initializer", lang.InitializerTable)
	table(&b, "Constraints", "constraint", lang.ConstraintTable)

	for i := range lang.Sections {
		s := &lang.Sections[i]
		fmt.Fprintf(&b, "\n## Section %s\n\n%s.\n", s.Name, sentence(s.Doc))
		if s.Inner {
			b.WriteString("It stands inside data. Its settings may follow each other on one line.\n")
		}
		entries(&b, s.Settings, "###", func(*lang.Entry) bool { return true })
		switch s.Name {
		case "data":
			table(&b, "Sources", "source", lang.SourceTable)
		case "train":
			table(&b, "Losses", "loss", lang.LossTable)
			table(&b, "Optimizers", "optimizer", lang.OptimizerTable)
			table(&b, "Schedules", "schedule", lang.ScheduleTable)
			table(&b, "Metrics", "metric", lang.MetricTable)
			b.WriteString("\nWhere a metric is watched, `loss` is one too, and `val_` in front means: measured on the validation examples.\n")
		}
	}
	later(&b)
	return b.String()
}

// cell makes text safe for a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// entries describes layers or settings one by one; forms of one name together.
func entries(b *strings.Builder, list []lang.Entry, mark string, want func(*lang.Entry) bool) {
	last := ""
	for i := range list {
		e := &list[i]
		if e.Later || !want(e) {
			continue
		}
		if e.Name != last {
			fmt.Fprintf(b, "\n%s %s\n", mark, e.Name)
		}
		last = e.Name
		fmt.Fprintf(b, "\n    %s\n\n%s.", e.Usage(), sentence(e.Doc))
		if e.Repeats {
			b.WriteString(" May stand more than once.")
		}
		if e.Formula != "" {
			fmt.Fprintf(b, " `%s`", e.Formula)
		}
		fmt.Fprintf(b, " Example: `%s`\n", e.Example)
		options(b, e)
	}
}

func options(b *strings.Builder, e *lang.Entry) {
	first := true
	for _, list := range [][]lang.Option{e.Args, e.Options} {
		for i := range list {
			o := &list[i]
			if o.Later || o.Type == lang.Word {
				continue
			}
			if first {
				b.WriteString("\n| option | value | default | meaning |\n|---|---|---|---|\n")
				first = false
			}
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", o.Name, cell(values(o)), defaultText(o), cell(o.Doc))
		}
	}
}

// values says what an option takes.
func values(o *lang.Option) string {
	s := o.Type.String()
	switch {
	case o.Type == lang.Choice:
		s = "`" + strings.Join(o.Choices, "`, `") + "`"
	case len(o.Choices) > 0:
		s = "`" + strings.Join(o.Choices, "`, `") + "`, or " + s
	case o.Type == lang.Func:
		s = "the name of " + o.Of.Noun()
	}
	if o.Range != "" {
		switch o.Type {
		case lang.Size, lang.Shape, lang.Sides:
			s += ", sides in " + o.Range
		default:
			s += " in " + o.Range
		}
	}
	if o.Bare {
		s += "; as a bare word"
	}
	if o.Variadic {
		s += ", one or more"
	}
	if o.Runtime {
		s += " (runtime)"
	}
	return s
}

func defaultText(o *lang.Option) string {
	switch {
	case o.Type == lang.Flag:
		return "absent"
	case o.Default != "":
		return "`" + o.Default + "`"
	case o.Optional:
		return ""
	}
	return "required"
}

func activationValues(e *lang.Entry) string {
	var parts []string
	for _, list := range [][]lang.Option{e.Args, e.Options} {
		for i := range list {
			o := &list[i]
			s := "`" + o.Name + "`: " + o.Doc
			switch {
			case o.Required():
				s += ", required"
			case o.Default != "":
				s += ", default " + defaultText(o)
			}
			if o.InWord != "" {
				s += " as a layer and `" + o.InWord + "` as a word"
			}
			parts = append(parts, s)
		}
	}
	return cell(strings.Join(parts, "; "))
}

// table lists functions in one table.
func table(b *strings.Builder, title, what string, list []lang.Entry) {
	fmt.Fprintf(b, "\n### %s\n\n| %s | meaning | values | example |\n|---|---|---|---|\n", title, what)
	for i := range list {
		e := &list[i]
		if e.Later {
			continue
		}
		var parts []string
		for _, opts := range [][]lang.Option{e.Args, e.Options} {
			for j := range opts {
				o := &opts[j]
				if o.Later {
					continue
				}
				part := "`" + o.Name + "`"
				switch {
				case o.Default != "":
					part += " = " + o.Default
				case o.Type == lang.Flag:
					part += " (flag)"
				}
				parts = append(parts, part)
			}
		}
		doc := e.Doc
		if e.Formula != "" {
			doc += ": `" + e.Formula + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | `%s` |\n", e.Name, cell(doc), cell(strings.Join(parts, ", ")), e.Example)
	}
}

// later lists what the language knows and this version does not compile.
func later(b *strings.Builder) {
	b.WriteString("\n## Not supported by this version\n\nThese words belong to the language; a file that uses them gets an error that says so.\n\n")
	list := func(title string, entries []lang.Entry) {
		var names []string
		for i := range entries {
			if entries[i].Later {
				names = append(names, "`"+entries[i].Name+"`")
			}
		}
		if len(names) > 0 {
			fmt.Fprintf(b, "- %s: %s\n", title, strings.Join(names, ", "))
		}
	}
	list("layers", lang.Layers)
	list("initializers", lang.InitializerTable)
	list("sources", lang.SourceTable)
	list("losses", lang.LossTable)
	list("metrics", lang.MetricTable)
	list("optimizers", lang.OptimizerTable)
	list("schedules", lang.ScheduleTable)
	list("constraints", lang.ConstraintTable)
	for i := range lang.Sections {
		list("settings of "+lang.Sections[i].Name, lang.Sections[i].Settings)
	}
}
