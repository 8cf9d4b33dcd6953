package compiler

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/compiler/pass"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/sched"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
)

// Options steer a compilation.
type Options struct {
	// Lower is what the caller knows about the data: classes and their names.
	Lower lower.Options
	// Inference leaves training out.
	Inference bool
	// Unfused leaves out all fusion but that of biases.
	Unfused bool
	// Source is the text to carry in the plan; "" takes the program's.
	Source string
	// Schedule overrides choices of the scheduler; Batch, Optimizer, Slots,
	// Unfused and Table are set by Compile.
	Schedule sched.Options
	// Stages asks for the text of every stage (Result.Stages).
	Stages bool
}

// Result is a compiled model file.
type Result struct {
	Plan  *plan.Plan
	Data  config.Data
	Train config.Train
	// Head says what the scores are.
	Head model.Head
	// Infer and Training are the graphs before fusion, the reference that
	// generated code is verified against. Training is nil without a loss and
	// when it was not asked for.
	Infer, Training *ir.Graph
	// Stages are the texts of what each phase made, when asked for.
	Stages []Stage
}

// Compile takes a program without errors through all phases. Mistakes that
// only shapes show come back as diagnostics, with a nil Result when one is an
// error; so do bugs of cnnc, which begin with "internal error".
func Compile(p *elab.Program, o Options) (*Result, diag.List) {
	m, list := lower.Lower(p, o.Lower)
	if m == nil || list.HasErrors() {
		return nil, list
	}
	r, err := compileGraph(m, p, o)
	if err != nil {
		list.Add(diag.Errorf("", diag.Span{}, "%v", err))
		return nil, list
	}
	return r, list
}

// compileGraph is the part of Compile behind lowering. Its errors are bugs.
func compileGraph(m *lower.Model, p *elab.Program, o Options) (*Result, error) {
	r := &Result{Data: m.Data, Train: m.Train, Head: m.Head}
	s := &stages{on: o.Stages}
	s.add("", "lower", "the model file as operations", m.Graph)

	// One graph becomes two: for inference without loss and dropout, and with
	// gradients for training.
	r.Infer = m.Graph.Clone()
	if err := pass.Run(r.Infer, pass.Inference, s.after("inference")); err != nil {
		return nil, err
	}
	if m.Graph.Loss != nil && !o.Inference {
		r.Training = m.Graph.Clone()
		if err := pass.Run(r.Training, pass.Training, s.after("training")); err != nil {
			return nil, err
		}
	}

	// Fusion works on copies: the graphs of the result stay the reference.
	fused, err := fuse(r.Infer, o, s.after("inference"))
	if err != nil {
		return nil, err
	}
	fusedTraining, err := fuse(r.Training, o, s.after("training"))
	if err != nil {
		return nil, err
	}

	so := o.Schedule
	so.Batch, so.Table, so.Unfused = m.Train.Batch, m.Graph, o.Unfused
	if so.Optimizer, so.Slots, err = updateRule(m.Train.Optimizer, p); err != nil {
		return nil, err
	}
	if r.Plan, err = sched.Schedule(fused, fusedTraining, so); err != nil {
		return nil, err
	}
	describe(r.Plan, m, p, o)
	s.add("", "schedule", "kernels, tiles, buffers and arena", r.Plan)
	r.Stages = s.list
	return r, nil
}

// fuse returns a fused copy of g, nil for nil.
func fuse(g *ir.Graph, o Options, after func(pass.Pass, *ir.Graph)) (*ir.Graph, error) {
	if g == nil {
		return nil, nil
	}
	g = g.Clone()
	p := pass.Pass{Name: "fuse", Doc: "join operations that one kernel computes", Run: pass.Fuse}
	if o.Unfused {
		p = pass.Pass{Name: "fuse", Doc: "join products with their bias only", Run: pass.FuseBias}
	}
	return g, pass.Run(g, []pass.Pass{p}, after)
}

// describe adds to the plan what the scheduler does not know: the file, and the
// layers in the words of the model file.
func describe(p *plan.Plan, m *lower.Model, prog *elab.Program, o Options) {
	// The name stands in comments of generated code, a line each.
	p.File = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, filepath.Base(prog.File))
	if p.Source = o.Source; p.Source == "" {
		p.Source = prog.Source
	}
	rows := make(map[string]plan.Layer, len(p.Layers))
	for _, row := range p.Layers {
		rows[row.Name] = row
	}
	p.Layers = p.Layers[:0]
	for _, l := range m.Layers {
		row := rows[l.Name]
		row.Name, row.Kind, row.Args, row.Line, row.Hash = l.Name, l.Kind, l.Args, l.Line, l.Hash
		p.Layers = append(p.Layers, row)
	}
}

// stages collects texts when on.
type stages struct {
	on   bool
	list []Stage
}

func (s *stages) add(program, name, doc string, made fmt.Stringer) {
	if !s.on {
		return
	}
	stage := Stage{Program: program, Name: name, Doc: doc, Text: made.String()}
	if g, ok := made.(*ir.Graph); ok {
		stage.Graph = g.Clone() // passes work in place
	}
	s.list = append(s.list, stage)
}

// after returns the callback of pass.Run for one of the two graphs.
func (s *stages) after(program string) func(pass.Pass, *ir.Graph) {
	return func(p pass.Pass, g *ir.Graph) { s.add(program, p.Name, p.Doc, g) }
}
