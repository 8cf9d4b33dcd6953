package main

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/runtime/augment"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/rng"
)

const previewModel = `cnn 1
model preview
net { input 20x24x1; flatten; dense classes softmax }
data { train doodles(30, classes=3) augment; gray; resize 20x24; augment { rotate 30deg; brightness 50% } }
train { loss categorical_crossentropy; optimizer sgd; seed 5 }
`

// TestPreview decodes a sheet: each image as it is read on the left, and as the
// plan changes it in that epoch on the right.
func TestPreview(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "a.cnn"), filepath.Join(dir, "sheet.png")
	if err := os.WriteFile(file, []byte(previewModel), 0o666); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{"data", "preview", file, "-o", out, "--n", "3", "--epoch", "2"}, &stdout, &stderr); code != 0 {
		t.Fatal(stderr.String())
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	m, err := (&modelArgs{File: file}).compile(&streams{&stdout, &stderr}, compiler.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := data.Open(m.Data, "train")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := augment.New(*m.Data.Augment, 20, 24, 1)
	if err != nil {
		t.Fatal(err)
	}
	order := make([]int32, set.Len())
	rng.New(rng.Key(5, 1, 0, rng.Shuffle)).Perm(order)
	const times = sheetSide / 24
	src, dst, scratch := make([]float32, 480), make([]float32, 480), data.NewScratch()
	same := func(x0 int, want []float32) {
		t.Helper()
		for i, v := range want {
			r, _, _, _ := img.At(x0+i%24*times+1, sheetGap+i/24*times+1).RGBA()
			if got := uint8(r >> 8); got != uint8(v+0.5) {
				t.Fatalf("pixel %d,%d is %d, want %v", i/24, i%24, got, v)
			}
		}
	}
	for i := range 3 {
		at := int(order[i])
		if err := set.Load(at, src, scratch); err != nil {
			t.Fatal(err)
		}
		plan.Apply(dst, src, rng.Key(5, 1, at, rng.Augment))
		left := sheetGap + i*(2*24*times+2+sheetGap)
		same(left, src)
		same(left+24*times+2, dst)
		if label := img.(*image.RGBA).SubImage(image.Rect(left, sheetGap+20*times, left+30, sheetGap+20*times+sheetLine)); !hasInk(label) {
			t.Errorf("image %d has no label", i)
		}
	}
}

func hasInk(m image.Image) bool {
	b := m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if r, _, _, _ := m.At(x, y).RGBA(); r == 0 {
				return true
			}
		}
	}
	return false
}
