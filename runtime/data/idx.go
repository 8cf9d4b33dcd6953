package data

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
)

// IDX files (spec: data, IDX): four bytes 0, 0, type, rank; rank big-endian
// uint32 sizes; the values, last axis fastest. Only unsigned bytes (type 8) of
// rank 1 (labels) and 3 (images) are read. The file may be compressed by gzip,
// whatever its name.

const (
	idxLabels = 0x00000801
	idxImages = 0x00000803
	// idxInMemory is how much of a compressed file is unpacked to memory; more
	// goes to a temporary file, so that memory does not grow with the data.
	idxInMemory = 16 << 20
	// maxDeflate is the best that deflate can do: bytes out for a byte in.
	maxDeflate = 1032
)

// idxFile is an open IDX file: dims[0] items.
type idxFile struct {
	path string
	dims []int
	item int // bytes
	data io.ReaderAt
	at   int64 // where the values begin in data
	done func() error
}

// openIDX opens a file that must have the given magic and holds as many bytes
// as its header says.
func openIDX(path string, magic uint32) (*idxFile, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	x, err := readIDX(f, size, magic, idxInMemory)
	if err != nil {
		f.Close()
		return nil, &FileError{Path: path, Err: err}
	}
	x.path = path
	if x.data == io.ReaderAt(f) {
		x.done = f.Close
	} else {
		f.Close()
	}
	return x, nil
}

// readIDX reads the header of an IDX file of size bytes, and unpacks it if it
// is compressed: up to inMemory bytes to memory, larger ones to a file.
func readIDX(f io.ReaderAt, size int64, magic uint32, inMemory int64) (*idxFile, error) {
	if size == 0 {
		return nil, errors.New("empty file")
	}
	whole := io.NewSectionReader(f, 0, size)
	var two [2]byte
	if n, err := f.ReadAt(two[:], 0); n < 2 && err != nil && err != io.EOF {
		return nil, bare(err)
	}
	if two != [2]byte{0x1f, 0x8b} {
		x, n, err := readIDXHeader(whole, magic)
		if err != nil {
			return nil, err
		}
		x.at = int64(4 + 4*len(x.dims))
		if got := size - x.at; got != n {
			return nil, idxLength(x, n, fmt.Sprint(got))
		}
		x.data = f
		return x, nil
	}
	z, err := gzip.NewReader(bufio.NewReader(whole))
	if err != nil {
		return nil, gzipError(err)
	}
	x, n, err := readIDXHeader(z, magic)
	if err != nil {
		return nil, gzipError(err)
	}
	if n > size*maxDeflate {
		return nil, fmt.Errorf("header claims %s, %d bytes: more than a gzip file of %d bytes can hold", x.shape(), n, size)
	}
	var got int64
	if n <= inMemory {
		got, err = x.unpack(z, n)
	} else {
		got, err = x.spool(z, n)
	}
	if err == nil && got == n {
		// The end: nothing more, and the checksum.
		var extra [1]byte
		var more int
		more, err = io.ReadFull(z, extra[:])
		if more > 0 {
			err = idxLength(x, n, fmt.Sprintf("more than %d", n))
		} else if err == io.EOF {
			err = nil
		}
	} else if err == nil {
		err = idxLength(x, n, fmt.Sprint(got))
	}
	if err != nil {
		x.Close()
		return nil, gzipError(err)
	}
	return x, nil
}

// readIDXHeader returns the sizes and the number of bytes that follow.
func readIDXHeader(r io.Reader, magic uint32) (*idxFile, int64, error) {
	var b [4]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return nil, 0, truncated(err, "in the header")
	}
	if got := binary.BigEndian.Uint32(b[:]); got != magic {
		hint := ""
		switch {
		case got == idxLabels:
			hint = ": a file of labels where images are wanted"
		case got == idxImages:
			hint = ": a file of images where labels are wanted"
		case binary.LittleEndian.Uint32(b[:]) == magic:
			hint = ": the header is in little-endian order"
		case got>>16 == 0 && got&0xff == magic&0xff:
			hint = fmt.Sprintf(": values of type %#02x, only 0x08 (unsigned bytes) is supported", got>>8)
		}
		return nil, 0, fmt.Errorf("wrong magic %#08x, want %#08x%s", got, magic, hint)
	}
	x := &idxFile{dims: make([]int, magic&0xff), item: 1}
	total := uint64(1)
	for i := range x.dims {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return nil, 0, truncated(err, "in the header")
		}
		d := uint64(binary.BigEndian.Uint32(b[:]))
		hi, lo := bits.Mul64(total, d)
		if hi != 0 || lo > math.MaxInt64/maxDeflate || d > math.MaxInt32 {
			return nil, 0, fmt.Errorf("header claims impossible sizes: axis %d is %d", i, d)
		}
		total = lo
		x.dims[i] = int(d)
	}
	if x.dims[0] == 0 {
		if magic == idxImages {
			return nil, 0, errors.New("no images")
		}
		return nil, 0, errors.New("no labels")
	}
	if total == 0 {
		return nil, 0, fmt.Errorf("header claims empty images: %s", x.shape())
	}
	if len(x.dims) == 3 {
		h, w := x.dims[1], x.dims[2]
		if h > maxPixelSide || w > maxPixelSide || int64(h)*int64(w) > DefaultMaxPixels {
			return nil, 0, fmt.Errorf("images are %d wide and %d high, %d pixels; the limit is %d", w, h, int64(h)*int64(w), DefaultMaxPixels)
		}
		x.item = h * w
	}
	return x, int64(total), nil
}

// unpack reads n bytes to memory, which grows with the bytes that come, not
// with the claim.
func (x *idxFile) unpack(r io.Reader, n int64) (int64, error) {
	buf := make([]byte, 0, min(n, 1<<20))
	for {
		m, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+m]
		if err == nil && int64(len(buf)) < n {
			buf = append(make([]byte, 0, min(n, 2*int64(cap(buf)))), buf...)
			continue
		}
		x.data = bytes.NewReader(buf)
		if err == io.ErrUnexpectedEOF || err == io.EOF {
			// Either the values end early or the compressed stream does: only
			// the stream itself can tell.
			_, err = r.Read(make([]byte, 1))
			if err == io.EOF {
				err = nil
			}
		}
		return int64(len(buf)), err
	}
}

// spool unpacks n bytes to a temporary file.
func (x *idxFile) spool(r io.Reader, n int64) (int64, error) {
	f, done, err := tempFile("", "cnnc-idx-*")
	if err != nil {
		return 0, fmt.Errorf("unpacking %d bytes to a temporary file: %w", n, err)
	}
	x.data, x.done = f, done
	return io.Copy(f, io.LimitReader(r, n))
}

// read copies item i to dst.
func (x *idxFile) read(i int, dst []uint8) error {
	n, err := x.data.ReadAt(dst, x.at+int64(i)*int64(x.item))
	if n == len(dst) {
		return nil
	}
	return fileErrorf(x.path, "item %d: %w", i, bare(err))
}

func (x *idxFile) Close() error {
	if x.done == nil {
		return nil
	}
	done := x.done
	x.done = nil
	return done()
}

func (x *idxFile) shape() string {
	if len(x.dims) == 1 {
		return count(x.dims[0], "label")
	}
	return fmt.Sprintf("%s of %dx%d", count(x.dims[0], "image"), x.dims[1], x.dims[2])
}

func idxLength(x *idxFile, want int64, got string) error {
	return fmt.Errorf("header says %s, which takes %d bytes; got %s", x.shape(), want, got)
}

// truncated names an early end of file by its place.
func truncated(err error, where string) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("truncated %s: %w", where, io.ErrUnexpectedEOF)
	}
	return err
}

func gzipError(err error) error {
	switch {
	case errors.Is(err, gzip.ErrChecksum):
		return errors.New("gzip checksum is wrong: the file is damaged")
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return fmt.Errorf("truncated gzip: %w", io.ErrUnexpectedEOF)
	}
	return err
}
