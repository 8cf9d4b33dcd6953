package sched

import (
	"slices"

	"github.com/cnnc/cnnc/compiler/plan"
)

// Figures behind micro-batches and shards.
const (
	// maxInfer bounds the micro-batch of inference: beyond, nothing gets faster.
	maxInfer = 32
	// arenaBytes bounds the memory of a worker, but for what one example takes.
	arenaBytes = 32 << 20
	// worthwhile is what a larger micro-batch must save to be worth its memory:
	// predictions of equal times differ by less than measurements do.
	worthwhile = 0.01
	// busyCores share the third level of cache when times are predicted: as many as
	// were measured (codegen/PERFORMANCE.md).
	busyCores = 2
	// maxShards slices keep eight cores busy; shardBytes bounds the memory of
	// their gradients.
	maxShards  = 8
	shardBytes = 256 << 20
	// defaultBatch is assumed when the model file names no batch.
	defaultBatch = 32
)

// sizes are the micro-batches that are tried.
var sizes = [...]int{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64}

// inferSizes are those of inference: batches are mostly powers of two, and a small rest
// leaves workers idle: 128 images make 22 micro-batches of 6, the last of 2, and took 1 to
// 4 % longer on two workers than in micro-batches of 8.
var inferSizes = [...]int{1, 2, 4, 8, 16, maxInfer}

// inferMicros lists the micro-batches for inference to choose from, rising.
func inferMicros(o Options) []int {
	if o.InferMicro > 0 {
		return []int{o.InferMicro}
	}
	return slices.Clone(inferSizes[:])
}

// evenly is the division of work in inference.
func evenly(int) float64 { return 1 }

// uneven is how many times as long training takes as if all shards of a batch had equally
// many examples, since whole micro-batches go to them in turn.
func uneven(batch, shards int) func(micro int) float64 {
	return func(micro int) float64 {
		parts := (batch + micro - 1) / micro
		fullest := min(batch, (parts+shards-1)/shards*micro)
		return float64(fullest*shards) / float64(batch)
	}
}

// trainMicros is the same for training: never more than a shard's share of the
// batch, and such that it is cut in equal parts, with no small rest.
func trainMicros(shards int, o Options) []int {
	if o.TrainMicro > 0 {
		return []int{o.TrainMicro}
	}
	share := (batch(o) + shards - 1) / shards
	var list []int
	for _, n := range upTo(share) {
		parts := (share + n - 1) / n
		list = append(list, (share+parts-1)/parts)
	}
	return slices.Compact(list)
}

// upTo lists the sizes below most, and most itself or, below that, the largest.
func upTo(most int) []int {
	var list []int
	for _, n := range sizes {
		if n < most {
			list = append(list, n)
		}
	}
	return append(list, min(most, sizes[len(sizes)-1]))
}

// choose returns the micro-batch of the least predicted time, of those that take
// hardly longer the smallest. One example is always allowed, more only within
// arenaBytes.
func choose(trials []plan.Trial) int {
	least := trials[0].Nanos
	for _, t := range trials {
		if t.ArenaFloats <= arenaBytes/4 {
			least = min(least, t.Nanos)
		}
	}
	for _, t := range trials {
		if t.ArenaFloats <= arenaBytes/4 && t.Nanos <= least*(1+worthwhile) {
			return t.Micro
		}
	}
	return trials[0].Micro
}

// shards is the number of slices of a batch: eight, but no more than there are
// examples, and fewer when their gradient vectors would take too much memory.
// It depends on the model file only, so that training gives the same bits on
// every machine.
func shards(paramFloats int, o Options) int {
	if o.Shards > 0 {
		return o.Shards
	}
	n := maxShards
	for n > 1 && (n > batch(o) || n*paramFloats > shardBytes/4) {
		n /= 2
	}
	return n
}

func batch(o Options) int {
	if o.Batch > 0 {
		return o.Batch
	}
	return defaultBatch
}

// likelyImages is the micro-batch for which algorithms are chosen, before the
// memory of an example is known: the share of a shard.
func likelyImages(o Options) int {
	return max(1, min((batch(o)+maxShards-1)/maxShards, maxInfer/2))
}
