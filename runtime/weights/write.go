package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/cnnc/cnnc/runtime/durable"
)

// WriteFile writes f to the file name, which is replaced as a whole or not at
// all (package durable). The bytes depend on the content of f only.
func WriteFile(name string, f *File) error {
	return durable.WriteFile(name, func(w io.Writer) error { return Write(w, f) })
}

// Write writes f: metadata in the order of their keys, tensors in the order of
// f.Tensors.
func Write(w io.Writer, f *File) error {
	header, err := encodeHeader(f)
	if err != nil {
		return err
	}
	var head [8]byte
	binary.LittleEndian.PutUint64(head[:], uint64(len(header)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	var chunk [1 << 14]byte
	for _, t := range f.Tensors {
		for done := 0; done < len(t.Data); {
			n := 0
			for ; n < len(chunk) && done < len(t.Data); n += 4 {
				binary.LittleEndian.PutUint32(chunk[n:], math.Float32bits(t.Data[done]))
				done++
			}
			if _, err := w.Write(chunk[:n]); err != nil {
				return err
			}
		}
	}
	return nil
}

func encodeHeader(f *File) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	comma := ""
	if len(f.Metadata) > 0 {
		meta, err := json.Marshal(f.Metadata) // sorts the keys
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, `"__metadata__":%s`, meta)
		comma = ","
	}
	seen := map[string]bool{"__metadata__": true}
	at := int64(0)
	for _, t := range f.Tensors {
		if seen[t.Name] {
			return nil, fmt.Errorf("two tensors are called %q", t.Name)
		}
		seen[t.Name] = true
		for _, a := range t.Shape {
			if a < 0 {
				return nil, fmt.Errorf("tensor %q: shape %v", t.Name, t.Shape)
			}
		}
		n, ok := byteLen(t.Shape)
		if !ok || n != 4*int64(len(t.Data)) {
			return nil, fmt.Errorf("tensor %q: shape %v, but %d elements", t.Name, t.Shape, len(t.Data))
		}
		name, err := json.Marshal(t.Name)
		if err != nil {
			return nil, err
		}
		shape := t.Shape
		if shape == nil {
			shape = []int{}
		}
		axes, err := json.Marshal(shape)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, `%s%s:{"dtype":"F32","shape":%s,"data_offsets":[%d,%d]}`, comma, name, axes, at, at+n)
		comma = ","
		at += n
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 { // the data begins at a multiple of 8, as the format asks
		b.WriteByte(' ')
	}
	if b.Len() > MaxHeader {
		return nil, fmt.Errorf("a header of %d bytes, at most %d are allowed", b.Len(), MaxHeader)
	}
	return b.Bytes(), nil
}
