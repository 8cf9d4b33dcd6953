package job

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cnnc/cnnc/runtime/wire"
)

// servedPipe is the serve verb on a pipe.
type servedPipe struct {
	t     *testing.T
	in    *io.PipeWriter
	out   *io.PipeReader
	model wire.Model
	end   chan error
}

func newServedPipe(t *testing.T, e *Env) *servedPipe {
	t.Helper()
	in, inW := io.Pipe()
	outR, out := io.Pipe()
	e.Stdout, e.Stderr, e.Context = out, io.Discard, t.Context()
	p := &servedPipe{t: t, in: inW, out: outR, end: make(chan error, 1)}
	go func() {
		err := serve(e, in)
		out.CloseWithError(err)
		p.end <- err
	}()
	f := p.read()
	if f.Kind != wire.Hello {
		t.Fatalf("the first frame is of kind %c", f.Kind)
	}
	if err := json.Unmarshal(f.Payload, &p.model); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *servedPipe) read() *wire.Frame {
	p.t.Helper()
	f, err := wire.Read(p.out)
	if err != nil {
		p.t.Fatal(err)
	}
	return f
}

func (p *servedPipe) write(f wire.Frame) {
	p.t.Helper()
	if _, err := p.in.Write(f.Append(nil)); err != nil {
		p.t.Fatal(err)
	}
}

// close ends the input and wants the job to end.
func (p *servedPipe) close() {
	p.t.Helper()
	p.in.Close()
	select {
	case err := <-p.end:
		if err != nil {
			p.t.Error(err)
		}
	case <-time.After(10 * time.Second):
		p.t.Fatal("the job goes on without input")
	}
}

// TestServe compares the answers with those of predict, and looks at requests
// that get none.
func TestServe(t *testing.T) {
	dir, runDir := pictureDir(t, 8), t.TempDir()
	net := network(dir)
	if code, _, errs := do(t, net, &Job{Verb: "train", Dir: runDir, Progress: "none"}); code != ExitOK {
		t.Fatal(errs)
	}
	var files []string
	for _, class := range []string{"left", "right", "both"} {
		found, err := filepath.Glob(filepath.Join(dir, class, "*.png"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	code, out, errs := do(t, net, &Job{Verb: "predict", Dir: runDir, Files: files, JSON: true, Top: 3})
	if code != ExitOK {
		t.Fatal(errs)
	}
	want := make([]map[string]float64, len(files))
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var r labelReport
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		want[i] = map[string]float64{}
		for _, l := range r.Labels {
			want[i][l.Label] = float64(l.Score)
		}
	}

	p := newServedPipe(t, &Env{Net: net, Job: &Job{Dir: runDir}})
	m := p.model
	if m.Height != 5 || m.Width != 7 || m.Channels != 1 || m.Outputs != 3 || m.Task != "classes" || m.Batch != 8 ||
		!slices.Equal(m.Labels, []string{"both", "left", "right"}) || m.Columns != nil {
		t.Errorf("it says of itself %+v", m)
	}
	compare := func(f *wire.Frame, want map[string]float64) {
		t.Helper()
		scores := make([]float32, 3)
		rest, ok := wire.Floats(scores, f.Payload)
		if f.Kind != wire.Scores || !ok {
			t.Fatalf("an answer of kind %c: %s", f.Kind, f.Payload)
		}
		for i, l := range m.Labels {
			if float64(scores[i]) != want[l] && math.Abs(float64(scores[i])-want[l]) > 1e-6 {
				t.Errorf("request %d: %s %v, predict says %v", f.ID, l, scores[i], want[l])
			}
		}
		if len(rest) != 0 && len(rest) != 35 {
			t.Errorf("request %d: a picture of %d bytes", f.ID, len(rest))
		}
	}
	go func() { // answers do not wait for all requests to be written
		for i, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Error(err)
			}
			p.write(wire.Frame{Kind: wire.Picture, ID: uint64(i), Payload: data})
		}
	}()
	for range files {
		f := p.read()
		compare(f, want[f.ID])
	}

	// The pixels that the network sees, sent back as values, give the same scores.
	data, err := os.ReadFile(files[3])
	if err != nil {
		t.Fatal(err)
	}
	p.write(wire.Frame{Kind: wire.Picture, ID: 100, Flags: wire.Seen, Payload: data})
	f := p.read()
	compare(f, want[3])
	pixels := make([]float32, 35)
	for i, v := range f.Payload[12:] {
		pixels[i] = float32(v)
	}
	p.write(wire.Frame{Kind: wire.Values, ID: 101, Payload: wire.AppendFloats(nil, pixels)})
	compare(p.read(), want[3])

	for _, tt := range []struct {
		frame wire.Frame
		kind  wire.Kind
		want  string
	}{
		{wire.Frame{Kind: wire.Values, Payload: make([]byte, 136)}, wire.Refused, "136 bytes of values; an input of 5x7x1 takes 4*35"},
		{wire.Frame{Kind: wire.Values, Payload: make([]byte, 144)}, wire.Refused, "144 bytes"},
		{wire.Frame{Kind: wire.Picture, Payload: []byte("hello")}, wire.Refused, "not an image: text"},
		{wire.Frame{Kind: wire.Picture, Payload: data[:40]}, wire.Refused, "truncated"},
		{wire.Frame{Kind: wire.Row, Payload: []byte(`["1"]`)}, wire.Refused, "no requests of kind 'R'"},
		{wire.Frame{Kind: wire.Picture, Deadline: time.Now().Add(-time.Second).UnixNano(), Payload: data}, wire.Expired, ""},
	} {
		tt.frame.ID = 7
		p.write(tt.frame)
		if f := p.read(); f.Kind != tt.kind || f.ID != 7 || !strings.Contains(string(f.Payload), tt.want) {
			t.Errorf("%c %q: answer %c %d %s", tt.frame.Kind, tt.frame.Payload, f.Kind, f.ID, f.Payload)
		}
	}
	p.close()
}

// TestServeBroken: a frame that is none ends the job with an error, and so
// does a cancelled context.
func TestServeBroken(t *testing.T) {
	dir, runDir := pictureDir(t, 4), t.TempDir()
	net := network(dir)
	net.Train.Epochs = 1
	if code, _, errs := do(t, net, &Job{Verb: "train", Dir: runDir, Progress: "none"}); code != ExitOK {
		t.Fatal(errs)
	}
	var out bytes.Buffer
	e := &Env{Context: t.Context(), Net: net, Job: &Job{Dir: runDir}, Stdout: &out, Stderr: io.Discard}
	if err := serve(e, strings.NewReader("\x01\x00\x00\x00nonsense")); err == nil || !strings.Contains(err.Error(), "frame of 1 bytes") {
		t.Errorf("nonsense: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	e.Context = ctx
	in, w := io.Pipe()
	defer w.Close()
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := serve(e, in); err != errInterrupted {
		t.Errorf("cancelled: %v", err)
	}
}
