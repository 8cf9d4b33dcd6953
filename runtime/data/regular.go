package data

import (
	"errors"
	"os"
)

// openRegular opens a file and returns its size. Pipes and devices are refused
// before they are opened: a pipe would wait for its other end. Errors are of type
// *FileError.
func openRegular(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	if err != nil {
		return nil, 0, &FileError{Path: path, Err: bare(err)}
	}
	return f, info.Size(), nil
}
