package data

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
)

func listSource(path, column, class string) config.Source {
	return config.Source{Kind: "files", Paths: []string{path}, Files: config.Files{Path: column, Class: class}}
}

func TestFileList(t *testing.T) {
	dir := t.TempDir()
	png := string(samples(t)["png"])
	for _, name := range []string{"a.png", "b.png", "sub/c.png", "elsewhere/d.png"} {
		write(t, filepath.Join(dir, name), png)
	}
	abs := filepath.Join(dir, "elsewhere", "d.png")
	write(t, filepath.Join(dir, "list.csv"), "\ufeffspecies,file\r\nowl,a.png\r\n\"tit, great\",sub/c.png\r\nowl,\""+abs+"\"\r\ncrow,b.png\r\n")
	cfg := pictures(9, 3)
	cfg.Train = listSource(filepath.Join(dir, "list.csv"), "file", "species")
	set := mustOpen(t, cfg)
	defer Close(set)
	if set.Len() != 4 || set.Classes()[0] != "crow" || set.Classes()[set.Label(1)] != "tit, great" || set.Classes()[set.Label(2)] != "owl" {
		t.Fatalf("%d pictures of %q", set.Len(), set.Classes())
	}
	x, s := make([]float32, 9*9*3), NewScratch()
	for i := range 4 {
		if err := set.Load(i, x, s); err != nil {
			t.Error(err)
		}
	}
	if set.Name(2) != abs {
		t.Errorf("an absolute path became %s", set.Name(2))
	}
	// A class that is not selected is left out.
	cfg.Train.Classes = []string{"owl", "crow"}
	two := mustOpen(t, cfg)
	defer Close(two)
	if two.Len() != 3 || two.Classes()[two.Label(0)] != "owl" {
		t.Errorf("%d pictures of %q", two.Len(), two.Classes())
	}
	// Classes by folder, paths from another place.
	write(t, filepath.Join(dir, "lists", "l.csv"), "p;n\nsub/c.png;1\nelsewhere/d.png;2\n")
	cfg.Train = listSource(filepath.Join(dir, "lists", "l.csv"), "p", "")
	cfg.Train.Paths = append(cfg.Train.Paths, dir)
	cfg.Train.Files.CSV.Separator = ";"
	folders := mustOpen(t, cfg)
	defer Close(folders)
	if folders.Classes()[folders.Label(0)] != "sub" || folders.Load(1, x, s) != nil {
		t.Errorf("classes %q", folders.Classes())
	}
}

// Paths as find and other tools write them name the same files and classes.
func TestFileListPaths(t *testing.T) {
	dir := t.TempDir()
	png := string(samples(t)["png"])
	for _, name := range []string{"a.png", "b/c/d.png"} {
		write(t, filepath.Join(dir, "owl", name), png)
		write(t, filepath.Join(dir, "tit", name), png)
	}
	list := filepath.Join(dir, "l.csv")
	write(t, list, "p\n./owl/a.png\n.//owl/b/../b/c/d.png\ntit/a.png\n./tit/b/c/d.png\n")
	cfg := pictures(9, 3)
	cfg.Train = listSource(list, "p", "")
	set := mustOpen(t, cfg)
	defer Close(set)
	if !slices.Equal(set.Classes(), []string{"owl", "tit"}) || set.Name(1) != filepath.Join(dir, "owl", "b", "c", "d.png") {
		t.Errorf("classes %q, the second picture is %s", set.Classes(), set.Name(1))
	}
	write(t, list, "p\n./owl/a.png\nowl//a.png\n")
	_, err := one(cfg, "train", cfg.Train)
	wantError(t, err, "line 3: owl/a.png is listed in line 2 already")
	write(t, list, "p\n../owl/a.png\n")
	_, err = one(cfg, "train", cfg.Train)
	wantError(t, err, "in no folder that would be its class")
}

func TestFileListErrors(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ text, want string }{
		{"", "empty file"},
		{"file,class\n", "no rows"},
		{"path,class\na.png,x\n", `no column "file"; the header has path, class`},
		{"file,file,class\na,b,x\n", `two columns are called "file"`},
		{"file,class\na.png,x\nb.png\n", "line 3 has another number of fields"},
		{"file,class\na.png,x\nb.png,y,z\n", "line 3 has another number of fields"},
		{"file,class\na.png,\n", "line 2: no class"},
		{"file,class\n,x\n", "line 2: no path"},
		{"file,class\na.png,x\na.png,y\n", "line 3: a.png is listed in line 2 already"},
		{"file,class\n\"a.png,x\n", "line 2: "},
		{"file,class\na\x00.png,x\n", "line 2: a NUL byte"},
	} {
		path := filepath.Join(dir, "l.csv")
		write(t, path, c.text)
		_, err := one(pictures(9, 3), "train", listSource(path, "file", "class"))
		wantError(t, err, "l.csv: "+c.want)
	}
	write(t, filepath.Join(dir, "l.csv"), "file\na.png\n")
	_, err := one(pictures(9, 3), "train", listSource(filepath.Join(dir, "l.csv"), "file", ""))
	wantError(t, err, `line 2: "a.png" is in no folder that would be its class`)
	_, err = one(pictures(9, 3), "train", listSource(dir, "file", ""))
	wantError(t, err, "not a regular file")
}

func TestSharedFileList(t *testing.T) {
	cfg := pictures(16, 3)
	cfg.Train = listSource(sharedData(t, "flowers_mixed.csv"), "path", "")
	cfg.Train.Paths = append(cfg.Train.Paths, sharedData(t, "flowers_mixed"))
	set := mustOpen(t, cfg)
	defer Close(set)
	counts := make([]int, len(set.Classes()))
	x, s := make([]float32, 16*16*3), NewScratch()
	for i := range set.Len() {
		counts[set.Label(i)]++
		if i%13 == 0 {
			if err := set.Load(i, x, s); err != nil {
				t.Error(err)
			}
		}
	}
	if len(counts) != 5 || counts[0] != 80 || counts[4] != 80 {
		t.Errorf("counts %v of %q", counts, set.Classes())
	}
}

// A split by list takes what the list names and leaves the rest, whatever else is
// split off.
func TestSplitByList(t *testing.T) {
	dir := t.TempDir()
	png := string(samples(t)["png"])
	for _, name := range []string{"a/1.png", "a/2.png", "a/x/3.png", "b/1.png", "b/2.png", "b/3.png", "b/4.png"} {
		write(t, filepath.Join(dir, "data", name), png)
	}
	list := filepath.Join(dir, "val.txt")
	write(t, list, "# chosen by hand\r\nb/2.png\r\n\r\na/x/3.png\r\n")
	cfg := pictures(9, 1)
	cfg.Base = dir
	cfg.Train = folderSource("data")
	cfg.Validate = config.Source{Kind: "split", Of: "train", Paths: []string{"val.txt"}}
	cfg.Test = config.Source{Kind: "split", Of: "train", Fraction: 0.3}
	train, val, test, err := OpenAll(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(train, val, test)
	if val.Len() != 2 || filepath.Base(val.Name(0)) != "3.png" || filepath.Base(val.Name(1)) != "2.png" {
		t.Errorf("%d examples to validate, the first is %s", val.Len(), val.Name(0))
	}
	seen := map[string]bool{}
	for _, s := range []Dataset{train, val, test} {
		for i := range s.Len() {
			if seen[s.Name(i)] {
				t.Errorf("%s is in two parts", s.Name(i))
			}
			seen[s.Name(i)] = true
		}
	}
	if len(seen) != 7 {
		t.Errorf("%d of 7 pictures", len(seen))
	}
	for _, c := range []struct{ text, want string }{
		{"b/9.png\n", `val.txt: line 1: no example "b/9.png"; the first is called "a/1.png"`},
		{"b/2.png\nb/2.png\n", `line 2: "b/2.png" is in line 1 already`},
		{"# nothing\n", "the list names no example"},
		{"a/1.png\na/2.png\na/x/3.png\nb/1.png\nb/2.png\nb/3.png\nb/4.png\n", "lists leave nothing of train"},
	} {
		write(t, list, c.text)
		cfg.Test = config.Source{}
		_, _, _, err := OpenAll(cfg)
		wantError(t, err, c.want)
	}
	os.Remove(list)
	_, _, _, err = OpenAll(cfg)
	wantError(t, err, "val.txt: ")
}
