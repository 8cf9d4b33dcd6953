package data

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// fileNames is a long list of files that takes the letters of their names and 24
// bytes for each: a set of a million pictures is listed in some 50 MB. Folders are
// written once.
type fileNames struct {
	text    []byte // names of the files, without folders, one after the other
	items   []fileName
	folders []string // below the root, with slashes and one at the end, or ""
	index   map[string]int32
}

type fileName struct {
	at     int64 // of its name in text
	n      int32 // bytes of its name
	folder int32
	root   int32
	label  int32
}

// errManyFiles is about lists whose numbers do not fit in 31 bits.
var errManyFiles = errors.New("more than 2147483647 files")

// add appends the file of that path below its root, with slashes.
func (l *fileNames) add(path string, root, label int32) error {
	if len(l.items) == 1<<31-1 {
		return errManyFiles
	}
	cut := strings.LastIndexByte(path, '/') + 1
	folder, ok := l.index[path[:cut]]
	if !ok {
		if l.index == nil {
			l.index = map[string]int32{}
		}
		folder = int32(len(l.folders))
		l.folders = append(l.folders, strings.Clone(path[:cut]))
		l.index[l.folders[folder]] = folder
	}
	l.items = append(l.items, fileName{at: int64(len(l.text)), n: int32(len(path) - cut), folder: folder, root: root, label: label})
	l.text = append(l.text, path[cut:]...)
	return nil
}

func (l *fileNames) len() int { return len(l.items) }

// path is that of file i below its root, with slashes.
func (l *fileNames) path(i int) string {
	f := &l.items[i]
	return l.folders[f.folder] + string(l.text[f.at:f.at+int64(f.n)])
}

// sort brings the files into the byte order of their paths, label by label; the
// same path below several roots stays in the order of these.
func (l *fileNames) sort() {
	slices.SortFunc(l.items, func(a, b fileName) int {
		return cmp.Or(cmp.Compare(a.label, b.label), l.compare(&a, &b), cmp.Compare(a.root, b.root))
	})
}

// compare compares paths without making them.
func (l *fileNames) compare(a, b *fileName) int {
	p, q := l.text[a.at:a.at+int64(a.n)], l.text[b.at:b.at+int64(b.n)]
	if a.folder == b.folder {
		return slices.Compare(p, q)
	}
	// Of the longer folder, what goes on beside the other one's name.
	d, e := l.folders[a.folder], l.folders[b.folder]
	n := min(len(d), len(e))
	if c := strings.Compare(d[:n], e[:n]); c != 0 {
		return c
	}
	at := func(folder string, name []byte, i int) int {
		if i < len(folder) {
			return int(folder[i])
		}
		if i -= len(folder); i < len(name) {
			return int(name[i])
		}
		return -1 // the end comes before everything
	}
	for i := n; ; i++ {
		x, y := at(d, p, i), at(e, q, i)
		if c := cmp.Compare(x, y); c != 0 || x < 0 {
			return c
		}
	}
}

// shrink gives up what was reserved for more files.
func (l *fileNames) shrink() {
	l.text, l.items, l.folders, l.index = slices.Clip(slices.Clone(l.text)), slices.Clip(slices.Clone(l.items)), slices.Clip(l.folders), nil
}
