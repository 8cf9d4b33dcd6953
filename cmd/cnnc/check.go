package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/terminal"
)

type checkCmd struct {
	modelArgs
	Workers int  `placeholder:"N" help:"Threads to count memory for. Default: GOMAXPROCS."`
	JSON    bool `help:"Print the table as JSON."`
}

// Help is the long help of the subcommand.
func (checkCmd) Help() string {
	return `Prints every mistake of the model file with its place, what was expected and a
hint; or, when there is none, the layers with their output shapes, parameters and
FLOPs (a multiply-add counts as two), and the memory that inference and training
will take. The memory is planned, not estimated: it is what a run allocates.

Of a file with a search space (hyper lines with choice, int, float or bool) it says
how many networks the space holds, and warns of points that cannot exist, with their
share: all points are compiled, or a sample of a large space.`
}

// Run checks a model file.
func (c *checkCmd) Run(s *streams) error {
	if c.Workers < 0 {
		return usageErrorf("--workers is %d, want at least 1", c.Workers)
	}
	text, err := c.read()
	if err != nil {
		return usageErr{err}
	}
	m, err := text.compileOrReport(s, compiler.Options{})
	if err != nil {
		return err
	}
	var search *spaceSurvey
	if space := spaceOf(m.program); len(space) > 0 && space.Check() == nil {
		search = survey(text, space)
		if err := report(s, search.warnings, text.sources()); err != nil {
			return err
		}
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	infer, training := memory(m, c.Workers)
	if c.JSON {
		return writeCheckJSON(s.out, m, infer, training, search)
	}
	if err := writeCheck(s.out, m, infer, training); err != nil || search == nil {
		return err
	}
	fmt.Fprintln(s.out)
	return search.write(s.out)
}

// memory is what running the network takes: one example at a time without
// training, and a training run. The latter is nil without a train section.
func memory(m *compiled, workers int) (infer, training []plan.MemoryPart) {
	infer = m.Plan.Memory(plan.Use{Workers: 1, Batch: 1, Piece: 1})
	var whitening []plan.MemoryPart
	if s := m.Data.Standardize; s != nil && s.Whiten {
		n := int64(m.Plan.InputH * m.Plan.InputW * m.Plan.InputC)
		whitening = []plan.MemoryPart{{Name: "whitening", Bytes: 4 * n * n, Note: "three times that before training, while it is learned"}}
		infer = append(infer, plan.MemoryPart{Name: "whitening", Bytes: 4 * n * n})
	}
	if !m.HasTrain() {
		return infer, nil
	}
	piece := model.Piece(m.Plan.Shards, m.Plan.Train.Micro, m.Plan.InputH*m.Plan.InputW*m.Plan.InputC)
	training = m.Plan.Memory(plan.Use{
		Workers: workers, Batch: m.Train.Batch, Piece: min(piece, m.Train.Batch), Prefetch: data.DefaultPrefetch,
		Training: true, Validation: m.Data.Validate.Kind != "", Best: m.Train.Keep.Metric != "",
		Restore: slices.ContainsFunc(m.Train.Stop, func(r config.Stop) bool { return r.Restore }),
	})
	if c := m.Data.Cache; c.Where == "memory" {
		parts, note := int64(1), "decoded images, at most"
		if m.Data.Validate.Kind != "" {
			parts, note = 2, "decoded images, at most; half for training, half for validation"
		}
		training = append(training, plan.MemoryPart{Name: "cache", Bytes: parts * c.Bytes, Note: note})
	}
	return infer, append(training, whitening...)
}

func writeCheck(w io.Writer, m *compiled, infer, training []plan.MemoryPart) error {
	fmt.Fprintf(w, "%s: %s\n\n", m.name, m.Plan.Name)
	tab := &terminal.Table{Left: 6, Gap: 2, Shrink: []int{5, 1, 0}}
	tab.Add(terminal.Bold, "layer", "", "output", "parameters", "MFLOP", "kernel")
	var params, flops int64
	for _, l := range m.Plan.Layers {
		params += int64(l.Params)
		flops += l.FLOPs
		tab.Add(terminal.Plain, l.Name, strings.TrimSpace(l.Kind+" "+l.Args), shape(l.Shape), number(int64(l.Params)), mflop(l.FLOPs), l.Kernel)
	}
	tab.Add(terminal.Bold, "total", "", "", number(params), mflop(flops))
	if _, err := io.WriteString(w, tab.Text(terminal.Of(w))); err != nil {
		return err
	}
	if n := m.Plan.NotTrained(); n > 0 {
		fmt.Fprintf(w, "%s parameters are not trained: moving statistics and frozen layers\n", number(int64(n)))
	}
	if err := writePreparation(w, m); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nmemory, inference of one image\n")
	if err := plan.WriteMemory(w, infer); err != nil {
		return err
	}
	if training == nil {
		return nil
	}
	fmt.Fprintf(w, "\nmemory, training at batch %d\n", m.Train.Batch)
	return plan.WriteMemory(w, training)
}

// writePreparation says what happens to images before the network gets them.
func writePreparation(w io.Writer, m *compiled) error {
	lines, err := preparation(m)
	if err != nil || len(lines) == 0 {
		return err
	}
	fmt.Fprintf(w, "\nimages\n")
	for _, line := range lines {
		fmt.Fprintf(w, "  %s\n", line)
	}
	return nil
}

// preparation is what happens to images before the network gets them, in order;
// nothing where the data are no images.
func preparation(m *compiled) (lines []string, err error) {
	d := &m.Data
	if d.Train.Kind == "" || d.Table != nil {
		return nil, nil
	}
	if d.Color != "" {
		lines = append(lines, d.Color)
	}
	if d.Resize != nil {
		lines = append(lines, fmt.Sprintf("resize to %dx%d", d.Resize.Height, d.Resize.Width))
	}
	plan, err := augmentPlan(d)
	if err != nil {
		return nil, err
	}
	if plan != nil {
		for _, line := range plan.Describe() {
			lines = append(lines, "in training only: "+line)
		}
	}
	if d.Rescale != 0 {
		lines = append(lines, fmt.Sprintf("rescale by %.6g", d.Rescale))
	}
	lines = append(lines, standardLines(d)...)
	if d.Target == "input" {
		lines = append(lines, "what results is the target as well")
	}
	return lines, nil
}

// standardLines say how values are standardized, in order.
func standardLines(d *config.Data) (lines []string) {
	s := d.Standardize
	if s == nil {
		return nil
	}
	add := func(how, of, text string) {
		switch how {
		case "center":
			lines = append(lines, fmt.Sprintf("subtract the mean of %s%s", of, text))
		case "scale":
			lines = append(lines, fmt.Sprintf("bring %s to mean 0 and deviation 1%s", of, text))
		}
	}
	learned := ", learned of the training images"
	add(s.Image, "each image", "")
	add(s.Channels, "each channel", learned)
	if s.Whiten {
		n := d.Height * d.Width * d.Channels
		lines = append(lines, fmt.Sprintf("whiten with a matrix of %dx%d numbers, %s of the weight files%s; epsilon %g", n, n, plan.FormatBytes(4*int64(n)*int64(n)), learned, s.Epsilon))
	}
	return lines
}

func writeCheckJSON(w io.Writer, m *compiled, infer, training []plan.MemoryPart, search *spaceSurvey) error {
	type layer struct {
		Name   string `json:"name"`
		Kind   string `json:"kind"`
		Args   string `json:"args,omitempty"`
		Shape  []int  `json:"shape"`
		Params int    `json:"parameters"`
		FLOPs  int64  `json:"flops"`
		Line   int    `json:"line"`
	}
	out := struct {
		Model       string      `json:"model"`
		Hash        string      `json:"hash"`
		Layers      []layer     `json:"layers"`
		Parameters  int64       `json:"parameters"`
		FLOPs       int64       `json:"flops"`
		InferBytes  int64       `json:"inference_bytes"`
		TrainBytes  int64       `json:"training_bytes,omitempty"`
		Shards      int         `json:"shards,omitempty"`
		MicroBatch  int         `json:"micro_batch,omitempty"`
		ClassLabels []string    `json:"labels,omitempty"`
		Search      *surveyJSON `json:"search,omitempty"`
	}{Model: m.Plan.Name, Hash: m.Plan.Hash, InferBytes: plan.Total(infer), TrainBytes: plan.Total(training), ClassLabels: m.labels}
	for _, l := range m.Plan.Layers {
		out.Layers = append(out.Layers, layer{l.Name, l.Kind, l.Args, l.Shape, l.Params, l.FLOPs, l.Line})
		out.Parameters += int64(l.Params)
		out.FLOPs += l.FLOPs
	}
	if training != nil {
		out.Shards, out.MicroBatch = m.Plan.Shards, m.Plan.Train.Micro
	}
	if search != nil {
		out.Search = search.json()
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// HasTrain reports whether the network can be trained: the file has a train
// section, and so a loss.
func (m *compiled) HasTrain() bool { return m.Training != nil }

func shape(dims []int) string {
	parts := make([]string, len(dims))
	for i, d := range dims {
		parts[i] = strconv.Itoa(d)
	}
	return strings.Join(parts, "x")
}

// mflop is millions of floating-point operations; nothing for none.
func mflop(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 2, 64)
}

// number is 1,234,567; nothing for zero.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
