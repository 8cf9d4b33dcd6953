package data

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
)

// tinyPNG is a grey picture of one pixel.
func tinyPNG(t testing.TB, v uint8) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 1, 1))
	m.SetGray(0, 0, color.Gray{Y: v})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// idxBytes is an IDX file with the given magic, sizes and values.
func idxBytes(magic uint32, dims []uint32, values []uint8) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, values...)
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// badIDX has a row for every images file of broken/idx; "" if it loads.
var badIDX = []struct{ file, want string }{
	{"truncated-images-idx3-ubyte.gz", "unexpected EOF"},
	{"short-images-idx3-ubyte.gz", "takes 78400 bytes; got 77900"},
	{"long-images-idx3-ubyte.gz", "takes 78400 bytes; got more than 78400"},
	{"wrong-magic-images-idx3-ubyte.gz", "wrong magic 0x00000903, want 0x00000803"},
	{"little-endian-images-idx3-ubyte.gz", "little-endian"},
	{"labels-given-as-images.gz", "labels where images are wanted"},
	{"huge-claim-images-idx3-ubyte", "2147483647 images of 28x28, which takes 1683627179248 bytes; got 1000"},
	{"overflow-claim-images-idx3-ubyte", "impossible sizes"},
	{"zero-images-idx3-ubyte.gz", "no images"},
	{"not-gzipped-images-idx3-ubyte.gz", ""},
	{"gzipped-without-suffix-images-idx3-ubyte", ""},
	{"bad-gzip-crc-images-idx3-ubyte.gz", "checksum"},
	{"gzip-bomb-images-idx3-ubyte.gz", "wrong magic 0x00000000"},
	{"count-mismatch/images-idx3-ubyte.gz", ""},
	{"label-out-of-range/images-idx3-ubyte.gz", ""},
}

func TestIDXBroken(t *testing.T) {
	dir := sharedData(t, "broken", "idx")
	left := listing(t, dir)
	for _, c := range badIDX {
		delete(left, strings.Split(c.file, "/")[0])
		path := filepath.Join(dir, filepath.FromSlash(c.file))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		x, err := openIDX(path, idxImages)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 2<<20 {
			t.Errorf("%s: %d bytes were allocated", c.file, used)
		}
		if c.want != "" {
			wantError(t, err, path, c.want)
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}
	for name := range left {
		t.Errorf("broken/idx/%s has no row in this test", name)
	}
}

func idxConfig(n int, images, labels string) config.Data {
	cfg := pictures(n, 1)
	cfg.Train = config.Source{Kind: "idx", Paths: []string{images, labels}}
	return cfg
}

func TestIDXPairs(t *testing.T) {
	dir := sharedData(t, "broken", "idx")
	for _, c := range []struct {
		folder  string
		classes []string
		want    []string
	}{
		{"count-mismatch", nil, []string{"labels-idx1-ubyte.gz: 99 labels", "100 images"}},
		{"label-out-of-range", nil, []string{"labels-idx1-ubyte.gz", "label 200 of example 9", "no example has label 0"}},
		{"label-out-of-range", strings.Split("0123456789", ""), []string{"label 200 of example 9 is out of range", "10 classes"}},
	} {
		cfg := idxConfig(28, filepath.Join(dir, c.folder, "images-idx3-ubyte.gz"), filepath.Join(dir, c.folder, "labels-idx1-ubyte.gz"))
		cfg.Classes = c.classes
		_, err := Open(cfg, "train")
		wantError(t, err, c.want...)
	}
	// Official labels beside a part of the images.
	fashion := sharedData(t, "fashion_mnist_900")
	_, err := Open(idxConfig(28, filepath.Join(fashion, "train-images-idx3-ubyte.gz"), filepath.Join(fashion, "official_labels_only", "train-labels-idx1-ubyte.gz")), "train")
	wantError(t, err, "60000 labels", "600 images")
}

// writeIDX writes a pair of files of n images h x w; pixel k of image i is
// (31*i+7*k) mod 256, label i mod classes.
func writeIDX(t *testing.T, dir string, n, h, w, classes int, compress bool) (images, labels string) {
	t.Helper()
	pix, lab := make([]uint8, n*h*w), make([]uint8, n)
	for i := range lab {
		lab[i] = uint8(i % classes)
		for k := range h * w {
			pix[i*h*w+k] = uint8(31*i + 7*k)
		}
	}
	images, labels = filepath.Join(dir, "i"), filepath.Join(dir, "l")
	for path, b := range map[string][]byte{
		images: idxBytes(idxImages, []uint32{uint32(n), uint32(h), uint32(w)}, pix),
		labels: idxBytes(idxLabels, []uint32{uint32(n)}, lab),
	} {
		if compress {
			b = gzipped(t, b)
		}
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return images, labels
}

func TestIDXValues(t *testing.T) {
	for _, compress := range []bool{false, true} {
		const n, h, w = 23, 5, 3
		images, labels := writeIDX(t, t.TempDir(), n, h, w, 4, compress)
		cfg := idxConfig(0, images, labels)
		cfg.Resize, cfg.Height, cfg.Width = nil, h, w
		d := mustOpen(t, cfg)
		if d.Len() != n || len(d.Classes()) != 4 {
			t.Fatalf("%d examples of %q", d.Len(), d.Classes())
		}
		x, s := make([]float32, h*w), NewScratch()
		for i := range n {
			if err := d.Load(i, x, s); err != nil {
				t.Fatal(err)
			}
			for k, v := range x {
				if want := float32(uint8(31*i + 7*k)); v != want {
					t.Fatalf("compressed %v, image %d, pixel %d: %v, want %v", compress, i, k, v, want)
				}
			}
			if d.Label(i) != i%4 {
				t.Errorf("label of %d: %d", i, d.Label(i))
			}
		}
	}
}

// The temporary file of large compressed sets: same content, gone on Close.
func TestIDXSpool(t *testing.T) {
	const n, h, w = 23, 5, 3
	images, _ := writeIDX(t, t.TempDir(), n, h, w, 4, true)
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMP", os.Getenv("TMPDIR"))
	b, err := os.ReadFile(images)
	if err != nil {
		t.Fatal(err)
	}
	read := func(inMemory int64) (out []uint8) {
		x, err := readIDX(bytes.NewReader(b), int64(len(b)), idxImages, inMemory)
		if err != nil {
			t.Fatal(err)
		}
		if _, spooled := x.data.(*os.File); spooled != (inMemory == 0) {
			t.Errorf("with %d bytes of memory the values are in a %T", inMemory, x.data)
		}
		// A process that is killed now leaves nothing behind.
		if left := listing(t, os.TempDir()); len(left) > 0 && runtime.GOOS != "windows" {
			t.Errorf("while the file is open: %v", left)
		}
		item := make([]uint8, h*w)
		for i := range n {
			if err := x.read(i, item); err != nil {
				t.Fatal(err)
			}
			out = append(out, item...)
		}
		if err := x.Close(); err != nil {
			t.Error(err)
		}
		return out
	}
	if !bytes.Equal(read(0), read(1<<20)) {
		t.Error("unpacked to a file and to memory: different values")
	}
	if left := listing(t, os.TempDir()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	// A damaged file leaves nothing behind either.
	b[len(b)-5] ^= 1
	if _, err := readIDX(bytes.NewReader(b), int64(len(b)), idxImages, 0); err == nil {
		t.Error("a wrong checksum passed")
	}
	if left := listing(t, os.TempDir()); len(left) > 0 {
		t.Errorf("left behind after an error: %v", left)
	}
}

func TestIDXMNIST(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all of MNIST")
	}
	cfg := pictures(28, 1)
	cfg.Base = filepath.Dir(sharedData(t, "mnist"))
	cfg.Train = config.Source{Kind: "idx", Paths: []string{"mnist"}}
	cfg.Test = cfg.Train
	cfg.Validate = config.Source{Kind: "split", Of: "train", Fraction: 0.1}
	train, val, test, err := OpenAll(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(train, val, test)
	if train.Len() != 54000 || val.Len() != 6000 || test.Len() != 10000 {
		t.Errorf("%d + %d + %d examples", train.Len(), val.Len(), test.Len())
	}
	count := make([]int, 10)
	for i := range test.Len() {
		count[test.Label(i)]++
	}
	if got := fmt.Sprint(count); got != "[980 1135 1032 1010 982 892 958 1028 974 1009]" {
		t.Errorf("test examples of each class: %v", got)
	}
	if k := run(t, test, Options{Batch: 1000}, 0, 0); k.err != nil || len(k.index) != 10000 {
		t.Errorf("%d examples, %v", len(k.index), k.err)
	}
	_, err = Open(config.Data{Height: 28, Width: 28, Channels: 1, Validate: config.Source{Kind: "idx", Paths: []string{sharedData(t, "mnist")}}}, "validate")
	wantError(t, err, "name the two files")
}

// FuzzIDX: whatever the bytes, no panic, memory in proportion to the file, and
// every item of an accepted file can be read.
func FuzzIDX(f *testing.F) {
	good := idxBytes(idxImages, []uint32{2, 3, 2}, make([]uint8, 12))
	f.Add(good)
	f.Add(gzipped(f, good))
	f.Add(idxBytes(idxImages, []uint32{1 << 31, 28, 28}, []uint8{1, 2, 3}))
	f.Add(gzipped(f, idxBytes(idxImages, []uint32{1 << 30, 1, 1}, make([]uint8, 100))))
	f.Add(idxBytes(idxImages, []uint32{0xffffffff, 0xffffffff, 0xffffffff}, nil))
	f.Add([]byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		x, err := readIDX(bytes.NewReader(b), int64(len(b)), idxImages, 1<<20)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
			t.Fatalf("%d bytes allocated for a file of %d", used, len(b))
		}
		if err != nil {
			return
		}
		defer x.Close()
		if x.item < 1 || x.item > DefaultMaxPixels {
			t.Fatalf("items of %d bytes", x.item)
		}
		item := make([]uint8, x.item)
		for _, i := range []int{0, x.dims[0] / 2, x.dims[0] - 1} {
			if err := x.read(i, item); err != nil {
				t.Fatalf("item %d of %d: %v", i, x.dims[0], err)
			}
		}
		if n, err := x.data.ReadAt(item[:1], x.at+int64(x.dims[0])*int64(x.item)); n != 0 || err != io.EOF {
			t.Fatalf("there is more after the last item: %d, %v", n, err)
		}
	})
}
