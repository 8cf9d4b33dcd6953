package tune

import "math"

// Importance is how much of the scores' variance one hyperparameter explains by
// itself: 0 nothing, 1 all. It is the share of the variance that lies between
// groups of trials with equal values (numbers on a line are grouped into four
// parts of their scale), less what as many groups would explain by chance
// (epsilon squared, Kelley 1935). Trials that train longer than others are better
// for that reason; so only those of the largest number of epochs that at least
// half of the points reached count.
type Importance struct {
	Name  string
	Share float64
}

// Importances returns a value for each searched hyperparameter, in the order of
// the space. With fewer than four trials all are 0.
func Importances(s Space, trials []Trial, o Objective) []Importance {
	trials = comparable(trials)
	var out []Importance
	for i := range s {
		if p := &s[i]; p.searched() {
			out = append(out, Importance{p.Name, share(p, trials, o)})
		}
	}
	return out
}

// comparable keeps the completed trials of one length of training.
func comparable(trials []Trial) []Trial {
	count := map[int]int{}
	points := 0
	for _, t := range trials {
		if t.State == Completed {
			count[t.To]++
			points = max(points, count[t.To])
		}
	}
	to := -1
	for e, n := range count {
		if 2*n >= points && e > to {
			to = e
		}
	}
	var out []Trial
	for _, t := range trials {
		if t.State == Completed && t.To == to {
			out = append(out, t)
		}
	}
	return out
}

func share(p *Param, trials []Trial, o Objective) float64 {
	const parts = 4
	sum, n := map[int]float64{}, map[int]int{}
	group := func(t Trial) (int, bool) {
		v, ok := t.Values[p.Name]
		if !ok {
			return 0, false
		}
		if k := p.steps(); k > 0 && k <= 2*parts {
			return int(p.ToUnit(v) * float64(k)), true
		}
		return min(int(p.ToUnit(v)*parts), parts-1), true
	}
	total, mean := 0, 0.0
	for _, t := range trials {
		if g, ok := group(t); ok {
			sum[g] += o.loss(t.Score)
			n[g]++
			mean += o.loss(t.Score)
			total++
		}
	}
	if total < 4 || len(n) < 2 || total <= len(n) {
		return 0
	}
	mean /= float64(total)
	between, all := 0.0, 0.0
	for g := range 2 * parts {
		if n[g] > 0 {
			d := sum[g]/float64(n[g]) - mean
			between += float64(n[g]) * d * d
		}
	}
	for _, t := range trials {
		if _, ok := group(t); ok {
			d := o.loss(t.Score) - mean
			all += d * d
		}
	}
	if all == 0 {
		return 0
	}
	within := (all - between) / float64(total-len(n))
	return math.Max(0, (between-float64(len(n)-1)*within)/all)
}
