// Package train trains, evaluates and applies a compiled network.
//
// Train is the loop: epochs of shuffled mini-batches, validation, history, early
// stopping, checkpoints. It follows the semantics of Keras (spec: training) and
// adds what the architecture asks for: the same bits for any number of workers
// and across kill and resume.
//
// How a step keeps that promise (engine.go): the batch is cut into a fixed number
// of shards; a shard is processed in order by whatever worker is free, into a
// gradient vector of its own; shard vectors are added in a fixed binary tree;
// sums of losses and metrics are taken in example order in float64. The number
// of workers appears nowhere in the arithmetic.
//
// How resuming keeps it (checkpoint.go): everything the rest of a run depends on
// is in one file that is replaced atomically, and all other files of a run
// directory (rundir.go) can be rebuilt from it.
//
// Rules that look at the epochs (stop.go, plateau.go, snapshot.go) come from the
// train section; what else a user wants to happen in a run is a function in Hooks
// (hooks.go).
//
// The package sees networks as runtime/model describes them and data through the
// small interface in data.go. It may import runtime/model, config, metric,
// optimizer, schedule, stage, pool, rng, weights, initializer and durable; never
// runtime/data, and nothing outside the runtime.
package train
