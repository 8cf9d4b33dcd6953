package job

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/train"
)

// readJSON reads a file of a run directory.
func readJSON(t *testing.T, v any, parts ...string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// TestRecords: what a run leaves for its report, and what the evaluation says is
// what eval says.
func TestRecords(t *testing.T) {
	dir, runDir := pictureDir(t, 16), t.TempDir()
	net := network(dir)
	net.Train.Epochs = 2
	j := &Job{Verb: "train", Dir: runDir, Records: true, TensorBoard: true, Version: "1.2.3", Workers: 2, About: &About{Command: []string{"train", "x.cnn"}, Text: "net"}}
	code, _, errs := do(t, net, j)
	if code != ExitOK {
		t.Fatalf("exit %d\n%s", code, errs)
	}
	var rec Record
	readJSON(t, &rec, runDir, RunFile)
	want := []PartRecord{
		{Name: "train", Source: "folder " + dir, Examples: 36, Counts: []int{12, 12, 12}, Sizes: []data.SizeCount{{Width: 7, Height: 5, Examples: 36}}},
		{Name: "validate", Source: "25 % of train", Examples: 12, Counts: []int{4, 4, 4}, Sizes: []data.SizeCount{{Width: 7, Height: 5, Examples: 12}}},
	}
	if d := cmp.Diff(want, rec.Data.Parts); d != "" {
		t.Error(d)
	}
	if rec.About == nil || rec.About.Text != "net" || rec.Machine.Cnnc != "1.2.3" || rec.Machine.Workers != 2 || rec.Keep != "val_accuracy" ||
		rec.Optimizer != "adam" || rec.Rate != 0.01 || !slices.Equal(rec.Data.Classes, []string{"both", "left", "right"}) {
		t.Errorf("record %+v", rec)
	}

	var ev Evaluation
	readJSON(t, &ev, runDir, EvaluationFile)
	code, out, _ := do(t, net, &Job{Verb: "eval", Dir: runDir, JSON: true, Progress: "none"})
	var plain evalReport
	if err := json.Unmarshal([]byte(out), &plain); err != nil || code != ExitOK {
		t.Fatalf("eval: exit %d, %v", code, err)
	}
	if ev.Part != "validate" || ev.Examples != 12 || !cmp.Equal(ev.Confusion, plain.Confusion) || !cmp.Equal(ev.Classes, plain.Classes) {
		t.Errorf("evaluation %+v, and eval says %+v", ev, plain)
	}
	for _, l := range ev.Logs {
		if plain.Logs[l.Name] != Number(l.Value) {
			t.Errorf("%s is %v, and eval says %v", l.Name, l.Value, plain.Logs[l.Name])
		}
	}
	// Every wrong example is there, named, and in order; its picture is the file's.
	wrong := 0
	for r, row := range ev.Confusion {
		for k, n := range row {
			if r != k {
				wrong += n
			}
		}
	}
	if wrong == 0 || len(ev.Wrong) != wrong {
		t.Fatalf("%d wrong examples, the matrix has %d", len(ev.Wrong), wrong)
	}
	for i, w := range ev.Wrong {
		if w.True == w.Predicted || !strings.Contains(filepath.ToSlash(w.Name), w.True+"/") {
			t.Errorf("%s: true %s, predicted %s", w.Name, w.True, w.Predicted)
		}
		if w.Confidence < 1./3 || w.Confidence > 1 || i > 0 && w.Confidence > ev.Wrong[i-1].Confidence {
			t.Errorf("confidence %v at %d", w.Confidence, i)
		}
		got, err := png.Decode(bytes.NewReader(w.Thumbnail))
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(w.Name)
		if err != nil {
			t.Fatal(err)
		}
		original, err := png.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got.Bounds() != original.Bounds() || w.Width != 7 || w.Height != 5 {
			t.Fatalf("thumbnail %v, %dx%d", got.Bounds(), w.Width, w.Height)
		}
		for _, at := range [][2]int{{0, 0}, {6, 4}, {3, 2}} {
			r, g, b, _ := got.At(at[0], at[1]).RGBA()
			want, _, _, _ := original.At(at[0], at[1]).RGBA()
			if r != want || g != want || b != want {
				t.Errorf("%s at %v: %v, want %v", w.Name, at, r>>8, want>>8)
			}
		}
	}
	for _, part := range []string{"train", "validation"} {
		if files, err := filepath.Glob(filepath.Join(runDir, TensorBoardDir, part, "events.out.tfevents.*")); err != nil || len(files) != 1 {
			t.Errorf("event files of %s: %q, %v", part, files, err)
		}
	}

	// Another run in the folder, without records: what the first one said is gone.
	if code, _, errs = do(t, net, &Job{Verb: "train", Dir: runDir}); code != ExitOK {
		t.Fatalf("exit %d\n%s", code, errs)
	}
	for _, name := range []string{RunFile, EvaluationFile} {
		if _, err := os.Stat(filepath.Join(runDir, name)); !os.IsNotExist(err) {
			t.Errorf("%s of an earlier run: %v", name, err)
		}
	}
}

// TestUnwritableRecords: a report that cannot be is a note, not a failed run.
func TestUnwritableRecords(t *testing.T) {
	dir, runDir := pictureDir(t, 8), t.TempDir()
	if err := os.MkdirAll(filepath.Join(runDir, RunFile, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(runDir, TensorBoardDir), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	net := network(dir)
	net.Train.Epochs = 1
	code, _, errs := do(t, net, &Job{Verb: "train", Dir: runDir, Records: true, TensorBoard: true})
	if code != ExitOK {
		t.Fatalf("exit %d\n%s", code, errs)
	}
	wants(t, errs, "event files are not complete", "could not be described")
}

// TestWrongHeap: the 25 first of any number, in any order of arrival.
func TestWrongHeap(t *testing.T) {
	all := make([]wrongAt, 200)
	for i := range all {
		all[i] = wrongAt{place: i, confidence: float64(i%40) / 40}
	}
	all[77].confidence = math.NaN()
	want := slices.Clone(all)
	slices.SortFunc(want, order)
	for range 3 {
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		var h wrongHeap
		for _, w := range all {
			h.add(w)
			if h.Len() > wrongMost {
				t.Fatalf("%d are kept", h.Len())
			}
		}
		if got := h.sorted(); fmt.Sprint(got) != fmt.Sprint(want[:wrongMost]) {
			t.Fatalf("got %v\nwant %v", got, want[:wrongMost])
		}
	}
	if want[0].place != 77 || want[1].place != 39 || want[2].place != 79 {
		t.Errorf("order %v", want[:3])
	}
}

func TestConfidence(t *testing.T) {
	for _, c := range []struct {
		head   model.Head
		scores []float32
		guess  int
		want   float64
	}{
		{model.Head{}, []float32{0.2, 0.7, 0.1}, 1, 0.7},
		{model.Head{Logits: true}, []float32{0, float32(math.Log(3)), 0}, 1, 0.6},
		{model.Head{Task: model.Binary}, []float32{0.2}, 0, 0.8},
		{model.Head{Task: model.Binary}, []float32{0.9}, 1, 0.9},
		{model.Head{Task: model.Binary, Logits: true}, []float32{float32(math.Log(4))}, 1, 0.8},
	} {
		net := &model.Network{Head: c.head, Outputs: len(c.scores)}
		if got := confidence(net, c.scores, c.guess); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%+v: %v, want %v", c, got, c.want)
		}
	}
}

// TestSeveralAnswers counts by hand: each answer is a class of its own.
func TestSeveralAnswers(t *testing.T) {
	v := &evaluator{net: &model.Network{Head: model.Head{Task: model.Binary}, Outputs: 2}, labels: []string{"dog", "indoors"}, answers: make([]answerCount, 2)}
	v.stream = &stream{latest: &data.Batch{Index: []int{4, 5, 6}}}
	v.each(&train.Batch{N: 3, Targets: []float32{1, 0, 1, 1, 0, 0}}, []float32{0.9, 0.8, 0.4, 0.6, 0.1, 0.2})
	if want := []answerCount{{hit: 1, missed: 1}, {hit: 1, falseAlarm: 1}}; !slices.Equal(v.answers, want) {
		t.Errorf("answers %+v, want %+v", v.answers, want)
	}
	got := v.wrong.sorted()
	if len(got) != 2 || got[0].place != 4 || got[0].label != 1 || got[0].guess != 1 || math.Abs(got[0].confidence-0.8) > 1e-6 || got[1].place != 5 || math.Abs(got[1].confidence-0.6) > 1e-6 {
		t.Errorf("wrong %+v", got)
	}
}

func TestResiduals(t *testing.T) {
	sums := newResidualSums([]string{"pay"}, 2, 1000)
	for i := range 1000 {
		sums[0].add(float64(i), float64(i)+[]float64{1, -2, 4, 1}[i%4])
	}
	r := sums[0].result()
	if r.Name != "pay" || r.Examples != 1000 || math.Abs(float64(r.Mean)-1) > 1e-9 || math.Abs(float64(r.Absolute)-2) > 1e-9 || r.Min != -2 || r.Max != 4 ||
		math.Abs(float64(r.Deviation)-math.Sqrt(4.5)) > 1e-9 {
		t.Errorf("residuals %+v", r)
	}
	if len(r.Points) != 500 || r.Points[1] != [2]Number{2, 6} {
		t.Errorf("%d points, the second %v", len(r.Points), r.Points[1])
	}
	if sums[1].name != "output 1" {
		t.Error(sums[1].name)
	}
}

// TestNumbersInUnits: residuals are in the units of the data, and of several numbers
// the one that is furthest off for the network counts.
func TestNumbersInUnits(t *testing.T) {
	net := &model.Network{Head: model.Head{Task: model.Values}, Outputs: 2}
	v := &evaluator{net: net, stream: &stream{latest: &data.Batch{Index: []int{8}}}, numbers: newResidualSums([]string{"age", "pay"}, 2, 1)}
	v.units = func(k int, x float32) float64 { return []float64{10, 1000}[k] * float64(x) }
	v.each(&train.Batch{N: 1, Targets: []float32{2, 1}}, []float32{5, 2})
	if age, pay := v.numbers[0].result(), v.numbers[1].result(); age.Mean != 30 || pay.Mean != 1000 {
		t.Errorf("residuals %+v and %+v", age, pay)
	}
	if got := v.wrong.sorted()[0]; got.label != 0 || got.truth != 20 || got.value != 50 || got.confidence != 3 {
		t.Errorf("worst %+v", got)
	}
}

// TestThumbnail: large pictures shrink to means, other ranges are stretched.
func TestThumbnail(t *testing.T) {
	x := make([]float32, 192*384)
	for i := range x {
		x[i] = float32(200 * (i % 2))
	}
	file, w, h, err := thumbnail(x, 192, 384, 1)
	if err != nil || w != 96 || h != 48 {
		t.Fatalf("%dx%d, %v", w, h, err)
	}
	m, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, _, _ := m.At(17, 11).RGBA(); r>>8 != 100 {
		t.Errorf("mean %d, want 100", r>>8)
	}
	file, _, _, err = thumbnail([]float32{-3, 0, 1, -3, -1, 1}, 1, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = png.Decode(bytes.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	if r, g, b, _ := m.At(0, 0).RGBA(); r != 0 || g>>8 != 191 || b>>8 != 255 {
		t.Errorf("pixel %d %d %d, want 0 191 255", r>>8, g>>8, b>>8)
	}
}
