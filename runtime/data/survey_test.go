package data

import (
	"path/filepath"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
)

func TestInspectFolder(t *testing.T) {
	dir := t.TempDir()
	all := samples(t)
	write(t, filepath.Join(dir, "a", "1.png"), string(all["png"]))
	write(t, filepath.Join(dir, "a", "2.gif"), string(all["gif"]))
	write(t, filepath.Join(dir, "b", "deep", "1.jpg"), string(all["png"])) // by content
	write(t, filepath.Join(dir, "b", "2.bmp"), "")
	s, err := Inspect(dir, InspectOptions{Samples: 5})
	if err != nil {
		t.Fatal(err)
	}
	p := s.Parts[0]
	if s.Kind != "folder" || p.Examples != 4 || p.Looked != 4 || p.Classes[1] != (ClassCount{"b", 2, 1}) {
		t.Errorf("%+v", s)
	}
	if len(p.Sizes) != 1 || p.Sizes[0] != (SizeCount{17, 11, 3}) || len(p.Formats) != 2 || p.Formats[1] != (FormatCount{"PNG", 2}) {
		t.Errorf("sizes %v, formats %v", p.Sizes, p.Formats)
	}
	if len(p.Duplicates) != 1 || len(p.Duplicates[0]) != 2 || filepath.Base(p.Duplicates[0][1]) != "1.jpg" {
		t.Errorf("duplicates %q", p.Duplicates)
	}
	if len(p.Unreadable) != 1 || p.Unreadable[0].Reason != "empty file" || filepath.Base(p.Unreadable[0].Name) != "2.bmp" {
		t.Errorf("unreadable %q", p.Unreadable)
	}
	if len(p.Samples[0]) != 2 || len(p.Samples[1]) != 1 || p.Samples[0][0].Bounds().Dx() != 17 {
		t.Errorf("%d and %d samples", len(p.Samples[0]), len(p.Samples[1]))
	}
}

func TestInspectKinds(t *testing.T) {
	dir := t.TempDir()
	drawnClasses(t, dir)
	write(t, filepath.Join(dir, "cifar", "data_batch_1.bin"), cifarRecords(30, 1, func(i, _ int) byte { return byte(i % 10) }))
	write(t, filepath.Join(dir, "one", "x.bin"), cifarRecords(20, 1, func(i, _ int) byte { return byte(i % 10) }))
	write(t, filepath.Join(dir, "maps", "x.raw"), string(make([]byte, 3*784)))
	images, labels := writeIDX(t, dir, 12, 5, 7, 3, true)
	for _, c := range []struct {
		path, kind string
		o          InspectOptions
		n, looked  int
	}{
		{"bin", "quickdraw", InspectOptions{}, 14, 14},
		{"text/cat.ndjson", "quickdraw", InspectOptions{}, 7, 7},
		{"cifar", "cifar", InspectOptions{}, 30, 30},
		{"cifar", "cifar", InspectOptions{Limit: 10}, 30, 10},
		{"cifar", "cifar", InspectOptions{Limit: 7}, 30, 7},
		{"cifar", "cifar", InspectOptions{Limit: 100}, 30, 30},
		{"one/x.bin", "cifar", InspectOptions{}, 20, 20},
		{"maps/x.raw", "quickdraw", InspectOptions{}, 3, 3},
	} {
		s, err := Inspect(filepath.Join(dir, c.path), c.o)
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		if p := s.Parts[0]; s.Kind != c.kind || p.Examples != c.n || p.Looked != c.looked || len(p.Unreadable) > 0 {
			t.Errorf("%s: %s, %d examples, %d looked at, %v", c.path, s.Kind, p.Examples, p.Looked, p.Unreadable)
		}
	}
	for _, path := range []string{filepath.Join(dir, "nosuch"), labels} {
		if _, err := Inspect(path, InspectOptions{}); err == nil {
			t.Errorf("%s passed", path)
		}
	}
	_ = images
	list := filepath.Join(dir, "list.csv")
	write(t, filepath.Join(dir, "p", "1.png"), string(samples(t)["png"]))
	write(t, list, "filename\np/1.png\n")
	s, err := Inspect(list, InspectOptions{Files: config.Files{Path: "filename"}})
	if err != nil || s.Kind != "files" || s.Parts[0].Examples != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}
