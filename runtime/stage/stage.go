package stage

import (
	"math"
	"unsafe"

	"github.com/cnnc/cnnc/runtime/model"
)

// Rows of a normalization in the vector that shards share (compiler/plan).
const (
	rowMean = iota
	rowScale
	rowShift
	rowSlope
	rowOffset
	rowInv
)

// State is the state of one batch under way. Its memory is kept for the next.
type State struct {
	net    *model.Network
	shards int
	sums   [][]float64 // of each shard
	tree   [][]float64 // where shards are joined
	shared []float32
	slots  []model.Whole // of each micro-batch
	// mean and variance of the batch, for the moving statistics.
	stats []float64
	stage int
}

// New returns the state for batches of a network that is run in a number of
// shards.
func New(net *model.Network, shards int) *State {
	s := &State{net: net, shards: shards}
	if len(net.Norms) == 0 {
		return s
	}
	for range shards {
		s.sums = append(s.sums, make([]float64, net.SumFloats))
		s.tree = append(s.tree, make([]float64, net.SumFloats))
	}
	s.shared = aligned(net.SharedFloats)
	n := 0
	for i := range net.Norms {
		n += 2 * net.Norms[i].Channels
	}
	s.stats = make([]float64, n)
	return s
}

// Staged reports whether the network runs in more than one stage: all examples
// of a batch must then be there at once.
func (s *State) Staged() bool { return len(s.net.Norms) > 0 }

// Stages is the number of stages.
func (s *State) Stages() int { return max(s.net.Stages, 1) }

// First reports whether the current stage is the first.
func (s *State) First() bool { return s.stage == 0 }

// Last reports whether the current stage is the last.
func (s *State) Last() bool { return s.stage == s.Stages()-1 }

// Backwards reports whether the current stage should take shards and micro-batches
// in reverse order: every other one.
func (s *State) Backwards() bool { return s.stage%2 == 1 }

// Begin starts a batch of so many micro-batches. Stage 0 comes first. It
// allocates only for batches larger than those before.
func (s *State) Begin(micros int) {
	s.stage = 0
	if !s.Staged() {
		return
	}
	for _, l := range s.sums {
		clear(l)
	}
	for len(s.slots) < micros {
		w := model.Whole{Resident: aligned(s.net.ResidentFloats), Shared: s.shared}
		if len(w.Resident) > 0 {
			w.Bits = unsafe.Slice((*byte)(unsafe.Pointer(&w.Resident[0])), 4*len(w.Resident))
		}
		s.slots = append(s.slots, w)
	}
}

// Bind gives micro-batch j of the batch, which belongs to shard, what it needs to
// run the current stage.
func (s *State) Bind(b *model.Batch, j, shard int) {
	b.Whole = nil
	if s.Staged() {
		w := &s.slots[j]
		w.Stage, w.Sums = s.stage, s.sums[shard]
		b.Whole = w
	}
}

// End ends the current stage, which all micro-batches have run, and adds to grads
// the gradients that become known with it. The parameters are only read.
func (s *State) End(params, grads []float32) {
	for i, at := 0, 0; i < len(s.net.Norms); i++ {
		n := &s.net.Norms[i]
		stats := s.stats[at : at+2*n.Channels]
		at += 2 * n.Channels
		if n.Moments == s.stage {
			s.moments(n, params, stats)
		}
		if n.Sums == s.stage {
			s.gradient(n, grads)
		}
	}
	s.stage++
}

// Step runs all stages for a micro-batch that is a batch by itself.
func (s *State) Step(w model.Worker, b *model.Batch, params, grads []float32) {
	s.Begin(1)
	for range s.Stages() {
		s.Bind(b, 0, 0)
		w.Step(b, grads)
		s.End(params, grads)
	}
}

// Move updates the moving statistics in params with those of the batch (spec:
// layers 9.1): the biased variance, no m/(m-1).
func (s *State) Move(params []float32) {
	at := 0
	for i := range s.net.Norms {
		n := &s.net.Norms[i]
		for c := range n.Channels {
			move(&params[n.Mean+c], s.stats[at+c], n.Momentum)
			move(&params[n.Variance+c], s.stats[at+n.Channels+c], n.Momentum)
		}
		at += 2 * n.Channels
	}
}

// CopyMoving copies the moving statistics from one packed vector to another.
func (s *State) CopyMoving(to, from []float32) {
	for i := range s.net.Norms {
		n := &s.net.Norms[i]
		copy(to[n.Mean:n.Mean+n.Channels], from[n.Mean:])
		copy(to[n.Variance:n.Variance+n.Channels], from[n.Variance:])
	}
}

func move(p *float32, v, momentum float64) {
	*p = float32(momentum*float64(*p) + (1-momentum)*v)
}

// row is row i of a normalization in the shared vector.
func (s *State) row(n *model.Norm, i int) []float32 {
	return s.shared[n.SharedAt+i*n.Pitch:][:n.Channels]
}

// moments joins the shards' moments and makes the vectors of the forward pass.
func (s *State) moments(n *model.Norm, params []float32, stats []float64) {
	size := 1 + 2*n.Channels
	all := s.join(n.MomentsAt, size, joinMoments)
	mean, squares := all[1:1+n.Channels], all[1+n.Channels:size]
	m, scale, shift, inv := s.row(n, rowMean), s.row(n, rowScale), s.row(n, rowShift), s.row(n, rowInv)
	for c := range mean {
		variance := squares[c] / all[0]
		stats[c], stats[n.Channels+c] = mean[c], variance
		r := 1 / math.Sqrt(variance+n.Epsilon)
		m[c], inv[c] = float32(mean[c]), float32(r)
		if n.Gamma >= 0 {
			r *= float64(params[n.Gamma+c])
		}
		scale[c] = float32(r)
		if n.Beta >= 0 {
			shift[c] = params[n.Beta+c]
		}
	}
}

// gradient joins the shards' sums and makes the vectors of the backward pass and
// the gradients of gamma and beta.
func (s *State) gradient(n *model.Norm, grads []float32) {
	all := s.join(n.SumsAt, 2*n.Channels, joinSums)
	count := s.count(n)
	scale, inv, slope, offset := s.row(n, rowScale), s.row(n, rowInv), s.row(n, rowSlope), s.row(n, rowOffset)
	for c := range n.Channels {
		r := float64(inv[c])
		dbeta, dgamma := all[c], all[n.Channels+c]*r
		slope[c] = float32(-float64(scale[c]) * r * dgamma / count)
		offset[c] = float32(-float64(scale[c]) * dbeta / count)
		if n.Gamma >= 0 {
			grads[n.Gamma+c] += float32(dgamma)
		}
		if n.Beta >= 0 {
			grads[n.Beta+c] += float32(dbeta)
		}
	}
}

// count is the number of values of a channel in the batch.
func (s *State) count(n *model.Norm) float64 {
	count := 0.0
	for _, l := range s.sums {
		count += l[n.MomentsAt]
	}
	return count
}

// join joins size elements from at on of all shards in a binary tree, neighbours
// first, and returns the result. The shards' own sums stay as they are.
func (s *State) join(at, size int, f func(a, b []float64)) []float64 {
	for l, shard := range s.sums {
		copy(s.tree[l][:size], shard[at:at+size])
	}
	for step := 1; step < s.shards; step *= 2 {
		for l := 0; l+step < s.shards; l += 2 * step {
			f(s.tree[l][:size], s.tree[l+step][:size])
		}
	}
	return s.tree[0][:size]
}

// joinMoments adds moments b to a: count, means, sums of squared deviations, by
// the formula of Chan, Golub and LeVeque, "Updating formulae and a pairwise
// algorithm for computing sample variances" (1979).
func joinMoments(a, b []float64) {
	channels := len(a) / 2
	na, nb := a[0], b[0]
	if nb == 0 {
		return
	}
	n := na + nb
	for c := 1; c <= channels; c++ {
		d := b[c] - a[c]
		a[c] += d * (nb / n)
		a[channels+c] += b[channels+c] + d*d*(na*nb/n)
	}
	a[0] = n
}

func joinSums(a, b []float64) {
	for i, v := range b {
		a[i] += v
	}
}

// aligned returns n zeros that begin on a cache line of 64 bytes.
func aligned(n int) []float32 {
	const floats = 64 / 4
	buf := make([]float32, n+floats)
	skip := 0
	if r := uintptr(unsafe.Pointer(unsafe.SliceData(buf))) % 64; r != 0 {
		skip = int(64-r) / 4
	}
	return buf[skip : skip+n : skip+n]
}
