package metric

import (
	"errors"
	"math"

	"github.com/cnnc/cnnc/runtime/model"
)

// divergences are crossentropies and other losses of probabilities as metrics
// (spec: losses and metrics, sections 3 and 7): of the scores, without smoothing
// and weights, bounded to [1e-7, 1-1e-7].
var divergences = []row{
	{[]string{"crossentropy", "ce"}, Down, nil, crossentropy},
	{[]string{"binary_crossentropy", "bce"}, Down, nil, binaryCrossentropy},
	{[]string{"categorical_crossentropy", "sparse_categorical_crossentropy"}, Down, nil, categoricalCrossentropy},
	{[]string{"kl_divergence"}, Down, nil, klDivergence},
	{[]string{"poisson"}, Down, nil, valuesOnly(errorOf(func(p, t float64) float64 { return p - t*math.Log(p+epsilon) }))},
}

// crossentropy is the form that fits the network.
func crossentropy(o *options, h model.Head, outputs int) (Metric, error) {
	if h.Task == model.Binary {
		return binaryCrossentropy(o, h, outputs)
	}
	return categoricalCrossentropy(o, h, outputs)
}

func binaryCrossentropy(_ *options, h model.Head, outputs int) (Metric, error) {
	if h.Task != model.Binary {
		return Metric{}, errors.New("it is for scores that each stand for two classes")
	}
	return meanOf(func(e *Example) float64 {
		sum := 0.0
		for j, v := range e.Scores {
			p, t := float64(v), max(e.want(j), 0)
			if h.Logits {
				sum += max(p, 0) - p*t + math.Log1p(math.Exp(-math.Abs(p)))
				continue
			}
			p = min(max(p, epsilon), 1-epsilon)
			sum -= t*math.Log(p) + (1-t)*math.Log(1-p)
		}
		return sum / float64(len(e.Scores))
	}), nil
}

func categoricalCrossentropy(_ *options, h model.Head, outputs int) (Metric, error) {
	if h.Task != model.Classes {
		return Metric{}, errors.New("it is for scores of several classes")
	}
	return meanOf(func(e *Example) float64 {
		top, sum := math.Inf(-1), 0.0
		for _, v := range e.Scores {
			top = max(top, float64(v))
		}
		for _, v := range e.Scores {
			if h.Logits {
				sum += math.Exp(float64(v) - top)
			} else {
				sum += float64(v)
			}
		}
		loss := 0.0
		for j, v := range e.Scores {
			t := e.want(j)
			switch {
			case t == 0:
			case h.Logits:
				loss += t * (top + math.Log(sum) - float64(v))
			default:
				loss -= t * math.Log(min(max(float64(v)/sum, epsilon), 1-epsilon))
			}
		}
		return loss
	}), nil
}

func klDivergence(_ *options, h model.Head, _ int) (Metric, error) {
	if h.Logits {
		return Metric{}, errors.New("it compares probabilities, and the scores are logits")
	}
	return meanOf(func(e *Example) float64 {
		sum := 0.0
		for j, v := range e.Scores {
			t := min(max(e.want(j), epsilon), 1)
			sum += t * math.Log(t/min(max(float64(v), epsilon), 1))
		}
		return sum
	}), nil
}
