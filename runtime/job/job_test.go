package job

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/model/modeltest"
	"github.com/cnnc/cnnc/runtime/train"
)

// pictureDir writes class folders of n pictures each: bright on the left, on the
// right, or everywhere, with noise.
func pictureDir(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for c, class := range []string{"both", "left", "right"} {
		if err := os.Mkdir(filepath.Join(dir, class), 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			img := image.NewGray(image.Rect(0, 0, 7, 5))
			for y := range 5 {
				for x := range 7 {
					v := 20 + (i*31+x*17+y*7)%60
					if c == 0 || (c == 1) == (x < 3) {
						v += 150
					}
					img.SetGray(x, y, color.Gray{Y: uint8(v)})
				}
			}
			f, err := os.Create(filepath.Join(dir, class, fmt.Sprintf("%02d.png", i)))
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(f, img); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// network is a small net on those pictures.
func network(dir string) *model.Network {
	net := modeltest.MLP{
		Height: 5, Width: 7, Channels: 1, Hidden: 11, Outputs: 3, Shards: 4, Micro: 3, Dropout: 0.1,
		Train: config.Train{
			Loss: "categorical_crossentropy", Metrics: []string{"accuracy"}, Epochs: 8, Batch: 8, Seed: 3,
			Optimizer: config.Optimizer{Name: "adam", LearningRate: 0.01},
			Keep:      config.Keep{Metric: "val_accuracy"},
		},
	}.Network()
	net.Data = config.Data{
		Train:    config.Source{Kind: "folder", Paths: []string{dir}},
		Validate: config.Source{Kind: "split", Of: "train", Fraction: 0.25},
		Height:   5, Width: 7, Channels: 1, Rescale: 1. / 255, Batch: 8,
	}
	return net
}

// do runs a job and returns what it wrote.
func do(t *testing.T, net *model.Network, j *Job, more ...Verb) (code int, stdout, stderr string) {
	t.Helper()
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "job.json")
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code = run(net, []string{name}, &out, &errs, more)
	return code, out.String(), errs.String()
}

// wants reports parts that are missing from text.
func wants(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("no %q in:\n%s", p, text)
		}
	}
}

func TestTrainEvalPredict(t *testing.T) {
	dir, runDir := pictureDir(t, 16), t.TempDir()
	net := network(dir)

	code, out, errs := do(t, net, &Job{Verb: "train", Dir: runDir, Version: "1.2.3"})
	if code != ExitOK {
		t.Fatalf("train: exit %d\n%s", code, errs)
	}
	wants(t, errs, "36 examples in 5 batches, 12 for validation", "epoch 8/8  ", "val_accuracy")
	wants(t, out, "training", "completed", "best epoch", "weights", train.BestFile)
	if strings.Contains(errs, "\r") {
		t.Error("carriage returns where there is no terminal")
	}

	code, out, errs = do(t, net, &Job{Verb: "eval", Dir: runDir, Progress: "none"})
	if code != ExitOK || errs != "" {
		t.Fatalf("eval: exit %d\n%s", code, errs)
	}
	wants(t, out, "on validate: 12 examples", "accuracy", "precision", "left", "rows: true class")

	code, out, _ = do(t, net, &Job{Verb: "eval", Dir: runDir, Part: "train", JSON: true, Progress: "none"})
	var ev evalReport
	if err := json.Unmarshal([]byte(out), &ev); err != nil || code != ExitOK {
		t.Fatalf("eval: exit %d, %v\n%s", code, err, out)
	}
	if ev.Examples != 36 || ev.Logs["accuracy"] < 0.9 || len(ev.Confusion) != 3 || ev.Classes[1].Label != "left" || ev.Classes[1].Support != 12 {
		t.Errorf("evaluation %+v", ev)
	}

	broken := filepath.Join(t.TempDir(), "broken.png")
	if err := os.WriteFile(broken, []byte("not a picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	files := []string{filepath.Join(dir, "right", "03.png"), broken, filepath.Join(dir, "left", "05.png"), filepath.Join(dir, "both", "01.png")}
	code, out, errs = do(t, net, &Job{Verb: "predict", Dir: runDir, Files: files, Top: 2})
	if code != ExitFailed {
		t.Errorf("predict with a broken picture: exit %d", code)
	}
	wants(t, errs, "1 of 4 pictures could not be read")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 4 || !strings.Contains(lines[0], "03.png: right ") || !strings.Contains(lines[1], broken) || !strings.Contains(lines[2], "05.png: left ") || !strings.Contains(lines[3], "01.png: both ") {
		t.Errorf("predict wrote:\n%s", out)
	}
	code, out, errs = do(t, net, &Job{Verb: "predict", Weights: filepath.Join(runDir, train.LastFile), Files: files[:1], JSON: true})
	var label labelReport
	if err := json.Unmarshal([]byte(out), &label); err != nil || code != ExitOK {
		t.Fatalf("predict: exit %d, %v\n%s%s", code, err, out, errs)
	}
	if label.Labels[0].Label != "right" || len(label.Labels) != 3 {
		t.Errorf("prediction %+v", label)
	}
	if code, _, errs = do(t, net, &Job{Verb: "predict", Dir: runDir, Files: []string{broken}}); code != ExitFailed {
		t.Errorf("predict of nothing but a broken picture: exit %d\n%s", code, errs)
	}
}

// TestResumeAfterInterrupt interrupts a job by its context, as Ctrl-C does.
func TestResumeAfterInterrupt(t *testing.T) {
	dir, calm, cut := pictureDir(t, 16), t.TempDir(), t.TempDir()
	net := network(dir)
	if code, _, errs := do(t, net, &Job{Verb: "train", Dir: calm, Progress: "none"}); code != ExitOK {
		t.Fatal(errs)
	}
	// A verb that sends the signal in the middle of training, and soon again: the
	// terminal and the process that started this one may both pass on a Ctrl-C.
	interrupted := network(dir)
	steps := 0
	update := interrupted.Update
	interrupted.Update = func(u *model.Update, k, n int) {
		update(u, k, n)
		if steps++; steps == 13 {
			p, err := os.FindProcess(os.Getpid())
			for range 2 {
				if err == nil {
					err = p.Signal(os.Interrupt)
				}
				time.Sleep(20 * time.Millisecond)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
	code, out, errs := do(t, interrupted, &Job{Verb: "train", Dir: cut, Progress: "none", Workers: 1})
	if code != ExitInterrupted {
		t.Fatalf("exit %d, want %d\n%s%s", code, ExitInterrupted, out, errs)
	}
	wants(t, out, "interrupted", "--resume")
	code, out, errs = do(t, net, &Job{Verb: "train", Dir: cut, Resume: true, Progress: "json"})
	if code != ExitOK {
		t.Fatalf("resume: exit %d\n%s", code, errs)
	}
	var kinds []string
	for line := range strings.Lines(out) {
		var e jsonEvent
		if err := json.Unmarshal([]byte(line), &e); err != nil && !strings.Contains(line, `"result"`) {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Event != "batch" && e.Event != "evaluated" {
			kinds = append(kinds, e.Event)
		}
	}
	wants(t, strings.Join(kinds, " "), "begin epoch_begin", "checkpoint epoch", "result")
	a, errA := os.ReadFile(filepath.Join(calm, train.BestFile))
	b, errB := os.ReadFile(filepath.Join(cut, train.BestFile))
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Errorf("weights differ from those of the run that went through (%v, %v)", errA, errB)
	}
	// The same pictures elsewhere are the same data.
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.CopyFS(moved, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if code, _, errs = do(t, network(moved), &Job{Verb: "train", Dir: cut, Resume: true, Progress: "none"}); code != ExitOK {
		t.Errorf("resume on moved data: exit %d\n%s", code, errs)
	}
	// A picture less is other data.
	if err := os.Remove(filepath.Join(moved, "left", "00.png")); err != nil {
		t.Fatal(err)
	}
	code, _, errs = do(t, network(moved), &Job{Verb: "train", Dir: cut, Resume: true, Progress: "none"})
	if code != ExitFailed {
		t.Errorf("resume on other data: exit %d", code)
	}
	wants(t, errs, "cannot resume")
}

func TestSkipsUnreadable(t *testing.T) {
	dir := pictureDir(t, 16)
	if err := os.WriteFile(filepath.Join(dir, "left", "03.png"), []byte("\x89PNG\r\n\x1a\nbroken"), 0o644); err != nil {
		t.Fatal(err)
	}
	net := network(dir)
	net.Data.Validate = config.Source{}
	net.Train.Keep, net.Train.Epochs = config.Keep{}, 2
	code, _, errs := do(t, net, &Job{Verb: "train"})
	if code != ExitFailed {
		t.Errorf("exit %d, want %d", code, ExitFailed)
	}
	wants(t, errs, filepath.Join("left", "03.png"))
	net.Data.OnError = "skip"
	code, _, errs = do(t, net, &Job{Verb: "train"})
	if code != ExitOK {
		t.Errorf("exit %d, want %d", code, ExitOK)
	}
	wants(t, errs, "1 picture could not be read and was left out:", filepath.Join("left", "03.png"))
}

func TestBench(t *testing.T) {
	code, out, errs := do(t, network(t.TempDir()), &Job{Verb: "bench", JSON: true})
	var r benchReport
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != ExitOK {
		t.Fatalf("bench: exit %d, %v\n%s", code, err, errs)
	}
	totals, forward := 0, 0
	for _, row := range r.Rows {
		if row.Nanos <= 0 {
			t.Errorf("%s took %v ns", row.Call, row.Nanos)
		}
		if row.FLOPs > 0 && (row.GFLOPS <= 0 || row.Peak <= 0 || row.Predicted <= 0) {
			t.Errorf("%s: %v GFLOP/s, %v %% of the peak, predicted %v ns", row.Call, row.GFLOPS, row.Peak, row.Predicted)
		}
		switch row.Pass {
		case passTotal:
			totals++
		case "forward":
			forward++
			if row.FLOPs == 0 {
				t.Errorf("%s has no FLOPs and is not in pass %s", row.Call, passOther)
			}
		}
	}
	if totals != 2 || forward == 0 || r.LatencyNanos <= 0 || r.OneCoreNanos <= 0 || r.PeakSamples < 2 {
		t.Errorf("%d totals, %d forward calls, one example %v ns, peak measured %d times", totals, forward, r.LatencyNanos, r.PeakSamples)
	}
	if len(r.Batches) != 2 {
		t.Fatalf("%d kinds of batches, want training and inference", len(r.Batches))
	}
	for _, b := range r.Batches {
		if b.OneNanos <= 0 || b.AllNanos <= 0 || b.Batch < 1 || b.Workers < 1 {
			t.Errorf("batch: %+v", b)
		}
	}
	code, out, _ = do(t, network(t.TempDir()), &Job{Verb: "bench", Workers: 2})
	if code != ExitOK {
		t.Errorf("exit %d", code)
	}
	wants(t, out, "inference, 4 examples at a time", "training, 3 examples at a time", "  call ", "% of peak", "dense1",
		"one example alone", "inference stops within", "training stops within", "a training step of", "2 workers", "times as fast")
}

// TestNoise wants whole batches, in pieces, again in the next pass.
func TestNoise(t *testing.T) {
	net := network(t.TempDir())
	d := newNoise(net, 10, 4, 3)
	for range 2 {
		pass, err := d.Batches(t.Context(), 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for {
			b, err := pass.Next()
			if err != nil {
				break
			}
			if len(b.X) != b.N*net.Height*net.Width*net.Channels || len(b.Keys) != b.N {
				t.Errorf("%d values and %d keys of %d examples", len(b.X), len(b.Keys), b.N)
			}
			got = append(got, fmt.Sprint(b.Step, b.N, b.Size, b.More))
		}
		want := "[1 4 10 true 1 4 10 true 1 2 10 false 2 4 10 true 2 4 10 true 2 2 10 false]"
		if fmt.Sprint(got) != want {
			t.Errorf("pieces %v, want %v", got, want)
		}
	}
}

// TestUsage lists jobs that are wrong themselves.
func TestUsage(t *testing.T) {
	net := network(t.TempDir())
	for _, c := range []struct {
		name string
		job  Job
		want string
	}{
		{"verb", Job{Verb: "trian"}, `unknown verb "trian", want one of train, eval, predict, serve, bench`},
		{"scalar", Job{Verb: "bench", Scalars: map[string]float64{"dropout2.rate": 1}}, `"dropout2.rate"`},
		{"progress", Job{Verb: "train", Progress: "loud"}, "unknown progress mode"},
		{"no weights", Job{Verb: "eval"}, "neither weights nor a run directory"},
		{"no files", Job{Verb: "predict"}, "no pictures"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := do(t, net, &c.job)
			if code != ExitUsage || out != "" {
				t.Errorf("exit %d, want %d; output %q", code, ExitUsage, out)
			}
			wants(t, errs, c.want)
		})
	}
	for _, c := range []struct{ name, text string }{
		{"field", `{"Verb":"train","Worker":3}`}, {"syntax", `{"Verb":`}, {"empty", ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "job.json")
			if err := os.WriteFile(name, []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			if code := run(net, []string{name}, &out, &errs, nil); code != ExitUsage {
				t.Errorf("exit %d, want %d", code, ExitUsage)
			}
			wants(t, errs.String(), name)
		})
	}
	var out, errs bytes.Buffer
	if code := run(net, nil, &out, &errs, nil); code != ExitUsage {
		t.Errorf("no argument: exit %d", code)
	}
}

func TestAddedVerb(t *testing.T) {
	called := ""
	verify := Verb{"verify", "", func(e *Env) error { called = e.Job.Args["x"]; return fmt.Errorf("it differs") }}
	code, _, errs := do(t, network(t.TempDir()), &Job{Verb: "verify", Args: map[string]string{"x": "y"}}, verify)
	if code != ExitFailed || called != "y" {
		t.Errorf("exit %d, called with %q", code, called)
	}
	wants(t, errs, "mlp: it differs")
}
