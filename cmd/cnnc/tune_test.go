package main

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/dsl/lang"
	"github.com/cnnc/cnnc/runtime/tune"
)

// TestSearchAlgorithms: every algorithm of the language can be carried out, and
// the other way round.
func TestSearchAlgorithms(t *testing.T) {
	known := map[string]bool{}
	for _, row := range searchAlgorithms() {
		known[row.name] = true
		if lang.Find(lang.TuneSettings, row.name) == nil {
			t.Errorf("%s is no setting of tune", row.name)
		}
	}
	for _, s := range lang.TuneSettings {
		if s.Group == "strategy" && !known[s.Name] {
			t.Errorf("%s is not carried out", s.Name)
		}
	}
}

// TestSearchEpochs: the epochs of a whole search, from the worked examples of
// Hyperband (spec: tuner 6), and less where the space is small.
func TestSearchEpochs(t *testing.T) {
	wide := tune.Space{{Name: "x", Kind: tune.Float, Max: 1}}
	small := tune.Space{{Name: "x", Kind: tune.Bool}}
	for _, c := range []struct {
		a    tune.Hyperband
		s    tune.Space
		want float64
	}{
		{tune.Hyperband{MaxEpochs: 20, Factor: 3, Iterations: 1}, wide, 226},
		{tune.Hyperband{MaxEpochs: 10, Factor: 2, Iterations: 2}, wide, 340},
		{tune.Hyperband{MaxEpochs: 10, Factor: 3, Iterations: 1}, small, 2 * 30},
	} {
		if got := hyperbandEpochs(c.a, c.s); got != c.want {
			t.Errorf("%+v: %v epochs, want %v", c.a, got, c.want)
		}
	}
	if got := ashaEpochs(tune.ASHA{MinEpochs: 1, MaxEpochs: 9, Factor: 3, Trials: 9}, wide); got != 9*1+3*2+1*6 {
		t.Errorf("asha: %v epochs", got)
	}
	if got := wholeTrainings(tune.Grid{Train: 7}, small, 0); got != 14 {
		t.Errorf("grid: %v epochs", got)
	}
}

// TestExitReason: how a process ended is said in a line.
func TestExitReason(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	for script, want := range map[string]string{
		"kill -KILL $$": "killed, most likely because the memory ran out",
		"kill -SEGV $$": "ended by signal: segmentation fault",
		"exit 3":        "ended with status 3",
		"printf 'runtime: out of memory: cannot allocate\\nfatal error: out of memory\\n\\ngoroutine 1\\n' >&2; exit 2": "the memory ran out (fatal error: out of memory)",
		"echo net: no such file >&2; exit 1": "net: no such file",
	} {
		var b tail
		cmd := exec.Command(sh, "-c", script)
		cmd.Stderr = &b
		var exit *exec.ExitError
		if err := cmd.Run(); !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if got := exitReason(exit, b.last()).Error(); got != want {
			t.Errorf("%s: %q, want %q", script, got, want)
		}
	}
}

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "512MB": 512 << 20, "1.5gb": 3 << 29, "64 KB": 64 << 10} {
		if got, err := parseBytes(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"2", "GB", "-1GB", "0MB", "nanMB", "1e300GB"} {
		if got, err := parseBytes(text); err == nil {
			t.Errorf("%q: %d", text, got)
		}
	}
}

// TestTail: the reason of a failure is the last line, of a panic the first.
func TestTail(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"a\nnet: no such file\n\n":        "net: no such file",
		"panic: index 3\n\ngoroutine 1\n": "panic: index 3",
		"a\nfatal error: out of memory\n" + strings.Repeat("stack of 123\n", 5000): "fatal error: out of memory",
		"panic: cut": "panic: cut",
		strings.Repeat("x", 3*maxTail) + "\nlast": "last",
		"not a panic: x\nlast":                    "last",
	} {
		for _, piece := range []int{1, 7, 1 << 20} {
			var b tail
			for rest := text; rest != ""; {
				n := min(piece, len(rest))
				b.Write([]byte(rest[:n]))
				rest = rest[n:]
			}
			if got := b.last(); got != want {
				t.Errorf("%.40q in pieces of %d: %q, want %q", text, piece, got, want)
			}
			if len(b.text) > maxTail {
				t.Errorf("%d bytes kept", len(b.text))
			}
		}
	}
}
