package job

import (
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/model"
)

// TestLabelWriter has a line for each task, as text and as JSON.
func TestLabelWriter(t *testing.T) {
	for _, c := range []struct {
		head       model.Head
		labels     []string
		scores     []float32
		text, json string
	}{
		{model.Head{}, []string{"a", "b", "c"}, []float32{.125, .625, .25}, "x.png: b 0.6250, c 0.2500",
			`{"file":"x.png","labels":[{"label":"b","score":0.625},{"label":"c","score":0.25}]}`},
		// One score is that of the second class.
		{model.Head{Task: model.Binary}, []string{"no", "yes"}, []float32{.75}, "x.png: yes 0.7500, no 0.2500",
			`{"file":"x.png","labels":[{"label":"yes","score":0.75},{"label":"no","score":0.25}]}`},
		{model.Head{Task: model.Binary, Logits: true}, []string{"no", "yes"}, []float32{-2}, "x.png: no 2.0000, yes -2.0000",
			`{"file":"x.png","labels":[{"label":"no","score":2},{"label":"yes","score":-2}]}`},
		{model.Head{Task: model.Values}, []string{"0", "1", "2"}, []float32{1.5, -20, 3}, "x.png: 1.5, -20, 3",
			`{"file":"x.png","values":[1.5,-20,3]}`},
	} {
		net := &model.Network{Head: c.head, Outputs: len(c.scores)}
		for _, asJSON := range []bool{false, true} {
			var b strings.Builder
			l, err := newLabelWriter(&b, &Job{JSON: asJSON, Top: 2}, net, c.labels)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.label("x.png", c.scores); err != nil {
				t.Fatal(err)
			}
			want := c.text
			if asJSON {
				want = c.json
			}
			if got := strings.TrimSpace(b.String()); got != want {
				t.Errorf("%+v: got %s, want %s", c.head, got, want)
			}
		}
	}
}
