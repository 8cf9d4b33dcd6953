package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// raw builds a file from a header text and data, right or wrong.
func raw(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	return append(b, make([]byte, data)...)
}

func read(b []byte) (*File, error) { return Read(bytes.NewReader(b), int64(len(b))) }

// same compares bits, so that NaN and -0 count.
var same = cmp.Comparer(func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) })

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringN(0, 8, 20), 0, 5, rapid.ID).Draw(t, "names")
		f := &File{}
		if rapid.Bool().Draw(t, "meta") {
			f.Metadata = map[string]string{"k": rapid.String().Draw(t, "value"), "\"": "<&>"}
		}
		for _, name := range names {
			if name == "__metadata__" {
				continue
			}
			shape := rapid.SliceOfN(rapid.IntRange(0, 5), 0, 4).Draw(t, "shape")
			n := 1
			for _, a := range shape {
				n *= a
			}
			data := make([]float32, n)
			for i := range data {
				data[i] = math.Float32frombits(rapid.Uint32().Draw(t, "bits"))
			}
			f.Tensors = append(f.Tensors, Tensor{name, shape, data})
		}
		var b bytes.Buffer
		if err := Write(&b, f); err != nil {
			t.Fatal(err)
		}
		n := binary.LittleEndian.Uint64(b.Bytes())
		if n%8 != 0 || !json.Valid(b.Bytes()[8:8+n]) {
			t.Fatalf("header of %d bytes is not padded JSON", n)
		}
		got, err := read(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		// Names with invalid UTF-8 do not occur: rapid draws valid strings. Empty
		// tensors share their place with a neighbour, so compare by name.
		if len(got.Tensors) != len(f.Tensors) {
			t.Fatalf("%d tensors, wrote %d", len(got.Tensors), len(f.Tensors))
		}
		for i := range f.Tensors {
			want := &f.Tensors[i]
			if d := cmp.Diff(want, got.Lookup(want.Name), same); d != "" {
				t.Fatal(d)
			}
		}
		if d := cmp.Diff(f.Metadata, got.Metadata); d != "" {
			t.Fatal(d)
		}
	})
}

// TestRefuses lists headers that must give an error, by a part of its text.
func TestRefuses(t *testing.T) {
	const one = `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "header length"},
		{"short", []byte{1, 2, 3}, "header length"},
		{"long header", binary.LittleEndian.AppendUint64(nil, MaxHeader+1), "at most"},
		{"huge header", binary.LittleEndian.AppendUint64(nil, math.MaxUint64), "at most"},
		{"header beyond file", raw(`{}`, 0)[:9], "truncated"},
		{"not JSON", raw("\x00\x01", 0), "not a JSON object"},
		{"leading space", raw(` {}`, 0), "not a JSON object"},
		{"text after", raw(`{} x`, 0), "text after"},
		{"two objects", raw(`{}{}`, 0), "text after"},
		{"unfinished", raw(one, 4), "in the middle"},
		{"array", raw(`[]`, 0), "not a JSON object"},
		{"duplicate", raw(one+`,"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), "twice"},
		{"duplicate inside", raw(`{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4), "twice"},
		{"duplicate metadata", raw(`{"__metadata__":{"a":"1","a":"2"}}`, 0), "twice"},
		{"metadata number", raw(`{"__metadata__":{"a":1}}`, 0), "not a string"},
		{"dtype", raw(`{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}`, 4), "only F32"},
		{"no shape", raw(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`, 4), "needs dtype"},
		{"one offset", raw(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4]}}`, 4), "needs dtype"},
		{"three offsets", raw(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}`, 8), "more than 2"},
		{"unknown key", raw(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}`, 4), "unknown key"},
		{"negative axis", raw(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 4), "not an integer"},
		{"fraction", raw(`{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,6]}}`, 6), "not an integer"},
		{"exponent", raw(`{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}`, 4), "not an integer"},
		{"huge axis", raw(`{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}`, 4), "not an integer"},
		{"overflow", raw(`{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}`, 0), "more elements"},
		{"overflow to zero", raw(`{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904,0],"data_offsets":[0,0]}}`, 0), "more elements"},
		{"10^12 parameters", raw(`{"a":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4000000000000]}}`, 64), "truncated"},
		{"size", raw(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4), "takes 8 bytes"},
		{"backwards", raw(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, 4), "end before"},
		{"gap", raw(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), "gap"},
		{"overlap", raw(one+`,"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4), "inside"},
		{"truncated data", raw(one+`}`, 3), "truncated"},
		{"trailing data", raw(one+`}`, 5), "follow"},
		{"deep", raw(`{"a":`+strings.Repeat("[", 100000)+`}`, 0), "where { should be"},
		{"rank", raw(`{"a":{"dtype":"F32","shape":[1`+strings.Repeat(",1", 40)+`],"data_offsets":[0,4]}}`, 4), "more than 32"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := read(c.file)
			if err == nil {
				t.Fatalf("accepted: %+v", f)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q, want one with %q", err, c.want)
			}
		})
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		file File
	}{
		{"duplicate", File{Tensors: []Tensor{{"a", nil, []float32{1}}, {"a", nil, []float32{1}}}}},
		{"size", File{Tensors: []Tensor{{"a", []int{2}, []float32{1}}}}},
		{"negative", File{Tensors: []Tensor{{"a", []int{-1, -1}, []float32{1}}}}},
		{"reserved", File{Tensors: []Tensor{{"__metadata__", nil, []float32{1}}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "w")
			if err := WriteFile(name, &c.file); err == nil {
				t.Error("accepted")
			}
			if _, err := os.Stat(name); err == nil {
				t.Error("left a file")
			}
		})
	}
}

func TestReadFileNamesFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "odd.safetensors")
	if err := os.WriteFile(name, []byte("hello, world"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{name, filepath.Dir(name), name + ".missing"} {
		if _, err := ReadFile(n); err == nil || !strings.Contains(err.Error(), n) {
			t.Errorf("ReadFile(%s): error %v, want one that names the file", n, err)
		}
	}
}

// FuzzRead: no panic, no memory beyond the file's size, and what is accepted
// survives writing and reading.
func FuzzRead(f *testing.F) {
	f.Add(raw(`{}`, 0))
	f.Add(raw(`{"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}  `, 8))
	f.Add(raw(`{"a":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4000000000000]}}`, 64))
	f.Add(raw(`{"a":{"dtype":"F32","shape":[],"data_offsets":[4,8]},"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},"c":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 8))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := read(b)
		if err != nil {
			return
		}
		total := 0
		for _, t := range file.Tensors {
			total += 4 * len(t.Data)
		}
		if total > len(b) {
			t.Fatalf("%d bytes of tensors from a file of %d", total, len(b))
		}
		var out bytes.Buffer
		if err := Write(&out, file); err != nil {
			t.Fatalf("accepted, but cannot be written: %v", err)
		}
		again, err := read(out.Bytes())
		if err != nil {
			t.Fatalf("written, but cannot be read: %v", err)
		}
		for i := range file.Tensors {
			if d := cmp.Diff(&file.Tensors[i], again.Lookup(file.Tensors[i].Name), same); d != "" {
				t.Fatal(d)
			}
		}
	})
}
