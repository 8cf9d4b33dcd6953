package tune

import (
	"math"

	"github.com/cnnc/cnnc/runtime/rng"
)

// TPE is the tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms
// for Hyper-Parameter Optimization"): each parameter's density among the best
// trials, l, and among the others, g; of a few draws from l the one with the
// largest l/g. Its numbers are those of Optuna (spec: tuner 9): the best tenth,
// at most 25, are good; 10 random trials first; 24 draws; the newest 25 trials
// have weight 1, older ones less. Running trials count among the others.
type TPE struct {
	Trials, Train int
	// Initial random points; 0 is 10.
	Initial int
}

const (
	tpeInitial    = 10
	tpeCandidates = 24
	tpeGood       = 25
	tpeNewest     = 25
)

// Epochs implements Algorithm.
func (a TPE) Epochs() int { return a.Train }

// Next implements Algorithm.
func (a TPE) Next(h *History) Proposal {
	if h.count(counts) >= a.Trials {
		return Proposal{Done: true}
	}
	initial := a.Initial
	if initial == 0 {
		initial = tpeInitial
	}
	r, taken := h.rand(), h.taken(nil)
	done := Best(h.Trials, h.Objective)
	if len(done) >= 2 && h.count(counts) >= initial {
		if at, ok := a.guess(h, r, taken, done); ok {
			return Proposal{Trial: first(at, a.Train)}
		}
	}
	at, ok := h.Space.fresh(r, taken)
	if !ok {
		return Proposal{Done: true}
	}
	return Proposal{Trial: first(at, a.Train)}
}

func (a TPE) guess(h *History, r *rng.Rand, taken map[uint64]bool, done []Trial) (Values, bool) {
	n := min(int(math.Ceil(0.1*float64(len(done)))), tpeGood)
	good := map[int]bool{}
	for _, t := range done[:n] {
		good[t.ID] = true
	}
	var l, g []Values
	for _, t := range h.Trials { // in order of age
		switch {
		case good[t.ID]:
			l = append(l, t.Values)
		case t.State != Rejected:
			g = append(g, t.Values)
		}
	}
	ofBest, ofRest := make([]*density, len(h.Space)), make([]*density, len(h.Space))
	for i := range h.Space {
		ofBest[i], ofRest[i] = newDensity(&h.Space[i], l), newDensity(&h.Space[i], g)
	}
	var best Values
	top := math.Inf(-1)
	// Draws that are taken are drawn again, a bounded number of times.
	for k, draws := 0, 0; k < tpeCandidates && draws < 20*tpeCandidates; draws++ {
		at, ratio := Values{}, 0.0
		for i := range h.Space {
			p := &h.Space[i]
			if !p.active(at) {
				continue
			}
			if !p.searched() {
				at[p.Name] = p.Default
				continue
			}
			v := ofBest[i].draw(r)
			at[p.Name] = v
			ratio += ofBest[i].log(v) - ofRest[i].log(v)
		}
		if taken[at.key()] {
			continue
		}
		k++
		if ratio > top {
			best, top = at, ratio
		}
	}
	return best, best != nil
}

// density is the distribution of one parameter among some points: smoothed
// counts for words and truths, a mixture of normals cut to [0, 1] for what lies
// on a line, with a flat or wide part of weight 1 as the prior.
type density struct {
	p     *Param
	probs []float64 // of values, for unordered ones
	mu    []float64
	sigma []float64
	w     []float64
}

func newDensity(p *Param, points []Values) *density {
	var values []Value
	for _, at := range points {
		if v, ok := at[p.Name]; ok {
			values = append(values, v)
		}
	}
	d := &density{p: p}
	weights := ages(len(values))
	if p.Kind == Bool || p.Kind == Choice && p.Values[0].kind != number {
		n := p.steps()
		d.probs = make([]float64, n)
		sum := 0.0
		for i := range d.probs {
			d.probs[i] = 1 / float64(n) // prior weight 1
			for k, v := range values {
				if v == p.at(i) {
					d.probs[i] += weights[k]
				}
			}
			sum += d.probs[i]
		}
		for i := range d.probs {
			d.probs[i] /= sum
		}
		return d
	}
	// The prior first: a normal in the middle as wide as the range.
	d.mu, d.sigma, d.w = []float64{0.5}, []float64{1}, []float64{1}
	for k, v := range values {
		d.mu, d.w = append(d.mu, p.ToUnit(v)), append(d.w, weights[k])
	}
	d.sigma = append(d.sigma, make([]float64, len(values))...)
	// A kernel is as wide as the way to its farther neighbour, between the whole
	// range and a share of it that shrinks with the number of points.
	least := 1 / min(100, float64(1+len(d.mu)))
	for i := 1; i < len(d.mu); i++ {
		lo, hi := 0.0, 1.0
		for j, m := range d.mu {
			if j == i {
				continue
			}
			if m <= d.mu[i] {
				lo = max(lo, m)
			}
			if m >= d.mu[i] {
				hi = min(hi, m)
			}
		}
		d.sigma[i] = min(max(d.mu[i]-lo, hi-d.mu[i], least), 1)
	}
	sum := 0.0
	for _, w := range d.w {
		sum += w
	}
	for i := range d.w {
		d.w[i] /= sum
	}
	return d
}

// ages are the weights of n trials, oldest first: 1 for the newest, for older
// ones a ramp from 1/n.
func ages(n int) []float64 {
	w := make([]float64, n)
	old := n - tpeNewest
	for i := range w {
		w[i] = 1
		if i < old {
			lo := 1 / float64(n)
			w[i] = lo
			if old > 1 {
				w[i] = lo + (1-lo)*float64(i)/float64(old-1)
			}
		}
	}
	return w
}

// draw is a value of the density.
func (d *density) draw(r *rng.Rand) Value {
	u := r.Float64()
	if d.probs != nil {
		return d.p.at(pick(d.probs, u))
	}
	i := pick(d.w, u)
	for {
		if x := d.mu[i] + d.sigma[i]*r.Normal(); x >= 0 && x < 1 {
			return d.p.FromUnit(x)
		}
	}
}

func pick(weights []float64, u float64) int {
	for i, w := range weights {
		if u < w {
			return i
		}
		u -= w
	}
	return len(weights) - 1
}

// log is the logarithm of the density at v.
func (d *density) log(v Value) float64 {
	if d.probs != nil {
		for i, q := range d.probs {
			if d.p.at(i) == v {
				return math.Log(q)
			}
		}
		return math.Inf(-1)
	}
	x, sum := d.p.ToUnit(v), 0.0
	for i, m := range d.mu {
		s := d.sigma[i]
		inside := normalCDF((1-m)/s) - normalCDF(-m/s)
		u := (x - m) / s
		sum += d.w[i] * math.Exp(-u*u/2) / (s * math.Sqrt(2*math.Pi) * inside)
	}
	return math.Log(sum)
}
