package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cnnc/cnnc/runtime/wire"
)

// TestMain lets the test program be the child: its scores are the length of the
// picture and the number of the process.
func TestMain(m *testing.M) {
	if os.Getenv("CNNC_TEST_CHILD") == "" {
		os.Exit(m.Run())
	}
	if os.Getenv("CNNC_TEST_CHILD_SILENT") != "" {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	text, _ := json.Marshal(wire.Model{Name: "echo", Outputs: 2})
	os.Stdout.Write((&wire.Frame{Kind: wire.Hello, Payload: text}).Append(nil))
	for {
		f, err := wire.Read(os.Stdin)
		if err != nil {
			os.Exit(0)
		}
		switch string(f.Payload) {
		case "die":
			os.Exit(3)
		case "sleep":
			continue
		case "nonsense":
			os.Stdout.WriteString("\x01\x00\x00\x00xxxxxxxx")
		case "bad":
			os.Stdout.Write((&wire.Frame{Kind: wire.Refused, ID: f.ID, Payload: []byte("bad indeed")}).Append(nil))
		default:
			os.Stdout.Write((&wire.Frame{Kind: wire.Scores, ID: f.ID, Payload: wire.AppendFloats(nil, []float32{float32(len(f.Payload)), float32(os.Getpid())})}).Append(nil))
		}
	}
}

func newChild(t *testing.T) *Child {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Start(func() (*exec.Cmd, func(), error) {
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), "CNNC_TEST_CHILD=1")
		return cmd, func() {}, nil
	}, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func pictures(texts ...string) []Example {
	var out []Example
	for _, s := range texts {
		out = append(out, Example{wire.Picture, []byte(s)})
	}
	return out
}

func TestChild(t *testing.T) {
	c := newChild(t)
	if m := c.Model(); m.Name != "echo" || !c.Ready() {
		t.Errorf("%+v, ready %v", m, c.Ready())
	}
	var wait sync.WaitGroup
	for g := range 8 {
		wait.Go(func() {
			for i := range 50 {
				a, err := c.Ask(t.Context(), pictures(strings.Repeat("x", g), "bad", strings.Repeat("y", 100*i)), false)
				if err != nil || a[0].Scores[0] != float32(g) || a[1].Refused != "bad indeed" || a[2].Scores[0] != float32(100*i) {
					t.Errorf("%d %d: %+v %v", g, i, a, err)
					return
				}
			}
		})
	}
	wait.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Ask(ctx, pictures("sleep"), false); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no answer: %v", err)
	}
	c.Close()
	if _, err := c.Ask(t.Context(), pictures("x"), false); !errors.Is(err, ErrDown) {
		t.Errorf("after Close: %v", err)
	}
}

// underWay is how many examples the program has been asked about.
func underWay(c *Child) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.up == nil {
		return 0
	}
	c.up.mu.Lock()
	defer c.up.mu.Unlock()
	return len(c.up.pending)
}

// TestChildIsStartedAgain: requests under way fail at once, others soon get an
// answer from another process.
func TestChildIsStartedAgain(t *testing.T) {
	c := newChild(t)
	defer c.Close()
	for _, how := range []string{"die", "nonsense"} {
		first, err := c.Ask(t.Context(), pictures("x"), false)
		if err != nil {
			t.Fatal(err)
		}
		waiting := make(chan error, 1)
		go func() {
			_, err := c.Ask(t.Context(), pictures("sleep"), false)
			waiting <- err
		}()
		for underWay(c) == 0 {
			time.Sleep(time.Millisecond)
		}
		if _, err := c.Ask(t.Context(), pictures("x", how, "y"), false); !errors.Is(err, ErrCrashed) {
			t.Errorf("%s: %v", how, err)
		}
		if err := <-waiting; !errors.Is(err, ErrCrashed) {
			t.Errorf("%s, the other request: %v", how, err)
		}
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			again, err := c.Ask(t.Context(), pictures("xy"), false)
			if err == nil {
				if again[0].Scores[1] == first[0].Scores[1] {
					t.Errorf("%s: the same process", how)
				}
				break
			}
			if !errors.Is(err, ErrDown) && !errors.Is(err, ErrCrashed) || time.Now().After(end) {
				t.Fatalf("%s: %v", how, err)
			}
		}
	}
}

// TestCloseWhileItStarts: a program that is being started again, and does not say
// that it is ready, keeps nobody from ending.
func TestCloseWhileItStarts(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	starts := make(chan bool, 9)
	c, err := Start(func() (*exec.Cmd, func(), error) {
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), "CNNC_TEST_CHILD=1")
		if len(starts) > 0 {
			cmd.Env = append(cmd.Env, "CNNC_TEST_CHILD_SILENT=1")
		}
		starts <- true
		return cmd, func() {}, nil
	}, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Ask(t.Context(), pictures("die"), false); !errors.Is(err, ErrCrashed) {
		t.Errorf("it died: %v", err)
	}
	for len(starts) < 2 {
		time.Sleep(time.Millisecond)
	}
	closed := make(chan bool)
	go func() {
		c.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(20 * time.Second): // less than it may take to be ready
		t.Fatal("Close waits for a program that is not ready")
	}
}

func TestChildThatDoesNotStart(t *testing.T) {
	for _, tt := range []struct{ program, want string }{
		{"/no/such/program", "no such file"},
		{"true", "ended before it was ready"},
		{"yes", "the network's program"},
	} {
		if tt.program != "/no/such/program" {
			if _, err := exec.LookPath(tt.program); err != nil {
				t.Skipf("there is no command %s", tt.program)
			}
		}
		_, err := Start(func() (*exec.Cmd, func(), error) {
			cmd := exec.Command(tt.program)
			cmd.Stderr = io.Discard
			return cmd, func() {}, nil
		}, func(string) {})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.program, err)
		}
	}
	_, err := Start(func() (*exec.Cmd, func(), error) { return nil, nil, fmt.Errorf("no program") }, func(string) {})
	if err == nil {
		t.Error("without a command")
	}
}
