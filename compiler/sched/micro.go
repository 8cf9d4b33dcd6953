package sched

// Figures behind micro-batches and lanes.
const (
	// arenaBytes is the memory a worker should stay within: a share of the
	// last-level cache of current processors (4 to 16 MB a core).
	arenaBytes = 8 << 20
	// denseMicro examples make a full register tile of a dense layer, for which
	// up to denseBytes are worth spending.
	denseMicro = 6
	denseBytes = 2 * arenaBytes
	// maxInfer bounds the micro-batch of inference: beyond, nothing gets faster.
	maxInfer = 32
	// maxLanes slices keep eight cores busy; laneBytes bounds the memory of
	// their gradients.
	maxLanes  = 8
	laneBytes = 256 << 20
	// defaultBatch is assumed when the model file names no batch.
	defaultBatch = 32
)

// inferMicro returns the rule for the micro-batch of inference, given the bytes
// one example takes.
func inferMicro(o Options) func(bytes int) int {
	return func(bytes int) int {
		if o.InferMicro > 0 {
			return o.InferMicro
		}
		return fit(bytes, maxInfer)
	}
}

// trainMicro is the same for training: never more than a lane's share of the
// batch, and then in equal parts, so that no micro-batch is a small rest.
func trainMicro(lanes int, o Options) func(bytes int) int {
	return func(bytes int) int {
		if o.TrainMicro > 0 {
			return o.TrainMicro
		}
		share := (batch(o) + lanes - 1) / lanes
		parts := (share + fit(bytes, share) - 1) / fit(bytes, share)
		return (share + parts - 1) / parts
	}
}

// fit is the number of examples, at most limit, that fit into arenaBytes, or
// the few that dense layers want when those cost little more.
func fit(bytes, limit int) int {
	n := arenaBytes / max(1, bytes)
	if n < denseMicro && denseMicro*bytes <= denseBytes {
		n = denseMicro
	}
	return max(1, min(n, limit))
}

// lanes is the number of slices of a batch: eight, but no more than there are
// examples, and fewer when their gradient vectors would take too much memory.
// It depends on the model file only, so that training gives the same bits on
// every machine.
func lanes(paramFloats int, o Options) int {
	if o.Lanes > 0 {
		return o.Lanes
	}
	n := maxLanes
	for n > 1 && (n > batch(o) || n*paramFloats > laneBytes/4) {
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
// memory of an example is known: the share of a lane.
func likelyImages(o Options) int {
	return max(1, min((batch(o)+maxLanes-1)/maxLanes, maxInfer/2))
}
