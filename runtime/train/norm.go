package train

import (
	"math"

	"github.com/cnnc/cnnc/runtime/model"
)

// norms computes the L2 norm of each trainable parameter's part of a packed
// vector. Cells of the packed form that belong to no element are zero and add
// nothing. Sums are in float64 over fixed chunks, which are added in order, so
// they depend neither on the number of workers nor on which of them did what.
type norms struct {
	terms   []normTerm
	sums    []float64 // a chunk each
	squares []float64 // of each parameter; 0 for frozen ones
}

// normTerm is one chunk of one parameter.
type normTerm struct {
	param, lo, hi int
	l1, l2        float64
}

// newNorms makes the chunks; scalars are those that regularization factors are
// among.
func newNorms(net *model.Network, scalars []float32) norms {
	n := norms{squares: make([]float64, len(net.Params))}
	for i := range net.Params {
		p := &net.Params[i]
		if p.Frozen {
			continue
		}
		l1, l2 := penaltyFactors(p, scalars)
		end := p.Offset + p.Packing.Floats()
		for lo := p.Offset; lo < end; lo += penaltyChunk {
			n.terms = append(n.terms, normTerm{i, lo, min(lo+penaltyChunk, end), l1, l2})
		}
	}
	n.sums = make([]float64, len(n.terms))
	return n
}

// chunk adds the squares of chunk k of x.
func (n *norms) chunk(x []float32, k int) {
	t := &n.terms[k]
	n.sums[k] = sumSquares(x[t.lo:t.hi])
}

// gradientChunk is chunk for the gradient with the penalties' share in it, as
// the update takes it.
func (n *norms) gradientChunk(grads, params []float32, k int) {
	t := &n.terms[k]
	if t.l1 == 0 && t.l2 == 0 {
		n.chunk(grads, k)
		return
	}
	sum := 0.0
	for i, v := range grads[t.lo:t.hi] {
		w := float64(params[t.lo+i])
		g := float64(v) + 2*t.l2*w
		switch {
		case w > 0:
			g += t.l1
		case w < 0:
			g -= t.l1
		}
		sum += float64(g * g) // rounded: a fused multiply-add would make other bits elsewhere
	}
	n.sums[k] = sum
}

// collect adds the chunks of each parameter.
func (n *norms) collect() {
	clear(n.squares)
	for k, t := range n.terms {
		n.squares[t.param] += n.sums[k]
	}
}

// of is the norm of parameter i.
func (n *norms) of(i int) float64 { return math.Sqrt(n.squares[i]) }

// all is the norm of all trainable parameters together.
func (n *norms) all() float64 {
	sum := 0.0
	for _, s := range n.squares {
		sum += s
	}
	return math.Sqrt(sum)
}

// sumSquares adds squares in eight sums, which are added at the end. A square of a
// float32 is exact in float64, so a fused multiply-add gives the same bits.
func sumSquares(x []float32) float64 {
	var s [8]float64
	for len(x) >= 8 {
		v := (*[8]float32)(x)
		for i, e := range v {
			s[i] += float64(e) * float64(e)
		}
		x = x[8:]
	}
	for i, e := range x {
		s[i] += float64(e) * float64(e)
	}
	return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
}
