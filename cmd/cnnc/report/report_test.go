package report

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/runtime/durable"
	"github.com/cnnc/cnnc/runtime/job"
	"github.com/cnnc/cnnc/runtime/train"
	"github.com/cnnc/cnnc/runtime/weights"
)

const lines = `{"event":"begin","time":"2026-03-01T10:00:00Z","epoch":1,"step":0}
{"event":"epoch","time":"2026-03-01T10:00:02Z","epoch":1,"step":5,"seconds":2,"waiting_seconds":0.5,"examples_per_second":400,"logs":{"accuracy":0.5,"loss":2,"val_accuracy":0.6,"val_loss":1.5},"best":true}
{"event":"epoch","time":"2026-03-01T10:00:04Z","epoch":2,"step":10,"seconds":2,"waiting_seconds":1,"examples_per_second":500,"logs":{"accuracy":0.75,"loss":"NaN","val_accuracy":0.55,"val_loss":1.25}}
`

const record = `{"Model":"toy","Network":"abc","Parameters":1234,"Loss":"softmax_crossentropy","Epochs":3,"Batch":8,"Optimizer":"adam","Rate":0.001,"Keep":"val_accuracy",
"About":{"Command":["train","it's.cnn","-o","run"],"Folder":"/somewhere","File":"it's.cnn","Text":"model toy\n<b>","Settings":["filters=3"],"Memory":[{"Name":"parameters","Bytes":4936}],"Preparation":["gray"]},
"Machine":{"CPU":"A processor","Cores":4,"Workers":2,"System":"linux/amd64","ISA":"avx2","Go":"go1.26","Cnnc":"1.2.3"},
"Layers":[{"Name":"conv1","Kind":"conv","Args":"3x3 4","Shape":[6,5,4],"Parameters":40,"FLOPs":2160,"Kernel":"igemm"}],
"Data":{"Height":6,"Width":5,"Channels":1,"Classes":["<cat>","dog"],"Parts":[{"Name":"train","Source":"folder pets","Examples":30,"Counts":[10,20],"Sizes":[{"width":640,"height":480,"examples":3}]}]}}`

const evaluated = `{"part":"validate","epoch":1,"examples":10,"seconds":1,"logs":[["accuracy",0.7],["loss",1.5]],
"classes":[{"label":"<cat>","support":5,"precision":0.8,"recall":0.6,"f1":0.686},{"label":"dog","support":5,"precision":0.6,"recall":0.8,"f1":0.686}],
"confusion":[[3,2],[1,4]],"wrong":[{"name":"a/1.png","true":"<cat>","predicted":"dog","confidence":0.97,"thumbnail":"iVBORw0KGgo=","width":5,"height":6}]}`

// folder makes a run folder of files, pairs of names and contents.
func folder(t *testing.T, dir string, files ...string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t *testing.T, dir string) *Run {
	t.Helper()
	r, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestStates(t *testing.T) {
	end := `{"event":"end","time":"2026-03-01T10:00:05Z","epoch":2,"step":10,"text":"stopped: val_loss has stalled"}` + "\n"
	for _, c := range []struct {
		name, text string
		state      State
		epochs     int
	}{
		{"empty", "", Interrupted, 0},
		{"interrupted", lines, Interrupted, 2},
		{"done", lines + end, Done, 2},
		{"resumed and interrupted again", lines + end + `{"event":"begin","time":"2026-03-02T10:00:00Z","epoch":3}` + "\n", Interrupted, 2},
		{"killed in a line", lines + `{"event":"epoch","ti`, Interrupted, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, t.TempDir(), train.MetricsFile, c.text)
			r := load(t, dir)
			if r.State != c.state || len(r.Epochs) != c.epochs || (r.Why != "") != (c.state == Done) {
				t.Errorf("%s, %d epochs, %q", r.State, len(r.Epochs), r.Why)
			}
			// While a process has the folder, the run is under way.
			f, err := durable.OpenExclusive(filepath.Join(dir, train.MetricsFile), 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if r := load(t, dir); r.State != Running {
				t.Errorf("%s while it is written", r.State)
			}
			// Whatever there is can be shown.
			if _, err := Write(dir); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	if _, err := Load(t.TempDir()); !errors.Is(err, ErrNoRun) {
		t.Errorf("error %v, want one of no run", err)
	}
	for _, c := range [][]string{
		{train.MetricsFile, "nonsense\n" + lines},
		{train.MetricsFile, lines, job.RunFile, "{"},
		{train.MetricsFile, lines, job.EvaluationFile, "[]"},
		{train.MetricsFile, lines, job.EvaluationFile, `{"classes":[{},{}],"confusion":[[1,2,3],[4,5,6]]}`},
		{train.MetricsFile, lines, job.EvaluationFile, `{"classes":[{}],"confusion":[[1,2],[4,5]]}`},
	} {
		dir := folder(t, t.TempDir(), c...)
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), c[len(c)-2]) {
			t.Errorf("error %v, want one that names %s", err, c[len(c)-2])
		}
	}
}

func TestHeadline(t *testing.T) {
	dir := folder(t, t.TempDir(), train.MetricsFile, lines)
	for _, c := range []struct {
		record string
		key    string
		value  float64
	}{
		{"{}", "val_accuracy", 0.6}, // of the best epoch, not the last
		{`{"Keep":"val_loss"}`, "val_loss", 1.5},
		{`{"Keep":"gone"}`, "val_accuracy", 0.6},
	} {
		folder(t, dir, job.RunFile, c.record)
		r := load(t, dir)
		if key, v, ok := r.Headline(); !ok || key != c.key || v != c.value {
			t.Errorf("%s: %s %v, want %s %v", c.record, key, v, c.key, c.value)
		}
		if key, v, ok := r.Loss(); !ok || key != "val_loss" || v != 1.5 {
			t.Errorf("loss %s %v", key, v)
		}
	}
	r := load(t, dir)
	if v, ok := r.Epochs[1].Value("loss"); !ok || !math.IsNaN(v) {
		t.Errorf("a loss of NaN is %v", v)
	}
	if d := cmp.Diff([]string{"accuracy"}, r.Metrics()); d != "" {
		t.Error(d)
	}
}

// TestReport: every section is there, with what belongs into it, and names of
// classes cannot do harm.
func TestReport(t *testing.T) {
	dir := folder(t, t.TempDir(), train.MetricsFile, lines, job.RunFile, record, job.EvaluationFile, evaluated)
	kernel := weights.Tensor{Name: "conv1.kernel", Shape: []int{2, 2, 1, 2}, Data: []float32{0, 1, 1, 0, 2, 0, 3, 0}}
	if err := weights.WriteFile(filepath.Join(dir, train.BestFile), &weights.File{Tensors: []weights.Tensor{kernel}}); err != nil {
		t.Fatal(err)
	}
	name, err := Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, want := range []string{
		`cnnc train &#39;it&#39;\&#39;&#39;s.cnn&#39; -o run`, "filters=3", "model toy", "&lt;b&gt;", "2 of 3", "interrupted", "best, epoch 1: 0.6000",
		"&lt;cat&gt;", "1,234", "A processor", "avx2", "folder pets", "data:image/png;base64,iVBORw0KGgo=", "97.0 %", "conv1: 2 filters of 2x2x1", "Confusion matrix", "igemm", "4.8 KB", "gray", "640x480 (3), of 3 looked at",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the report", want)
		}
	}
	for _, bad := range []string{"<cat>", "<b>", "NaN at", "http://", "https://", "<script"} {
		if strings.Contains(strings.ReplaceAll(text, `xmlns="http://www.w3.org/2000/svg"`, ""), bad) {
			t.Errorf("%q in the report", bad)
		}
	}
	var got []string
	for _, s := range Sections(load(t, dir)) {
		got = append(got, s.ID)
	}
	if want := []string{"summary", "curves", "speed", "evaluation", "classes", "wrong", "filters", "network", "data", "environment", "model"}; !slices.Equal(got, want) {
		t.Errorf("sections %q, want %q", got, want)
	}
	// The same run gives the same bytes.
	if _, err := Write(dir); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(name); err != nil || string(again) != text {
		t.Errorf("another report of the same run differs, %v", err)
	}
}

// TestManyClasses: a matrix that nobody can look at is a list of pairs.
func TestManyClasses(t *testing.T) {
	r := &Run{Evaluation: &job.Evaluation{}}
	for i := range 60 {
		r.Evaluation.Classes = append(r.Evaluation.Classes, job.ClassScore{Label: fmt.Sprint("class ", i)})
		r.Evaluation.Confusion = append(r.Evaluation.Confusion, make([]int, 60))
	}
	r.Evaluation.Confusion[7][8], r.Evaluation.Confusion[7][7], r.Evaluation.Confusion[20][3] = 3, 9, 5
	text := string(evaluation(r))
	first, second := strings.Index(text, "<td>class 20</td><td>class 3</td>"), strings.Index(text, "<td>class 7</td><td>class 8</td>")
	if strings.Contains(text, "<svg") || first < 0 || second < first || !strings.Contains(text, "25.0 %") {
		t.Errorf("evaluation of 60 classes:\n%s", text)
	}
}

func TestResiduals(t *testing.T) {
	r := &Run{Evaluation: &job.Evaluation{
		Residuals: []job.Residuals{{Name: "pay", Examples: 3, Mean: 0.5, Points: [][2]job.Number{{1, 2}, {2, 2}, {3, 4}}}},
		Wrong:     []job.Wrong{{Name: "row 3", True: "3", Predicted: "4", Confidence: 1}},
	}}
	if text := string(residuals(r)); !strings.Contains(text, "pay") || strings.Count(text, "fill-opacity=\"0.8\"") != 3 {
		t.Errorf("residuals:\n%s", text)
	}
	if text := string(wrong(r)); !strings.Contains(text, "row 3") || !strings.Contains(text, "distance") || strings.Contains(text, "%") {
		t.Errorf("worst:\n%s", text)
	}
}

func TestFindAndSort(t *testing.T) {
	root := t.TempDir()
	folder(t, filepath.Join(root, "b"), train.MetricsFile, lines, job.RunFile, record)
	folder(t, filepath.Join(root, "group", "a"), train.MetricsFile, strings.NewReplacer("0.6", "0.9", "2026-03", "2026-04").Replace(lines))
	folder(t, filepath.Join(root, "b", "inside"), train.MetricsFile, lines)
	folder(t, filepath.Join(root, "bad"), train.MetricsFile, "x\n")
	folder(t, filepath.Join(root, "c"), train.MetricsFile, "")
	runs, broken, err := Find(root)
	if err != nil || len(broken) != 1 || !strings.Contains(broken[0].Error(), "bad") {
		t.Fatalf("broken %v, error %v", broken, err)
	}
	for order, want := range map[string]string{"name": "b c a", "date": "a b c", "best": "a b c", "parameters": "b c a", "loss": "b a c", "epochs": "b a c"} {
		if err := Sort(runs, order); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range runs {
			got = append(got, r.Name())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("by %s: %q, want %s", order, got, want)
		}
	}
	if err := Sort(runs, "beauty"); err == nil {
		t.Error("an unknown order is taken")
	}
	if _, _, err := Find(filepath.Join(root, "nowhere")); err == nil {
		t.Error("no error for a folder that is not there")
	}
}

func TestCompare(t *testing.T) {
	root := t.TempDir()
	config := func(rate, momentum string) string {
		return `{"Model":"toy","Data":"` + rate + `","Train":{"Batch":8,"Optimizer":{"LearningRate":` + rate + `,"Numbers":[{"Name":"momentum","Value":` + momentum + `}]},"Schedule":{"Numbers":[{"Name":"steps","Value":5,"Epochs":true}]},"Stop":null},"Scalars":[{"Name":"dropout1.rate","Value":` + rate + `}]}`
	}
	// Only one of them says on which machine and data it ran.
	a := load(t, folder(t, filepath.Join(root, "x", "one"), train.MetricsFile, lines, train.ConfigFile, config("0.1", "0.9"), job.RunFile, record))
	b := load(t, folder(t, filepath.Join(root, "y", "one"), train.MetricsFile, lines, train.ConfigFile, config("0.01", "0.9")))
	c, err := Compare([]*Run{a, b})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Setting{{"scalars.dropout1.rate", []string{"0.1", "0.01"}}, {"train.optimizer.learning_rate", []string{"0.1", "0.01"}}}, c.Settings); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"x/one", "y/one"}, c.Names); d != "" {
		t.Error(d)
	}
	i := slices.IndexFunc(c.Metrics, func(s Setting) bool { return s.Name == "val_accuracy" })
	if i < 0 || c.Metrics[i].Values[1] != "0.6000" {
		t.Errorf("metrics %v", c.Metrics)
	}
	d := c.Document()
	if n := strings.Count(string(d.Sections[2].Body), "<svg"); n != 4 {
		t.Errorf("%d charts, want one for each of 4 keys", n)
	}
}
