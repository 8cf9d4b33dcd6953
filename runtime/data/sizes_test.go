package data

import (
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/runtime/config"
)

// TestPictureSizes: sizes of files of several formats, a file that is no picture
// left out, and no sizes where there are no files.
func TestPictureSizes(t *testing.T) {
	dir := t.TempDir()
	for c, class := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(dir, class), 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			f, err := os.Create(filepath.Join(dir, class, fmt.Sprintf("%d.png", i)))
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case c == 0:
				err = png.Encode(f, image.NewGray(image.Rect(0, 0, 9, 4)))
			case i == 0:
				_, err = f.WriteString("this is no picture")
			default:
				err = jpeg.Encode(f, image.NewGray(image.Rect(0, 0, 40, 30)), nil)
			}
			if err == nil {
				err = f.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	set, err := Open(config.Data{Train: config.Source{Kind: "folder", Paths: []string{dir}}, Height: 4, Width: 4, Channels: 1, Resize: &config.Size{Height: 4, Width: 4}}, "train")
	if err != nil {
		t.Fatal(err)
	}
	defer Close(set)
	if d := cmp.Diff([]SizeCount{{9, 4, 5}, {40, 30, 4}}, PictureSizes(set, 100)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]SizeCount{{9, 4, 1}}, PictureSizes(set, 1)); d != "" {
		t.Error(d)
	}
	drawn, err := Open(config.Data{Train: config.Source{Kind: "doodles", PerClass: 2}, Height: 8, Width: 8, Channels: 1}, "train")
	if err != nil {
		t.Fatal(err)
	}
	defer Close(drawn)
	if got := PictureSizes(drawn, 100); got != nil {
		t.Errorf("sizes of doodles: %v", got)
	}
}
