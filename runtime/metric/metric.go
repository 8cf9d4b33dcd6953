package metric

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/model"
)

// Example is what is known of one example.
type Example struct {
	Scores []float32
	// Target is what the scores are compared with, nil where Label is: the number
	// of a class.
	Target []float32
	Label  int
}

// want is what output o should be: the class itself where there is one output,
// otherwise 1 for the class and 0 for the others.
func (e *Example) want(o int) float64 {
	switch {
	case e.Target != nil:
		return float64(e.Target[o])
	case len(e.Scores) == 1:
		return float64(e.Label)
	case o == e.Label:
		return 1
	}
	return 0
}

// class is the class of the example: its label, or the first of the largest
// elements of its target.
func (e *Example) class() int {
	if e.Target != nil {
		return Argmax(e.Target)
	}
	return e.Label
}

// Argmax is the first index of the largest score. NaN counts as less than all
// (spec: losses and metrics, section 8).
func Argmax(scores []float32) int {
	best := 0
	for i, v := range scores {
		if v > scores[best] || scores[best] != scores[best] && v == v {
			best = i
		}
	}
	return best
}

// Sum folds the observations of examples.
type Sum interface {
	// Add takes in the observation of the next example.
	Add(observation []float64)
	// Value is the metric over the examples added, 0 where it is 0/0.
	Value() float64
	// State is what Value depends on, and Restore its inverse.
	State() []float64
	Restore(state []float64) error
}

// Metric is one metric of a network.
type Metric struct {
	// Name is the name as it was asked for, without options: the key of the
	// history.
	Name string
	// Width is how many numbers an observation has.
	Width int
	// Observe reduces an example to an observation, which it fills. It may be
	// called for several examples at once.
	Observe func(observation []float64, e *Example)
	// Costly: the value of a sum takes a walk over all its examples.
	Costly bool
	// NewSum makes a sum of no examples.
	NewSum func() Sum
}

// Direction says which values of a metric are better.
type Direction int

// The directions (spec: losses and metrics, section 11).
const (
	Down Direction = iota
	Up
)

// row is an entry of the table of metrics.
type row struct {
	// names are all the names of the metric, that of the language first.
	names     []string
	direction Direction
	options   []string
	// build makes the metric for a network. Its errors say why it cannot be.
	build func(o *options, h model.Head, outputs int) (Metric, error)
}

// rows is every metric.
func rows() []row {
	return slices.Concat(accuracies, counted, areas, regressions, divergences)
}

// Names lists all names of metrics but "loss".
func Names() []string {
	var names []string
	for _, r := range rows() {
		names = append(names, r.names...)
	}
	return names
}

func lookup(name string) (*row, error) {
	for _, r := range rows() {
		if slices.Contains(r.names, name) {
			return &r, nil
		}
	}
	return nil, fmt.Errorf("unknown metric %q, want one of %s", name, strings.Join(Names(), ", "))
}

// DirectionOf returns the direction of a key of the history, such as loss,
// val_accuracy or precision_1 (spec: training, section 7, mode auto).
func DirectionOf(key string) (Direction, error) {
	key = strings.TrimPrefix(key, "val_")
	if key == "loss" {
		return Down, nil
	}
	r, err := lookup(key)
	if err != nil {
		// A second metric of a name has a number behind it.
		if i := strings.LastIndexByte(key, '_'); i > 0 && strings.Trim(key[i+1:], "0123456789") == "" {
			if s, err2 := lookup(key[:i]); err2 == nil {
				return s.direction, nil
			}
		}
		return Down, err
	}
	return r.direction, nil
}

// New makes the metric that text asks for: a name, alone or with options in
// parentheses, as in "fbeta(beta=2, average=micro)". An error says what is wrong
// with it, or why the metric does not fit a network of this head and number of
// outputs.
func New(text string, h model.Head, outputs int) (*Metric, error) {
	name, opts, err := parse(text)
	if err != nil {
		return nil, err
	}
	r, err := lookup(name)
	if err != nil {
		return nil, err
	}
	if err := opts.known(name, r.options); err != nil {
		return nil, err
	}
	m, err := r.build(opts, h, outputs)
	if err == nil {
		err = opts.err
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	m.Name = name
	return &m, nil
}

// List makes the metrics of a run. Their names are the keys of the history: the
// second of a name has _1 behind it, and so on (spec: training, section 6).
func List(texts []string, h model.Head, outputs int) ([]*Metric, error) {
	var list []*Metric
	taken := map[string]bool{"loss": true}
	for i, text := range texts {
		if slices.Contains(texts[:i], text) {
			return nil, fmt.Errorf("metric %q is asked for twice", text)
		}
		m, err := New(text, h, outputs)
		if err != nil {
			return nil, err
		}
		base := m.Name
		for n := 1; taken[m.Name]; n++ {
			m.Name = fmt.Sprintf("%s_%d", base, n)
		}
		taken[m.Name] = true
		list = append(list, m)
	}
	return list, nil
}

// Default is the metric of a network that none is asked for.
func Default(h model.Head) string {
	if h.Task == model.Values {
		return "mean_absolute_error"
	}
	return "accuracy"
}

// classes refuses networks whose scores are values.
func classes(h model.Head) error {
	if h.Task == model.Values {
		return fmt.Errorf("it is about classes, and the scores of the network are values")
	}
	return nil
}

// probabilities writes the scores, as probabilities where they are logits.
func probabilities(p []float64, scores []float32, h model.Head) {
	for j, v := range scores {
		p[j] = float64(v)
	}
	switch {
	case !h.Logits:
	case h.Task == model.Binary:
		for j, z := range p {
			p[j] = 1 / (1 + math.Exp(-z))
		}
	case h.Task == model.Classes:
		top, sum := slices.Max(p), 0.0
		for j, z := range p {
			p[j] = math.Exp(z - top)
			sum += p[j]
		}
		for j := range p {
			p[j] /= sum
		}
	}
}

// mean is the sum of metrics that are means over the examples; of is applied to
// the mean.
type mean struct {
	sum, n float64
	of     func(float64) float64
}

// Add implements Sum.
func (s *mean) Add(observation []float64) {
	s.sum += observation[0]
	s.n++
}

// Value implements Sum.
func (s *mean) Value() float64 {
	v := s.sum / max(s.n, 1)
	if s.of != nil {
		v = s.of(v)
	}
	return v
}

// State implements Sum.
func (s *mean) State() []float64 { return []float64{s.sum, s.n} }

// Restore implements Sum.
func (s *mean) Restore(state []float64) error {
	if len(state) != 2 {
		return fmt.Errorf("a mean of %d numbers", len(state))
	}
	s.sum, s.n = state[0], state[1]
	return nil
}

// meanOf makes a metric that is the mean of f over the examples.
func meanOf(f func(e *Example) float64) Metric {
	return Metric{
		Width:   1,
		Observe: func(observation []float64, e *Example) { observation[0] = f(e) },
		NewSum:  func() Sum { return &mean{} },
	}
}
