package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/data/table"
)

// maxModelFile is the longest model file, in bytes.
const maxModelFile = 1 << 20

// modelArgs are the arguments of every subcommand that reads a model file.
type modelArgs struct {
	File   string   `arg:"" help:"The model file." type:"path"`
	Set    []string `short:"s" sep:"none" placeholder:"NAME=VALUE" help:"Another value for a hyperparameter (filters=64) or a setting (train.epochs=1, 'data.train=folder(\"DIR\")'). Repeatable."`
	Values string   `placeholder:"FILE" type:"path" help:"More such values, one NAME=VALUE a line, as cnnc tune writes the best ones. --set wins."`
}

// compiled is a model file after all phases of the compiler.
type compiled struct {
	*compiler.Result
	name string // as the user gave it
	// labels are the class names found in the data, nil when it is not there.
	labels []string
	// program is the model file with everything decided.
	program *elab.Program
}

// readModel reads a model file.
func readModel(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxModelFile+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxModelFile {
		return "", fmt.Errorf("%s: longer than %d bytes: not a model file", name, maxModelFile)
	}
	return string(text), nil
}

// compile takes a model file through the compiler. Mistakes in it are printed,
// all of them, and come back as the usage exit status.
func (a *modelArgs) compile(s *streams, opts compiler.Options) (*compiled, error) {
	m, err := a.read()
	if err != nil {
		return nil, usageErr{err}
	}
	return m.compileOrReport(s, opts)
}

// compileOrReport compiles the file as it is. Mistakes are printed.
func (m *modelText) compileOrReport(s *streams, opts compiler.Options) (*compiled, error) {
	c, list, dataErr := m.compile(m.overrides, opts)
	if dataErr != nil && !list.HasErrors() {
		return nil, dataErr
	}
	if dataErr != nil {
		fmt.Fprintf(s.err, "cnnc: %v\n", dataErr)
	}
	if err := report(s, list, m.sources()); err != nil {
		return nil, err
	}
	return c, nil
}

// modelText is a model file before the compiler, with the values that the
// command line gives it.
type modelText struct {
	name, text string
	overrides  []elab.Override
	facts      factCache
}

// dataFacts are what the compiler has to know of the data.
type dataFacts struct {
	labels []string
	rows   *table.Fitted
	err    error
}

// factCache keeps them: a search compiles one file hundreds of times, and a table
// is read to count its features.
type factCache struct {
	mu    sync.Mutex
	known map[string]dataFacts
}

// of looks at the data, once for equal data sections.
func (f *factCache) of(cfg config.Data) dataFacts {
	text, err := json.Marshal(cfg)
	if err != nil {
		return dataFacts{err: err}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if v, ok := f.known[string(text)]; ok {
		return v
	}
	var v dataFacts
	if v.labels, v.err = data.Classes(cfg); v.err != nil {
		v.labels = nil
	} else if cfg.Table != nil {
		v.rows, v.err = data.TableFacts(cfg)
	}
	if f.known == nil {
		f.known = map[string]dataFacts{}
	}
	f.known[string(text)] = v
	return v
}

// read reads the model file and the file of values.
func (a *modelArgs) read() (*modelText, error) {
	m := &modelText{name: displayName(a.File)}
	var err error
	if m.text, err = readModel(a.File); err != nil {
		return nil, err
	}
	if a.Values != "" {
		text, err := readModel(a.Values)
		if err != nil {
			return nil, err
		}
		for i, line := range strings.Split(text, "\n") {
			line = strings.TrimSuffix(line, "\r")
			if t := strings.TrimSpace(line); t != "" && !strings.HasPrefix(t, "//") {
				m.overrides = append(m.overrides, elab.Override{Text: line, File: displayName(a.Values), Line: i + 1, Source: text})
			}
		}
	}
	for _, set := range a.Set {
		m.overrides = append(m.overrides, elab.Override{Text: set})
	}
	return m, nil
}

// sources are the texts that diagnostics point into.
func (m *modelText) sources() diag.Sources {
	return dsl.Sources(m.name, m.text, elab.Options{Overrides: m.overrides})
}

// compile takes the file through the compiler under some overrides. The compiled
// model is nil when there are errors in the list, or another error that is about
// the data.
func (m *modelText) compile(overrides []elab.Override, opts compiler.Options) (*compiled, diag.List, error) {
	name, text := m.name, m.text
	eopts := elab.Options{Overrides: overrides}

	// The classes of the data come first: the net may ask how many there are.
	eopts.DataOnly = true
	sections, mistakes := dsl.Load(name, text, eopts)
	eopts.DataOnly = false
	// Mistakes elsewhere in the file do not keep the data from being found.
	cfg := lower.Data(sections)
	facts := m.facts.of(cfg)
	labels, dataErr := facts.labels, facts.err
	eopts.Classes = len(labels)
	opts.Lower = lower.Options{Labels: labels, Classes: len(labels)}
	if cfg.Table != nil && dataErr == nil {
		// How many values a row becomes depends on the categories that it has.
		opts.Lower.Features, opts.Lower.Arithmetic = facts.rows.Width(), facts.rows.Arithmetic()
		eopts.Features = opts.Lower.Features
	}
	program, list := dsl.Load(name, text, eopts)
	var dataMistake error
	named := cfg.Train.Kind != "" || cfg.Validate.Kind != "" || cfg.Test.Kind != ""
	if dataErr != nil && named && (list.Has(diag.NeedsClasses) || list.Has(diag.NeedsFeatures)) {
		// The net is not to blame: the data is, or the mistakes in its section.
		what := "classes"
		if !list.Has(diag.NeedsClasses) {
			what = "features"
		}
		list = slices.DeleteFunc(list, func(d *diag.Diagnostic) bool { return d.Code == diag.NeedsClasses || d.Code == diag.NeedsFeatures })
		if !mistakes.HasErrors() {
			dataMistake = fmt.Errorf("%s: the net uses %s, which cannot be counted: %w", name, what, dataErr)
		}
	}
	if list.HasErrors() || dataMistake != nil {
		if list.HasErrors() && program.NetOK {
			list = append(list, lower.Shapes(program, opts.Lower)...).Sorted()
		}
		return nil, list, dataMistake
	}
	result, more := compiler.Compile(program, opts)
	list = append(list, more...).Sorted()
	if list.HasErrors() {
		return nil, list, nil
	}
	return &compiled{Result: result, name: name, labels: labels, program: program}, list, nil
}

// report prints diagnostics; it returns the usage exit status when there are
// errors among them.
func report(s *streams, list diag.List, sources diag.Sources) error {
	if len(list) == 0 {
		return nil
	}
	if err := look(s.err).Render(s.err, list, sources); err != nil {
		return err
	}
	if list.HasErrors() {
		return exitError(exitUsage)
	}
	return nil
}

// displayName is how a file is called in messages: relative to the working
// directory when that is shorter.
func displayName(name string) string {
	wd, err := os.Getwd()
	if err != nil {
		return name
	}
	rel, err := filepath.Rel(wd, name)
	if err != nil || len(rel) >= len(name) {
		return name
	}
	return rel
}

// errNoTrain says that a subcommand needs a section that the file lacks.
var errNoTrain = errors.New("the model file has no train section")
