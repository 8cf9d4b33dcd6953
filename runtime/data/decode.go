package data

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
)

const (
	// DefaultMaxPixels is the largest picture that is decoded unless the model
	// file says otherwise: 8192 x 8192.
	DefaultMaxPixels = 1 << 26
	// maxPixelSide bounds one side of a picture, and with it the memory for a row.
	maxPixelSide = 1 << 16
	// headBytes of a file are read at once; most pictures of data sets are smaller.
	headBytes = 1 << 16
)

// Decode reads a picture file: PNG, JPEG, GIF (first frame), BMP, TIFF (first
// page) or WebP, recognised
// by content, whatever its name. Pictures of more than maxPixels pixels (0:
// DefaultMaxPixels) are refused by their header, before any memory is set aside
// for them, and so are headers that claim more than the file can hold. Damaged
// files are refused, never half shown. Errors are of type *FileError. s may be nil.
func Decode(path string, maxPixels int, s *Scratch) (image.Image, error) {
	if s == nil {
		s = NewScratch()
	}
	img, err := decodeFile(path, maxPixels, s)
	if _, ok := errors.AsType[*FileError](err); err != nil && !ok {
		err = &FileError{Path: path, Err: bare(err)}
	}
	return img, err
}

func decodeFile(path string, maxPixels int, s *Scratch) (image.Image, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if s.head == nil {
		s.head = make([]byte, headBytes)
	}
	n, err := io.ReadFull(f, s.head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	if n < headBytes { // the whole file
		return decode(bytes.NewReader(s.head[:n]), int64(n), s.head[:n], maxPixels)
	}
	return decode(f, size, s.head[:n], maxPixels)
}

// decode reads a picture of size bytes that begins with head. r is read from
// its beginning twice: for the header, then for the pixels.
func decode(r io.ReadSeeker, size int64, head []byte, maxPixels int) (img image.Image, err error) {
	// The decoders are meant to return errors, whatever the bytes. Should one
	// fail to, that is an unreadable picture, not the end of the run.
	defer func() {
		if p := recover(); p != nil {
			img, err = nil, fmt.Errorf("the decoder failed: %v", p)
		}
	}()
	if size == 0 {
		return nil, errors.New("empty file")
	}
	f, err := recognise(head)
	if err != nil {
		return nil, err
	}
	if f.whole != nil {
		if err := f.whole(head, size); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	c, err := f.config(r)
	if err != nil {
		return nil, explain(f, r, err)
	}
	if maxPixels <= 0 {
		maxPixels = DefaultMaxPixels
	}
	w, h := int64(c.Width), int64(c.Height)
	switch {
	case w <= 0 || h <= 0:
		return nil, fmt.Errorf("%s picture is empty (%d wide, %d high)", f.name, w, h)
	case w > maxPixelSide || h > maxPixelSide:
		return nil, fmt.Errorf("%s picture is %d wide and %d high, the limit for a side is %d", f.name, w, h, maxPixelSide)
	case w*h > int64(maxPixels):
		return nil, fmt.Errorf("%s picture is %d wide and %d high, %d pixels; the limit is %d", f.name, w, h, w*h, maxPixels)
	case w*h > f.most(size, c):
		return nil, fmt.Errorf("%s header claims %d x %d pixels, more than a file of %d bytes can hold: damaged or truncated", f.name, w, h, size)
	}
	cost := pixelBytes(c)
	if f.cost != nil {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		cost = f.cost(r, c)
	}
	if need, limit := cost*float64(w*h), 4*float64(maxPixels); need > limit {
		return nil, fmt.Errorf("%s picture of this kind, %d wide and %d high, takes %.0f MB to decode; the limit is %.0f MB", f.name, w, h, need/1e6, limit/1e6)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if img, err = f.decode(r); err != nil {
		return nil, explain(f, r, err)
	}
	return img, nil
}

// explain says what is wrong with a file that its decoder refused.
func explain(f *format, r io.ReadSeeker, err error) error {
	what := "damaged or unsupported"
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		what, err = "truncated", io.ErrUnexpectedEOF
	}
	if f.fault != nil {
		if _, seekErr := r.Seek(0, io.SeekStart); seekErr == nil {
			if fault := f.fault(r); fault != "" {
				what = fault
			}
		}
	}
	return fmt.Errorf("%s: %s: %w", f.name, what, err)
}
