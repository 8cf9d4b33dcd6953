package data

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPictures(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b/2.PNG", "b/10.png", "a.jpg", "b/.hidden.png", ".git/x.png", "b/notes.txt", "c/d/e.webp", "z.gif/inner.bmp"} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(dir, filepath.Join(dir, "b", "loop.png")); err != nil {
		t.Fatal(err)
	}
	list := func(most int, names ...string) (got []string) {
		for name, err := range Pictures(names...) {
			if err != nil {
				t.Fatal(err)
			}
			if rel, err := filepath.Rel(dir, name); err == nil && !strings.HasPrefix(rel, "..") {
				name = filepath.ToSlash(rel)
			}
			if got = append(got, name); len(got) == most {
				break
			}
		}
		return got
	}
	below := []string{"a.jpg", "b/10.png", "b/2.PNG", "c/d/e.webp", "z.gif/inner.bmp"}
	if got := list(0, dir); !slices.Equal(got, below) {
		t.Errorf("%q, want %q", got, below)
	}
	// Files are taken as they are, in their place; whether they are there shows later.
	want := append([]string{"b/notes.txt"}, append(below, "nosuch")...)
	if got := list(0, filepath.Join(dir, "b/notes.txt"), dir, filepath.Join(dir, "nosuch")); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for most := range 5 {
		if got := list(most+1, dir); len(got) != most+1 {
			t.Errorf("%d names, want %d", len(got), most+1)
		}
	}
}

func TestPicturesOfClosedFolder(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("the superuser may read every folder")
	}
	dir := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(dir, 0); err != nil {
		t.Fatal(err)
	}
	for name, err := range Pictures(dir) {
		var about *FileError
		if name != dir || !errors.As(err, &about) || about.Path != dir {
			t.Errorf("%s: %v", name, err)
		}
	}
}
