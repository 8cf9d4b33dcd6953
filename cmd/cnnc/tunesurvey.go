package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/tune"
)

// spaceSurvey is what the compiler says of the points of a search space.
type spaceSurvey struct {
	space tune.Space
	// looked points were compiled, all of the space or a sample.
	looked int
	all    bool
	// impossible is how many of them cannot exist, warnings say why, each with its
	// place in the model file.
	impossible int
	warnings   diag.List
	// networks is how many different ones the possible points need, by the values
	// that are compiled in; compiledIn holds the hyperparameters with such values.
	networks   int
	compiledIn map[string]bool
	// typical is the point whose network has the FLOPs nearest to the mean, and work
	// the mean as a multiple of these; nil when no point can exist.
	typical tune.Values
	work    float64
}

// A survey compiles so many points at most, and begins none after so long.
const (
	surveyPoints = 128
	surveyTime   = 5 * time.Second
)

// maxReasons is how many different reasons are shown.
const maxReasons = 5

// survey compiles the points of a space, or a sample of them.
func survey(m *modelText, s tune.Space) *spaceSurvey {
	points, all := s.Survey(surveyPoints)
	v := &spaceSurvey{space: s, all: all, compiledIn: map[string]bool{}}
	networks := map[string]bool{}
	type reason struct {
		d     *diag.Diagnostic
		first tune.Values
		count int
	}
	var reasons []*reason
	byText := map[string]*reason{}
	var work []float64 // FLOPs of possible points
	var possible []tune.Values
	begin := time.Now()
	for _, at := range points {
		if time.Since(begin) > surveyTime {
			v.all = false
			break
		}
		v.looked++
		overrides := append(m.overrides[:len(m.overrides):len(m.overrides)], overridesOf(s, at)...)
		c, list, err := m.compile(overrides, compiler.Options{})
		if err != nil && !list.HasErrors() {
			v.looked-- // the data is to blame, not the point
			continue
		}
		if d := firstMistake(list); d != nil {
			v.impossible++
			r := byText[d.Error()]
			if r == nil {
				r = &reason{d: d, first: at}
				byText[d.Error()] = r
				reasons = append(reasons, r)
			}
			r.count++
			continue
		}
		networks[v.network(c.program, at)] = true
		flops := 0.0
		for _, l := range c.Plan.Layers {
			flops += float64(l.FLOPs)
		}
		work, possible = append(work, flops), append(possible, at)
	}
	v.networks = len(networks)
	mean, near := 0.0, math.Inf(1)
	for _, w := range work {
		mean += w / float64(len(work))
	}
	for i, w := range work {
		if d := math.Abs(w - mean); d < near {
			near, v.typical, v.work = d, possible[i], mean/w
		}
	}
	slices.SortStableFunc(reasons, func(a, b *reason) int { return b.count - a.count })
	for _, r := range reasons[:min(len(reasons), maxReasons)] {
		d := *r.d
		d.Severity = diag.Warning
		d.Notes = append(slices.Clone(d.Notes), diag.Note{Msg: fmt.Sprintf("at %s: %s of %s of the search space cannot exist for this reason",
			s.Text(r.first), number(int64(r.count)), plural(v.looked, "point"))})
		v.warnings = append(v.warnings, &d)
	}
	return v
}

// network names the network of a point: what of it is compiled in.
func (v *spaceSurvey) network(p *elab.Program, at tune.Values) string {
	var key strings.Builder
	for i := range p.Hypers {
		h := &p.Hypers[i]
		if value, ok := at[h.Name]; ok && !h.Runtime {
			v.compiledIn[h.Name] = true
			fmt.Fprintf(&key, "%s=%s\n", h.Name, value)
		}
	}
	return key.String()
}

// firstMistake is the first error of a list, nil when there is none.
func firstMistake(list diag.List) *diag.Diagnostic {
	for _, d := range list {
		if d.Severity == diag.Error {
			return d
		}
	}
	return nil
}

// write prints the search space and what is known of its points.
func (v *spaceSurvey) write(w io.Writer) error {
	if n := v.space.Points(); n > 0 {
		fmt.Fprintf(w, "search space of %s\n", plural(n, "point"))
	} else {
		fmt.Fprintf(w, "search space\n")
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := range v.space {
		h := &v.space[i]
		note := "run-time value"
		if v.compiledIn[h.Name] {
			note = "compiled in"
		}
		if h.Parent != "" {
			note += "; if " + h.Parent + " is " + join(h.ParentValues, " or ")
		}
		fmt.Fprintf(tab, "  %s\t%s\tdefault %s\t%s\n", h.Name, h.Domain(), h.Default, note)
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	text := fmt.Sprintf("  %s to compile", plural(v.networks, "network"))
	if !v.all {
		text = fmt.Sprintf("  %s to compile in a sample of %s", plural(v.networks, "network"), plural(v.looked, "point"))
	}
	if v.impossible > 0 {
		text += fmt.Sprintf("; %d of %s (%.0f %%) cannot exist", v.impossible, plural(v.looked, "point"), 100*float64(v.impossible)/float64(v.looked))
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

// surveyJSON is a survey in the JSON of check and of a dry run.
type surveyJSON struct {
	Space      tune.Space `json:"space"`
	Points     int        `json:"points,omitempty"` // 0: not countable
	Looked     int        `json:"looked"`
	Impossible int        `json:"impossible"`
	Networks   int        `json:"networks"`
	Compiled   []string   `json:"compiled_in"`
	Reasons    []string   `json:"reasons,omitempty"`
}

func (v *spaceSurvey) json() *surveyJSON {
	out := &surveyJSON{Space: v.space, Points: v.space.Points(), Looked: v.looked, Impossible: v.impossible, Networks: v.networks,
		Compiled: slices.Sorted(maps.Keys(v.compiledIn))}
	for _, d := range v.warnings {
		out.Reasons = append(out.Reasons, d.Span.Start.String()+": "+d.Msg)
	}
	return out
}
