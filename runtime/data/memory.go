package data

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
)

// What a picture takes while it is decoded differs: a byte a pixel for a grey
// one, twenty for a progressive JPEG, whose coefficients are all held until the
// last scan. The limit on pixels is a limit on memory as well, of four bytes for
// each pixel allowed (256 MB by default): what takes more a pixel may have fewer.

// pixelBytes is the memory for a pixel of a decoded picture.
func pixelBytes(c image.Config) float64 {
	switch c.ColorModel {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.YCbCrModel:
		return 3
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, ok := c.ColorModel.(color.Palette); ok {
		return 1
	}
	return 4
}

// costJPEG is the bytes for a pixel: besides the picture, a progressive file has
// an int32 coefficient for each sample.
func costJPEG(r io.Reader, c image.Config) float64 {
	progressive, samples := frameJPEG(bufio.NewReader(r))
	if !progressive {
		return pixelBytes(c)
	}
	return pixelBytes(c) + 4*samples
}

// frameJPEG looks for the frame header: whether the file is progressive, and how
// many samples it has for a pixel.
func frameJPEG(r *bufio.Reader) (progressive bool, samples float64) {
	if _, err := r.Discard(2); err != nil {
		return false, 0
	}
	for {
		b, err := r.ReadByte()
		if err != nil {
			return false, 0
		}
		if b != 0xff {
			continue
		}
		for b == 0xff && err == nil {
			b, err = r.ReadByte()
		}
		if err != nil || b == 0xd9 || b == 0xda {
			return false, 0
		}
		if b == 0 || b == 1 || b >= 0xd0 && b <= 0xd8 {
			continue // no length follows
		}
		var head [2]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return false, 0
		}
		n := int(binary.BigEndian.Uint16(head[:])) - 2
		if b < 0xc0 || b > 0xc2 {
			if _, err := r.Discard(max(n, 0)); err != nil {
				return false, 0
			}
			continue
		}
		frame := make([]byte, max(n, 0))
		if _, err := io.ReadFull(r, frame); err != nil || n < 6 || n < 6+3*int(frame[5]) {
			return false, 0
		}
		most, sum := 1, 0
		for k := range int(frame[5]) {
			hv := frame[6+3*k+1]
			area := int(hv>>4) * int(hv&15)
			most, sum = max(most, area), sum+area
		}
		return b == 0xc2, float64(sum) / float64(most)
	}
}

// costWebP: transforms of a lossless picture keep a copy of it.
func costWebP(_ io.Reader, c image.Config) float64 {
	switch c.ColorModel {
	case color.YCbCrModel:
		return 1.5
	case color.NYCbCrAModel:
		return 2.5 + 8 // the alpha plane may be a lossless picture
	}
	return 8
}

// mostGIF: the k-th code of LZW stands for at most k bytes, and never for more
// than 4096; a code has at least 3 bits.
func mostGIF(n int64, _ image.Config) int64 {
	codes := n*8/3 + 1
	return min(codes, 4096) * codes
}

// mostTIFF: LZW is the closest of its compressions, but for fax codes, of which a
// row of white takes a few bits.
func mostTIFF(n int64, _ image.Config) int64 { return n * 8 * 4096 }

// mostWebP: a lossless picture of one colour takes no bit a pixel.
func mostWebP(int64, image.Config) int64 { return 1 << 32 }

// wholeWebP refuses a file that is shorter than its header says, before a buffer
// is made for what is not there.
func wholeWebP(head []byte, size int64) error {
	if len(head) < 12 {
		return fmt.Errorf("truncated: %w", io.ErrUnexpectedEOF)
	}
	if string(head[8:12]) != "WEBP" {
		return errors.New("a RIFF file of another kind (sound or film)")
	}
	if want := int64(binary.LittleEndian.Uint32(head[4:])) + 8; want > size {
		return fmt.Errorf("truncated: the header says %d bytes, and there are %d: %w", want, size, io.ErrUnexpectedEOF)
	}
	return nil
}
