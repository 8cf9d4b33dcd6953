package data

import (
	"fmt"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data/npy"
)

// bitmapBytes is the size of a bitmap.
const bitmapBytes = bitmapSide * bitmapSide

// indexArray counts the rows of a numpy bitmap file: (N, 784) or (N, 28, 28)
// unsigned bytes.
func indexArray(f *drawFile, _ config.Drawings, _ bool) error {
	a, err := f.openArray()
	if err != nil {
		return err
	}
	shape := a.Shape()
	flat := len(shape) == 2 && shape[1] == bitmapBytes
	square := len(shape) == 3 && shape[1] == bitmapSide && shape[2] == bitmapSide
	if !flat && !square || !a.Bytes() {
		f.close()
		what := ""
		if !a.Bytes() {
			what = ", not of unsigned bytes"
		}
		return fmt.Errorf("an array of shape %s%s; bitmaps are (N, 784) or (N, 28, 28) unsigned bytes", npy.ShapeText(shape), what)
	}
	f.n = a.Items()
	return f.close()
}

func (f *drawFile) openArray() (*npy.Array, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.array == nil {
		a, err := npy.Open(f.path, "")
		if err != nil {
			return nil, err
		}
		f.array = a
	}
	return f.array, nil
}

func arrayBitmap(f *drawFile, i int, dst []uint8, s *Scratch) error {
	a, err := f.openArray()
	if err != nil {
		return err
	}
	if len(s.numbers) < len(dst) {
		s.numbers = make([]float64, len(dst))
	}
	if s.item, err = a.Read(i, s.numbers[:len(dst)], s.item); err != nil {
		return err
	}
	for j := range dst {
		dst[j] = uint8(s.numbers[j])
	}
	return nil
}

// indexRaw counts bitmaps that follow each other without a header.
func indexRaw(f *drawFile, _ config.Drawings, _ bool) error {
	file, err := f.open()
	if err != nil {
		return err
	}
	defer f.close()
	info, err := file.Stat()
	if err != nil {
		return bare(err)
	}
	if info.Size()%bitmapBytes != 0 {
		return fmt.Errorf("%d bytes are no whole number of 28x28 bitmaps: %d and %d bytes over", info.Size(), info.Size()/bitmapBytes, info.Size()%bitmapBytes)
	}
	f.n = int(info.Size() / bitmapBytes)
	return nil
}

func rawBitmap(f *drawFile, i int, dst []uint8, _ *Scratch) error {
	file, err := f.open()
	if err != nil {
		return err
	}
	if n, err := file.ReadAt(dst, int64(i)*bitmapBytes); n < len(dst) {
		return fmt.Errorf("truncated: %w", bare(err))
	}
	return nil
}
