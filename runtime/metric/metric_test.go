package metric

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/model"
)

var (
	binary  = model.Head{Task: model.Binary}
	classed = model.Head{}
	values  = model.Head{Task: model.Values}
	logits  = model.Head{Task: model.Binary, Logits: true}
)

// measure runs a metric over examples, with its state saved and restored after
// each.
func measure(t *testing.T, text string, h model.Head, examples []Example) float64 {
	t.Helper()
	m, err := New(text, h, len(examples[0].Scores))
	if err != nil {
		t.Fatal(err)
	}
	sum := m.NewSum()
	for i := range examples {
		observation := make([]float64, m.Width)
		for j := range observation {
			observation[j] = 99
		}
		m.Observe(observation, &examples[i])
		sum.Add(observation)
		next := m.NewSum()
		if err := next.Restore(sum.State()); err != nil {
			t.Fatal(err)
		}
		sum = next
	}
	return sum.Value()
}

// of makes examples of one score and a label each.
func of(labels []int, scores ...float32) []Example {
	var list []Example
	for i, l := range labels {
		list = append(list, Example{Scores: scores[i : i+1], Label: l})
	}
	return list
}

// vectors makes examples of scores and target vectors of d numbers.
func vectors(d int, targets, scores []float32) []Example {
	var list []Example
	for i := 0; i < len(scores); i += d {
		list = append(list, Example{Scores: scores[i : i+d], Target: targets[i : i+d]})
	}
	return list
}

// ranked makes examples of several scores and a label each.
func ranked(labels []int, scores ...[]float32) []Example {
	var list []Example
	for i, l := range labels {
		list = append(list, Example{Scores: scores[i], Label: l})
	}
	return list
}

// TestValues has the examples of the specification (losses and metrics, sections
// 3 to 10) and small cases counted by hand.
func TestValues(t *testing.T) {
	nan := float32(math.NaN())
	four := of([]int{0, 0, 1, 1}, 0, 0.5, 0.3, 0.9)
	three := ranked([]int{0, 1, 2, 1, 0},
		[]float32{.7, .2, .1}, []float32{.6, .3, .1}, []float32{.1, .2, .7}, []float32{.2, .6, .2}, []float32{.3, .3, .4})
	for _, c := range []struct {
		text     string
		head     model.Head
		examples []Example
		want     float64
	}{
		// AUC: the example of the specification, and the exact area.
		{"auc", binary, four, 0.75},
		{"auc(thresholds=3)", binary, four, 0.75},
		{"auc(thresholds=200)", binary, four, 0.75},
		{"auc(curve=pr, thresholds=3)", binary, four, 0.820699},
		{"auc(curve=pr, thresholds=200)", binary, four, 0.797267},
		{"auc(curve=pr)", binary, four, 0.797267},
		// Scores of the same 199th part are ties to Keras, not to the exact area.
		{"auc", binary, of([]int{0, 1, 0, 1}, 0.5001, 0.5002, 0.1, 0.9), 1},
		{"auc(thresholds=200)", binary, of([]int{0, 1, 0, 1}, 0.5001, 0.5002, 0.1, 0.9), 0.875},
		{"auc", binary, of([]int{0, 1}, 0.5, 0.5), 0.5},
		{"auc", binary, of([]int{1, 1}, 0.2, 0.5), 0},
		{"auc", logits, of([]int{0, 1, 0, 1}, 20, 21, -30, 25), 1},
		{"auc(thresholds=200)", logits, of([]int{0, 1, 0, 1}, 20, 21, -30, 25), 0.75},
		{"auc(class=1)", classed, three, 1 - 0.5/6},

		{"accuracy", binary, of([]int{0, 1, 1, 0}, 0.5, 0.50001, 0.4, 0.1), 0.75},
		{"acc", logits, of([]int{0, 1, 1, 0}, 0, 0.1, -0.1, -3), 0.75},
		{"binary_accuracy(threshold=0.3)", binary, of([]int{0, 1, 1, 0}, 0.5, 0.50001, 0.4, 0.1), 0.75},
		{"accuracy", binary, vectors(2, []float32{1, 0, 0, 1}, []float32{.9, .1, .1, .2}), 0.75},
		{"accuracy", classed, three, 0.6},
		{"categorical_accuracy", classed, vectors(2, []float32{0, 1, 1, 0}, []float32{.5, .5, .5, .5}), 0.5},
		{"accuracy", classed, ranked([]int{1, 1}, []float32{nan, .1}, []float32{.2, nan}), 0.5},
		{"top_k(k=2)", classed, three, 1},
		{"top_k(k=1)", classed, three, 0.6},
		// Ties at the border count as inside; NaN as minus infinity.
		{"top_k(k=1)", classed, ranked([]int{1, 0}, []float32{.5, .5}, []float32{nan, .5}), 0.5},

		// Of 4: above one half are .5001 and .9 only, and a positive at .4.
		{"precision", binary, of([]int{0, 1, 1, 0}, 0.6, 0.9, 0.4, 0.5), 0.5},
		{"recall", binary, of([]int{0, 1, 1, 0}, 0.6, 0.9, 0.4, 0.5), 0.5},
		{"recall(threshold=0.35)", binary, of([]int{0, 1, 1, 0}, 0.6, 0.9, 0.4, 0.5), 1},
		{"precision", binary, of([]int{0, 1}, 0.1, 0.2), 0},
		{"f1", binary, of([]int{0, 1, 1, 0}, 0.6, 0.9, 0.4, 0.5), 0.5},
		{"precision", logits, vectors(1, []float32{-1, 1}, []float32{0.5, 0.5}), 0.5},
		// Above one half: .7 of 0 (right), .6 of 0 (class 1), .7 of 2, .6 of 1.
		{"precision", classed, three, 0.75},
		{"recall", classed, three, 0.6},
		{"recall(class=1)", classed, three, 0.5},
		{"precision(average=macro)", classed, three, (0.5 + 1 + 1) / 3},
		{"precision(average=weighted)", classed, three, (2*0.5 + 2*1 + 1) / 5},
		{"recall(top_k=2)", classed, three, 1},
		{"precision(top_k=2)", classed, three, 0.5},
		// The largest: 0, 0, 2, 1, 2.
		{"f1(class=0)", classed, three, 0.5},
		{"f1(class=1)", classed, three, 2. / 3},
		{"f1", classed, three, (0.5 + 2./3 + 2./3) / 3},
		{"f1(average=micro)", classed, three, 0.6},
		{"f1(average=weighted)", classed, three, (2*0.5 + 2*2./3 + 2./3) / 5},
		{"fbeta(beta=2, class=1)", classed, three, 5 * 0.5 / (4 + 0.5)},

		{"mse", values, vectors(2, []float32{0, 0, 1, 1}, []float32{1, 2, 1, 4}), 3.5},
		{"mean_absolute_error", values, vectors(2, []float32{0, 0, 1, 1}, []float32{1, 2, 1, 4}), 1.5},
		{"rmse", values, vectors(1, []float32{0, 0}, []float32{1, 7}), 5},
		{"mape", values, vectors(2, []float32{2, 4}, []float32{1, 5}), 37.5},
		{"msle", values, vectors(2, []float32{1, 0}, []float32{2, 0}), 0.082201},
		{"log_cosh", values, vectors(1, []float32{0, 0}, []float32{0.5, 3}), (0.120115 + 2.309329) / 2},
		{"cosine_similarity", values, vectors(2, []float32{0, 1}, []float32{1, 1}), 0.707107},
		{"r2", values, vectors(1, []float32{1, 4, 3}, []float32{2, 4, 4}), 0.571429},
		{"r2", values, vectors(2, []float32{1, 5, 4, 5, 3, 5}, []float32{2, 5, 4, 5, 4, 5}), 0.571429 / 2},
		{"r2", values, vectors(1, []float32{1e6 + 1, 1e6 + 4, 1e6 + 3}, []float32{1e6 + 2, 1e6 + 4, 1e6 + 4}), 0.571429},
		{"poisson", values, vectors(1, []float32{2}, []float32{1}), 1},
		{"mse", classed, ranked([]int{0}, []float32{.5, 0}), .125},

		{"binary_crossentropy", binary, vectors(4, []float32{0, 1, 0, 0}, []float32{.6, .4, .4, .6}), 0.814924},
		{"crossentropy", logits, vectors(4, []float32{0, 1, 0, 0}, []float32{-18.6, .51, 2.94, -12.8}), 0.865458},
		{"categorical_crossentropy", classed, ranked([]int{1, 2}, []float32{.05, .95, 0}, []float32{.1, .8, .1}), 1.176939},
		{"crossentropy", classed, ranked([]int{2}, []float32{.2, .2, .4}), 0.693147},
		{"crossentropy", model.Head{Logits: true}, ranked([]int{0}, []float32{1, 2, 3}), 2.407606},
		{"kl_divergence", classed, vectors(2, []float32{0, 1}, []float32{.6, .4}), 0.916289},
	} {
		if got := measure(t, c.text, c.head, c.examples); !(math.Abs(got-c.want) <= 1e-6) {
			t.Errorf("%s: %v, want %v", c.text, got, c.want)
		}
	}
}

// TestExactArea compares the area under the curve with its meaning: the share of
// pairs of a true and a false example that are in order, ties counting half.
func TestExactArea(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	for range 50 {
		n := 2 + r.IntN(60)
		var list []Example
		for range n {
			list = append(list, Example{Scores: []float32{float32(r.IntN(20)) / 20}, Label: r.IntN(2)})
		}
		pairs, right := 0.0, 0.0
		for _, a := range list {
			for _, b := range list {
				if a.Label != 1 || b.Label != 0 {
					continue
				}
				pairs++
				switch {
				case a.Scores[0] > b.Scores[0]:
					right++
				case a.Scores[0] == b.Scores[0]:
					right += 0.5
				}
			}
		}
		want := 0.0
		if pairs > 0 {
			want = right / pairs
		}
		if got := measure(t, "auc", binary, list); math.Abs(got-want) > 1e-12 {
			t.Fatalf("area %v, pairs in order %v of %v", got, right, pairs)
		}
	}
}

// TestMistakes lists metrics that there are not, or that do not fit.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		text    string
		head    model.Head
		outputs int
		want    string
	}{
		{"acuracy", classed, 3, "unknown metric"},
		{"accuracy", values, 3, "about classes"},
		{"accuracy(k=3)", classed, 3, "has no options"},
		{"top_k", classed, 5, "always among the first 5 of 5"},
		{"top_k(n=3)", classed, 9, "no option n, only k"},
		{"top_k(k=x)", classed, 9, "k is x, want a whole number from 1"},
		{"top_k(k=3", classed, 9, "not closed"},
		{"top_k(k)", classed, 9, "want option=value"},
		{"top_k(k=3, k=4)", classed, 9, "given twice"},
		{"top_k", binary, 1, "two classes"},
		{"categorical_accuracy", binary, 1, "binary_accuracy"},
		{"precision(class=3)", classed, 3, "class is 3, want a whole number from 0 to 2"},
		{"precision(average=none)", classed, 3, "one of micro, macro, weighted"},
		{"f1", values, 1, "about classes"},
		{"auc(curve=x)", binary, 1, "one of roc, pr"},
		{"auc", values, 1, "about classes"},
		{"r2", binary, 1, "about values"},
		{"mape", classed, 3, "about values"},
		{"binary_crossentropy", classed, 3, "two classes"},
		{"categorical_crossentropy", binary, 1, "several classes"},
		{"kl_divergence", logits, 1, "logits"},
	} {
		if _, err := New(c.text, c.head, c.outputs); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.text, err, c.want)
		}
	}
}

func TestList(t *testing.T) {
	list, err := List([]string{"precision(class=0)", "accuracy", "precision(class=1)"}, classed, 3)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range list {
		names = append(names, m.Name)
	}
	if want := []string{"precision", "accuracy", "precision_1"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
	if _, err := List([]string{"mse", "mae", "mse"}, values, 1); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("twice: %v", err)
	}
}

func TestDirections(t *testing.T) {
	for key, want := range map[string]Direction{
		"loss": Down, "val_loss": Down, "val_accuracy": Up, "precision_1": Up, "val_auc": Up, "r2": Up, "cosine_similarity": Up,
		"rmse": Down, "val_binary_crossentropy": Down, "f1": Up, "top_k": Up,
	} {
		if got, err := DirectionOf(key); err != nil || got != want {
			t.Errorf("%s: %v, %v", key, got, err)
		}
	}
	for _, key := range []string{"val_", "lossy", "accuracy_x"} {
		if _, err := DirectionOf(key); err == nil {
			t.Errorf("%s has a direction", key)
		}
	}
}

// TestTable builds every metric with one of the heads, with scores that are the
// target: the best there is.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rows() {
		for _, name := range r.names {
			if seen[name] {
				t.Errorf("%s stands twice", name)
			}
			seen[name] = true
		}
		built := false
		for _, h := range []model.Head{binary, classed, values} {
			if _, err := New(r.names[0], h, 7); err == nil {
				built = true
			}
		}
		if !built {
			t.Errorf("%s fits nothing", r.names[0])
		}
	}
}

// TestNothingIsAllocated: workers observe every example of a step.
func TestNothingIsAllocated(t *testing.T) {
	e := &Example{Scores: []float32{.1, .7, .2}, Label: 1}
	for _, h := range []model.Head{binary, classed, values, {Logits: true}} {
		for _, name := range Names() {
			text := name
			if strings.Contains(name, "top_k") {
				text += "(k=2)"
			}
			m, err := New(text, h, 3)
			if err != nil {
				continue
			}
			observation := make([]float64, m.Width)
			if n := testing.AllocsPerRun(10, func() { m.Observe(observation, e) }); n != 0 {
				t.Errorf("%s allocates %v times", name, n)
			}
		}
	}
}
