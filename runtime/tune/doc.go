// Package tune searches hyperparameters: it proposes points of a space, runs a
// trial for each, and keeps what it learned on disk, so that a search that was
// killed goes on to exactly the result it would have had.
//
//	value.go       values of hyperparameters, and points
//	param.go       one hyperparameter: range, scale, condition (spec: tuner 1)
//	space.go       the search space: all of them, and its points
//	trial.go       one trial and its states
//	algorithm.go   what an algorithm is: a pure function of the trials so far
//	random.go, grid.go, hyperband.go, asha.go, bayes.go + gp.go, tpe.go
//	search.go      what a search is asked for and what it finds
//	loop.go        propose, run, record; budgets, failures, workers
//	journal.go     the state on disk
//	importance.go  which hyperparameters mattered, by a random forest (forest.go)
//	survey.go      points to look at before a search
//
// Algorithms have no state of their own. Trial number k is proposed from the
// trials before it, of which a fixed number have ended (see Search), and from
// random numbers keyed by the seed and k. Results therefore depend on the seed
// and the number of workers, never on which trial happened to end first, and
// resuming is nothing but reading the journal.
//
// What is left of random search's distance from the optimum at the same budget,
// mean over 20 seeds (go test -run - -bench AgainstRandom -benchtime 1x):
//
//	Branin, 50 trials            Bayes 0.0001, TPE 0.33
//	Hartmann 6, 70 trials        Bayes 0.018, TPE 0.42
//	learning curves, 226 epochs  ASHA 0.26, Bayes 0.47, Hyperband 0.68, TPE 0.80
//
// The package knows nothing of networks: `cnnc tune` gives it a function that
// trains one, users of the Go API their own. It may import runtime/rng,
// runtime/durable and gonum. Generated packages never import it.
package tune
