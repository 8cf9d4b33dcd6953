package job

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/cnnc/cnnc/runtime/terminal"
	"github.com/cnnc/cnnc/runtime/train"
)

// screen is what a terminal shows after text: lines, with carriage returns
// obeyed. It reports lines wider than width.
func screen(t *testing.T, text string, width int) []string {
	t.Helper()
	lines := []string{""}
	for _, line := range strings.Split(text, "\n") {
		shown := []rune{}
		for _, part := range strings.Split(line, "\r") {
			if n := terminal.Width(part); n > width || !utf8.ValidString(part) {
				t.Errorf("a line of %d columns on a terminal of %d: %q", n, width, part)
			}
			// No character here is wide: a rune is a column.
			shown = append([]rune(part), shown[min(len([]rune(part)), len(shown)):]...)
		}
		lines = append(lines, strings.TrimRight(string(shown), " "))
	}
	return lines[1:]
}

// drive plays a run of two epochs of 300 batches, 100 ms each, half of it
// waiting in the second epoch.
func drive(p *progress) {
	now := time.Unix(1000, 0)
	p.now = func() time.Time { return now }
	logs := []train.Log{{Name: "accuracy", Value: 0.5}, {Name: "loss", Value: 0.00012345}}
	p.Observe(&train.RunBegin{Examples: 600, Batches: 300, Epochs: 2, Validation: 60, Workers: 8, Shards: 2})
	for epoch := range 2 {
		p.Observe(&train.EpochBegin{Epoch: epoch, Epochs: 2, Batches: 300})
		var wait, work time.Duration
		for b := range 300 {
			now = now.Add(100 * time.Millisecond)
			wait += time.Duration(epoch) * 90 * time.Millisecond
			work += 100*time.Millisecond - time.Duration(epoch)*90*time.Millisecond
			p.Observe(&train.BatchEnd{Epoch: epoch, Epochs: 2, Batch: b, Batches: 300, Examples: 2, Logs: logs, Wait: wait, Work: work, Seen: 2 * (b + 1)})
		}
		p.Observe(&train.Evaluated{Done: 60, Total: 60})
		p.Observe(&train.EpochEnd{Epoch: epoch, Epochs: 2, Logs: logs, Best: epoch == 1, Elapsed: 30 * time.Second, Wait: wait, Work: work, Seen: 600})
	}
}

func TestPlainProgress(t *testing.T) {
	var b bytes.Buffer
	drive(&progress{w: &b})
	got := b.String()
	want := `600 examples in 300 batches, 60 for validation; 2 workers
epoch 1/2  300/300  accuracy 0.5000  loss 1.234e-04  20 images/s  ETA 0.0s
epoch 1/2  accuracy 0.5000  loss 1.234e-04  20 images/s  30s
epoch 2/2  300/300  accuracy 0.5000  loss 1.234e-04  20 images/s  ETA 0.0s  data-bound 90%
epoch 2/2  accuracy 0.5000  loss 1.234e-04  20 images/s  30s  best  data-bound 90%
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestLiveProgress(t *testing.T) {
	for _, width := range []int{30, 80, 200} {
		var b bytes.Buffer
		p := &progress{w: &b, term: terminal.Fixed(width, 24, false)}
		drive(p)
		p.done()
		got := strings.Join(screen(t, b.String(), max(width, 90)), "\n")
		want := `600 examples in 300 batches, 60 for validation; 2 workers
epoch 1/2  accuracy 0.5000  loss 1.234e-04  20 images/s  30s
epoch 2/2  accuracy 0.5000  loss 1.234e-04  20 images/s  30s  best  data-bound 90%
`
		if width < 90 {
			want = strings.Replace(want, "  20 images/s  30s  best", "  30s  best", 1)
		}
		if width < 60 {
			want = strings.NewReplacer("accuracy 0.5000  ", "", "1.234e-04  20 images/s  30s", "1.234e-04  ...", "1.234e-04  30s  best  data-bound 90%", "1.234e-04  be…").Replace(want)
		}
		if got != want {
			t.Errorf("width %d: screen shows:\n%s\nwant:\n%s", width, got, want)
		}
		for _, state := range strings.Split(b.String(), "\r") {
			if !strings.Contains(state, "\n") && terminal.Width(state) >= width {
				t.Errorf("width %d: live line %q", width, state)
			}
		}
		if width == 80 {
			wants(t, b.String(), "epoch 1/2  150/300  accuracy 0.5000  loss 1.234e-04  20 images/s  ETA 15s")
		}
		if width == 200 {
			wants(t, b.String(), "epoch 1/2  [==========          ] 150/300", "ETA 15s", "epoch 2/2  [==========          ] 150/300")
		}
	}
}

// TestRunEstimate: from the second epoch on there is an estimate for the run.
func TestRunEstimate(t *testing.T) {
	var b bytes.Buffer
	p := &progress{w: &b, term: terminal.Fixed(200, 24, false)}
	now := time.Unix(1000, 0)
	p.now = func() time.Time { return now }
	for epoch := range 3 {
		p.Observe(&train.EpochBegin{Epoch: epoch, Epochs: 10, Batches: 10})
		for batch := range 10 {
			now = now.Add(time.Second)
			p.Observe(&train.BatchEnd{Epoch: epoch, Epochs: 10, Batch: batch, Batches: 10, Seen: batch + 1, Work: time.Second})
		}
		p.Observe(&train.EpochEnd{Epoch: epoch, Epochs: 10, Elapsed: 12 * time.Second})
	}
	// Third epoch, first batch: 9 s left in it, then 7 epochs of 12 s.
	wants(t, b.String(), "epoch  3/10  [==                  ] 1/10", "ETA 9.0s (run 1m33s)")
}

func TestShort(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{{0, "0.0s"}, {1234 * time.Millisecond, "1.2s"}, {59 * time.Second, "59s"}, {61 * time.Second, "1m01s"}, {2*time.Hour + 5*time.Minute, "2h05m"}} {
		if got := short(c.d); got != c.want {
			t.Errorf("%v: %q, want %q", c.d, got, c.want)
		}
	}
}

// TestEpochLine: what is left out first, and that the line fits.
func TestEpochLine(t *testing.T) {
	e := &train.EpochEnd{Epoch: 4, Epochs: 20, Best: true, Elapsed: 75 * time.Second, Wait: time.Second, Work: 74 * time.Second, Seen: 7500}
	for _, name := range []string{"accuracy", "auc", "loss", "precision", "val_accuracy", "val_auc", "val_loss", "val_precision", "learning_rate"} {
		e.Logs = append(e.Logs, train.Log{Name: name, Value: 0.25})
	}
	for _, c := range []struct {
		width int // 0: no terminal
		want  string
	}{
		{300, "epoch  5/20  accuracy 0.2500  auc 0.2500  loss 0.2500  precision 0.2500  val_accuracy 0.2500  val_auc 0.2500  val_loss 0.2500  val_precision 0.2500  learning_rate 0.25  100 images/s  1m15s  best"},
		{190, "epoch  5/20  accuracy 0.2500  auc 0.2500  loss 0.2500  precision 0.2500  val_accuracy 0.2500  val_auc 0.2500  val_loss 0.2500  val_precision 0.2500  learning_rate 0.25  1m15s  best"},
		{0, "epoch  5/20  loss 0.2500  val_accuracy 0.2500  val_auc 0.2500  val_loss 0.2500  ...  best"},
		{60, "epoch  5/20  loss 0.2500  val_loss 0.2500  ...  best"},
		{30, "epoch  5/20  loss 0.2500  val…"},
	} {
		p := &progress{}
		if c.width > 0 {
			p.term = terminal.Fixed(c.width, 24, false)
		}
		p.epoch = train.EpochBegin{Epoch: 4, Epochs: 20}
		got := p.epochText(e).String()
		if got != c.want {
			t.Errorf("width %d:\n%s\nwant\n%s", c.width, got, c.want)
		}
	}
}

// TestLiveWidths: on no terminal does a line wrap, however narrow, nor is a character
// cut in two; without colours there is no escape sequence, with them the same text.
func TestLiveWidths(t *testing.T) {
	for columns := 20; columns <= 200; columns += 3 {
		var plain, colored bytes.Buffer
		for w, color := range map[*bytes.Buffer]bool{&plain: false, &colored: true} {
			p := &progress{w: w, term: terminal.Fixed(columns, 24, color)}
			drive(p)
			p.done()
		}
		if strings.Contains(plain.String(), "\x1b") {
			t.Fatalf("%d columns: an escape sequence without colours", columns)
		}
		if !strings.Contains(colored.String(), "\x1b[32mbest\x1b[0m") && columns > 60 {
			t.Errorf("%d columns: best is not green", columns)
		}
		if got := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(colored.String(), ""); got != plain.String() {
			t.Errorf("%d columns: the text with colours is another", columns)
		}
		// The first line, which is not redrawn, may wrap.
		_, rest, _ := strings.Cut(plain.String(), "\n")
		screen(t, rest, columns)
	}
}

// TestLossSparkline: the course of the loss over the run, where there is room.
func TestLossSparkline(t *testing.T) {
	var b bytes.Buffer
	p := &progress{w: &b, term: terminal.Fixed(120, 24, false)}
	now := time.Unix(1000, 0)
	p.now = func() time.Time { return now }
	p.Observe(&train.EpochBegin{Epochs: 1, Batches: 64})
	for batch := range 64 {
		now = now.Add(time.Second)
		p.Observe(&train.BatchEnd{Epochs: 1, Batch: batch, Batches: 64, Seen: batch + 1, Work: time.Second, Logs: []train.Log{{Name: "loss", Value: float64(64 - batch)}}})
	}
	wants(t, b.String(), "7/64  loss 58.0000  7.0 images/s  ETA 57s  █▇▆▅▃▂▁", "64/64  loss 1.0000  64 images/s  ETA 0.0s  ██▇▇▆▆▅▅▄▄▃▃▂▂▁▁")
}

func TestTrend(t *testing.T) {
	var x trend
	for i := range 100 {
		x.add(float64(i))
		if n := x.values(trendBuckets); len(n) > trendBuckets || len(n) == 0 {
			t.Fatalf("%d values after %d", len(n), i+1)
		}
	}
	// 16 stretches of 1, then of 2, 4 and 8: 12 whole ones of 8, and the last of 4.
	want := []float64{3.5, 11.5, 19.5, 27.5, 35.5, 43.5, 51.5, 59.5, 67.5, 75.5, 83.5, 91.5, 97.5}
	if got := x.values(trendBuckets); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	want = []float64{7.5, 23.5, 39.5, 55.5, 71.5, 87.5, 97.5}
	if got := x.values(8); !slices.Equal(got, want) {
		t.Errorf("in 8 columns %v, want %v", got, want)
	}
}
