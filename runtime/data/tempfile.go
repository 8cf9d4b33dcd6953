package data

import (
	"errors"
	"os"
)

// tempFile makes a temporary file without a name, of which nothing is left when the
// process is killed. Where open files keep their names, close removes it.
func tempFile(dir, pattern string) (f *os.File, close func() error, err error) {
	if f, err = os.CreateTemp(dir, pattern); err != nil {
		return nil, nil, err
	}
	if os.Remove(f.Name()) == nil {
		return f, f.Close, nil
	}
	return f, func() error { return errors.Join(f.Close(), os.Remove(f.Name())) }, nil
}
