package job

import (
	"cmp"
	"context"
	"errors"
	"math"
	"path/filepath"
	"time"

	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/train"
)

// Evaluation is how well the result of a run does, in EvaluationFile.
type Evaluation struct {
	Part     string  `json:"part"`  // "validate", or "test" where there is no validation
	Epoch    int     `json:"epoch"` // that the weights are of, from 1
	Examples int     `json:"examples"`
	Seconds  float64 `json:"seconds"`
	// Logs are the loss and the metrics.
	Logs []train.Log `json:"logs"`
	// Classes are the scores of each class; of several yes-or-no answers those of
	// each answer's yes.
	Classes []ClassScore `json:"classes,omitempty"`
	// Confusion counts examples by true class (row) and predicted class (column),
	// where one class is predicted.
	Confusion [][]int `json:"confusion,omitempty"`
	// Wrong are the examples that the network is wrong about, the most confident
	// first: wrongMost at most.
	Wrong []Wrong `json:"wrong,omitempty"`
	// Residuals say how predicted numbers differ from the true ones, one for each.
	Residuals []Residuals `json:"residuals,omitempty"`
}

// wrongMost is the most examples of Evaluation.Wrong.
const wrongMost = 25

// Wrong is an example that a network is wrong about.
type Wrong struct {
	Name string `json:"name"` // the file, or the place in one
	// True and Predicted are classes, of several answers the one that is wrong with
	// its yes or no, and of numbers those numbers.
	True      string `json:"true"`
	Predicted string `json:"predicted"`
	// Confidence is the probability of what was predicted; of numbers the distance
	// from the true one.
	Confidence Number `json:"confidence"`
	// Thumbnail is the example as the network sees it, as a PNG, where it is a
	// picture.
	Thumbnail []byte `json:"thumbnail,omitempty"`
	// Width and Height are those of the thumbnail.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
}

// evaluator looks at each batch of an evaluation for what train.Evaluation does
// not count. Its memory does not grow with the number of examples.
type evaluator struct {
	net     *model.Network
	stream  *stream
	labels  []string
	wrong   wrongHeap
	answers []answerCount // of several yes-or-no answers
	numbers []residualSum
	// units undoes the scale of each number; nil where there is none.
	units func(k int, v float32) float64
}

// answerCount counts the outcomes of a yes-or-no answer.
type answerCount struct{ hit, missed, falseAlarm int }

func newEvaluator(net *model.Network, s *stream, labels, numbers []string) *evaluator {
	v := &evaluator{net: net, stream: s, labels: labels}
	switch {
	case s.mirror: // all values in one
		v.numbers = newResidualSums([]string{"all values"}, 1, s.Len()*net.Outputs)
	case net.Head.Task == model.Values:
		v.numbers = newResidualSums(numbers, net.Outputs, s.Len())
	case net.Head.Task == model.Binary && net.Outputs > 1:
		v.answers = make([]answerCount, net.Outputs)
	}
	return v
}

// each takes in a batch.
func (v *evaluator) each(b *train.Batch, scores []float32) {
	n := v.net.Outputs
	for i := range b.N {
		example := scores[i*n : (i+1)*n]
		place := v.stream.latest.Index[i]
		var targets []float32
		if b.Targets != nil {
			targets = b.Targets[i*n : (i+1)*n]
		}
		switch {
		case v.numbers != nil:
			if targets != nil {
				v.values(place, example, targets)
			}
		case v.answers != nil:
			v.several(place, example, targets, b, i)
		case b.Labels != nil:
			label, guess := int(b.Labels[i]), v.net.Decide(example)
			if label != guess {
				v.wrong.add(wrongAt{place: place, label: label, guess: guess, confidence: confidence(v.net, example, guess)})
			}
		}
	}
}

// several takes in an example of several answers.
func (v *evaluator) several(place int, example, targets []float32, b *train.Batch, i int) {
	for k, score := range example {
		truth := false
		switch {
		case targets != nil:
			truth = targets[k] > 0.5
		case b.Labels != nil:
			truth = int(b.Labels[i]) == k
		default:
			return
		}
		guess := score > v.net.Head.Threshold()
		c := &v.answers[k]
		switch {
		case truth && guess:
			c.hit++
		case truth:
			c.missed++
		case guess:
			c.falseAlarm++
		}
		if truth != guess {
			p := probability(v.net.Head, score)
			if !guess {
				p = 1 - p
			}
			v.wrong.add(wrongAt{place: place, label: k, guess: btoi(guess), confidence: p})
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// values takes in an example of numbers: the worst of them counts as its error.
func (v *evaluator) values(place int, example, targets []float32) {
	if v.stream.mirror {
		v.mirrored(place, example, targets)
		return
	}
	units := v.units
	if units == nil {
		units = func(_ int, v float32) float64 { return float64(v) }
	}
	// Numbers are compared with each other as the network sees them.
	worst, at := -1.0, 0
	for k := range example {
		v.numbers[k].add(units(k, targets[k]), units(k, example[k]))
		if d := math.Abs(float64(example[k]) - float64(targets[k])); d > worst || math.IsNaN(d) {
			worst, at = d, k
		}
	}
	v.wrong.add(wrongAt{place: place, label: at, confidence: worst, truth: units(at, targets[at]), value: units(at, example[at])})
}

// mirrored takes in an example of what a network gives back of its input: the root
// of the mean squared error counts as its error.
func (v *evaluator) mirrored(place int, example, input []float32) {
	sum := 0.0
	for k, x := range input {
		y := float64(example[k])
		if v.net.Head.Logits {
			y = probability(v.net.Head, example[k])
		}
		v.numbers[0].add(float64(x), y)
		d := y - float64(x)
		sum += d * d
	}
	off := math.Sqrt(sum / float64(len(input)))
	v.wrong.add(wrongAt{place: place, confidence: off, value: off})
}

// confidence is the probability that the network gives to what it predicts.
func confidence(net *model.Network, scores []float32, guess int) float64 {
	if net.Head.Task == model.Binary { // one score: several have their own way
		p := probability(net.Head, scores[0])
		if guess == 0 {
			return 1 - p
		}
		return p
	}
	if !net.Head.Logits {
		return float64(scores[guess])
	}
	sum := 0.0
	for _, s := range scores {
		sum += math.Exp(float64(s) - float64(scores[guess])) // the largest
	}
	return 1 / sum
}

// probability is that of a yes.
func probability(h model.Head, score float32) float64 {
	if h.Logits {
		return 1 / (1 + math.Exp(-float64(score)))
	}
	return float64(score)
}

// fill puts what was found into an evaluation.
func (v *evaluator) fill(out *Evaluation) error {
	for k, c := range v.answers {
		r := ClassScore{Label: v.labels[k], Support: c.hit + c.missed}
		if n := c.hit + c.falseAlarm; n > 0 {
			r.Precision = float64(c.hit) / float64(n)
		}
		if r.Support > 0 {
			r.Recall = float64(c.hit) / float64(r.Support)
		}
		if n := 2*c.hit + c.missed + c.falseAlarm; n > 0 {
			r.F1 = 2 * float64(c.hit) / float64(n)
		}
		out.Classes = append(out.Classes, r)
	}
	for i := range v.numbers {
		out.Residuals = append(out.Residuals, v.numbers[i].result())
	}
	scratch := data.NewScratch()
	h, w, c := v.stream.set.Shape()
	x := make([]float32, h*w*c)
	for _, one := range v.wrong.sorted() {
		r := Wrong{Name: v.stream.set.Name(one.place), Confidence: Number(one.confidence)}
		switch {
		case v.stream.mirror:
			r.True, r.Predicted = "its input", "root mean squared error "+value(one.value)
		case v.numbers != nil:
			r.True, r.Predicted = value(one.truth), value(one.value)
			r.Confidence = Number(math.Abs(one.value - one.truth))
			if len(v.numbers) > 1 {
				r.True = v.numbers[one.label].name + " " + r.True
			}
		case v.answers != nil:
			r.True, r.Predicted = v.labels[one.label]+": yes", v.labels[one.label]+": no"
			if one.guess == 1 {
				r.True, r.Predicted = r.Predicted, r.True
			}
		default:
			r.True, r.Predicted = v.labels[one.label], v.labels[one.guess]
		}
		if data.Fitted(v.stream.set) == nil && h > 1 && (c == 1 || c == 3) {
			if err := v.stream.set.Load(one.place, x, scratch); err != nil {
				return err
			}
			var err error
			if r.Thumbnail, r.Width, r.Height, err = thumbnail(x, h, w, c); err != nil {
				return err
			}
		}
		out.Wrong = append(out.Wrong, r)
	}
	return nil
}

// evaluateRun measures the result of a run on a part of the data and writes
// EvaluationFile.
func evaluateRun(e *Env, of *trained, part string, set data.Dataset, res *train.Result, labels []string, obs train.Observer) error {
	begin, cfg, tc := time.Now(), of.data, of.train
	batch := cmp.Or(tc.Batch, cfg.Batch)
	s, err := newStream(e.Net, set, cfg, of.after, max(batch, 1), tc.Seed, e.Job.Workers)
	if err != nil {
		return err
	}
	scalars, err := e.Scalars()
	if err != nil {
		return err
	}
	metrics := tc.Metrics
	if len(metrics) == 0 {
		metrics = nil // the one that suits the network
	}
	labels = labelsFor(e.Net, labels)
	var numbers []string
	if f := data.Fitted(set); f != nil {
		for _, t := range f.Targets {
			numbers = append(numbers, t.Name)
		}
	}
	v := newEvaluator(e.Net, s, labels, numbers)
	if f := data.Fitted(set); f != nil && len(f.Targets) == e.Net.Outputs {
		v.units = func(k int, x float32) float64 { return f.Targets[k].Inverse(float64(x)) }
	}
	ev, err := train.Evaluate(e.Context, e.Net, s, train.Setup{
		Params: res.Params, Scalars: scalars, Metrics: metrics, Workers: e.Job.Workers, Observer: obs, Labels: labels, Each: v.each,
	})
	if err != nil {
		return err
	}
	out := &Evaluation{Part: part, Epoch: res.BestEpoch + 1, Examples: ev.Examples, Logs: ev.Logs, Confusion: ev.Confusion}
	if res.BestEpoch < 0 {
		out.Epoch = len(res.History)
	}
	for _, c := range ev.Classes {
		out.Classes = append(out.Classes, ClassScore{c.Label, c.Support, c.Precision, c.Recall, c.F1})
	}
	if err := v.fill(out); err != nil {
		return err
	}
	out.Seconds = time.Since(begin).Seconds()
	return writeJSON(filepath.Join(e.Job.Dir, EvaluationFile), out)
}

// noteEvaluation tells that the result was not evaluated, which is no reason to
// fail a run.
func noteEvaluation(obs train.Observer, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		obs.Observe(&train.Note{Text: "the result could not be evaluated: " + err.Error()})
	}
}
