package data

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

// A CSV file that lists pictures: one column has their paths, which start at the
// folder of the file or another that is named, one has their classes. Without a
// column of classes the first folder of the path is the class.

// cleanPath writes a path of a list as the program does: ./a//b.png is a/b.png.
func cleanPath(name string) string { return path.Clean(filepath.ToSlash(name)) }

// listRow is a row of the list, its path with slashes.
type listRow struct{ path, class string }

// readList reads the list; the paths of the source are the file and optionally
// the folder. It calls row with the number of its line.
func readList(src config.Source, paths []string, row func(line int, r listRow) error) error {
	if len(paths) < 1 || len(paths) > 2 {
		return fmt.Errorf("files needs a CSV file; got %d paths", len(paths))
	}
	path := paths[0]
	f, size, err := openRegular(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if size == 0 {
		return fileErrorf(path, "empty file")
	}
	b := bufio.NewReader(f)
	if mark, _ := b.Peek(3); bytes.Equal(mark, byteOrderMark) {
		b.Discard(3)
	}
	r := csv.NewReader(b)
	r.ReuseRecord = true
	if sep, n := utf8.DecodeRuneInString(src.Files.CSV.Separator); n > 0 {
		r.Comma = sep
	}
	head, err := r.Read()
	if err != nil {
		return &FileError{Path: path, Err: listError(err)}
	}
	pathAt, err := column(head, src.Files.Path)
	classAt := -1
	if err == nil && src.Files.Class != "" {
		classAt, err = column(head, src.Files.Class)
	}
	if err != nil {
		return &FileError{Path: path, Err: err}
	}
	n := 0
	for {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return &FileError{Path: path, Err: listError(err)}
		}
		line, _ := r.FieldPos(0)
		if n++; n > math.MaxInt32 {
			return fileErrorf(path, "more than %d rows", math.MaxInt32)
		}
		if cells[pathAt] == "" {
			return fileErrorf(path, "line %d: no path", line)
		}
		x := listRow{path: cleanPath(strings.Clone(cells[pathAt]))}
		if classAt >= 0 {
			x.class = strings.TrimSpace(cells[classAt])
		} else {
			var below bool
			if x.class, _, below = strings.Cut(x.path, "/"); !below || x.class == ".." {
				return fileErrorf(path, "line %d: %q is in no folder that would be its class; name the column of the classes", line, x.path)
			}
		}
		switch {
		case strings.ContainsRune(x.path, 0):
			return fileErrorf(path, "line %d: a NUL byte in the path: not a text file in UTF-8", line)
		case x.class == "":
			return fileErrorf(path, "line %d: no class", line)
		}
		if err := row(line, x); err != nil {
			return &FileError{Path: path, Err: fmt.Errorf("line %d: %w", line, err)}
		}
	}
	if n == 0 {
		return fileErrorf(path, "no rows")
	}
	return nil
}

// listError is an error of the CSV reader in the words of the other tables.
func listError(err error) error {
	if p, ok := errors.AsType[*csv.ParseError](err); ok {
		if errors.Is(p.Err, csv.ErrFieldCount) {
			return fmt.Errorf("line %d has another number of fields than the header", p.StartLine)
		}
		return fmt.Errorf("line %d: %w", p.Line, p.Err)
	}
	return bare(err)
}

func column(head []string, name string) (int, error) {
	at := -1
	for i, h := range head {
		if strings.TrimSpace(h) != name {
			continue
		}
		if at >= 0 {
			return -1, fmt.Errorf("two columns are called %q", name)
		}
		at = i
	}
	if at < 0 {
		return -1, fmt.Errorf("no column %q; the header has %s", name, some(head))
	}
	return at, nil
}

func fileListClasses(_ config.Data, _ string, src config.Source, paths []string) ([]string, error) {
	seen := map[string]bool{}
	var names []string
	err := readList(src, paths, func(_ int, r listRow) error {
		if !seen[r.class] {
			seen[strings.Clone(r.class)] = true
			names = append(names, strings.Clone(r.class))
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

func openFileList(cfg config.Data, which string, src config.Source, paths []string, spec preprocess.Spec) (source, error) {
	names, err := fileListClasses(cfg, which, src, paths)
	if err != nil {
		return nil, err
	}
	at := map[string]int32{}
	for i, n := range names {
		at[n] = int32(i)
	}
	f := &folder{spec: spec, maxPixels: cfg.MaxPixels, names: names, roots: []string{filepath.Dir(paths[0]), ""}, list: paths[0]}
	if len(paths) == 2 {
		f.roots[0] = paths[1]
	}
	lines := map[string]int{}
	err = readList(src, paths, func(line int, r listRow) error {
		root := int32(0)
		if filepath.IsAbs(filepath.FromSlash(r.path)) {
			root = 1
		}
		if old, ok := lines[r.path]; ok {
			return fmt.Errorf("%s is listed in line %d already", r.path, old)
		}
		lines[r.path] = line
		return f.files.add(r.path, root, at[r.class])
	})
	f.files.shrink()
	return f, err
}
