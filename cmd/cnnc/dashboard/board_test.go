package dashboard

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runFolder writes a run folder of some epochs.
func runFolder(t *testing.T, dir string, epochs int) {
	t.Helper()
	text := `{"event":"begin","time":"2026-01-02T03:04:05Z","epoch":1,"step":0}` + "\n"
	for e := 1; e <= epochs; e++ {
		text += fmt.Sprintf(`{"event":"epoch","time":"2026-01-02T03:04:%02dZ","epoch":%d,"step":%d,"seconds":1.5,"examples_per_second":90,"best":true,"logs":{"loss":%g,"val_loss":%g}}`+"\n", 5+e, e, 10*e, 1/float64(e), 1.5/float64(e))
	}
	if err := os.WriteFile(filepath.Join(dir, "metrics.jsonl"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// stream is the events that a browser gets.
type stream struct {
	t      *testing.T
	r      *bufio.Scanner
	closer io.Closer
}

type received struct{ id, event, data string }

func open(t *testing.T, url, last string) *stream {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Header.Get("Content-Type"); r.StatusCode != 200 || got != "text/event-stream" {
		t.Fatalf("%d %s", r.StatusCode, got)
	}
	t.Cleanup(func() { r.Body.Close() })
	lines := bufio.NewScanner(r.Body)
	lines.Buffer(nil, 1<<24)
	return &stream{t, lines, r.Body}
}

// next returns the next event; ok is false at the end.
func (s *stream) next() (e received, ok bool) {
	s.t.Helper()
	for s.r.Scan() {
		name, value, _ := strings.Cut(s.r.Text(), ": ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.event = value
		case "data":
			e.data = value
		case "":
			if e.event != "" {
				return e, true
			}
		}
	}
	return e, false
}

// until returns the first event of a kind whose data contain text.
func (s *stream) until(event, text string) received {
	s.t.Helper()
	for {
		e, ok := s.next()
		if !ok {
			s.t.Fatalf("no event %s with %q", event, text)
		}
		if e.event == event && strings.Contains(e.data, text) {
			return e
		}
	}
}

func TestBoard(t *testing.T) {
	dir := t.TempDir()
	b := New(dir, "shapes")
	server := httptest.NewServer(b.Handler(true))
	defer server.Close()
	page := func() string {
		r, err := http.Get(server.URL + "/")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if text := page(); !strings.Contains(text, "<h1>shapes</h1>") || !strings.Contains(text, "the run begins") || strings.Contains(text, `id="curves"`) {
		t.Errorf("before the first epoch:\n%s", text)
	}
	first, second := open(t, server.URL+"/events", ""), open(t, server.URL+"/events", "")
	events, in := io.Pipe()
	watched := make(chan bool)
	go func() {
		b.Watch(events)
		close(watched)
	}()
	say := func(format string, args ...any) { fmt.Fprintf(in, format+"\n", args...) }
	say(`{"event":"epoch_begin","epoch":1,"epochs":3,"batches":10}`)
	say("this is not JSON")
	say(`{"event":"batch","epoch":1,"epochs":3,"batch":4,"batches":10,"logs":{"loss":0.5,"accuracy":"NaN"},"examples_per_second":80}`)
	for _, s := range []*stream{first, second} {
		e := s.until("progress", "batch 4 of 10, accuracy")
		if !strings.Contains(e.data, `"share":0.4`) || !strings.Contains(e.data, "loss 0.5, 80 examples/s") {
			t.Errorf("progress %s", e.data)
		}
	}
	runFolder(t, dir, 1)
	say(`{"event":"epoch","epoch":1,"epochs":3}`)
	e := first.until("sections", "curves")
	var u struct {
		Order    []string
		Sections []struct{ ID, HTML string }
	}
	if err := json.Unmarshal([]byte(e.data), &u); err != nil {
		t.Fatal(err)
	}
	if len(u.Order) < 2 || u.Order[0] != "summary" || !strings.HasPrefix(u.Sections[0].HTML, `<section id="summary">`) {
		t.Errorf("sections %v", u.Order)
	}
	second.until("sections", "curves")

	// One that comes again gets what it has not seen, and no more.
	runFolder(t, dir, 2)
	say(`{"event":"epoch","epoch":2,"epochs":3}`)
	e2 := first.until("sections", "summary")
	begin := time.Now()
	again := open(t, server.URL+"/events", e2.id)
	if took := time.Since(begin); took > heartbeat/2 {
		t.Errorf("one that has everything waits %v for the answer to begin", took)
	}
	runFolder(t, dir, 3)
	say(`{"event":"epoch","epoch":3,"epochs":3}`)
	got := again.until("sections", "")
	if v := b.versionOf(got.id); v <= b.versionOf(e2.id) {
		t.Errorf("version %s after %s", got.id, e2.id)
	}
	fresh, stranger := open(t, server.URL+"/events?since=", ""), open(t, server.URL+"/events", "other-99999")
	for _, s := range []*stream{fresh, stranger} {
		s.until("sections", `"order":["summary"`)
	}
	if text := page(); !strings.Contains(text, `id="curves"`) || !strings.Contains(text, `<a href="#curves">`) {
		t.Errorf("with epochs:\n%s", text)
	}

	// Names of other machines are refused, as for cnnc serve.
	req, _ := http.NewRequest("GET", server.URL+"/", nil)
	req.Host = "attacker.example"
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusForbidden {
		t.Errorf("another host: %d", r.StatusCode)
	}

	in.Close()
	<-watched
	b.End("the run is done")
	for _, s := range []*stream{first, second, again, fresh} {
		s.until("end", "the run is done")
		if e, ok := s.next(); ok {
			t.Errorf("behind the end: %+v", e)
		}
	}
}

// TestSlowBrowser: one that does not read holds nobody up, neither the run nor its
// end.
func TestSlowBrowser(t *testing.T) {
	dir := t.TempDir()
	runFolder(t, dir, 60)
	b := New(dir, "shapes")
	b.read()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- b.Serve(ctx, l) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
	begin := time.Now()
	lines := strings.Repeat(`{"event":"batch","epoch":1,"epochs":3,"batch":4,"batches":10,"logs":{"loss":0.5}}`+"\n", 20000)
	b.Watch(strings.NewReader(lines))
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("20000 events took %v", took)
	}
	b.End("the run is done")
	cancel()
	select {
	case <-served:
	case <-time.After(15 * time.Second):
		t.Error("the server does not end")
	}
}
