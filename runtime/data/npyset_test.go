package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
)

// writeArray writes numbers as a .npy file.
func writeArray(t *testing.T, name, descr, shape string, numbers any) string {
	t.Helper()
	var b bytes.Buffer
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape)
	b.WriteString("\x93NUMPY\x01\x00")
	binary.Write(&b, binary.LittleEndian, uint16(len(dict)))
	b.WriteString(dict)
	binary.Write(&b, binary.LittleEndian, numbers)
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestArrays(t *testing.T) {
	pixels := make([]uint8, 6*2*3)
	for i := range pixels {
		pixels[i] = uint8(7 * i)
	}
	y := writeArray(t, "y.npy", "<i8", "(6, 1)", []int64{0, 1, 2, 0, 1, 2})
	for _, shape := range []string{"(6, 2, 3, 1)", "(6, 2, 3)", "(6, 6)"} {
		cfg := config.Data{Height: 2, Width: 3, Channels: 1, Train: config.Source{Kind: "npy", Paths: []string{writeArray(t, "x.npy", "|u1", shape, pixels), y}}}
		names, err := Classes(cfg)
		if err != nil || !slices.Equal(names, []string{"0", "1", "2"}) {
			t.Fatalf("%v, %v", names, err)
		}
		d, err := Open(cfg, "train")
		if err != nil {
			t.Fatal(err)
		}
		s, x := NewScratch(), make([]float32, 6)
		for i := range 6 {
			if err := d.Load(i, x, s); err != nil || x[0] != float32(uint8(42*i)) || x[5] != float32(uint8(42*i+35)) || d.Label(i) != i%3 {
				t.Errorf("%s: example %d is %v of class %d, %v", shape, i, x, d.Label(i), err)
			}
		}
		Close(d)
	}

	// Vectors of floats, of any length.
	floats := writeArray(t, "f.npy", "<f8", "(3, 5)", make([]float64, 15))
	three := writeArray(t, "three.npy", "|u1", "(3,)", []uint8{0, 1, 0})
	cfg := config.Data{Height: 1, Width: 1, Channels: 5, Train: config.Source{Kind: "npy", Paths: []string{floats, three}}}
	d, err := Open(cfg, "train")
	if err != nil {
		t.Fatal(err)
	}
	Close(d)

	huge := writeArray(t, "huge.npy", "<f8", "(3, 5)", slices.Repeat([]float64{1e300}, 15))
	for _, tt := range []struct {
		change func(c *config.Data)
		want   string
	}{
		{func(c *config.Data) { c.Channels = 6 }, floats + ": examples of shape (3, 5), and the network takes 1x1x6 = 6 values"},
		{func(c *config.Data) { c.Train.Paths = []string{floats, y} }, y + ": 6 labels, but the examples of " + floats + " have the shape (3, 5)"},
		{func(c *config.Data) { c.Train.Paths = c.Train.Paths[:1] }, "nothing says where the labels are"},
		{func(c *config.Data) { c.Train.Paths = []string{floats, floats} }, "labels of shape (3, 5), want (N,)"},
		{func(c *config.Data) { c.Train.Arrays[0] = "x" }, floats + ": the file is no archive"},
		{func(c *config.Data) { c.Classes = []string{"only"} }, three + ": label 1 of example 1 is out of range"},
		{func(c *config.Data) {
			c.Train.Paths = []string{floats, writeArray(t, "y.npy", "<f4", "(3,)", []float32{0, 1, 0.5})}
		}, "label 0.5 of example 2 is none"},
		{func(c *config.Data) {
			c.Train.Paths = []string{floats, writeArray(t, "y.npy", "|u1", "(3,)", []uint8{0, 1, 3})}
		}, "label 3 of example 2 seems out of range"},
		// A header whose items take no bytes may claim any number of them.
		{func(c *config.Data) {
			c.Target, c.Train.Paths = "input", []string{writeArray(t, "empty.npy", "|u1", "(144115188075855871, 0)", []uint8{})}
		}, "examples of shape (144115188075855871, 0), and the network takes"},
		{func(c *config.Data) { c.Color = "gray" }, "arrays are taken as they are"},
		{func(c *config.Data) { c.Test = config.Source{Kind: "doodles"} }, "input has 5 channels; pictures"},
	} {
		bad := cfg
		bad.Train.Paths = slices.Clone(cfg.Train.Paths)
		tt.change(&bad)
		d, err := Open(bad, "train")
		if err == nil {
			Close(d)
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
	cfg.Train.Paths = []string{huge, three}
	if d, err = Open(cfg, "train"); err != nil {
		t.Fatal(err)
	}
	defer Close(d)
	if err := d.Load(1, make([]float32, 5), NewScratch()); err == nil || !strings.Contains(err.Error(), huge+": example 1: value 0 is 1e+300") {
		t.Error(err)
	}
}

// The rows about arrays of the table of broken files.
func TestBrokenArrays(t *testing.T) {
	dir := sharedData(t, "broken")
	apple := filepath.Join(filepath.Dir(dir), "quickdraw", "numpy_bitmap", "apple.npy")
	open := func(path string, n int) (Dataset, error) {
		labels := make([]uint8, n)
		labels[n-1] = 1
		y := writeArray(t, "y.npy", "|u1", fmt.Sprintf("(%d,)", n), labels)
		return Open(config.Data{Height: 28, Width: 28, Channels: 1, Train: config.Source{Kind: "npy", Paths: []string{path, y}}}, "train")
	}
	left := map[string]bool{}
	for _, sub := range []string{"npy", "npy_ok"} {
		for name := range listing(t, filepath.Join(dir, sub)) {
			left[sub+"/"+name] = true
		}
	}
	for name, want := range map[string]string{
		"npy/truncated.npy":             "truncated.npy: the header says (20, 784), 15680 bytes of numbers, and there are 15380",
		"npy/object_dtype.npy":          "object_dtype.npy: the type",
		"npy/huge_shape.npy":            "huge_shape.npy: the header says",
		"npy/wrong_width.npy":           "wrong_width.npy: examples of shape (16, 980), and the network takes 28x28x1",
		"npy/web_page.npy":              "web_page.npy: not a .npy file",
		"npy_ok/fortran_order.npy":      "fortran_order.npy: the array is in Fortran order",
		"npy_ok/version2.npy":           "",
		"npy_ok/float32_big_endian.npy": "",
	} {
		delete(left, name)
		n := 20
		if strings.Contains(name, "wrong_width") {
			n = 16
		}
		d, err := open(filepath.Join(dir, filepath.FromSlash(name)), n)
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		good, err := open(apple, 400)
		if err != nil {
			t.Fatal(err)
		}
		s, x, want := NewScratch(), make([]float32, 784), make([]float32, 784)
		for i := range n {
			if err := d.Load(i, x, s); err != nil {
				t.Error(err)
			}
			if err := good.Load(i, want, s); err != nil {
				t.Error(err)
			}
			scale := float32(1)
			if strings.Contains(name, "float32") {
				scale = 255
			}
			for j := range x {
				if d := x[j]*scale - want[j]; d > 1e-3 || d < -1e-3 {
					t.Fatalf("%s: value %d of example %d is %v, want %v", name, j, i, x[j], want[j])
				}
			}
		}
		Close(d, good)
	}
	for name := range left {
		t.Errorf("%s has no row in this test", name)
	}
}
