package data

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/rng"
)

const (
	cifarSide   = 32
	cifarPixels = 3 * cifarSide * cifarSide
)

// cifarNames are the classes of CIFAR-10 (spec: data, CIFAR).
var cifarNames = []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

// cifarSet is a source of CIFAR-10 or CIFAR-100 files in their binary layout: a
// label byte, or two, and three planes of 32x32 bytes. It holds two bytes an
// example.
type cifarSet struct {
	spec   preprocess.Spec
	heads  int // label bytes of a record
	names  []string
	files  []cifarFile
	labels []uint8
	mu     sync.Mutex // opening files
}

type cifarFile struct {
	path  string
	first int // number of its first example
	file  *os.File
}

// cifarKind is what the files hold.
type cifarKind struct {
	heads int      // label bytes
	at    int      // the one that counts
	names []string // of the classes
	files []string
	where string // the file or folder that says the names
}

// findCIFAR finds the files of a part and says what they hold.
func findCIFAR(src config.Source, which string, paths []string) (k cifarKind, err error) {
	if len(paths) == 0 {
		return k, errors.New("cifar needs files, or the folder that holds them")
	}
	dir := paths[0]
	info, err := os.Stat(dir)
	if err != nil {
		return k, &FileError{Path: dir, Err: bare(err)}
	}
	k.where = dir
	if info.IsDir() {
		if len(paths) > 1 {
			return k, fileErrorf(dir, "cifar needs files or one folder, not both")
		}
		pattern := map[string][]string{"train": {"data_batch_*.bin", "train.bin"}, "test": {"test_batch.bin", "test.bin"}}[which]
		if pattern == nil {
			return k, fileErrorf(dir, "a folder of CIFAR files has a training and a test part, none to %s with: name the file", which)
		}
		for _, p := range pattern {
			if k.files, _ = filepath.Glob(filepath.Join(escapeGlob(dir), p)); len(k.files) > 0 {
				break
			}
		}
		if len(k.files) == 0 {
			return k, fileErrorf(dir, "neither %s nor %s is in it", pattern[0], pattern[1])
		}
	} else {
		k.files, dir = paths, filepath.Dir(dir)
	}
	k.heads = 0
	for _, path := range k.files {
		heads, err := cifarHeads(path)
		if err != nil {
			return k, &FileError{Path: path, Err: err}
		}
		if k.heads != 0 && heads != k.heads {
			return k, fileErrorf(path, "CIFAR-10 and CIFAR-100 files cannot be mixed")
		}
		k.heads = heads
	}
	return k, k.name(src, dir)
}

// name finds the names of the classes: in a file beside the batches, where one is.
func (k *cifarKind) name(src config.Source, dir string) error {
	file, n := "batches.meta.txt", 10
	if k.heads == 2 {
		file, n, k.at = "fine_label_names.txt", 100, 1
		if src.Coarse {
			file, n, k.at = "coarse_label_names.txt", 20, 0
		}
	} else if src.Coarse {
		return fileErrorf(k.files[0], "only CIFAR-100 has coarse classes, and this is a file of CIFAR-10")
	}
	path := filepath.Join(dir, file)
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && k.heads == 1:
		k.names = cifarNames
		return nil
	case errors.Is(err, fs.ErrNotExist):
		for i := range n {
			k.names = append(k.names, fmt.Sprint(i))
		}
		return nil
	case err != nil:
		return &FileError{Path: path, Err: bare(err)}
	}
	defer f.Close()
	k.where = path
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if name := strings.TrimSpace(lines.Text()); name != "" {
			k.names = append(k.names, name)
		}
		if len(k.names) > n {
			break
		}
	}
	if err := lines.Err(); err != nil {
		return &FileError{Path: path, Err: err}
	}
	if len(k.names) != n {
		return fileErrorf(path, "it has not the names of %d classes, one a line", n)
	}
	return nil
}

// cifarHeads says by its size whether a file is of CIFAR-10 (1 label byte) or
// CIFAR-100 (2). A size that fits both is decided by the name.
func cifarHeads(path string) (int, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return 0, bare(err)
	case !info.Mode().IsRegular():
		return 0, errors.New("not a regular file")
	case info.Size() == 0:
		return 0, errors.New("empty file")
	}
	ten, hundred := info.Size()%(1+cifarPixels) == 0, info.Size()%(2+cifarPixels) == 0
	base := filepath.Base(path)
	switch {
	case ten && hundred && (base == "train.bin" || base == "test.bin"), hundred && !ten:
		return 2, nil
	case ten:
		return 1, nil
	}
	return 0, fmt.Errorf("%d bytes are neither a whole number of CIFAR-10 records (%d bytes) nor of CIFAR-100 records (%d): cut off, or another file", info.Size(), 1+cifarPixels, 2+cifarPixels)
}

// escapeGlob quotes what a pattern would take for its own.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

func cifarClasses(_ config.Data, which string, src config.Source, paths []string) ([]string, error) {
	k, err := findCIFAR(src, which, paths)
	return k.names, err
}

func openCIFAR(_ config.Data, which string, src config.Source, paths []string, spec preprocess.Spec) (source, error) {
	k, err := findCIFAR(src, which, paths)
	if err != nil {
		return nil, err
	}
	if !spec.Resize && (spec.Height != cifarSide || spec.Width != cifarSide) {
		return nil, fileErrorf(k.files[0], "images are 32x32, the network takes %dx%d; resize is off", spec.Height, spec.Width)
	}
	d := &cifarSet{spec: spec, heads: k.heads, names: k.names}
	for _, path := range k.files {
		if err := d.add(path, k.at); err != nil {
			return nil, &FileError{Path: path, Err: err}
		}
	}
	return d, nil
}

// add reads the labels of a file.
func (d *cifarSet) add(path string, at int) error {
	f, err := os.Open(path)
	if err != nil {
		return bare(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return bare(err)
	}
	record := int64(d.heads + cifarPixels)
	n := info.Size() / record
	if int64(len(d.labels))+n > math.MaxInt32 {
		return fmt.Errorf("more than %d images", math.MaxInt32)
	}
	d.files = append(d.files, cifarFile{path: path, first: len(d.labels)})
	r := bufio.NewReaderSize(f, 1<<16)
	for i := range n {
		head, err := r.Peek(d.heads)
		if err != nil {
			return cutOff(err)
		}
		if int(head[at]) >= len(d.names) {
			return fmt.Errorf("record %d, at byte %d: label %d, and there are %d classes, 0..%d", i, i*record, head[at], len(d.names), len(d.names)-1)
		}
		d.labels = append(d.labels, head[at])
		if _, err := r.Discard(int(record)); err != nil {
			return cutOff(err)
		}
	}
	return nil
}

func (d *cifarSet) find(i int) (*cifarFile, int) {
	k, exact := slices.BinarySearchFunc(d.files, i, func(f cifarFile, i int) int { return f.first - i })
	if !exact {
		k--
	}
	return &d.files[k], i - d.files[k].first
}

func (d *cifarSet) classes() []string { return d.names }
func (d *cifarSet) size() int         { return len(d.labels) }
func (d *cifarSet) label(i int) int   { return int(d.labels[i]) }
func (d *cifarSet) where(int) string  { return d.files[0].path }

func (d *cifarSet) key(i int) uint64 {
	f, k := d.find(i)
	return rng.Hash(rng.HashString(filepath.Base(f.path)), uint64(k))
}

func (d *cifarSet) name(i int) string {
	f, k := d.find(i)
	return fmt.Sprintf("%s: image %d", f.path, k)
}

func (d *cifarSet) Close() error {
	var errs []error
	for i := range d.files {
		if d.files[i].file != nil {
			errs = append(errs, d.files[i].file.Close())
		}
	}
	return errors.Join(errs...)
}

// open is the file, opened by the first that asks.
func (d *cifarSet) open(f *cifarFile) (*os.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f.file == nil {
		file, err := os.Open(f.path)
		if err != nil {
			return nil, err
		}
		f.file = file
	}
	return f.file, nil
}

func (d *cifarSet) load(i int, dst []float32, s *Scratch) error {
	f, k := d.find(i)
	file, err := d.open(f)
	if err != nil {
		return &FileError{Path: f.path, Err: bare(err)}
	}
	s.item = slices.Grow(s.item[:0], cifarPixels)[:cifarPixels]
	at := int64(k)*int64(d.heads+cifarPixels) + int64(d.heads)
	if n, err := file.ReadAt(s.item, at); n < cifarPixels {
		return fileErrorf(f.path, "image %d: %w", k, cutOff(err))
	}
	const plane = cifarSide * cifarSide
	if s.color.Pix == nil {
		s.color = *image.NewNRGBA(image.Rect(0, 0, cifarSide, cifarSide))
	}
	for j := range plane {
		p := s.color.Pix[4*j : 4*j+4]
		p[0], p[1], p[2], p[3] = s.item[j], s.item[plane+j], s.item[2*plane+j], 255
	}
	return d.spec.Raw(dst, &s.color, &s.pre)
}
