//go:build unix

package weights

import (
	"path/filepath"
	"syscall"
	"testing"
)

// To open a named pipe would wait for ever.
func TestReadNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
	if _, err := ReadFile(path); err == nil {
		t.Error("a named pipe was read")
	}
}
