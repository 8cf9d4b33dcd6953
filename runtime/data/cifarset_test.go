package data

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
)

func cifarSource(path string) config.Source {
	return config.Source{Kind: "cifar", Paths: []string{path}}
}

// cifarRecords are n records with the given number of label bytes; pixel j of
// plane p of record i is i+j+100p.
func cifarRecords(n, heads int, label func(i, head int) byte) string {
	var b bytes.Buffer
	for i := range n {
		for h := range heads {
			b.WriteByte(label(i, h))
		}
		for p := range 3 {
			for j := range 1024 {
				b.WriteByte(byte(i + j + 100*p))
			}
		}
	}
	return b.String()
}

func TestCIFAR(t *testing.T) {
	dir := t.TempDir()
	ten := func(i, _ int) byte { return byte(i % 10) }
	write(t, filepath.Join(dir, "data_batch_1.bin"), cifarRecords(13, 1, ten))
	write(t, filepath.Join(dir, "data_batch_2.bin"), cifarRecords(5, 1, ten))
	write(t, filepath.Join(dir, "test_batch.bin"), cifarRecords(4, 1, ten))
	cfg := pictures(32, 3)
	cfg.Train, cfg.Test = cifarSource(dir), cifarSource(dir)
	train, _, test, err := OpenAll(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(train, test)
	if train.Len() != 18 || test.Len() != 4 || train.Classes()[3] != "cat" || train.Label(14) != 1 {
		t.Fatalf("%d and %d images, classes %q, label %d", train.Len(), test.Len(), train.Classes(), train.Label(14))
	}
	x := make([]float32, 32*32*3)
	if err := train.Load(14, x, NewScratch()); err != nil { // record 1 of the second file
		t.Fatal(err)
	}
	for j := range 1024 {
		for p := range 3 {
			if x[3*j+p] != float32(byte(1+j+100*p)) {
				t.Fatalf("pixel %d, channel %d: %v", j, p, x[3*j+p])
			}
		}
	}
	// Selected classes, in another order.
	cfg.Train.Classes = []string{"dog", "bird"}
	cfg.Test = config.Source{}
	two := mustOpen(t, cfg)
	defer Close(two)
	if two.Len() != 4 || two.Classes()[two.Label(0)] != "bird" || two.Classes()[two.Label(1)] != "dog" {
		t.Errorf("%d images, the first of class %s", two.Len(), two.Classes()[two.Label(0)])
	}
}

func TestCIFAR100(t *testing.T) {
	dir := t.TempDir()
	label := func(i, head int) byte { return []byte{byte(i % 20), byte(5*i) % 100}[head] }
	write(t, filepath.Join(dir, "train.bin"), cifarRecords(22, 2, label))
	var fine, coarse strings.Builder
	for i := range 100 {
		fmt.Fprintf(&fine, "fine%02d\n", i)
	}
	for i := range 20 {
		fmt.Fprintf(&coarse, "coarse%02d\n", i)
	}
	write(t, filepath.Join(dir, "fine_label_names.txt"), fine.String())
	write(t, filepath.Join(dir, "coarse_label_names.txt"), coarse.String())
	cfg := pictures(32, 3)
	for _, c := range []struct {
		coarse bool
		want   string
		n      int
	}{{false, "fine95", 100}, {true, "coarse19", 20}} {
		cfg.Train = cifarSource(dir)
		cfg.Train.Coarse = c.coarse
		set := mustOpen(t, cfg)
		if got := set.Classes()[set.Label(19)]; got != c.want || len(set.Classes()) != c.n || set.Len() != 22 {
			t.Errorf("class %s of %d, %d images", got, len(set.Classes()), set.Len())
		}
		Close(set)
	}
	write(t, filepath.Join(dir, "coarse_label_names.txt"), "a\nb\n")
	_, err := one(cfg, "train", cfg.Train)
	wantError(t, err, "coarse_label_names.txt: it has not the names of 20 classes")
}

func TestCIFARErrors(t *testing.T) {
	dir := t.TempDir()
	good := cifarRecords(3, 1, func(int, int) byte { return 1 })
	write(t, filepath.Join(dir, "cut.bin"), good[:len(good)-1000])
	write(t, filepath.Join(dir, "label.bin"), cifarRecords(3, 1, func(i, _ int) byte { return byte(5 * i) }))
	write(t, filepath.Join(dir, "empty.bin"), "")
	write(t, filepath.Join(dir, "ok.bin"), good)
	write(t, filepath.Join(dir, "none", "x.txt"), "")
	for _, c := range []struct{ file, want string }{
		{"cut.bin", "cut.bin: 8219 bytes are neither a whole number of CIFAR-10 records"},
		{"label.bin", "label.bin: record 2, at byte 6146: label 10, and there are 10 classes"},
		{"empty.bin", "empty.bin: empty file"},
		{"nosuch.bin", "nosuch.bin: "},
		{"none", "none: neither data_batch_*.bin nor train.bin is in it"},
	} {
		_, err := one(pictures(32, 3), "train", cifarSource(filepath.Join(dir, c.file)))
		wantError(t, err, c.want)
	}
	src := cifarSource(filepath.Join(dir, "ok.bin"))
	src.Coarse = true
	_, err := one(pictures(32, 3), "train", src)
	wantError(t, err, "only CIFAR-100 has coarse classes")
	_, err = one(pictures(32, 3), "validate", cifarSource(dir))
	wantError(t, err, "none to validate with")
	cfg := pictures(16, 3)
	cfg.Resize = nil
	_, err = one(cfg, "train", cifarSource(filepath.Join(dir, "ok.bin")))
	wantError(t, err, "images are 32x32, the network takes 16x16")
	// Names that are there but cannot be read are not those of CIFAR-10.
	if os.Symlink("batches.meta.txt", filepath.Join(dir, "batches.meta.txt")) == nil {
		_, err = one(pictures(32, 3), "train", cifarSource(filepath.Join(dir, "ok.bin")))
		wantError(t, err, "batches.meta.txt: ")
	}
}

func TestBrokenCIFAR(t *testing.T) {
	dir := sharedData(t, "broken", "cifar")
	left := listing(t, dir)
	for _, c := range []struct{ file, want string }{
		{"cut_mid_record.bin", "10219 bytes are neither a whole number of CIFAR-10 records"},
		{"label_255.bin", "record 0, at byte 0: label 255, and there are 10 classes"},
	} {
		delete(left, c.file)
		_, err := one(pictures(32, 3), "train", cifarSource(filepath.Join(dir, c.file)))
		wantError(t, err, c.file+": "+c.want)
	}
	for name := range left {
		t.Errorf("%s has no row in this test", name)
	}
}

func TestSharedCIFAR(t *testing.T) {
	dir := sharedData(t, "cifar10_5000")
	cfg := pictures(32, 3)
	cfg.Train, cfg.Test = cifarSource(dir), cifarSource(dir)
	train, _, test, err := OpenAll(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(train, test)
	counts := make([]int, 10)
	for i := range train.Len() {
		counts[train.Label(i)]++
	}
	for k, n := range counts {
		if n != 500 {
			t.Errorf("%d images of class %d, want 500", n, k)
		}
	}
	if test.Len() != 1000 {
		t.Errorf("%d test images", test.Len())
	}
}
