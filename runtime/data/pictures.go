package data

import (
	"io/fs"
	"iter"
	"os"
	"path/filepath"
)

// Pictures yields the names of files: those given, as they are, and in place of a
// folder all pictures below it, by their suffix, in the order of their names,
// without hidden ones. A folder that cannot be read is yielded with the reason, a
// FileError. Memory is that of the entries of the folders on the way.
func Pictures(names ...string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, name := range names {
			if info, err := os.Stat(name); err != nil || !info.IsDir() {
				if !yield(name, nil) { // whoever opens it will say what is wrong
					return
				}
				continue
			}
			if !eachPicture(name, yield) {
				return
			}
		}
	}
}

// eachPicture yields what is below a folder; false when there was enough. Links to
// folders are not followed, since they may lead back.
func eachPicture(dir string, yield func(string, error) bool) bool {
	entries, err := os.ReadDir(dir)
	if err != nil && !yield(dir, &FileError{Path: dir, Err: bare(err)}) {
		return false
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		switch {
		case hidden(e.Name()):
		case e.IsDir():
			if !eachPicture(name, yield) {
				return false
			}
		case isPicture(e.Name()) && (e.Type()&fs.ModeSymlink == 0 || !isDir(dir, e)):
			if !yield(name, nil) {
				return false
			}
		}
	}
	return true
}
