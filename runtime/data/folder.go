package data

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/rng"
)

// folder is a source of class folders: ROOT/CLASS/.../picture.png. Classes are
// the folders of the root in byte order of their names; a class's pictures are
// found at any depth below it. Names with a leading dot are ignored, and so is
// every file whose suffix is not of a picture. A link to a class folder is
// followed, a link to a folder further below is not.
type folder struct {
	spec      preprocess.Spec
	maxPixels int
	roots     []string
	names     []string
	files     fileNames
	list      string // the CSV file that lists them, "" when they were found
}

// folderClasses lists the class folders of all roots, without looking into them.
func folderClasses(cfg config.Data, which string, src config.Source, paths []string) ([]string, error) {
	if len(paths) == 0 {
		return nil, fmt.Errorf("folder needs the path of a folder")
	}
	if wholeFolder(cfg, src) {
		return []string{""}, nil
	}
	var names []string
	for _, root := range paths {
		entries, err := os.ReadDir(root)
		if err != nil {
			return nil, &FileError{Path: root, Err: bare(err)}
		}
		pictures, found := 0, 0
		for _, e := range entries {
			switch {
			case hidden(e.Name()):
			case isDir(root, e):
				found++
				names = append(names, e.Name())
			case isPicture(e.Name()):
				pictures++
			}
		}
		switch {
		case found == 0 && pictures > 0:
			return nil, fileErrorf(root, "no class folders: %s directly in it, want one folder for each class", count(pictures, "picture"))
		case found == 0:
			return nil, fileErrorf(root, "no class folders")
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 1 && len(cfg.Classes) == 0 && which == "train" && !mirrored(cfg) {
		return nil, fileErrorf(paths[0], "only one class (%s); a classifier needs at least two", names[0])
	}
	if len(src.Classes) == 0 {
		return names, nil
	}
	for _, c := range src.Classes {
		if !slices.Contains(names, c) {
			return nil, fileErrorf(paths[0], "no class folder %q", c)
		}
	}
	return src.Classes, nil
}

// wholeFolder reports whether the pictures of a folder have no classes: then they
// are all that lie below it.
func wholeFolder(cfg config.Data, src config.Source) bool {
	return mirrored(cfg) && len(src.Classes) == 0
}

func openFolder(cfg config.Data, which string, src config.Source, paths []string, spec preprocess.Spec) (source, error) {
	names, err := folderClasses(cfg, which, src, paths)
	if err != nil {
		return nil, err
	}
	f := &folder{spec: spec, maxPixels: cfg.MaxPixels, roots: paths, names: names}
	for label, name := range names {
		before := f.files.len()
		for root, dir := range paths {
			err := f.walk(filepath.Join(dir, name), name, int32(root), int32(label))
			if errors.Is(err, fs.ErrNotExist) && len(paths) > 1 {
				continue // a class need not be in every root
			}
			if err != nil {
				return nil, err
			}
		}
		if f.files.len() == before && which == "train" && name != "" {
			return nil, fileErrorf(filepath.Join(paths[0], name), "class %q has no picture (%s)", name, strings.Join(extensions, " "))
		}
	}
	if f.files.len() == 0 {
		if wholeFolder(cfg, src) {
			return nil, fileErrorf(paths[0], "no pictures (%s)", strings.Join(extensions, " "))
		}
		return nil, fileErrorf(paths[0], "no pictures in the class folders")
	}
	// Byte order of whole paths, class by class, whatever the walk did.
	f.files.sort()
	f.files.shrink()
	return f, nil
}

// entriesAtATime is how many entries of a folder are looked at together.
const entriesAtATime = 512

// walk appends the pictures below dir, whose path below the root is rel.
func (f *folder) walk(dir, rel string, root, label int32) error {
	var below []string
	err := eachEntry(dir, func(e fs.DirEntry) error {
		name := e.Name()
		switch {
		case hidden(name):
		case e.IsDir():
			below = append(below, name)
		case isPicture(name) && !isDir(dir, e):
			return f.files.add(path.Join(rel, name), root, label)
		}
		return nil
	})
	if err != nil {
		return &FileError{Path: dir, Err: bare(err)}
	}
	for _, name := range below {
		if err := f.walk(filepath.Join(dir, name), path.Join(rel, name), root, label); err != nil {
			return err
		}
	}
	return nil
}

// eachEntry calls do with the entries of a folder, in no order.
func eachEntry(dir string, do func(fs.DirEntry) error) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(entriesAtATime)
		for _, e := range entries {
			if err := do(e); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") }

func isPicture(name string) bool {
	return slices.Contains(extensions, strings.ToLower(filepath.Ext(name)))
}

// isDir says whether an entry is a folder or a link to one.
func isDir(parent string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.IsDir()
	}
	info, err := os.Stat(filepath.Join(parent, e.Name()))
	return err == nil && info.IsDir()
}

// bare takes the path off an error of package os.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (f *folder) classes() []string { return f.names }
func (f *folder) size() int         { return f.files.len() }
func (f *folder) label(i int) int   { return int(f.files.items[i].label) }
func (f *folder) key(i int) uint64  { return rng.HashString(f.files.path(i)) }
func (f *folder) Close() error      { return nil }

func (f *folder) where(c int) string {
	if f.list != "" {
		return f.list
	}
	return filepath.Join(f.roots[0], f.names[c])
}

func (f *folder) name(i int) string {
	return filepath.Join(f.roots[f.files.items[i].root], filepath.FromSlash(f.files.path(i)))
}

func (f *folder) load(i int, dst []float32, s *Scratch) error {
	path := f.name(i)
	img, err := Decode(path, f.maxPixels, s)
	if err != nil {
		return err
	}
	if err := f.spec.Raw(dst, img, &s.pre); err != nil {
		return &FileError{Path: path, Err: err}
	}
	return nil
}
