package metric

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/runtime/model"
)

// counted are the metrics of spec: losses and metrics, section 9, that follow
// from true and false positives and negatives. A score is positive above the
// threshold; every output counts by itself.
var counted = []row{
	{[]string{"precision"}, Up, []string{"threshold", "class", "average", "top_k"}, precision},
	{[]string{"recall"}, Up, []string{"threshold", "class", "average", "top_k"}, recall},
	{[]string{"f1", "f1_score"}, Up, []string{"threshold", "class", "average"}, fScore},
	{[]string{"fbeta", "fbeta_score"}, Up, []string{"beta", "threshold", "class", "average"}, fScore},
}

// tally are the counts of one output.
type tally struct{ tp, fp, fn, tn float64 }

func (t *tally) add(u tally) { t.tp, t.fp, t.fn, t.tn = t.tp+u.tp, t.fp+u.fp, t.fn+u.fn, t.tn+u.tn }

// counts is the sum of counted metrics.
type counts struct {
	of      []tally
	class   int // -1 for all
	average string
	score   func(t tally) float64
}

// Add implements Sum: an observation has, for each output, 1 for true and 2 for
// positive.
func (s *counts) Add(observation []float64) {
	for o, code := range observation {
		switch t := &s.of[o]; code {
		case 0:
			t.tn++
		case 1:
			t.fn++
		case 2:
			t.fp++
		default:
			t.tp++
		}
	}
}

// Value implements Sum.
func (s *counts) Value() float64 {
	if s.class >= 0 {
		return s.score(s.of[s.class])
	}
	var all tally
	sum, weight := 0.0, 0.0
	for _, t := range s.of {
		all.add(t)
		w := 1.0
		if s.average == "weighted" {
			w = t.tp + t.fn
		}
		sum += w * s.score(t)
		weight += w
	}
	if s.average == "micro" {
		return s.score(all)
	}
	return ratio(sum, weight)
}

// State implements Sum.
func (s *counts) State() []float64 {
	var state []float64
	for _, t := range s.of {
		state = append(state, t.tp, t.fp, t.fn, t.tn)
	}
	return state
}

// Restore implements Sum.
func (s *counts) Restore(state []float64) error {
	if len(state) != 4*len(s.of) {
		return fmt.Errorf("counts of %d numbers, want %d", len(state), 4*len(s.of))
	}
	for o := range s.of {
		s.of[o] = tally{state[4*o], state[4*o+1], state[4*o+2], state[4*o+3]}
	}
	return nil
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// precision is tp/(tp+fp); by default with all outputs counted together.
func precision(o *options, h model.Head, outputs int) (Metric, error) {
	average := o.choice("average", "micro", "macro", "weighted")
	return count(o, h, outputs, average, 0.5, func(t tally) float64 { return ratio(t.tp, t.tp+t.fp) })
}

// recall is tp/(tp+fn).
func recall(o *options, h model.Head, outputs int) (Metric, error) {
	average := o.choice("average", "micro", "macro", "weighted")
	return count(o, h, outputs, average, 0.5, func(t tally) float64 { return ratio(t.tp, t.tp+t.fn) })
}

// fScore weighs recall beta times as much as precision. Without a threshold a
// class is positive where its score is the largest.
func fScore(o *options, h model.Head, outputs int) (Metric, error) {
	beta := o.number("beta", 1, 1e-6, 1e6)
	average := o.choice("average", "macro", "micro", "weighted")
	const eps = 1e-7
	return count(o, h, outputs, average, math.NaN(), func(t tally) float64 {
		p, r := t.tp/(t.tp+t.fp+eps), t.tp/(t.tp+t.fn+eps)
		return (1 + beta*beta) * p * r / (beta*beta*p + r + eps)
	})
}

// count makes a counted metric. The default threshold for scores of classes is
// among; NaN stands for the largest score.
func count(o *options, h model.Head, outputs int, average string, among float64, score func(t tally) float64) (Metric, error) {
	if h.Task == model.Binary {
		among = float64(h.Threshold())
	}
	threshold := o.number("threshold", among, -1e30, 1e30)
	class := o.whole("class", -1, 0, outputs-1)
	k := o.whole("top_k", 0, 1, 1<<30)
	convert := h.Logits && h.Task == model.Classes
	return Metric{
		Width: outputs,
		Observe: func(observation []float64, e *Example) {
			if convert {
				probabilities(observation, e.Scores, h)
			} else {
				probabilities(observation, e.Scores, model.Head{})
			}
			top := math.Inf(-1)
			for _, p := range observation {
				top = max(top, p)
			}
			for j := range observation {
				p, code := observation[j], 0.0
				positive := p > threshold
				switch {
				case k > 0:
					positive = rank(e.Scores, j) < k && (!o.given("threshold") || p > threshold)
				case math.IsNaN(threshold):
					positive = p == top && math.Abs(p) > 1e-9
				}
				if positive {
					code = 2
				}
				observation[j] = code
			}
			for j := range observation {
				if t := e.want(j); t != 0 && !(h.Logits && t < 0) { // -1 is a no of margin losses
					observation[j]++
				}
			}
		},
		NewSum: func() Sum {
			return &counts{of: make([]tally, outputs), class: class, average: average, score: score}
		},
	}, classes(h)
}

// rank is how many scores come before score j: larger ones, and equal ones in
// front of it.
func rank(scores []float32, j int) int {
	n := 0
	for i, v := range scores {
		if v > scores[j] || v == scores[j] && i < j {
			n++
		}
	}
	return n
}
