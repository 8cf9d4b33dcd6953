package metric

import (
	"errors"
	"math"
	"slices"

	"github.com/cnnc/cnnc/runtime/model"
)

// areas are the areas under curves (spec: losses and metrics, section 9, AUC).
var areas = []row{
	{[]string{"auc"}, Up, []string{"curve", "thresholds", "class"}, auc},
}

// auc is the area under the curve of receiver operating characteristics, or of
// precision over recall with the interpolation of Davis and Goadrich (2006). It
// is exact: every score is a threshold. With thresholds=200 it is Keras's
// approximation, in which scores of the same 199th part are ties. All outputs
// count together, unless class picks one.
//
// It keeps all scores of an epoch: nine bytes for each.
func auc(o *options, h model.Head, outputs int) (Metric, error) {
	if err := classes(h); err != nil {
		return Metric{}, err
	}
	curve := o.choice("curve", "roc", "pr")
	thresholds := o.whole("thresholds", 0, 2, 1<<20)
	class := o.whole("class", -1, 0, outputs-1)
	first, last := 0, outputs
	if class >= 0 {
		first, last = class, class+1
	}
	return Metric{
		Width:  2 * (last - first),
		Costly: true,
		Observe: func(observation []float64, e *Example) {
			for j := range last - first {
				observation[2*j] = float64(e.Scores[first+j])
				if h.Logits {
					observation[2*j] = probability(e.Scores, first+j, h)
				}
				observation[2*j+1] = 0
				if t := e.want(first + j); t > 0 {
					observation[2*j+1] = 1
				}
			}
		},
		NewSum: func() Sum { return &area{curve: curve, thresholds: thresholds} },
	}, nil
}

// probability is that of output j of logits. Binary ones above 16 would all be 1
// in single precision; in double they keep their order up to 36.
func probability(scores []float32, j int, h model.Head) float64 {
	if h.Task == model.Binary {
		return 1 / (1 + math.Exp(-float64(scores[j])))
	}
	sum := 0.0
	for _, z := range scores {
		sum += math.Exp(float64(z) - float64(scores[j]))
	}
	return 1 / sum
}

// area is the sum of an AUC.
type area struct {
	curve      string
	thresholds int // 0 for exact
	scores     []float64
	positive   []bool
}

// Add implements Sum.
func (s *area) Add(observation []float64) {
	for i := 0; i < len(observation); i += 2 {
		p := observation[i]
		if math.IsNaN(p) {
			p = math.Inf(-1)
		}
		s.scores = append(s.scores, p)
		s.positive = append(s.positive, observation[i+1] > 0)
	}
}

// State implements Sum: a score and whether it is of a true example, in pairs.
func (s *area) State() []float64 {
	state := make([]float64, 0, 2*len(s.scores))
	for i, p := range s.scores {
		t := 0.0
		if s.positive[i] {
			t = 1
		}
		state = append(state, p, t)
	}
	return state
}

// Restore implements Sum.
func (s *area) Restore(state []float64) error {
	if len(state)%2 != 0 {
		return errors.New("a score without its class")
	}
	s.scores, s.positive = nil, nil
	s.Add(state)
	return nil
}

// Value implements Sum.
func (s *area) Value() float64 {
	points := s.exact()
	if s.thresholds > 0 {
		points = s.buckets()
	}
	if s.curve == "pr" {
		return precisionRecall(points)
	}
	return receiver(points)
}

// point is how many true and false examples lie above a threshold.
type point struct{ tp, fp float64 }

// exact returns a point for each different score, from the highest threshold,
// above which there is nothing, to the lowest.
func (s *area) exact() []point {
	order := make([]int, len(s.scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case s.scores[a] > s.scores[b]:
			return -1
		case s.scores[a] < s.scores[b]:
			return 1
		}
		return 0
	})
	points := []point{{}}
	var at point
	for k, i := range order {
		if s.positive[i] {
			at.tp++
		} else {
			at.fp++
		}
		if k == len(order)-1 || s.scores[order[k+1]] != s.scores[i] {
			points = append(points, at)
		}
	}
	return points
}

// buckets returns the points of evenly spaced thresholds, from the highest.
func (s *area) buckets() []point {
	n := s.thresholds
	bucket := make([]point, n)
	for i, p := range s.scores {
		b := int(max(math.Ceil(min(max(p, 0), 1)*float64(n-1))-1, 0))
		if s.positive[i] {
			bucket[b].tp++
		} else {
			bucket[b].fp++
		}
	}
	points := []point{{}}
	var at point
	for _, b := range slices.Backward(bucket) {
		at = point{at.tp + b.tp, at.fp + b.fp}
		points = append(points, at)
	}
	return points
}

// receiver is the area under true positives over false positives.
func receiver(points []point) float64 {
	area := 0.0
	for i, p := range points[1:] {
		q := points[i]
		area += (p.fp - q.fp) * (p.tp + q.tp) / 2
	}
	end := points[len(points)-1]
	return ratio(area, end.tp*end.fp)
}

// precisionRecall is the area under precision over recall.
func precisionRecall(points []point) float64 {
	area := 0.0
	for i, p := range points[1:] {
		q := points[i]
		dtp, pos, pos0 := p.tp-q.tp, p.tp+p.fp, q.tp+q.fp
		slope := 0.0
		if pos > pos0 {
			slope = dtp / (pos - pos0)
		}
		c := q.tp - slope*pos0
		log := 0.0
		if pos > 0 && pos0 > 0 {
			log = math.Log(pos / pos0)
		}
		area += slope * (dtp + c*log)
	}
	return ratio(area, points[len(points)-1].tp)
}
