package tune

import (
	"math"
	"slices"
)

// Importance says which hyperparameters the scores depend on: a functional
// analysis of variance of a random forest that is fitted to the trials (Hutter,
// Hoos and Leyton-Brown 2014, "An Efficient Approach for Assessing Hyperparameter
// Importance"). Of the variance that the forest has over the whole space it gives
// the share of each hyperparameter by itself, the others averaged over their
// ranges, and of all others together. Forests explain noise as well; so all shares
// are multiplied by what the forest explains of the trials that its trees have not
// seen, and the rest is Noise. With few trials most of it is.
//
// Points are compared after the same number of epochs, since trials that train
// longer are better for that reason alone: the largest that at least half of them
// reached and enough for a forest, or else all.
type Importance struct {
	// Shares are those of the searched hyperparameters, in the order of the space.
	Shares []Share
	// Joint is what several together explain; Noise what nothing explains. Shares,
	// Joint and Noise add up to 1, or are all 0 when there is nothing to analyse.
	Joint, Noise float64
	// Points is how many were compared, after so many Epochs.
	Points, Epochs int
}

// Share is that of one hyperparameter.
type Share struct {
	Name  string
	Share float64
}

// leastPoints is the fewest that are analysed, enoughPoints what a longer training
// is not to take points from.
const (
	leastPoints  = 6
	enoughPoints = 20
)

// ImportanceOf analyses trials. Equal trials give equal results.
func ImportanceOf(s Space, trials []Trial, o Objective) Importance {
	var imp Importance
	var searched []int
	for i := range s {
		if s[i].searched() {
			searched = append(searched, i)
			imp.Shares = append(imp.Shares, Share{Name: s[i].Name})
		}
	}
	points, y, epochs := compared(trials, o)
	imp.Points, imp.Epochs = len(points), epochs
	if len(points) < leastPoints || len(searched) == 0 {
		return imp
	}
	d := &forestData{y: y}
	for _, i := range searched {
		p := &s[i]
		c := column{}
		if p.Kind == Choice && p.Values[0].kind != number {
			c.classes = len(p.Values)
		}
		for _, at := range points {
			v, ok := at[p.Name]
			if !ok {
				v = p.def()
			}
			c.x = append(c.x, p.ToUnit(v))
		}
		d.columns = append(d.columns, c)
	}
	shares, explained := d.analyse()
	if explained <= 0 {
		imp.Noise = 1
		return imp
	}
	imp.Noise, imp.Joint = 1-explained, explained
	for k, v := range shares {
		imp.Shares[k].Share = explained * v
		imp.Joint -= explained * v
	}
	imp.Joint = max(imp.Joint, 0)
	return imp
}

// compared are the points that reached the epochs of the comparison, with their
// losses then: the best until there, the mean over executions.
func compared(trials []Trial, o Objective) (points []Values, y []float64, epochs int) {
	type history struct {
		at      Values
		reach   int
		reports []Report
		score   float64
	}
	var all []*history
	index := map[uint64]*history{}
	for i := range trials {
		t := &trials[i]
		if t.State != Completed {
			continue
		}
		h := index[t.Values.key()]
		if h == nil {
			h = &history{at: t.Values, reach: -1}
			index[t.Values.key()] = h
			all = append(all, h)
		}
		if t.To > h.reach {
			h.reach, h.score = t.To, t.Score
		}
		h.reports = append(h.reports, t.Reports...)
	}
	if len(all) == 0 {
		return nil, nil, 0
	}
	reaches := make([]int, len(all))
	for i, h := range all {
		reaches[i] = h.reach
	}
	slices.Sort(reaches)
	n := max((len(all)+1)/2, min(enoughPoints, len(all)))
	epochs = reaches[len(all)-n]
	for _, h := range all {
		if h.reach < epochs {
			continue
		}
		t := Trial{}
		executions := 0
		for _, r := range h.reports {
			if r.Epoch <= epochs {
				t.record(r)
				executions = max(executions, r.Execution+1)
			}
		}
		loss := o.loss(h.score)
		if h.reach > epochs && executions > 0 && t.score(o, executions) {
			loss = o.loss(t.Score)
		}
		if !math.IsInf(loss, 0) && !math.IsNaN(loss) {
			points, y = append(points, h.at), append(y, loss)
		}
	}
	return points, y, epochs
}
