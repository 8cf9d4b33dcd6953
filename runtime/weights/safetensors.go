package weights

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"os"
	"sort"
	"strconv"
)

// MaxHeader is the longest header that is read, in bytes, as in the reference
// implementation of the format (huggingface/safetensors).
const MaxHeader = 100_000_000

// maxRank is the most axes a tensor may have: far above any network's, low
// enough that a hostile header cannot make shapes the bulk of the work.
const maxRank = 32

// Tensor is a named array of float32, last axis fastest.
type Tensor struct {
	Name  string
	Shape []int
	Data  []float32
}

// File is the content of a safetensors file of F32 tensors, in the order of
// their data.
type File struct {
	Metadata map[string]string
	Tensors  []Tensor
}

// Lookup returns the tensor of that name, or nil.
func (f *File) Lookup(name string) *Tensor {
	for i := range f.Tensors {
		if f.Tensors[i].Name == name {
			return &f.Tensors[i]
		}
	}
	return nil
}

// ReadFile reads a safetensors file. Errors name the file.
func ReadFile(name string) (*File, error) {
	// Look before opening: to open a pipe would wait for its other end.
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	file, err := Read(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return file, nil
}

// Read reads a safetensors file of the given length in bytes. It allocates no
// more than a small multiple of that length, whatever the header claims.
func Read(r io.Reader, size int64) (*File, error) {
	if size < 8 {
		return nil, fmt.Errorf("not a safetensors file: %d bytes, the header length alone takes 8", size)
	}
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("reading the header length: %w", err)
	}
	n := binary.LittleEndian.Uint64(head[:])
	if n > MaxHeader {
		return nil, fmt.Errorf("not a safetensors file: a header of %d bytes, at most %d are allowed", n, MaxHeader)
	}
	if n > uint64(size-8) {
		return nil, fmt.Errorf("a header of %d bytes in a file of %d: truncated, or not a safetensors file", n, size)
	}
	header := make([]byte, n)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, fmt.Errorf("reading the header: %w", err)
	}
	file, entries, err := parseHeader(header)
	if err != nil {
		return nil, fmt.Errorf("safetensors header: %w", err)
	}
	if err := checkLayout(entries, size-8-int64(n)); err != nil {
		return nil, err
	}
	br := bufio.NewReaderSize(r, 1<<18)
	var chunk [1 << 14]byte
	for _, e := range entries {
		data := make([]float32, (e.end-e.begin)/4)
		for done := 0; done < len(data); {
			part := chunk[:min(len(chunk), 4*(len(data)-done))]
			if _, err := io.ReadFull(br, part); err != nil {
				return nil, fmt.Errorf("tensor %q: %w", e.name, err)
			}
			for i := 0; i < len(part); i += 4 {
				data[done] = math.Float32frombits(binary.LittleEndian.Uint32(part[i:]))
				done++
			}
		}
		file.Tensors = append(file.Tensors, Tensor{Name: e.name, Shape: e.shape, Data: data})
	}
	return file, nil
}

// entry is a tensor as the header describes it. begin and end are in bytes from
// the end of the header.
type entry struct {
	name       string
	dtype      string
	shape      []int
	begin, end int64
}

// checkLayout sorts the entries by their data and requires that they fill the
// length bytes after the header exactly.
func checkLayout(entries []entry, length int64) error {
	sort.SliceStable(entries, func(i, j int) bool {
		a, b := &entries[i], &entries[j]
		return a.begin < b.begin || a.begin == b.begin && a.end < b.end
	})
	at := int64(0)
	for i := range entries {
		e := &entries[i]
		switch {
		case e.begin < at:
			return fmt.Errorf("tensor %q begins at byte %d, inside the tensor before it, which ends at %d", e.name, e.begin, at)
		case e.begin > at:
			return fmt.Errorf("tensor %q begins at byte %d, leaving a gap after byte %d", e.name, e.begin, at)
		case e.end > length:
			return fmt.Errorf("tensor %q ends at byte %d of the data, but there are %d: the file is truncated", e.name, e.end, length)
		}
		at = e.end
	}
	if at != length {
		return fmt.Errorf("%d bytes of data follow the last tensor", length-at)
	}
	return nil
}

// parseHeader reads the JSON object. It walks tokens instead of decoding into a
// map, because a map would hide duplicate keys.
func parseHeader(header []byte) (*File, []entry, error) {
	if len(header) == 0 || header[0] != '{' {
		return nil, nil, errors.New("not a JSON object")
	}
	d := json.NewDecoder(bytes.NewReader(header))
	d.UseNumber()
	file := &File{}
	var entries []entry
	seen := map[string]bool{}
	if err := expect(d, json.Delim('{')); err != nil {
		return nil, nil, err
	}
	for d.More() {
		name, err := key(d, seen)
		if err != nil {
			return nil, nil, err
		}
		if name == "__metadata__" {
			file.Metadata, err = parseMetadata(d)
		} else {
			var e entry
			e, err = parseEntry(d, name)
			entries = append(entries, e)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%q: %w", name, err)
		}
	}
	if err := expect(d, json.Delim('}')); err != nil {
		return nil, nil, err
	}
	// The format pads headers with spaces so that the data is aligned.
	if rest := bytes.TrimRight(header[d.InputOffset():], " "); len(rest) > 0 {
		return nil, nil, errors.New("text after the JSON object")
	}
	return file, entries, nil
}

func parseMetadata(d *json.Decoder) (map[string]string, error) {
	meta := map[string]string{}
	seen := map[string]bool{}
	if err := expect(d, json.Delim('{')); err != nil {
		return nil, err
	}
	for d.More() {
		k, err := key(d, seen)
		if err != nil {
			return nil, err
		}
		t, err := d.Token()
		if err != nil {
			return nil, syntax(err)
		}
		v, ok := t.(string)
		if !ok {
			return nil, fmt.Errorf("the value of %q is not a string", k)
		}
		meta[k] = v
	}
	return meta, expect(d, json.Delim('}'))
}

func parseEntry(d *json.Decoder, name string) (entry, error) {
	e := entry{name: name}
	seen := map[string]bool{}
	if err := expect(d, json.Delim('{')); err != nil {
		return e, err
	}
	var offsets []int64
	for d.More() {
		k, err := key(d, seen)
		if err != nil {
			return e, err
		}
		switch k {
		case "dtype":
			t, err := d.Token()
			if err != nil {
				return e, syntax(err)
			}
			var ok bool
			if e.dtype, ok = t.(string); !ok {
				return e, errors.New("dtype is not a string")
			}
		case "shape":
			axes, err := integers(d, maxRank)
			if err != nil {
				return e, fmt.Errorf("shape: %w", err)
			}
			e.shape = make([]int, len(axes))
			for i, a := range axes {
				if int64(int(a)) != a {
					return e, fmt.Errorf("shape: %d is too large", a)
				}
				e.shape[i] = int(a)
			}
		case "data_offsets":
			if offsets, err = integers(d, 2); err != nil {
				return e, fmt.Errorf("data_offsets: %w", err)
			}
		default:
			return e, fmt.Errorf("unknown key %q", k)
		}
	}
	if err := expect(d, json.Delim('}')); err != nil {
		return e, err
	}
	switch {
	case !seen["dtype"] || !seen["shape"] || len(offsets) != 2:
		return e, errors.New("needs dtype, shape and data_offsets [begin, end]")
	case e.dtype != "F32":
		return e, fmt.Errorf("dtype is %s, only F32 is read", strconv.Quote(e.dtype))
	case offsets[1] < offsets[0]:
		return e, fmt.Errorf("data_offsets [%d, %d] end before they begin", offsets[0], offsets[1])
	}
	e.begin, e.end = offsets[0], offsets[1]
	want, ok := byteLen(e.shape)
	if !ok {
		return e, fmt.Errorf("shape %v has more elements than memory can hold", e.shape)
	}
	if want != e.end-e.begin {
		return e, fmt.Errorf("shape %v takes %d bytes, data_offsets give %d", e.shape, want, e.end-e.begin)
	}
	return e, nil
}

// byteLen is the size of a float32 tensor, false when it overflows.
func byteLen(shape []int) (int64, bool) {
	n := uint64(4)
	for _, a := range shape {
		hi, lo := bits.Mul64(n, uint64(a))
		if hi != 0 || lo > math.MaxInt64 {
			// A later axis of 0 would make the product 0 again; such a shape is
			// refused too, as the reference implementation does.
			return 0, false
		}
		n = lo
	}
	return int64(n), true
}

// key reads an object key and refuses a second one of the same name.
func key(d *json.Decoder, seen map[string]bool) (string, error) {
	t, err := d.Token()
	if err != nil {
		return "", syntax(err)
	}
	k, ok := t.(string)
	if !ok {
		return "", fmt.Errorf("%v where a key should be", t)
	}
	if seen[k] {
		return "", fmt.Errorf("%q appears twice", k)
	}
	seen[k] = true
	return k, nil
}

// integers reads an array of at most limit integers >= 0.
func integers(d *json.Decoder, limit int) ([]int64, error) {
	if err := expect(d, json.Delim('[')); err != nil {
		return nil, err
	}
	var out []int64
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, syntax(err)
		}
		num, ok := t.(json.Number)
		if !ok {
			return nil, fmt.Errorf("%v is not a number", t)
		}
		v, err := strconv.ParseInt(num.String(), 10, 64)
		if err != nil || v < 0 {
			return nil, fmt.Errorf("%s is not an integer of 63 bits", num)
		}
		if len(out) == limit {
			return nil, fmt.Errorf("more than %d numbers", limit)
		}
		out = append(out, v)
	}
	return out, expect(d, json.Delim(']'))
}

func expect(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err != nil {
		return syntax(err)
	}
	if t != want {
		return fmt.Errorf("%v where %v should be", t, want)
	}
	return nil
}

// syntax makes the end of the header a plain sentence.
func syntax(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("ends in the middle of the JSON object")
	}
	return err
}
