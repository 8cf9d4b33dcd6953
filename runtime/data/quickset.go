package data

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data/npy"
	"github.com/cnnc/cnnc/runtime/data/strokes"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/rng"
)

// bitmapSide is the height and width of the bitmaps of Quick, Draw!.
const bitmapSide = 28

// quickSet is a source of Quick, Draw! drawings (spec: data, Quick, Draw!): a
// folder with one file for each class, named after it. Of strokes it holds eight
// bytes a drawing, of bitmaps none; files are opened when a drawing of theirs is
// first wanted.
type quickSet struct {
	spec  preprocess.Spec
	style strokes.Style
	paper bool
	names []string
	files []*drawFile
	first []int // number of the first drawing of each file
	total int
}

// drawFile is the drawings of one class.
type drawFile struct {
	path  string
	class int
	form  *drawForm
	n     int
	at    []int64 // where each drawing begins; nil when all are of one size
	key   uint64

	mu    sync.Mutex
	file  *os.File
	array *npy.Array
}

// drawForm is a form in which drawings are kept, by the suffix of the file.
type drawForm struct {
	suffix  string
	strokes bool
	// index counts the drawings, and finds where they begin.
	index func(f *drawFile, o config.Drawings, skip bool) error
	// lines reads drawing i, bitmap its 28x28 pixels.
	lines  func(f *drawFile, i int, s *Scratch) ([]strokes.Line, error)
	bitmap func(f *drawFile, i int, dst []uint8, s *Scratch) error
}

var drawForms = []drawForm{
	{suffix: ".bin", strokes: true, index: indexBinary, lines: binaryLines},
	{suffix: ".ndjson", strokes: true, index: indexJSON, lines: jsonLines},
	{suffix: ".npy", index: indexArray, bitmap: arrayBitmap},
	{suffix: ".raw", index: indexRaw, bitmap: rawBitmap},
}

func drawFormOf(path string) *drawForm {
	for i := range drawForms {
		if strings.EqualFold(filepath.Ext(path), drawForms[i].suffix) {
			return &drawForms[i]
		}
	}
	return nil
}

// drawFiles finds the files of the classes: all of a folder, or one file.
func drawFiles(src config.Source, paths []string) (names, files []string, err error) {
	if len(paths) != 1 {
		return nil, nil, fmt.Errorf("quickdraw needs the folder of the drawings; got %d paths", len(paths))
	}
	info, err := os.Stat(paths[0])
	if err != nil {
		return nil, nil, &FileError{Path: paths[0], Err: bare(err)}
	}
	if !info.IsDir() {
		if drawFormOf(paths[0]) == nil {
			return nil, nil, fileErrorf(paths[0], "not a folder, and no file of drawings by its suffix (%s)", drawSuffixes())
		}
		return []string{className(paths[0])}, paths, nil
	}
	entries, err := os.ReadDir(paths[0])
	if err != nil {
		return nil, nil, &FileError{Path: paths[0], Err: bare(err)}
	}
	at := map[string]string{}
	for _, e := range entries {
		if hidden(e.Name()) || drawFormOf(e.Name()) == nil || isDir(paths[0], e) {
			continue
		}
		name := className(e.Name())
		if old, ok := at[name]; ok {
			return nil, nil, fileErrorf(paths[0], "class %q is there twice: %s and %s", name, old, e.Name())
		}
		at[name] = e.Name()
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil, nil, fileErrorf(paths[0], "no drawings: want a file for each class (%s)", drawSuffixes())
	}
	slices.Sort(names)
	if len(src.Classes) > 0 {
		names = src.Classes
	}
	for _, name := range names {
		if at[name] == "" {
			return nil, nil, fileErrorf(paths[0], "no drawings of class %q", name)
		}
		files = append(files, filepath.Join(paths[0], at[name]))
	}
	return names, files, nil
}

// className is what a file of drawings holds drawings of.
func className(path string) string {
	name := filepath.Base(path)
	return name[:len(name)-len(filepath.Ext(name))]
}

func drawSuffixes() string {
	var s []string
	for _, f := range drawForms {
		s = append(s, f.suffix)
	}
	return strings.Join(s, " ")
}

func quickClasses(_ config.Data, _ string, src config.Source, paths []string) ([]string, error) {
	names, _, err := drawFiles(src, paths)
	return names, err
}

func openQuick(cfg config.Data, which string, src config.Source, paths []string, spec preprocess.Spec) (source, error) {
	names, files, err := drawFiles(src, paths)
	if err != nil {
		return nil, err
	}
	o := src.Drawings
	d := &quickSet{spec: spec, names: names, paper: o.Paper, style: strokes.QuickDraw}
	if o.Line != 0 {
		d.style.Width, d.style.Padding = o.Line, o.Padding
	}
	if !(d.style.Width > 0 && d.style.Width <= 256) || !(d.style.Padding >= 0 && d.style.Padding <= 256) || o.First < 0 {
		return nil, fmt.Errorf("lines of width %v with padding %v, first %d: want 0 < line <= 256, 0 <= padding <= 256, first >= 0", d.style.Width, d.style.Padding, o.First)
	}
	if o.Recognized != "" && o.Recognized != "yes" && o.Recognized != "no" {
		return nil, fmt.Errorf("recognized is %q, want yes or no", o.Recognized)
	}
	d.style.Hard = o.Hard
	for class, path := range files {
		f := &drawFile{path: path, class: class, form: drawFormOf(path), key: rng.HashString(names[class])}
		if err := d.add(f, o, cfg.OnError == "skip", which); err != nil {
			d.Close()
			if fe := new(FileError); errors.As(err, &fe) {
				return nil, err
			}
			return nil, &FileError{Path: path, Err: err}
		}
	}
	if d.total == 0 {
		return nil, fileErrorf(paths[0], "no drawings")
	}
	return d, nil
}

// add finds the drawings of a file.
func (d *quickSet) add(f *drawFile, o config.Drawings, skip bool, which string) error {
	info, err := os.Stat(f.path)
	switch {
	case err != nil:
		return bare(err)
	case !info.Mode().IsRegular():
		return errors.New("not a regular file")
	case info.Size() == 0:
		return errors.New("empty file")
	case !f.form.strokes && o.Recognized != "":
		return errors.New("bitmaps do not say which drawings were recognized")
	case !f.form.strokes && !d.spec.Resize && (d.spec.Height != bitmapSide || d.spec.Width != bitmapSide):
		return fmt.Errorf("bitmaps are 28x28, the network takes %dx%d; resize is off", d.spec.Height, d.spec.Width)
	}
	if err := f.form.index(f, o, skip); err != nil {
		return err
	}
	if f.at != nil {
		f.n = len(f.at)
	}
	if o.First > 0 {
		f.n = min(f.n, o.First)
	}
	if f.n == 0 && which == "train" {
		if o.Recognized != "" {
			return fmt.Errorf("no drawing with recognized=%s", o.Recognized)
		}
		return errors.New("no drawings")
	}
	if d.total > math.MaxInt32-f.n {
		return fmt.Errorf("more than %d drawings", math.MaxInt32)
	}
	d.files, d.first = append(d.files, f), append(d.first, d.total)
	d.total += f.n
	return nil
}

// find is the file of drawing i and its number there.
func (d *quickSet) find(i int) (*drawFile, int) {
	k := sort.SearchInts(d.first, i+1) - 1 // files without drawings begin where the next one does
	return d.files[k], i - d.first[k]
}

func (d *quickSet) classes() []string { return d.names }
func (d *quickSet) size() int         { return d.total }
func (d *quickSet) where(c int) string {
	for _, f := range d.files {
		if f.class == c {
			return f.path
		}
	}
	return d.names[c]
}

func (d *quickSet) label(i int) int {
	f, _ := d.find(i)
	return f.class
}

// key does not depend on which drawings before it were chosen.
func (d *quickSet) key(i int) uint64 {
	f, k := d.find(i)
	if f.at != nil {
		return rng.Hash(f.key, uint64(f.at[k]))
	}
	return rng.Hash(f.key, uint64(k))
}

func (d *quickSet) name(i int) string {
	f, k := d.find(i)
	return fmt.Sprintf("%s: drawing %d", f.path, k)
}

func (d *quickSet) Close() error {
	var errs []error
	for _, f := range d.files {
		errs = append(errs, f.close())
	}
	return errors.Join(errs...)
}

// open is the file, opened by the first that asks.
func (f *drawFile) open() (*os.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		file, err := os.Open(f.path)
		if err != nil {
			return nil, bare(err)
		}
		f.file = file
	}
	return f.file, nil
}

func (f *drawFile) close() (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file != nil {
		err = f.file.Close()
	}
	if f.array != nil {
		err = errors.Join(err, f.array.Close())
	}
	f.file, f.array = nil, nil
	return err
}

func (d *quickSet) load(i int, dst []float32, s *Scratch) error {
	f, k := d.find(i)
	if f.form.strokes {
		lines, err := f.form.lines(f, k, s)
		if err != nil {
			return &FileError{Path: f.path, Err: err}
		}
		m := s.pixels(d.spec.Height, d.spec.Width)
		strokes.RenderLines(m.Pix, d.spec.Height, d.spec.Width, lines, d.style)
	} else {
		m := s.pixels(bitmapSide, bitmapSide)
		if err := f.form.bitmap(f, k, m.Pix, s); err != nil {
			return &FileError{Path: f.path, Err: fmt.Errorf("drawing %d: %w", k, err)}
		}
	}
	if d.paper {
		for j := range s.gray.Pix {
			s.gray.Pix[j] = 255 - s.gray.Pix[j]
		}
	}
	return d.spec.Raw(dst, &s.gray, &s.pre)
}
