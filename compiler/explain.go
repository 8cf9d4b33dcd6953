package compiler

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/compiler/ir"
)

// Stage is what one phase made, as text.
type Stage struct {
	// Program is "inference" or "training" for the passes on either graph, ""
	// for phases that concern both.
	Program string
	// Name is what `cnnc explain -after` takes: "lower", "autodiff", "fuse", ...
	Name string
	// Doc is one line: what the phase does.
	Doc  string
	Text string
	// Graph is what a pass left, a copy; nil for the schedule, which made the plan.
	Graph *ir.Graph
}

// StageNames lists the names of the stages, each once, in order.
func (r *Result) StageNames() []string {
	var names []string
	for _, s := range r.Stages {
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// Explain writes the stages of that name, or all for "". The result must have
// been compiled with Options.Stages.
func (r *Result) Explain(w io.Writer, after string) error {
	if after != "" && !slices.Contains(r.StageNames(), after) {
		return fmt.Errorf("there is no phase %q; the phases are %s", after, strings.Join(r.StageNames(), ", "))
	}
	first := true
	for _, s := range r.Stages {
		if after != "" && s.Name != after {
			continue
		}
		head := "after " + s.Name
		if s.Program != "" {
			head += ", " + s.Program
		}
		if !first {
			head = "\n" + head
		}
		first = false
		if _, err := fmt.Fprintf(w, "%s: %s\n\n%s", head, s.Doc, s.Text); err != nil {
			return err
		}
	}
	return nil
}
