//go:build unix

package data

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/cnnc/cnnc/runtime/data/npy"
)

// To open a named pipe would wait for ever.
func TestNamedPipes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.png")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
	for name, open := range map[string]func() error{
		"picture":         func() error { _, err := Decode(path, 0, nil); return err },
		"size of picture": func() error { _, err := pictureSize(path); return err },
		"idx":             func() error { _, err := openIDX(path, idxImages); return err },
		"npy":             func() error { _, err := npy.Open(path, ""); return err },
	} {
		if err := open(); err == nil {
			t.Errorf("%s: a named pipe was read", name)
		}
	}
}
