package train

import (
	"math"

	"github.com/cnnc/cnnc/runtime/model"
)

// penalty computes what l1 and l2 add to the loss (spec: regularizers): l1 times
// the sum of magnitudes plus l2 times the sum of squares of every regularized
// trainable parameter. Sums are in float64 over fixed chunks of the packed
// vectors, whose padding is zero, and chunks are added in order.
type penalty struct {
	terms []penaltyTerm
	sums  []float64 // a chunk each
}

// penaltyTerm is one chunk of one parameter.
type penaltyTerm struct {
	lo, hi int
	l1, l2 float64
}

// penaltyChunk is the number of elements of a chunk.
const penaltyChunk = 1 << 14

func newPenalty(net *model.Network, scalars []float32) penalty {
	var p penalty
	for i := range net.Params {
		q := &net.Params[i]
		l1, l2 := penaltyFactors(q, scalars)
		if q.Frozen || l1 == 0 && l2 == 0 {
			continue
		}
		end := q.Offset + q.Packing.Floats()
		for lo := q.Offset; lo < end; lo += penaltyChunk {
			p.terms = append(p.terms, penaltyTerm{lo, min(lo+penaltyChunk, end), l1, l2})
		}
	}
	p.sums = make([]float64, len(p.terms))
	return p
}

// penaltyFactors are the factors of a parameter, 0 for none.
func penaltyFactors(p *model.Param, scalars []float32) (l1, l2 float64) {
	if p.L1 >= 0 {
		l1 = float64(scalars[p.L1])
	}
	if p.L2 >= 0 {
		l2 = float64(scalars[p.L2])
	}
	return l1, l2
}

func (p *penalty) chunks() int { return len(p.terms) }

// chunk computes the penalty of chunk k.
func (p *penalty) chunk(params []float32, k int) {
	t := &p.terms[k]
	var abs, square float64
	for _, v := range params[t.lo:t.hi] {
		w := float64(v)
		abs += math.Abs(w)
		square += w * w
	}
	p.sums[k] = t.l1*abs + t.l2*square
}

// sum adds the chunks.
func (p *penalty) sum() float64 {
	total := 0.0
	for _, v := range p.sums {
		total += v
	}
	return total
}

// of computes the whole penalty at params.
func (p *penalty) of(params []float32) float64 {
	for k := range p.terms {
		p.chunk(params, k)
	}
	return p.sum()
}
