package data_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/augment"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/rng"
)

// TestMirror: the target of an example is its input, behind augmentation and all
// that follows, also where an unreadable one was left out of its batch.
func TestMirror(t *testing.T) {
	set := &drawnSet{n: 20, bad: 5}
	plan, err := augment.New(config.Augment{Flip: "both", Brightness: config.Range{Low: 0.5, High: 1.5}}, 5, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	std := &preprocess.Standard{Image: "scale"}
	opt := data.TrainOptions{Options: data.Options{Batch: 20, Scale: 1. / 255, After: std, Skip: true, Mirror: true, Seed: 3}, Augment: plan}
	l, err := data.NewTrainLoader(set, opt)
	if err != nil {
		t.Fatal(err)
	}
	e, err := l.Epoch(context.Background(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	b, err := e.Next()
	if err != nil {
		t.Fatal(err)
	}
	if b.N != 19 || len(b.Targets) != 19*60 {
		t.Fatalf("%d examples, %d targets", b.N, len(b.Targets))
	}
	x, want, scratch := make([]float32, 60), make([]float32, 60), new(preprocess.Scratch)
	for i, index := range b.Index {
		if err := set.Load(index, x, nil); err != nil {
			t.Fatal(err)
		}
		plan.Apply(want, x, rng.Key(3, 1, index, rng.Augment))
		preprocess.Spec{Scale: 1. / 255, After: std}.Finish(want, scratch)
		if !slices.Equal(b.Targets[i*60:(i+1)*60], want) || !slices.Equal(b.X[i*60:(i+1)*60], want) {
			t.Fatalf("example %d: input or target differ", index)
		}
	}
	if opt.Augment, err = augment.New(config.Augment{Mixup: 1}, 5, 4, 3); err != nil {
		t.Fatal(err)
	}
	if _, err := data.NewTrainLoader(set, opt); err == nil || !strings.Contains(err.Error(), "is not mixed with others") {
		t.Errorf("mixed: %v", err)
	}
}

// TestMirrorFolder: pictures need no class folders where the target is the input;
// all below the folder are there, and a split takes its share.
func TestMirrorFolder(t *testing.T) {
	dir := t.TempDir()
	picture := plainPNG(t, 4, 3)
	for _, name := range []string{"a.png", "b/c.png", "b/d/e.png", "z.PNG", "f.png", ".hidden/g.png", "note.txt"} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, picture, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cfg := config.Data{Target: "input", Height: 3, Width: 4, Channels: 1, Train: config.Source{Kind: "folder", Paths: []string{dir}},
		Validate: config.Source{Kind: "split", Fraction: 0.2, Of: "train"}}
	if names, err := data.Classes(cfg); names != nil || err != nil {
		t.Errorf("classes %q, %v", names, err)
	}
	train, validate, _, err := data.OpenAll(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close(train, validate)
	if train.Len() != 4 || validate.Len() != 1 || train.Classes() != nil || train.Label(2) != 0 {
		t.Errorf("%d and %d pictures, classes %q", train.Len(), validate.Len(), train.Classes())
	}
	// Classes that are named are used all the same, one of them as well.
	cfg.Train.Classes = []string{"b"}
	cfg.Validate = config.Source{}
	one, err := data.Open(cfg, "train")
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close(one)
	if one.Len() != 2 {
		t.Errorf("%d pictures in b", one.Len())
	}
}

// plainPNG is a picture of one grey.
func plainPNG(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestMirrorArrays: arrays need no labels where the target is the input.
func TestMirrorArrays(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.npy")
	header := "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2, 2), }"
	header += strings.Repeat(" ", 118-10-len(header)-1) + "\n"
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), 0)
	b = append(b, header...)
	for i := range 12 {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(i)))
	}
	if err := os.WriteFile(name, b, 0o666); err != nil {
		t.Fatal(err)
	}
	cfg := config.Data{Target: "input", Height: 2, Width: 2, Channels: 1, Train: config.Source{Kind: "npy", Paths: []string{name}}}
	set, err := data.Open(cfg, "train")
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close(set)
	x := make([]float32, 4)
	if err := set.Load(2, x, data.NewScratch()); err != nil || set.Len() != 3 || !slices.Equal(x, []float32{8, 9, 10, 11}) {
		t.Errorf("%d examples, the last %v, %v", set.Len(), x, err)
	}
	cfg.Target = ""
	if _, err := data.Open(cfg, "train"); err == nil || !strings.Contains(err.Error(), "nothing says where the labels are") {
		t.Error(err)
	}
}
