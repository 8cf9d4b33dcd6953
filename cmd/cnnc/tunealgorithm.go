package main

import (
	"math"

	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/tune"
)

// searchAlgorithm is an algorithm as the language knows it.
type searchAlgorithm struct {
	// name is that of the setting of the tune section.
	name string
	// make takes the setting's values and the epochs of the train section.
	make func(args map[string]elab.Value, epochs int) tune.Algorithm
	// epochs is about how many epochs a whole search trains.
	epochs func(a tune.Algorithm, s tune.Space) float64
}

// searchAlgorithms is the table of all. Behind each stands a setting of
// dsl/lang.TuneSettings and a file of runtime/tune.
func searchAlgorithms() []searchAlgorithm {
	return []searchAlgorithm{
		{"hyperband", func(v map[string]elab.Value, _ int) tune.Algorithm {
			return tune.Hyperband{MaxEpochs: v["max_epochs"].Int(), Factor: v["factor"].Int(), Iterations: v["iterations"].Int()}
		}, hyperbandEpochs},
		{"asha", func(v map[string]elab.Value, _ int) tune.Algorithm {
			return tune.ASHA{MinEpochs: v["min_epochs"].Int(), MaxEpochs: v["max_epochs"].Int(), Factor: v["factor"].Int(), Trials: v["trials"].Int()}
		}, ashaEpochs},
		{"random", func(v map[string]elab.Value, epochs int) tune.Algorithm {
			return tune.Random{Trials: v["trials"].Int(), Train: epochs}
		}, func(a tune.Algorithm, s tune.Space) float64 { return wholeTrainings(a, s, a.(tune.Random).Trials) }},
		{"grid", func(v map[string]elab.Value, epochs int) tune.Algorithm {
			return tune.Grid{Trials: v["trials"].Int(), Train: epochs}
		}, func(a tune.Algorithm, s tune.Space) float64 { return wholeTrainings(a, s, a.(tune.Grid).Trials) }},
		{"bayesian", func(v map[string]elab.Value, epochs int) tune.Algorithm {
			return tune.Bayes{Trials: v["trials"].Int(), Train: epochs, Initial: v["initial"].Int(), Beta: v["beta"].Num}
		}, func(a tune.Algorithm, s tune.Space) float64 { return wholeTrainings(a, s, a.(tune.Bayes).Trials) }},
		{"tpe", func(v map[string]elab.Value, epochs int) tune.Algorithm {
			return tune.TPE{Trials: v["trials"].Int(), Train: epochs, Initial: v["initial"].Int()}
		}, func(a tune.Algorithm, s tune.Space) float64 { return wholeTrainings(a, s, a.(tune.TPE).Trials) }},
	}
}

// algorithmOf is the algorithm of the tune section: hyperband up to the epochs of
// the train section when it names none.
func algorithmOf(p *elab.Program, epochs int) (*searchAlgorithm, tune.Algorithm) {
	rows := searchAlgorithms()
	for i := range rows {
		if s, ok := elab.Find(p.Tune, rows[i].name); ok {
			return &rows[i], rows[i].make(s.Args, epochs)
		}
	}
	return &rows[0], tune.Hyperband{MaxEpochs: epochs, Factor: 3, Iterations: 1}
}

// wholeTrainings is for algorithms whose trials all train to the end.
func wholeTrainings(a tune.Algorithm, s tune.Space, trials int) float64 {
	if n := s.Points(); n > 0 && (trials == 0 || n < trials) {
		trials = n
	}
	return float64(trials) * float64(a.Epochs())
}

// hyperbandEpochs counts those of the schedule. A bracket begins no more points
// than the space has.
func hyperbandEpochs(a tune.Algorithm, s tune.Space) float64 {
	h, sum, points := a.(tune.Hyperband), 0.0, s.Points()
	for b := range h.Brackets() {
		most := math.MaxInt
		if points > 0 {
			most = points
		}
		for _, r := range h.Bracket(b) {
			most = min(most, r.Trials)
			sum += float64(most) * float64(r.To-r.From)
		}
	}
	return sum * float64(h.Iterations)
}

// ashaEpochs is what is trained when each rung passes on its share.
func ashaEpochs(a tune.Algorithm, s tune.Space) float64 {
	h := a.(tune.ASHA)
	trials, sum, from := h.Trials, 0.0, 0
	if n := s.Points(); n > 0 {
		trials = min(trials, n)
	}
	for _, to := range h.Rungs() {
		sum += float64(trials) * float64(to-from)
		trials, from = trials/h.Factor, to
	}
	return sum
}
