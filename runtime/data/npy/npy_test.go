package npy

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// file makes a file of a header dictionary and numbers.
func file(version byte, dict string, numbers ...any) []byte {
	var b bytes.Buffer
	b.WriteString(magic)
	b.Write([]byte{version, 0})
	if version == 1 {
		binary.Write(&b, binary.LittleEndian, uint16(len(dict)))
	} else {
		binary.Write(&b, binary.LittleEndian, uint32(len(dict)))
	}
	b.WriteString(dict)
	var order binary.ByteOrder = binary.LittleEndian
	if strings.Contains(dict, "'>") {
		order = binary.BigEndian
	}
	for _, n := range numbers {
		binary.Write(&b, order, n)
	}
	return b.Bytes()
}

func dict(descr, shape string) string {
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }   \n", descr, shape)
}

// array opens bytes as an array.
func array(data []byte) (*Array, error) {
	return newArray(bytes.NewReader(data), int64(len(data)))
}

// all reads every item.
func all(t testing.TB, a *Array) (out []float64) {
	t.Helper()
	var buf []byte
	dst := make([]float64, a.Size())
	for i := range a.Items() {
		var err error
		if buf, err = a.Read(i, dst, buf); err != nil {
			t.Fatal(err)
		}
		out = append(out, dst...)
	}
	return out
}

func TestTypes(t *testing.T) {
	for _, tt := range []struct {
		data []byte
		want []float64
	}{
		{file(1, dict("|u1", "(2, 2)"), []uint8{1, 2, 3, 255}), []float64{1, 2, 3, 255}},
		{file(1, dict("|i1", "(2,)"), []int8{-1, 5}), []float64{-1, 5}},
		{file(2, dict("|b1", "(2,)"), []uint8{0, 1}), []float64{0, 1}},
		{file(1, dict("<u2", "(1, 2)"), []uint16{258, 65535}), []float64{258, 65535}},
		{file(1, dict(">i2", "(2,)"), []int16{-258, 3}), []float64{-258, 3}},
		{file(3, dict("<u4", "(1,)"), uint32(1<<31)), []float64{1 << 31}},
		{file(1, dict(">i4", "(1L,)"), int32(-70000)), []float64{-70000}},
		{file(1, dict("<i8", "(1,)"), int64(-1<<40)), []float64{-1 << 40}},
		{file(1, dict("<u8", "()"), uint64(1<<40)), []float64{1 << 40}},
		{file(1, dict(">f4", "(2,)"), []float32{0.5, -2}), []float64{0.5, -2}},
		{file(1, dict("<f8", "(1, 1, 2)"), []float64{math.Pi, 1e300}), []float64{math.Pi, 1e300}},
		// IEEE 754: 1, -2, the largest (65504), the smallest (2^-24), infinity.
		{file(1, dict("<f2", "(5,)"), []uint16{0x3c00, 0xc000, 0x7bff, 1, 0x7c00}), []float64{1, -2, 65504, math.Ldexp(1, -24), math.Inf(1)}},
		{file(1, dict("<f4", "(0, 3)")), nil},
	} {
		a, err := array(tt.data)
		if err != nil {
			t.Errorf("%q: %v", tt.data, err)
			continue
		}
		if got := all(t, a); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %v, want %v", tt.data, got, tt.want)
		}
	}
}

func TestRefused(t *testing.T) {
	good := file(1, dict("|u1", "(2, 2)"), []uint8{1, 2, 3, 4})
	for _, tt := range []struct {
		data []byte
		want string
	}{
		{nil, "the file is empty"},
		{[]byte("<html>not found</html>"), "not a .npy file"},
		{good[:9], "not a .npy file"},
		{good[:40], "ends within its header"},
		{good[:len(good)-1], "the header says (2, 2), 4 bytes of numbers, and there are 3"},
		{append(slices.Clone(good), 9), "and there are 5"},
		{file(4, dict("|u1", "(1,)"), uint8(1)), "version 4"},
		{file(2, strings.Repeat(" ", maxHeader+1)), "the limit is"},
		{file(1, dict("|O", "()")), `type "|O" of the numbers is not supported`},
		{file(1, dict("<c8", "(1,)")), "is not supported"},
		{file(1, dict("u1", "(1,)"), uint8(1)), "is not supported"},
		{file(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"), "records"},
		{file(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (1,)}", uint8(1)), "Fortran order"},
		{file(1, "{'descr': '|u1', 'shape': (1,)}", uint8(1)), "missing"},
		{file(1, "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", uint8(1)), "twice"},
		{file(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'more': 1}", uint8(1)), "unknown key"},
		{file(1, dict("|u1", "(-1,)")), "cannot be read"},
		{file(1, dict("|u1", "(99999999999999999999,)")), "cannot be read"},
		{file(1, dict("<f8", "(1000000000, 1000000000, 1000)")), "which no file can hold"},
		{file(1, dict("<f8", "(1000000000, 98000)")), "and there are 0"},
		{file(1, dict("|u1", "("+strings.Repeat("1, ", 40)+")")), "axes"},
	} {
		if _, err := array(tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.60q: %v, want %s", tt.data, err, tt.want)
		}
	}
}

func TestArchive(t *testing.T) {
	x := file(1, dict("|u1", "(2, 3)"), []uint8{1, 2, 3, 4, 5, 6})
	name := filepath.Join(t.TempDir(), "set.npz")
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, one := range []struct {
			name string
			data []byte
		}{{"x.npy", x}, {"readme.txt", []byte("none")}, {"y.npy", file(1, dict("<i4", "(2,)"), []int32{1, 0})}} {
			w, err := z.CreateHeader(&zip.FileHeader{Name: one.name, Method: method})
			if err != nil {
				t.Fatal(err)
			}
			w.Write(one.data)
		}
		z.Close()
		if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := Open(name, "y")
		if err != nil {
			t.Fatal(err)
		}
		if got := all(t, a); !slices.Equal(got, []float64{1, 0}) {
			t.Errorf("y is %v", got)
		}
		a.Close()
		if _, err := Open(name, "z"); err == nil || !strings.Contains(err.Error(), `no array "z"; the archive holds x, y`) {
			t.Error(err)
		}
		if _, err := Open(name, ""); err == nil || !strings.Contains(err.Error(), "no array is asked for") {
			t.Error(err)
		}
		if err := os.WriteFile(name, b.Bytes()[:b.Len()/2], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(name, "x"); err == nil || !strings.Contains(err.Error(), "archive") {
			t.Error(err)
		}
	}
	if err := os.WriteFile(name, x, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(name, "x"); err == nil || !strings.Contains(err.Error(), "no archive") {
		t.Error(err)
	}
	if a, err := Open(name, ""); err != nil || !a.Bytes() || a.Close() != nil {
		t.Error(err)
	}
	if _, err := Open(filepath.Dir(name), ""); err == nil {
		t.Error("a folder is an array")
	}
}

func FuzzArray(f *testing.F) {
	f.Add(file(1, dict("|u1", "(2, 2)"), []uint8{1, 2, 3, 4}))
	f.Add(file(2, dict(">f2", "(2,)"), []uint16{1, 2}))
	f.Add(file(1, dict("<f8", "(1000000000, 98000)")))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := array(data)
		if err != nil {
			return
		}
		if n := a.Items() * a.Size() * a.header.size; n > len(data) {
			t.Fatalf("%d bytes of numbers in a file of %d", n, len(data))
		}
		if a.Size() > 0 {
			for i := range min(a.Items(), 3) {
				if _, err := a.Read(i, make([]float64, a.Size()), nil); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
