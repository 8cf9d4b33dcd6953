package data

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/cnnc/cnnc/runtime/augment"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

// writePictures makes a folder of two classes with n pictures of a side: PNG grey
// or JPEG in colour.
func writePictures(t testing.TB, n, side int, photo bool) string {
	t.Helper()
	root := t.TempDir()
	for _, c := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(root, c), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	grey, colour := image.NewGray(image.Rect(0, 0, side, side)), image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range n {
		name := filepath.Join(root, string(rune('a'+i%2)), fmt.Sprintf("%06d", i))
		if photo {
			name += ".jpg"
		} else {
			name += ".png"
		}
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if photo {
			for y := range side {
				for x := range side {
					colour.SetRGBA(x, y, color.RGBA{uint8(x*x/97 + i), uint8(y*x/131 ^ y), uint8(x + y*i), 255})
				}
			}
			err = jpeg.Encode(f, colour, &jpeg.Options{Quality: 85})
		} else {
			for k := range grey.Pix {
				grey.Pix[k] = uint8(k*k/(i+7) ^ k)
			}
			err = png.Encode(f, grey)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func folderConfig(root string, side, channels int) config.Data {
	return config.Data{
		Height: side, Width: side, Channels: channels, Resize: &config.Size{Height: side, Width: side},
		Train: config.Source{Kind: "folder", Paths: []string{root}},
	}
}

// epochMemory goes through an epoch and returns the largest heap it saw, beyond
// that of the beginning.
func epochMemory(t testing.TB, set Dataset) uint64 {
	t.Helper()
	l, err := NewTrainLoader(set, TrainOptions{Options: Options{Batch: 32, Shuffle: true, Workers: 2}, Augment: planFor(t, set, changes)})
	if err != nil {
		t.Fatal(err)
	}
	e, err := l.Epoch(context.Background(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	base, most, examples := m.HeapAlloc, uint64(0), 0
	for n := 0; ; n++ {
		b, err := e.Next()
		if err != nil {
			break
		}
		examples += b.N
		if n%4 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc-min(base, m.HeapAlloc))
		}
	}
	if examples != set.Len() {
		t.Fatalf("%d examples of %d", examples, set.Len())
	}
	return most
}

// TestMemoryIsFlat: an epoch over ten times as many files takes no more memory.
func TestMemoryIsFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 5,500 files")
	}
	few := epochMemory(t, mustOpen(t, folderConfig(writePictures(t, 500, 12, false), 12, 1)))
	many := epochMemory(t, mustOpen(t, folderConfig(writePictures(t, 5000, 12, false), 12, 1)))
	t.Logf("an epoch over 500 files takes %d KB more, over 5,000 files %d KB", few>>10, many>>10)
	if many > few+2<<20 {
		t.Errorf("an epoch over 500 files takes %d KB more than before it, over 5,000 files %d KB", few>>10, many>>10)
	}
}

// BenchmarkPipeline measures each stage on one core, and all of them with and
// without a cache.
func BenchmarkPipeline(b *testing.B) {
	changes := config.Augment{Rotate: 10, Zoom: config.Range{Low: 0.9, High: 1.1}, Flip: "horizontal", Brightness: config.Range{Low: 0.8, High: 1.2}}
	for _, c := range []struct {
		name                  string
		n, side, to, channels int
		photo                 bool
	}{{"28x28png", 200, 28, 28, 1, false}, {"500jpeg", 8, 500, 224, 3, true}} {
		root := writePictures(b, c.n, c.side, c.photo)
		cfg := folderConfig(root, c.to, c.channels)
		set, err := Open(cfg, "train")
		if err != nil {
			b.Fatal(err)
		}
		plan, err := augment.New(changes, c.to, c.to, c.channels)
		if err != nil {
			b.Fatal(err)
		}
		s := NewScratch()
		x, y := make([]float32, plan.Len()), make([]float32, plan.Len())
		img, err := Decode(set.Name(0), 0, s)
		if err != nil {
			b.Fatal(err)
		}
		stage := func(name string, f func(i int) error) {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					if err := f(i); err != nil {
						b.Fatal(err)
					}
					i++
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
			})
		}
		spec := preprocess.Spec{Height: c.to, Width: c.to, Channels: c.channels, Resize: true}
		var pre preprocess.Scratch
		stage("decode", func(i int) error { _, err := Decode(set.Name(i%c.n), 0, s); return err })
		stage("resize", func(int) error { return spec.Raw(x, img, &pre) })
		stage("augment", func(i int) error { plan.Apply(y, x, uint64(i)); return nil })
		all := func(set Dataset) func(i int) error {
			return func(i int) error {
				err := set.Load(i%c.n, x, s)
				plan.Apply(y, x, uint64(i))
				return err
			}
		}
		stage("all", all(set))
		for _, where := range []string{"memory", "file"} {
			images, err := Cache(set, config.Cache{Where: where, Bytes: 1 << 30}, b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			for i := range c.n {
				if err := images.Load(i, x, s); err != nil {
					b.Fatal(err)
				}
			}
			stage("cache "+where, all(images))
			if err := Close(images); err != nil {
				b.Fatal(err)
			}
		}
		if err := Close(set); err != nil {
			b.Fatal(err)
		}
	}
}
