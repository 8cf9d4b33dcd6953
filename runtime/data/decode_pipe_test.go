//go:build unix

package data

import (
	"path/filepath"
	"syscall"
	"testing"
)

// To open a named pipe would wait for ever.
func TestDecodeNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.png")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
	if _, err := Decode(path, 0, nil); err == nil {
		t.Error("a named pipe was read")
	}
}
