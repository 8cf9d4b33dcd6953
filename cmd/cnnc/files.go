package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"

	"github.com/cnnc/cnnc/runtime/durable"
)

// writeIfChanged writes a file so that a reader never sees half of it; one with
// the same bytes is left alone and keeps its modification time.
func writeIfChanged(name string, data []byte) error {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, data) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return durable.WriteFile(name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// exists reports whether there is a file of that name.
func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
