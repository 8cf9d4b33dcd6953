package metric

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/runtime/model"
)

// epsilon bounds what is divided by or taken the logarithm of (spec: losses and
// metrics, epsilon).
const epsilon = 1e-7

// regressions are the metrics of spec: losses and metrics, section 10. Of
// classes, the scores are compared with 1 for the class and 0 for the others.
var regressions = []row{
	{[]string{"mean_squared_error", "mse"}, Down, nil, errorOf(squared)},
	{[]string{"mean_absolute_error", "mae"}, Down, nil, errorOf(func(p, t float64) float64 { return math.Abs(p - t) })},
	{[]string{"root_mean_squared_error", "rmse"}, Down, nil, rootOf(squared)},
	{[]string{"mean_absolute_percentage_error", "mape"}, Down, nil, valuesOnly(errorOf(func(p, t float64) float64 {
		return 100 * math.Abs(p-t) / max(math.Abs(t), epsilon)
	}))},
	{[]string{"mean_squared_logarithmic_error", "msle"}, Down, nil, valuesOnly(errorOf(func(p, t float64) float64 {
		return squared(math.Log1p(max(p, epsilon)), math.Log1p(max(t, epsilon)))
	}))},
	{[]string{"log_cosh", "logcosh"}, Down, nil, errorOf(func(p, t float64) float64 {
		a := math.Abs(p - t)
		return a + math.Log1p(math.Exp(-2*a)) - math.Ln2
	})},
	{[]string{"cosine_similarity"}, Up, nil, cosine},
	{[]string{"r2", "r2_score"}, Up, nil, valuesOnly(r2)},
}

func squared(p, t float64) float64 { return (p - t) * (p - t) }

type builder = func(o *options, h model.Head, outputs int) (Metric, error)

// errorOf makes the mean, over outputs and examples, of f.
func errorOf(f func(p, t float64) float64) builder {
	return func(*options, model.Head, int) (Metric, error) {
		return meanOf(func(e *Example) float64 {
			sum := 0.0
			for j, p := range e.Scores {
				sum += f(float64(p), e.want(j))
			}
			return sum / float64(len(e.Scores))
		}), nil
	}
}

// rootOf makes the root of the mean of f over the epoch.
func rootOf(f func(p, t float64) float64) builder {
	return func(o *options, h model.Head, outputs int) (Metric, error) {
		m, err := errorOf(f)(o, h, outputs)
		m.NewSum = func() Sum { return &mean{of: math.Sqrt} }
		return m, err
	}
}

// valuesOnly refuses networks whose scores are those of classes.
func valuesOnly(build builder) builder {
	return func(o *options, h model.Head, outputs int) (Metric, error) {
		m, err := build(o, h, outputs)
		if err == nil && h.Task != model.Values {
			err = fmt.Errorf("it is about values, and the scores of the network are those of classes")
		}
		return m, err
	}
}

// cosine is the cosine of the angle between scores and target: 1 for the same
// direction, unlike the loss.
func cosine(*options, model.Head, int) (Metric, error) {
	return meanOf(func(e *Example) float64 {
		dot, np, nt := 0.0, 0.0, 0.0
		for j, v := range e.Scores {
			p, t := float64(v), e.want(j)
			dot += p * t
			np += p * p
			nt += t * t
		}
		return dot / (max(math.Sqrt(np), epsilon) * max(math.Sqrt(nt), epsilon))
	}), nil
}

// r2 is the coefficient of determination, averaged over the outputs.
func r2(_ *options, _ model.Head, outputs int) (Metric, error) {
	return Metric{
		Width: 2 * outputs,
		Observe: func(observation []float64, e *Example) {
			for j, p := range e.Scores {
				observation[2*j], observation[2*j+1] = float64(p), e.want(j)
			}
		},
		NewSum: func() Sum { return &determination{of: make([]spread, outputs)} },
	}, nil
}

// spread is how far the targets of an output lie from their mean, and from the
// scores: sums of squares.
type spread struct{ mean, total, residual float64 }

// determination is the sum of r2. The squares around the mean are summed as
// Welford (1962) does: subtracting two large sums would lose them.
type determination struct {
	n  float64
	of []spread
}

// Add implements Sum.
func (s *determination) Add(observation []float64) {
	s.n++
	for o := range s.of {
		p, t, u := observation[2*o], observation[2*o+1], &s.of[o]
		d := t - u.mean
		u.mean += d / s.n
		u.total += d * (t - u.mean)
		u.residual += (t - p) * (t - p)
	}
}

// Value implements Sum. An output whose target never changes counts 0.
func (s *determination) Value() float64 {
	sum := 0.0
	for _, u := range s.of {
		if u.total > 0 {
			sum += 1 - u.residual/u.total
		}
	}
	return sum / float64(len(s.of))
}

// State implements Sum.
func (s *determination) State() []float64 {
	state := []float64{s.n}
	for _, u := range s.of {
		state = append(state, u.mean, u.total, u.residual)
	}
	return state
}

// Restore implements Sum.
func (s *determination) Restore(state []float64) error {
	if len(state) != 1+3*len(s.of) {
		return fmt.Errorf("r2 of %d numbers, want %d", len(state), 1+3*len(s.of))
	}
	s.n = state[0]
	for o := range s.of {
		s.of[o] = spread{state[1+3*o], state[2+3*o], state[3+3*o]}
	}
	return nil
}
