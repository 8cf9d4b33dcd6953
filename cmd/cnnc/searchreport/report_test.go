package searchreport

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cnnc/cnnc/runtime/tune"
)

// hostile is a text that breaks out of what does not escape it.
const hostile = `"><script>alert(1)</script>&amp;'`

// space has every kind of hyperparameter and a condition.
func space() tune.Space {
	return tune.Space{
		{Name: "width", Kind: tune.Int, Min: 2, Max: 8, Default: tune.Num(4)},
		{Name: "rate", Kind: tune.Float, Min: 1e-4, Max: 0.1, Scale: tune.Log, Default: tune.Num(0.01)},
		{Name: "kind", Kind: tune.Choice, Values: []tune.Value{tune.Word("plain"), tune.Word(hostile)}},
		{Name: "momentum", Kind: tune.Float, Min: 0.5, Max: 1, Parent: "kind", ParentValues: []tune.Value{tune.Word(hostile)}},
		{Name: "deep", Kind: tune.Bool},
	}
}

// searched runs a search of a function.
func searched(t *testing.T, a tune.Algorithm, trials int) *Search {
	t.Helper()
	s := &tune.Search{
		Space: space(), Objective: tune.Objective{Metric: "val_accuracy", Maximize: true}, Algorithm: a, Seed: 3, MaxFailures: -1, MaxTrials: trials,
		Check: func(at tune.Values) error {
			if at["width"].Int() == 8 {
				return errors.New("too wide: " + hostile)
			}
			return nil
		},
		Run: func(_ context.Context, t *tune.Trial, _ int, report func(int, float64)) error {
			if t.Values["width"].Int() == 2 {
				return errors.New("diverged")
			}
			for e := t.From + 1; e <= t.To; e++ {
				report(e, 1-math.Abs(math.Log10(t.Values["rate"].Float())+2)/4-1/float64(e+1))
			}
			return nil
		},
	}
	res, err := s.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := &Search{
		Record: tune.Record{Space: s.Space, Objective: s.Objective, Seed: s.Seed, Workers: 1, Executions: 1, Trials: res.Trials, Elapsed: 90 * time.Second},
		Model:  hostile, File: "net.cnn", Dir: "runs/net-tune", Strategy: "hyperband, 3 brackets", State: "over", Brackets: true,
		CompiledIn: map[string]bool{"width": true}, Values: "runs/net-tune/best.values",
		Weights: func(id int) string { return fmt.Sprint("trials/", id) },
	}
	return out
}

func text(t *testing.T, s *Search) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestReport: every section is there, nothing breaks out of its place, and what is
// drawn agrees with the trials.
func TestReport(t *testing.T) {
	s := searched(t, tune.Hyperband{MaxEpochs: 9, Factor: 3, Iterations: 1}, 0)
	got := text(t, s)
	for _, id := range []string{"summary", "best", "progress", "curves", "importance", "parallel", "values", "trials", "failures", "space"} {
		if !strings.Contains(got, `<section id="`+id+`">`) {
			t.Errorf("no section %s", id)
		}
	}
	if strings.Contains(got, "<script") {
		t.Error("a text is not escaped, or a finished report has a script")
	}
	completed, running := 0, 0
	for _, tr := range s.Trials {
		if tr.State == tune.Completed {
			completed++
		} else if tr.State == tune.Running {
			running++
		}
	}
	best := tune.Best(s.Trials, s.Objective)[0]
	progress := between(t, got, `<section id="progress">`, "</section>")
	if n := strings.Count(progress, `fill-opacity="0.8"`); n != completed {
		t.Errorf("%d points, %d completed trials", n, completed)
	}
	if !strings.Contains(progress, fmt.Sprintf("trial %d, ", best.ID)) || running > 0 {
		t.Errorf("the best trial, %d, is not drawn", best.ID)
	}
	curves := between(t, got, `<section id="curves">`, "</section>")
	drawn := 0
	for _, tr := range s.Trials {
		if len(tr.Reports) > 0 {
			drawn++
			if n := strings.Count(curves, fmt.Sprintf("<title>trial %d, ", tr.ID)); n == 0 {
				t.Errorf("trial %d has no curve", tr.ID)
			}
		}
	}
	table := between(t, got, `<section id="trials">`, "</section>")
	if n := strings.Count(table, "<tr"); n != 1+completed+len(failed(s)) {
		t.Errorf("%d rows for %d trials", n, completed)
	}
	if !strings.Contains(table, `<tr class="strong"><td class="right">`+fmt.Sprint(best.ID)+"<") {
		t.Errorf("the first row is not trial %d", best.ID)
	}
	reasons := between(t, got, `<section id="failures">`, "</section>")
	for _, want := range []string{"diverged", "too wide: ", "failed", "rejected"} {
		if !strings.Contains(reasons, want) {
			t.Errorf("reasons lack %q", want)
		}
	}
	d := xml.NewDecoder(strings.NewReader(strings.NewReplacer("<!DOCTYPE html>", "", `<meta charset="utf-8">`, "").Replace(got)))
	d.Strict = false
	d.AutoClose, d.Entity = xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func failed(s *Search) []tune.Trial {
	var out []tune.Trial
	for _, t := range s.Trials {
		if t.State == tune.Failed {
			out = append(out, t)
		}
	}
	return out
}

func between(t *testing.T, s, from, to string) string {
	t.Helper()
	_, s, ok := strings.Cut(s, from)
	s, _, ok2 := strings.Cut(s, to)
	if !ok || !ok2 {
		t.Fatalf("nothing between %s and %s", from, to)
	}
	return s
}

// TestEmpty: searches without trials, with one that runs, and with none that was
// completed have reports.
func TestEmpty(t *testing.T) {
	s := searched(t, tune.Random{Trials: 4, Train: 2}, 0)
	all := s.Trials
	for _, trials := range [][]tune.Trial{nil, {{Values: all[0].Values, Parent: -1, To: 3, State: tune.Running}}, {{Values: all[0].Values, Parent: -1, State: tune.Failed, Reason: "broke"}}} {
		s.Trials, s.State, s.Brackets = trials, "", false
		got := text(t, s)
		if !strings.Contains(got, "under way") || !strings.Contains(got, "location.reload()") || strings.Contains(got, "NaN") {
			t.Errorf("%d trials: a report of a search under way asks for the next one, and has no NaN", len(trials))
		}
	}
}

// TestDurations: equal searches give equal reports but for what stands in time
// elements.
func TestDurations(t *testing.T) {
	a := searched(t, tune.Hyperband{MaxEpochs: 4, Factor: 2, Iterations: 1}, 0)
	b := searched(t, tune.Hyperband{MaxEpochs: 4, Factor: 2, Iterations: 1}, 0)
	b.Elapsed *= 3
	for i := range b.Trials {
		b.Trials[i].Seconds += 2
	}
	x, y := text(t, a), text(t, b)
	if x == y {
		t.Error("durations are not shown")
	}
	times := regexp.MustCompile(`<time.*?</time>`)
	if times.ReplaceAllString(x, "") != times.ReplaceAllString(y, "") {
		t.Error("durations stand elsewhere than in time elements")
	}
}

// TestLarge: a report of thousands of trials stays small.
func TestLarge(t *testing.T) {
	s := searched(t, tune.Random{Trials: 1500, Train: 3}, 1500)
	got := text(t, s)
	if len(got) > 4<<20 || !strings.Contains(got, "curves are drawn") || !strings.Contains(got, "The best 1000 of") {
		t.Errorf("%d bytes", len(got))
	}
}
