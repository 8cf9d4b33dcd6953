package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Write writes an array of float32 as a .npy file of version 1.0, in C order.
// shape has a size for each axis, the last one fastest; their product is len(x).
func Write(w io.Writer, shape []int, x []float32) error {
	size := 1
	for _, n := range shape {
		size *= n
	}
	if size != len(x) {
		return fmt.Errorf("npy: %d numbers for the shape %s", len(x), ShapeText(shape))
	}
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': %s, }", ShapeText(shape))
	// The numbers begin at a multiple of 64 bytes; the header ends with a line feed.
	const before = len(magic) + 4
	for (before+len(header)+1)%64 != 0 {
		header += " "
	}
	header += "\n"
	buf := append([]byte(magic), 1, 0)
	buf = binary.LittleEndian.AppendUint16(buf, uint16(len(header)))
	buf = append(buf, header...)
	for _, v := range x {
		if len(buf) > 1<<16 {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
		buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
	}
	_, err := w.Write(buf)
	return err
}
