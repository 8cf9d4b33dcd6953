package data

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/google/go-cmp/cmp"
)

func doodleConfig() config.Data {
	cfg := pictures(14, 1)
	cfg.Train = config.Source{Kind: "doodles", PerClass: 20}
	cfg.Validate = config.Source{Kind: "split", Of: "train", Fraction: 0.25}
	cfg.Test = config.Source{Kind: "doodles", PerClass: 3}
	cfg.Rescale, cfg.Batch = 1./255, 8
	return cfg
}

// What one part holds does not depend on which others are opened with it.
func TestOpenIsOpenAll(t *testing.T) {
	cfg := doodleConfig()
	train, val, test, err := OpenAll(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(train, val, test)
	if train.Len() != 150 || val.Len() != 50 || test.Len() != 30 {
		t.Errorf("%d + %d + %d examples", train.Len(), val.Len(), test.Len())
	}
	names, err := Classes(cfg)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint64]bool{}
	for p, d := range []Dataset{train, val, test} {
		one, err := Open(cfg, parts[p])
		if err != nil {
			t.Fatal(err)
		}
		defer Close(one)
		if !slices.Equal(keysOf(one), keysOf(d)) || !slices.Equal(one.Classes(), names) || !slices.Equal(d.Classes(), names) {
			t.Errorf("%s: Open and OpenAll differ", parts[p])
		}
		for _, k := range keysOf(d) {
			if seen[k] {
				t.Error("two parts share a figure")
			}
			seen[k] = true
		}
	}
}

func TestOpenErrors(t *testing.T) {
	for _, c := range []struct {
		change func(*config.Data)
		want   string
	}{
		{func(c *config.Data) { c.Train = config.Source{} }, "split from train, which the model file does not name"},
		{func(c *config.Data) { c.Train.Kind = "floppy" }, `unknown kind of source "floppy"`},
		{func(c *config.Data) { c.Train.Paths = []string{"x"} }, "no path wanted"},
		{func(c *config.Data) { c.Train.Classes = []string{"circle", "unicorn"} }, `no doodles of class "unicorn"`},
		{func(c *config.Data) { c.Train.Classes = []string{"circle"} }, "only one class (circle)"},
		{func(c *config.Data) { c.Train.Classes = []string{"circle", "circle"} }, `"circle" is listed twice`},
		{func(c *config.Data) { c.Train.Classes = []string{"circle", "star"} }, `data test: doodles: unknown class "arrow"`},
		{func(c *config.Data) { c.Train.PerClass = 1 << 30 }, "the limit is"},
		{func(c *config.Data) { c.Validate.Fraction = 0 }, "fraction 0 is not between 0 and 1"},
		{func(c *config.Data) { c.Validate.Of = "validate" }, "cannot be split from validate"},
		{func(c *config.Data) { c.Validate.Of = "holidays" }, `split of "holidays"`},
		{func(c *config.Data) { c.Test = config.Source{Kind: "split", Of: "train", Fraction: 0.8} }, "splits leave nothing of train"},
		{func(c *config.Data) { c.Channels = 2 }, "2 channels"},
		{func(c *config.Data) { c.Color = "rgb" }, "made rgb, but the network's input has 1 channels"},
		{func(c *config.Data) { c.Color = "sepia" }, `colour is "sepia"`},
		{func(c *config.Data) { c.Resize = &config.Size{Height: 14, Width: 15} }, "resize 14x15 does not give the network's input 14x14"},
		{func(c *config.Data) { c.Height = 0 }, "input is 0x14"},
		{func(c *config.Data) { c.Height, c.Resize = 1<<30, nil }, "height and width"},
		{func(c *config.Data) { c.OnError = "ignore" }, `on_error is "ignore"`},
		{func(c *config.Data) { c.Rescale = 1e300 }, "rescale"},
	} {
		cfg := doodleConfig()
		c.change(&cfg)
		_, _, _, err := OpenAll(cfg)
		wantError(t, err, c.want)
	}
	_, err := Open(doodleConfig(), "exam")
	wantError(t, err, `"exam"`)
	_, err = Open(config.Data{Height: 1, Width: 1, Channels: 1}, "train")
	wantError(t, err, "names no data to train with")
	_, err = Classes(config.Data{})
	wantError(t, err, "names no data")
}

// Configuration travels as JSON.
func TestConfigRoundTrip(t *testing.T) {
	cfg := doodleConfig()
	cfg.Classes, cfg.Seed, cfg.Augment, cfg.Train.Paths = []string{"a"}, 1<<63, &config.Augment{Rotate: 10}, []string{"é"}
	b, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var back config.Data
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(cfg, back); d != "" {
		t.Error(d)
	}
}

// Exported figures, read back from their folders, are the same values.
func TestExport(t *testing.T) {
	for _, channels := range []int{1, 3} {
		cfg := pictures(13, channels)
		cfg.Width, cfg.Resize.Width = 17, 17
		cfg.Train = config.Source{Kind: "doodles", PerClass: 4}
		set := mustOpen(t, cfg)
		dir := t.TempDir()
		for range 2 { // the second time over the files of the first
			if n, err := Export(set, dir, 3); err != nil || n != 30 {
				t.Fatalf("%d files, %v", n, err)
			}
		}
		cfg.Train, cfg.Resize = folderSource(dir), nil
		back := mustOpen(t, cfg)
		if back.Len() != 30 || !slices.Equal(back.Classes(), set.Classes()) {
			t.Fatalf("%d pictures of %q", back.Len(), back.Classes())
		}
		a, b, s := make([]float32, 13*17*channels), make([]float32, 13*17*channels), NewScratch()
		for i := range back.Len() {
			j := i/3*4 + i%3
			if err := set.Load(j, a, s); err != nil {
				t.Fatal(err)
			}
			if err := back.Load(i, b, s); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(a, b) || back.Label(i) != set.Label(j) {
				t.Fatalf("%s is not %s", back.Name(i), set.Name(j))
			}
		}
		entries, err := os.ReadDir(filepath.Join(dir, "circle"))
		if err != nil || len(entries) != 3 || entries[2].Name() != "00002.png" {
			t.Errorf("files %v, %v", entries, err)
		}
	}
}

// A class name must not lead out of the folder.
func TestExportNames(t *testing.T) {
	for _, name := range []string{"../up", "", "a/b", ".hidden", `c:\x`} {
		l := newListed(3, 2)
		l.names[1] = name
		p, err := newPart(share(l), mustSpec(t), l.names)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Export(p, t.TempDir(), 0)
		wantError(t, err, "cannot be the name of a folder")
	}
	p, err := newPart(share(newListed(3, 2)), mustSpec(t), newListed(3, 2).names)
	if err != nil {
		t.Fatal(err)
	}
	p.mirrored = true
	_, err = Export(p, t.TempDir(), 0)
	wantError(t, err, "no classes")
}

func mustSpec(t *testing.T) preprocess.Spec {
	t.Helper()
	spec, err := Spec(pictures(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}
