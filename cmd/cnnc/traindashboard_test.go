package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/cmd/cnnc/browsertest"
)

// TestTrainDashboard trains with a dashboard and watches it, over plain HTTP and in
// a browser, to the end of the run.
func TestTrainDashboard(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains a network")
	}
	dir := t.TempDir()
	model := filepath.Join(dir, "figures.cnn")
	if err := os.WriteFile(model, []byte(figuresModel), 0o644); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// It goes on until it is told to end.
	cmd := exec.Command(program, "train", model, "-o", filepath.Join(dir, "run"),
		"--dashboard", ":0", "--progress", "plain", "--set", "train.epochs=10000", "--set", "data.train=doodles(1000)")
	cmd.Env = append(os.Environ(), "CNNC_TEST_COMMAND=1")
	cmd.Stdout = io.Discard
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(stderr)
	address, log := "", ""
	for address == "" && lines.Scan() {
		log += lines.Text() + "\n"
		if m := regexp.MustCompile(`dashboard at (http://127\.0\.0\.1:\d+)/`).FindStringSubmatch(lines.Text()); m != nil {
			address = m[1]
		}
	}
	if address == "" {
		t.Fatalf("no dashboard:\n%s", log)
	}
	go func() { _, _ = io.Copy(io.Discard, stderr) }()

	r, err := http.Get(address + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	plain := bufio.NewScanner(r.Body)
	plain.Buffer(nil, 1<<24)
	until := func(what string) {
		t.Helper()
		for plain.Scan() {
			if strings.HasPrefix(plain.Text(), what) {
				return
			}
		}
		t.Fatalf("no %q", what)
	}
	until("event: progress")
	until("event: sections")

	asked := false // to end
	t.Run("browser", func(t *testing.T) {
		p := browsertest.Open(t, address+"/", 1280, 1800)
		p.Wait(`document.getElementById('curves') && document.getElementById('live-link').innerText === 'Live.'`)
		p.Wait(`/epoch \d+ of 10000/.test(document.getElementById('live-text').innerText)`)
		before := p.Text("#summary")
		p.Wait(fmt.Sprintf(`document.getElementById('summary').innerText !== %q`, before))
		order := p.Text("nav")
		if !strings.HasPrefix(order, "Progress") || !strings.Contains(order, "Curves") {
			t.Errorf("contents %q", order)
		}
		shoot := func(name string) {
			if dir := os.Getenv("CNNC_SCREENSHOTS"); dir != "" {
				p.Screenshot(filepath.Join(dir, name))
			}
		}
		shoot("dashboard-1280.png")
		for _, width := range []int{1280, 760, 400} {
			p.Size(width, 1800)
			if wide := p.Fits(); len(wide) > 0 {
				t.Errorf("%d pixels: beyond the window: %q", width, wide)
			}
		}
		shoot("dashboard-400.png")
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		asked = true
		p.Wait(`document.getElementById('live-link').innerText.startsWith('The run has ended')`)
		if got := p.Text("#live-text"); !strings.Contains(got, "interrupted") {
			t.Errorf("at the end: %q", got)
		}
		for _, s := range p.Problems {
			if !strings.Contains(s, "favicon") {
				t.Errorf("the page complains: %s", s)
			}
		}
	})
	if !asked { // there is no browser; a second signal would kill
		_ = cmd.Process.Signal(os.Interrupt)
	}
	until("event: end")
	err = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("status %d (%v), want %d", code, err, exitInterrupted)
	}
}
