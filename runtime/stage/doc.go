// Package stage carries a batch through the stages of a training program. A
// network that normalizes with the statistics of the whole batch cannot take one
// micro-batch from the images to the gradients before it looks at the next: it
// runs all of them to the first normalization, then all to the second, and so on
// through the backward pass. In between, what the shards have summed up is reduced
// to what all of them read in the next stage.
//
// Shards are reduced in a fixed tree, in float64, so the result does not depend on
// which worker ran which shard. Networks without such a normalization have one
// stage, and this package then does nothing.
//
// It imports runtime/model only.
package stage
