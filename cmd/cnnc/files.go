package main

import (
	"bytes"
	"os"
	"path/filepath"
)

// writeIfChanged writes a file through a temporary name, synced and renamed, so
// that a reader never sees half of it; a file with the same bytes is left alone
// and keeps its modification time.
func writeIfChanged(name string, data []byte) error {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, data) {
		return nil
	}
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails after the rename, as it should
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o666 &^ umask)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	return err
}

// umask is kept from group and others when a file replaces a temporary one,
// which is created private.
const umask = 0o022
