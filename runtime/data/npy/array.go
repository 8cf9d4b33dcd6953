package npy

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

// MaxUnpacked is the longest compressed array of an archive that is unpacked, in
// bytes.
const MaxUnpacked = 1 << 30

// Array is an open array. Reading may be done concurrently.
type Array struct {
	header
	data io.ReaderAt // the numbers
	file *os.File
}

// Open opens the array of a .npy file, or the array called key of a .npz
// archive. An empty key takes the only array of an archive. The numbers of the
// shape are as many as there are bytes for. Errors do not name the file.
func Open(path, key string) (*Array, error) {
	// Look before opening: to open a pipe would wait for its other end.
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	if err != nil {
		if about, ok := errors.AsType[*os.PathError](err); ok {
			err = about.Err
		}
		return nil, err
	}
	a, err := open(f, info.Size(), key)
	if err != nil {
		f.Close()
		return nil, err
	}
	a.file = f
	return a, nil
}

func open(f *os.File, size int64, key string) (*Array, error) {
	var begin [4]byte
	if n, _ := f.ReadAt(begin[:], 0); n == 4 && string(begin[:]) == "PK\x03\x04" {
		return openArchive(f, size, key)
	}
	if key != "" {
		return nil, fmt.Errorf("the file is no archive of several arrays, and %q is asked for", key)
	}
	return newArray(f, size)
}

// newArray reads the header of an array of size bytes.
func newArray(r io.ReaderAt, size int64) (*Array, error) {
	if size == 0 {
		return nil, errors.New("the file is empty")
	}
	h, err := readHeader(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	n, err := h.count()
	if err != nil {
		return nil, err
	}
	if want, got := n*int64(h.size), size-h.length; want != got {
		return nil, fmt.Errorf("the header says %s, %d bytes of numbers, and there are %d", ShapeText(h.shape), want, got)
	}
	return &Array{header: *h, data: io.NewSectionReader(r, h.length, size-h.length)}, nil
}

// openArchive finds an array in a .npz file.
func openArchive(f *os.File, size int64, key string) (*Array, error) {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return nil, fmt.Errorf("not a readable .npz archive: %w", err)
	}
	var found *zip.File
	var names []string
	for _, e := range z.File {
		name, ok := strings.CutSuffix(e.Name, ".npy")
		if !ok {
			continue
		}
		names = append(names, name)
		if name == key || key == "" {
			found = e
		}
	}
	switch {
	case found == nil || key == "" && len(names) > 1:
		what := "no array is asked for by name"
		if key != "" {
			what = fmt.Sprintf("there is no array %q", key)
		}
		return nil, fmt.Errorf("%s; the archive holds %s", what, strings.Join(names, ", "))
	case found.Method == zip.Store:
		at, err := found.DataOffset()
		if err != nil {
			return nil, err
		}
		if n := int64(found.UncompressedSize64); n < 0 || at+n > size {
			return nil, errors.New("the archive is cut off")
		}
		return newArray(io.NewSectionReader(f, at, int64(found.UncompressedSize64)), int64(found.UncompressedSize64))
	case found.UncompressedSize64 > MaxUnpacked:
		return nil, fmt.Errorf("the compressed array takes %d bytes; the limit is %d: save it with numpy.savez, not compressed", found.UncompressedSize64, MaxUnpacked)
	}
	r, err := found.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var b bytes.Buffer // grows with what is there, not with what is claimed
	if _, err := io.Copy(&b, io.LimitReader(r, int64(found.UncompressedSize64)+1)); err != nil {
		return nil, fmt.Errorf("the array cannot be unpacked: %w", err)
	}
	return newArray(bytes.NewReader(b.Bytes()), int64(b.Len()))
}

// Shape are the sizes of the axes, the last one fastest.
func (a *Array) Shape() []int { return a.shape }

// Items is the number of items along the first axis; 1 for a single number.
func (a *Array) Items() int {
	if len(a.shape) == 0 {
		return 1
	}
	return a.shape[0]
}

// Size is the number of numbers of an item.
func (a *Array) Size() int {
	n := 1
	for _, side := range a.shape[min(1, len(a.shape)):] {
		n *= side
	}
	return n
}

// Bytes reports whether the numbers are unsigned bytes.
func (a *Array) Bytes() bool { return a.kind == 'u' && a.size == 1 }

// Close closes the file.
func (a *Array) Close() error {
	if a.file == nil {
		return nil
	}
	return a.file.Close()
}

// Read reads the numbers of item i to dst [Size]. buf is memory that is used and
// returned for the next call; nil makes it.
func (a *Array) Read(i int, dst []float64, buf []byte) ([]byte, error) {
	if i < 0 || i >= a.Items() || len(dst) != a.Size() {
		return buf, fmt.Errorf("item %d of %d, with place for %d numbers of %d", i, a.Items(), len(dst), a.Size())
	}
	n := len(dst) * a.header.size
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	if got, err := a.data.ReadAt(buf, int64(i)*int64(n)); got < n {
		if err == nil || err == io.EOF {
			err = errors.New("the file has become shorter since it was opened")
		}
		return buf, err
	}
	for j := range dst {
		dst[j] = a.number(buf[j*a.header.size:])
	}
	return buf, nil
}

// number decodes one number.
func (a *Array) number(b []byte) float64 {
	switch a.header.size {
	case 1:
		if a.kind == 'i' {
			return float64(int8(b[0]))
		}
		return float64(b[0])
	case 2:
		v := a.order.Uint16(b)
		switch a.kind {
		case 'i':
			return float64(int16(v))
		case 'f':
			return half(v)
		}
		return float64(v)
	case 4:
		v := a.order.Uint32(b)
		switch a.kind {
		case 'i':
			return float64(int32(v))
		case 'f':
			return float64(math.Float32frombits(v))
		}
		return float64(v)
	}
	v := a.order.Uint64(b)
	switch a.kind {
	case 'i':
		return float64(int64(v))
	case 'f':
		return math.Float64frombits(v)
	}
	return float64(v)
}

// half is the value of an IEEE 754 number of 16 bits.
func half(v uint16) float64 {
	sign := 1.0
	if v&0x8000 != 0 {
		sign = -1
	}
	fraction := float64(v & 0x3ff)
	switch exponent := int(v >> 10 & 31); exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return sign * math.Inf(1)
	default:
		return sign * math.Ldexp(1024+fraction, exponent-25)
	}
}
