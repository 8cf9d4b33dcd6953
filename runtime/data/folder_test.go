package data

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
)

// brokenDir is the data section of one of broken/dirs.
func brokenDir(t *testing.T, name, onError string) config.Data {
	t.Helper()
	cfg := pictures(28, 1)
	cfg.Base = sharedData(t, "broken", "dirs")
	cfg.Train = folderSource(name)
	cfg.OnError = onError
	return cfg
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("error %v, want one with %q", err, p)
			return
		}
	}
}

// mustOpen opens the training part.
func mustOpen(t testing.TB, cfg config.Data) Dataset {
	t.Helper()
	d, err := Open(cfg, "train")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := Close(d); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestFolderMixed(t *testing.T) {
	cfg := brokenDir(t, "mixed", "stop")
	d := mustOpen(t, cfg)
	if got := d.Classes(); !slices.Equal(got, []string{"apple", "eye"}) {
		t.Errorf("classes %q; hidden folders and files are no classes", got)
	}
	if d.Len() != 15 {
		t.Errorf("%d pictures, want 12 good and 3 bad", d.Len())
	}
	for i := range d.Len() {
		if n := d.Name(i); strings.Contains(n, "notes.txt") || strings.Contains(n, "Thumbs") || strings.Contains(n, "DS_Store") {
			t.Errorf("%s is no picture", n)
		}
	}
	// Strict: the first bad one of the order, whatever the number of workers.
	for _, workers := range []int{1, 2, 5} {
		k := run(t, d, Options{Batch: 4, Workers: workers}, 0, 0)
		wantError(t, k.err, filepath.Join("mixed", "apple", "bad_empty.jpg"), "empty file")
		if len(k.index) != 4 {
			t.Errorf("%d workers: %d examples before the bad batch, want 4", workers, len(k.index))
		}
	}
	// Skipping: the same 12 pictures every time, 3 counted.
	for _, batch := range []int{1, 4, 100} {
		k := run(t, d, Options{Batch: batch, Skip: true, Workers: 3}, 0, 0)
		if k.err != nil || len(k.index) != 12 || k.skip != 3 || len(k.first) != 3 {
			t.Errorf("batch %d: %d pictures, %d skipped (%v), error %v; want 12, 3", batch, len(k.index), k.skip, k.first, k.err)
		}
		if !slices.IsSorted(k.index) {
			t.Errorf("batch %d: order %v", batch, k.index)
		}
	}
}

func TestFolderAllBad(t *testing.T) {
	d := mustOpen(t, brokenDir(t, "all_bad", "skip"))
	k := run(t, d, Options{Batch: 1, Skip: true}, 0, 0)
	wantError(t, k.err, "no usable example", "2 skipped", filepath.Join("apple", "a.png"))
}

func TestFolderErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		want []string
	}{
		{"no_class_folders", []string{"no_class_folders: no class folders", "3 pictures"}},
		{"empty_class", []string{filepath.Join("empty_class", "eye"), `class "eye" has no picture`}},
		{"one_class", []string{"one_class: only one class (apple)"}},
		{"nowhere", []string{"nowhere", "no such file"}},
	} {
		for _, mode := range []string{"stop", "skip"} {
			_, err := Open(brokenDir(t, c.name, mode), "train")
			wantError(t, err, c.want...)
		}
	}
	_, err := Classes(brokenDir(t, "no_class_folders", ""))
	wantError(t, err, "no class folders")
}

func TestFolderNestedIsRecursive(t *testing.T) {
	d := mustOpen(t, brokenDir(t, "nested", ""))
	var names []string
	for i := range d.Len() {
		rel, err := filepath.Rel(sharedData(t, "broken", "dirs", "nested"), d.Name(i))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, filepath.ToSlash(rel))
	}
	if want := []string{"apple/b.png", "apple/more/a.png", "eye/c.png"}; !slices.Equal(names, want) {
		t.Errorf("pictures %q, want %q", names, want)
	}
}

func TestFolderOrderIsBytes(t *testing.T) {
	cfg := brokenDir(t, "same_names", "")
	d := mustOpen(t, cfg)
	want := []string{"apple", "apple pie", "apple10", "apple9"}
	if !slices.Equal(d.Classes(), want) || d.Len() != 4 {
		t.Errorf("classes %q with %d pictures, want %q with 4", d.Classes(), d.Len(), want)
	}
	cheap, err := Classes(cfg)
	if err != nil || !slices.Equal(cheap, want) {
		t.Errorf("Classes: %q, %v", cheap, err)
	}
	keys := map[uint64]bool{}
	for i := range d.Len() {
		keys[d.Key(i)] = true
		if d.Label(i) != i {
			t.Errorf("picture %d has label %d", i, d.Label(i))
		}
	}
	if len(keys) != 4 {
		t.Error("pictures of the same file name in different classes have the same key")
	}
}

func TestFolderRowsAreComplete(t *testing.T) {
	left := listing(t, sharedData(t, "broken", "dirs"))
	for _, name := range []string{"mixed", "no_class_folders", "empty_class", "all_bad", "nested", "same_names", "one_class"} {
		delete(left, name)
	}
	for name := range left {
		t.Errorf("broken/dirs/%s has no test", name)
	}
}

// makeFolder writes class folders of tiny pictures: path -> value of the pixels.
func makeFolder(t testing.TB, files map[string]uint8) string {
	t.Helper()
	root := t.TempDir()
	for name, v := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, tinyPNG(t, v), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestFolderClassesOfParts(t *testing.T) {
	train := makeFolder(t, map[string]uint8{"a/1.png": 1, "b/1.png": 2, "c/1.png": 3})
	test := makeFolder(t, map[string]uint8{"c/9.png": 9, "a/8.png": 8})
	cfg := pictures(1, 1)
	cfg.Train, cfg.Test = folderSource(train), folderSource(test)
	tr, va, te, err := OpenAll(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(tr, va, te)
	if va != nil || te.Len() != 2 || te.Label(0) != 0 || te.Label(1) != 2 {
		t.Errorf("labels of the test part are %d, %d, want those of the training classes, 0 and 2", te.Label(0), te.Label(1))
	}
	x := make([]float32, 1)
	if err := te.Load(1, x, NewScratch()); err != nil || x[0] != 9 {
		t.Errorf("test picture 1 is %v, %v", x, err)
	}

	// A class that training does not know: error with its folder.
	if err := os.Mkdir(filepath.Join(test, "zebra"), 0o777); err != nil {
		t.Fatal(err)
	}
	_, _, _, err = OpenAll(cfg)
	wantError(t, err, "data test", filepath.Join(test, "zebra"), `unknown class "zebra"`)
	_, err = Open(cfg, "test")
	wantError(t, err, filepath.Join(test, "zebra"))

	// Fixed classes: the order is theirs, and the training folder may be gone.
	cfg.Classes = []string{"zebra", "c", "a", "b"}
	cfg.Train = folderSource(filepath.Join(train, "gone"))
	d, err := Open(cfg, "test")
	if err != nil {
		t.Fatal(err)
	}
	if d.Label(0) != 2 || d.Label(1) != 1 || len(d.Classes()) != 4 {
		t.Errorf("labels %d %d", d.Label(0), d.Label(1))
	}
}

func TestFolderRootsAndSelection(t *testing.T) {
	one := makeFolder(t, map[string]uint8{"a/1.png": 1, "b/1.PNG": 2, "b/.hidden.png": 7, ".git/x.png": 7, "b/.git/x.png": 7})
	two := makeFolder(t, map[string]uint8{"b/1.png": 3, "c/x/y/z.jpeg": 4})
	cfg := pictures(1, 1)
	cfg.Train = config.Source{Kind: "folder", Paths: []string{one, two}}
	values := func(d Dataset) string {
		x, s, out := make([]float32, 1), NewScratch(), ""
		for i := range d.Len() {
			if err := d.Load(i, x, s); err != nil {
				t.Fatal(err)
			}
			out += fmt.Sprintf("%s%v ", d.Classes()[d.Label(i)], x[0])
		}
		return out
	}
	if got, want := values(mustOpen(t, cfg)), "a1 b2 b3 c4 "; got != want {
		t.Errorf("both roots: %s, want %s", got, want)
	}
	cfg.Train.Classes = []string{"c", "b"}
	if got, want := values(mustOpen(t, cfg)), "c4 b2 b3 "; got != want {
		t.Errorf("chosen classes: %s, want %s", got, want)
	}
	cfg.Train.Classes = []string{"c", "q"}
	_, err := Open(cfg, "train")
	wantError(t, err, `no class folder "q"`)
}

func TestFolderSizeMustFit(t *testing.T) {
	cfg := pictures(2, 1)
	cfg.Resize = nil
	root := makeFolder(t, map[string]uint8{"a/1.png": 1, "b/1.png": 2})
	cfg.Train = folderSource(root)
	k := run(t, mustOpen(t, cfg), Options{Batch: 2}, 0, 0)
	wantError(t, k.err, filepath.Join(root, "a", "1.png"), "1 wide and 1 high", "resize is off")
	if _, ok := errors.AsType[*FileError](k.err); !ok {
		t.Errorf("%T, want a *FileError", k.err)
	}
}

// All kinds of files of the flower photographs load.
func TestFolderFlowers(t *testing.T) {
	cfg := pictures(24, 3)
	cfg.Train = config.Source{Kind: "folder", Paths: []string{sharedData(t, "flowers_mixed")}}
	if testing.Short() {
		cfg.Train.PerClass = 20
	}
	d := mustOpen(t, cfg)
	if len(d.Classes()) != 5 || d.Len() != 400 && !testing.Short() {
		t.Fatalf("%d pictures of %q", d.Len(), d.Classes())
	}
	if k := run(t, d, Options{Batch: 32, Shuffle: true}, 0, 0); k.err != nil || len(k.index) != d.Len() {
		t.Errorf("%d of %d pictures, %v", len(k.index), d.Len(), k.err)
	}
}
