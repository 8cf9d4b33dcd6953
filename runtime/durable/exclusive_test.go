package durable

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// holdFile makes the test binary hold that file until its input ends.
const holdFile = "CNNC_DURABLE_TEST_HOLD"

func TestMain(m *testing.M) {
	if name := os.Getenv(holdFile); name != "" {
		if _, err := OpenExclusive(name, 0); err != nil {
			os.Exit(1)
		}
		os.Stdout.WriteString("held\n")
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func locks(t *testing.T) {
	t.Helper()
	switch runtime.GOOS {
	case "plan9", "solaris", "aix", "js", "wasip1":
		t.Skip("this system has no locks")
	}
}

func TestOpenExclusive(t *testing.T) {
	locks(t)
	name := filepath.Join(t.TempDir(), "f")
	f, err := OpenExclusive(name, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenExclusive(name, 30*time.Millisecond); !errors.Is(err, ErrBusy) {
		t.Errorf("second open: %v", err)
	}
	if _, err := f.WriteString("kept"); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(name); string(b) != "kept" || err != nil {
		t.Errorf("reader: %q, %v", b, err)
	}
	// One who waits gets it.
	go func() { time.Sleep(50 * time.Millisecond); f.Close() }()
	g, err := OpenExclusive(name, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if b, _ := io.ReadAll(g); string(b) != "kept" {
		t.Errorf("after the second open the file holds %q", b)
	}
	if _, err := OpenExclusive(filepath.Join(name, "x"), 0); err == nil || errors.Is(err, ErrBusy) {
		t.Errorf("open below a file: %v", err)
	}
}

// A holder killed without notice leaves nothing that bars the next.
func TestOpenExclusiveAfterKill(t *testing.T) {
	locks(t)
	name := filepath.Join(t.TempDir(), "f")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holdFile+"="+name)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := OpenExclusive(name, 0); !errors.Is(err, ErrBusy) {
		t.Errorf("while it is held: %v", err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	f, err := OpenExclusive(name, 0)
	if err != nil {
		t.Fatalf("after the kill: %v", err)
	}
	f.Close()
}
