package tune

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/cnnc/cnnc/runtime/rng"
)

// curve is a learning curve: the value at an epoch of a point.
func curve(at Values, epoch int) float64 {
	x, y := at["x"].Float(), math.Log10(at["y"].Float())
	return (x-0.3)*(x-0.3) + 0.1*(y+1.5)*(y+1.5) + 0.5/float64(epoch)
}

func algorithms() map[string]Algorithm {
	return map[string]Algorithm{
		"random":    Random{Trials: 12, Train: 4},
		"grid":      Grid{Trials: 15, Train: 2},
		"hyperband": Hyperband{MaxEpochs: 9, Factor: 3, Iterations: 1},
		"asha":      ASHA{MinEpochs: 1, MaxEpochs: 9, Factor: 3, Trials: 15},
		"bayes":     Bayes{Trials: 14, Train: 3},
		"tpe":       TPE{Trials: 16, Train: 3},
	}
}

// TestKillAndResume: a search that is stopped at any events and resumed gives the
// very trials that an undisturbed one gives, for any number of workers and
// whatever trial is the faster.
func TestKillAndResume(t *testing.T) {
	for name, a := range algorithms() {
		for _, workers := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s/%d", name, workers), func(t *testing.T) {
				t.Parallel()
				search := func(dir string, seed uint64) *Search {
					var delay atomic.Uint64
					return &Search{
						Space: wide(), Objective: Objective{Metric: "loss"}, Algorithm: a, Seed: 4, Workers: workers, Dir: dir, MaxFailures: -1,
						Check: func(at Values) error {
							if at["x"].Float() > 0.9 {
								return errors.New("too wide")
							}
							return nil
						},
						Run: func(ctx context.Context, tr *Trial, _ int, report func(int, float64)) error {
							if tr.Values["y"].Float() < 2e-3 {
								return errors.New("diverged")
							}
							for e := tr.From + 1; e <= tr.To; e++ {
								time.Sleep(time.Duration(rng.Hash(seed, delay.Add(1))%200) * time.Microsecond)
								if ctx.Err() != nil {
									return ctx.Err()
								}
								report(e, curve(tr.Values, e))
							}
							return nil
						},
					}
				}
				whole, err := search(t.TempDir(), 1).Do(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				dir := t.TempDir()
				var got *Result
				for attempt := 0; ; attempt++ {
					if attempt > 200 {
						t.Fatal("the search makes no progress")
					}
					ctx, cancel := context.WithCancel(context.Background())
					s := search(dir, uint64(attempt))
					s.Resume = attempt > 0
					events := 0
					s.Observe = func(Event) {
						if events++; events > 4+attempt%31 {
							cancel()
						}
					}
					got, err = s.Do(ctx)
					cancel()
					if err != nil {
						t.Fatal(err)
					}
					if got.Reason != Interrupted {
						break
					}
					if attempt%3 == 0 { // a line cut short
						f, err := os.OpenFile(filepath.Join(dir, JournalFile), os.O_APPEND|os.O_WRONLY, 0)
						if err != nil {
							t.Fatal(err)
						}
						f.WriteString(`{"event":"sta`)
						f.Close()
					}
				}
				if d := cmp.Diff(whole.Trials, got.Trials, cmpopts.IgnoreFields(Trial{}, "Seconds"), cmp.AllowUnexported(Value{})); d != "" {
					t.Errorf("-whole +resumed\n%s", d)
				}
				if got.Reason != Exhausted || len(got.Best) == 0 {
					t.Errorf("%s, %d completed", got.Reason, len(got.Best))
				}
				rec, err := Load(dir)
				if err != nil || len(rec.Trials) != len(whole.Trials) || len(rec.Space) != 2 || rec.Objective.Metric != "loss" || rec.Workers != workers {
					t.Errorf("Load: %+v, %v", rec, err)
				}
			})
		}
	}
}

func quick(a Algorithm) *Search {
	return &Search{
		Space: wide(), Objective: Objective{Metric: "loss"}, Algorithm: a, Seed: 1,
		Run: func(_ context.Context, t *Trial, _ int, report func(int, float64)) error {
			for e := t.From + 1; e <= t.To; e++ {
				report(e, curve(t.Values, e))
			}
			return nil
		},
	}
}

func TestFailures(t *testing.T) {
	s := quick(Random{Trials: 20, Train: 1})
	run := s.Run
	s.Run = func(ctx context.Context, t *Trial, e int, report func(int, float64)) error {
		switch {
		case t.ID == 2:
			return errors.New("out of memory")
		case t.ID == 4:
			panic("index out of range")
		case t.ID == 6:
			report(1, math.NaN())
			return nil
		case t.ID >= 10:
			return errors.New("disk full")
		}
		return run(ctx, t, e, report)
	}
	res, err := s.Do(context.Background())
	if err == nil || !strings.Contains(err.Error(), "3 trials in a row") || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("err = %v", err)
	}
	if len(res.Trials) != 13 || len(res.Best) != 7 {
		t.Errorf("%d trials, %d completed", len(res.Trials), len(res.Best))
	}
	for id, want := range map[int]string{2: "out of memory", 4: "panic: index out of range", 6: "loss was never a number"} {
		if tr := res.Trials[id]; tr.State != Failed || tr.Reason != want {
			t.Errorf("trial %d: %s, %q", id, tr.State, tr.Reason)
		}
	}
	s.MaxFailures = -1
	if res, err := s.Do(context.Background()); err != nil || len(res.Trials) != 20 {
		t.Errorf("without a limit: %d trials, %v", len(res.Trials), err)
	}
}

func TestBudgets(t *testing.T) {
	s := quick(Random{Trials: 100, Train: 4})
	s.MaxEpochs = 30
	if res, err := s.Do(context.Background()); err != nil || res.Reason != EpochBudget || len(res.Trials) != 7 {
		t.Errorf("%d trials, %v, %v", len(res.Trials), res.Reason, err)
	}
	s = quick(Random{Trials: 1 << 30, Train: 1})
	s.MaxTime = 5 * time.Millisecond
	if res, err := s.Do(context.Background()); err != nil || res.Reason != TimeBudget || len(res.Trials) == 0 {
		t.Errorf("%d trials, %v, %v", len(res.Trials), res.Reason, err)
	}
}

// TestTimeOverProcesses: the time of a search that is resumed goes on where it
// stopped; the line that says when is the last whole one of the journal.
func TestTimeOverProcesses(t *testing.T) {
	s := quick(Random{Trials: 1 << 30, Train: 1})
	s.Dir, s.MaxTrials = t.TempDir(), 3
	if res, err := s.Do(context.Background()); err != nil || res.Reason != TrialBudget {
		t.Fatal(res, err)
	}
	name := filepath.Join(s.Dir, JournalFile)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile(`"clock":[0-9.e-]+`).ReplaceAll(text, []byte(`"clock":3599.5`))
	if err := os.WriteFile(name, text, 0o666); err != nil {
		t.Fatal(err)
	}
	s.Resume, s.MaxTrials, s.MaxTime = true, 0, time.Hour+50*time.Millisecond
	res, err := s.Do(context.Background())
	if err != nil || res.Reason != TimeBudget || len(res.Trials) <= 3 || res.Elapsed < time.Hour || res.Elapsed > time.Hour+time.Minute {
		t.Errorf("%d trials, %s, %s, %v", len(res.Trials), res.Reason, res.Elapsed, err)
	}
	if rec, err := Load(s.Dir); err != nil || rec.Elapsed < 3599*time.Second || rec.Elapsed > time.Hour+time.Minute {
		t.Errorf("%+v, %v", rec, err)
	}
	s.MaxTime = time.Hour
	if again, err := s.Do(context.Background()); err != nil || again.Reason != TimeBudget || len(again.Trials) != len(res.Trials) {
		t.Errorf("a search whose time is up went on: %d trials, %v", len(again.Trials), err)
	}
}

// TestRefusals: a search that is resumed with something else says with what.
func TestRefusals(t *testing.T) {
	begin := func() *Search {
		s := quick(Random{Trials: 2, Train: 1})
		s.Fixed = []string{"model a", "net { input 4x4x1; dense 3 softmax }"}
		return s
	}
	dir := t.TempDir()
	s := begin()
	s.Dir = dir
	if _, err := s.Do(context.Background()); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(s *Search){
		"":                                      func(*Search) {},
		"search space: x = 0..1 then, 0..2 now": func(s *Search) { s.Space[0].Max = 2 },
		"search space: it had x = 0..1":         func(s *Search) { s.Space = s.Space[1:] },
		"search space: it had no z":             func(s *Search) { s.Space = append(s.Space, Param{Name: "z", Kind: Bool}) },
		"search space: x stood where y stands now": func(s *Search) { s.Space[0], s.Space[1] = s.Space[1], s.Space[0] },
		`search space: x = `:                       func(s *Search) { s.Space[0].Default = Num(0.5) },
		`model: "net { input 4x4x1; dense 3 softmax }" then, "net { input 4x4x1; dense 4 softmax }" now`: func(s *Search) {
			s.Fixed[1] = "net { input 4x4x1; dense 4 softmax }"
		},
		`model: "net`:                         func(s *Search) { s.Fixed = s.Fixed[:1] },
		"algorithm: ":                         func(s *Search) { s.Algorithm = Random{Trials: 2, Train: 2} },
		"number of executions: 1 then, 2 now": func(s *Search) { s.Executions = 2 },
	} {
		s := begin()
		s.Dir, s.Resume = dir, true
		change(s)
		_, err := s.Do(context.Background())
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	s = begin()
	s.Dir, s.Resume, s.Algorithm = dir, true, Random{Trials: 5, Train: 1}
	res, err := s.Do(context.Background())
	if err != nil || len(res.Trials) != 5 {
		t.Fatalf("with more trials: %v", err)
	}
	whole := begin()
	whole.Algorithm = Random{Trials: 5, Train: 1}
	want, err := whole.Do(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want.Trials, res.Trials, cmpopts.IgnoreFields(Trial{}, "Seconds"), cmp.AllowUnexported(Value{})); d != "" {
		t.Errorf("-at once +in two parts\n%s", d)
	}
}

// TestMemory: trials wait for memory, and one that needs more than there is does
// not run.
func TestMemory(t *testing.T) {
	s := quick(Random{Trials: 30, Train: 1})
	s.Workers = 4
	s.Memory = func(at Values) int64 { return int64(100 * at["x"].Float()) }
	s.MemoryLimit = 80
	var mu sync.Mutex
	used, most, together := int64(0), int64(0), 0
	run := s.Run
	s.Run = func(ctx context.Context, t *Trial, e int, report func(int, float64)) error {
		mu.Lock()
		used += s.Memory(t.Values)
		most = max(most, used)
		together++
		mu.Unlock()
		time.Sleep(time.Millisecond)
		mu.Lock()
		used -= s.Memory(t.Values)
		mu.Unlock()
		return run(ctx, t, e, report)
	}
	res, err := s.Do(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	rejected := 0
	for _, tr := range res.Trials {
		if tooLarge := s.Memory(tr.Values) > 80; tooLarge != (tr.State == Rejected) {
			t.Errorf("trial %d needs %d: %s", tr.ID, s.Memory(tr.Values), tr.State)
		} else if tooLarge {
			rejected++
		}
	}
	if most > 80 || rejected == 0 || together != 30 {
		t.Errorf("%d bytes at once, %d rejected, %d run", most, rejected, together)
	}
}

// TestExecutions: the score is the mean of the best of each.
func TestExecutions(t *testing.T) {
	s := quick(Random{Trials: 2, Train: 3})
	s.Executions = 2
	s.Run = func(_ context.Context, t *Trial, execution int, report func(int, float64)) error {
		for e, v := range [][]float64{{3, 1, 2}, {6, 9, 5}}[execution] {
			report(e+1, v)
		}
		return nil
	}
	res, err := s.Do(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if tr := res.Best[0]; tr.Score != 3 || tr.BestEpoch != 2 {
		t.Errorf("score %v of epoch %d, want 3 of 2", tr.Score, tr.BestEpoch)
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	s := quick(Random{Trials: 3, Train: 2})
	s.Dir, s.Resume = dir, true
	if _, err := s.Do(context.Background()); err == nil || !strings.Contains(err.Error(), "no search to resume") {
		t.Errorf("resume of nothing: %v", err)
	}
	s.Resume = false
	if _, err := s.Do(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Do(context.Background()); err == nil || !strings.Contains(err.Error(), "holds a search already") {
		t.Errorf("a second search: %v", err)
	}
	s.Resume, s.Seed = true, 2
	if _, err := s.Do(context.Background()); err == nil || !strings.Contains(err.Error(), "another seed: 1 then, 2 now") {
		t.Errorf("another seed: %v", err)
	}
	s.Seed = 1
	res, err := s.Do(context.Background())
	if err != nil || len(res.Trials) != 3 {
		t.Errorf("a finished search resumed: %d trials, %v", len(res.Trials), err)
	}
	if _, err := os.Stat(filepath.Join(TrialDir(dir, 2), TrialFile)); err != nil {
		t.Error(err)
	}
	name := filepath.Join(dir, JournalFile)
	if err := os.WriteFile(name, []byte("{\"event\":\"end\",\"id\":7}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Do(context.Background()); err == nil || !strings.Contains(err.Error(), JournalFile+":1:") {
		t.Errorf("a broken journal: %v", err)
	}
}

// FuzzJournal: no bytes crash the reader.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(`{"event":"start","id":0,"trial":{"id":0,"parent":-1,"values":{"x":1},"to":2}}` + "\n" + `{"event":"report","id":0,"report":{"epoch":1,"value":0.5}}` + "\n"))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		was, err := readJournal(strings.NewReader(string(data)))
		if err == nil && (was.end < 0 || was.end > int64(len(data))) {
			t.Errorf("%d trials end at %d of %d", len(was.trials), was.end, len(data))
		}
	})
}

// TestValueJSON: values survive the journal.
func TestValueJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.OneOf(
			rapid.Map(rapid.Float64Range(-1e300, 1e300), Num), rapid.Map(rapid.String(), Word), rapid.Map(rapid.Bool(), Truth),
		).Draw(t, "v")
		data, err := v.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var back Value
		if err := back.UnmarshalJSON(data); err != nil {
			t.Fatal(err)
		}
		if back != v && strings.ToValidUTF8(v.str, "\ufffd") == v.str {
			t.Fatalf("%v came back as %v", v, back)
		}
	})
}

// TestFlat: a search holds its trials and nothing that grows beside them.
func TestFlat(t *testing.T) {
	s := quick(Random{Trials: 600, Train: 5})
	s.Dir = t.TempDir()
	live := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	var early, late int64
	s.Observe = func(e Event) {
		if e.Kind == "end" {
			switch e.Trial.ID {
			case 299:
				early = live()
			case 599:
				late = live()
			}
		}
	}
	if _, err := s.Do(context.Background()); err != nil {
		t.Fatal(err)
	}
	// A trial is a map of two values and five reports.
	if grown := (late - early) / 300; grown > 4096 {
		t.Errorf("%d bytes a trial", grown)
	}
}
