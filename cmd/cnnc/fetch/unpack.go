package fetch

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

const (
	maxMember  = 256 << 20 // bytes of a file of an archive
	maxMembers = 1000
)

// Unpack unpacks folder, the only one of a .tar.gz archive, into dir: whole or
// not at all, and not again when it is there. Links and other special files of
// the archive are left out, and nothing is written elsewhere.
func Unpack(archive, dir, folder string) error {
	final := filepath.Join(dir, folder)
	if _, err := os.Stat(final); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	aside, err := os.MkdirTemp(dir, folder+".part*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(aside)
	if err := unpack(f, aside, folder); err != nil {
		return fmt.Errorf("%s: %w", archive, err)
	}
	return os.Rename(aside, final)
}

func unpack(r io.Reader, dir, folder string) error {
	z, err := gzip.NewReader(bufio.NewReader(r))
	if err != nil {
		return err
	}
	t := tar.NewReader(z)
	for n := 0; ; n++ {
		h, err := t.Next()
		switch {
		case err == io.EOF && n == 0:
			return errors.New("the archive is empty")
		case err == io.EOF:
			_, err := io.Copy(io.Discard, z) // to the checksum
			return err
		case err != nil:
			return err
		case n == maxMembers:
			return fmt.Errorf("more than %d files in the archive", maxMembers)
		}
		name, inside := strings.CutPrefix(path.Clean(h.Name), folder+"/")
		if h.Typeflag != tar.TypeReg || !inside || strings.ContainsAny(name, `/\:`) || name == ".." {
			continue
		}
		if h.Size > maxMember {
			return fmt.Errorf("%s is %d bytes; the limit is %d", name, h.Size, maxMember)
		}
		out, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, t)
		if closeErr := out.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return err
		}
	}
}
