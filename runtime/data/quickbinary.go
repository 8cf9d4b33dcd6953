package data

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data/strokes"
)

const (
	// binaryHead is the length of a record before its strokes: key, country,
	// recognized, time, number of strokes.
	binaryHead = 8 + 2 + 1 + 4 + 2
	// maxDrawing is the most bytes of one drawing. Real ones have at most some
	// ten thousand.
	maxDrawing = 16 << 20
)

// indexBinary walks over the records of a .bin file (spec: data, binary record).
// With skip, an incomplete last record is one that cannot be loaded; without, it
// is an error.
func indexBinary(f *drawFile, o config.Drawings, skip bool) error {
	file, err := f.open()
	if err != nil {
		return err
	}
	defer f.close()
	r := bufio.NewReaderSize(file, 1<<18)
	f.at = []int64{}
	var at int64
	for record := 0; o.First <= 0 || len(f.at) < o.First; record++ {
		n, recognized, err := walkBinary(r)
		switch {
		case err == io.EOF:
			return nil
		case err != nil && skip && errors.Is(err, io.ErrUnexpectedEOF):
			f.at = append(f.at, at)
			return nil
		case err != nil:
			return fmt.Errorf("record %d, which begins at byte %d: %w", record, at, err)
		}
		if o.Recognized == "" || recognized == (o.Recognized == "yes") {
			f.at = append(f.at, at)
		}
		at += n
	}
	return nil
}

// walkBinary passes over a record and returns its length; io.EOF when there is
// no more.
func walkBinary(r *bufio.Reader) (n int64, recognized bool, err error) {
	head, err := r.Peek(binaryHead)
	if len(head) == 0 && err == io.EOF {
		return 0, false, io.EOF
	}
	if err != nil {
		return 0, false, cutOff(err)
	}
	strokes := int(binary.LittleEndian.Uint16(head[15:]))
	recognized = head[10] == 1
	if head[10] > 1 {
		return 0, false, fmt.Errorf("recognized is %d, want 0 or 1: not a file of drawings, or damaged", head[10])
	}
	n = binaryHead
	if _, err := r.Discard(binaryHead); err != nil {
		return 0, false, cutOff(err)
	}
	for k := range strokes {
		b, err := r.Peek(2)
		if err != nil {
			return 0, false, fmt.Errorf("stroke %d of %d: %w", k, strokes, cutOff(err))
		}
		points := 2 * int64(binary.LittleEndian.Uint16(b))
		if n += 2 + points; n > maxDrawing {
			return 0, false, fmt.Errorf("a drawing of more than %d bytes", maxDrawing)
		}
		if _, err := r.Discard(int(2 + points)); err != nil {
			return 0, false, fmt.Errorf("stroke %d of %d: %w", k, strokes, cutOff(err))
		}
	}
	return n, recognized, nil
}

// cutOff says that a file ends too early, or what else keeps it from being read.
func cutOff(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("the file is cut off: %w", io.ErrUnexpectedEOF)
	}
	return bare(err)
}

// binaryLines reads drawing i.
func binaryLines(f *drawFile, i int, s *Scratch) ([]strokes.Line, error) {
	file, err := f.open()
	if err != nil {
		return nil, err
	}
	fail := func(err error) error {
		return fmt.Errorf("record at byte %d: %w", f.at[i], err)
	}
	for size := 4 << 10; ; size *= 4 {
		if cap(s.item) < size {
			s.item = make([]byte, size)
		}
		b := s.item[:size]
		n, err := file.ReadAt(b, f.at[i])
		if err != nil && err != io.EOF {
			return nil, fail(bare(err))
		}
		whole := s.parseBinary(b[:n])
		switch {
		case whole && len(s.points) == 0:
			return nil, fail(errors.New("an empty drawing"))
		case whole:
			return s.drawing(), nil
		case err == io.EOF:
			return nil, fail(cutOff(err))
		case size > maxDrawing:
			return nil, fail(fmt.Errorf("a drawing of more than %d bytes", maxDrawing))
		}
	}
}

// parseBinary reads a record into the points of s; false when b is too short.
func (s *Scratch) parseBinary(b []byte) bool {
	s.points, s.ends = s.points[:0], s.ends[:0]
	if len(b) < binaryHead {
		return false
	}
	n := int(binary.LittleEndian.Uint16(b[15:]))
	b = b[binaryHead:]
	for range n {
		if len(b) < 2 {
			return false
		}
		k := int(binary.LittleEndian.Uint16(b))
		if b = b[2:]; len(b) < 2*k {
			return false
		}
		for _, v := range b[:2*k] {
			s.points = append(s.points, float32(v))
		}
		s.ends = append(s.ends, len(s.points))
		b = b[2*k:]
	}
	return true
}

// drawing is the strokes in points: of each all x, then all y.
func (s *Scratch) drawing() []strokes.Line {
	s.lines = s.lines[:0]
	from := 0
	for _, end := range s.ends {
		half := (from + end) / 2
		s.lines = append(s.lines, strokes.Line{X: s.points[from:half], Y: s.points[half:end]})
		from = end
	}
	return s.lines
}
