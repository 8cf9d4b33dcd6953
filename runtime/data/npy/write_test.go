package npy

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	long := make([]float32, 40000) // more than is written at a time
	for i := range long {
		long[i] = float32(i) / 3
	}
	for _, c := range []struct {
		shape []int
		x     []float32
	}{
		{[]int{2, 3}, []float32{1, -2.5, float32(math.Inf(1)), 0, 1e-40, 3}},
		{[]int{4}, []float32{1, 2, 3, 4}},
		{[]int{100, 2, 200}, long},
	} {
		var b bytes.Buffer
		if err := Write(&b, c.shape, c.x); err != nil {
			t.Fatal(err)
		}
		if at := 10 + int(binary.LittleEndian.Uint16(b.Bytes()[8:])); at%64 != 0 || b.Bytes()[at-1] != '\n' || b.Len() != at+4*len(c.x) {
			t.Errorf("%v: numbers at %d of %d bytes", c.shape, at, b.Len())
		}
		name := filepath.Join(t.TempDir(), "x.npy")
		if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := Open(name, "")
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		if !slices.Equal(a.Shape(), c.shape) {
			t.Errorf("shape %v, want %v", a.Shape(), c.shape)
		}
		want := make([]float64, len(c.x))
		for i, v := range c.x {
			want[i] = float64(v)
		}
		if got := all(t, a); !slices.Equal(got, want) {
			t.Errorf("%v: other numbers come back", c.shape)
		}
	}
	if err := Write(&bytes.Buffer{}, []int{2, 2}, make([]float32, 3)); err == nil || !strings.Contains(err.Error(), "3 numbers for the shape (2, 2)") {
		t.Error(err)
	}
}
