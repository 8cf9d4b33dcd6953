package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// format is a kind of picture file, recognised by its first bytes.
type format struct {
	name   string
	magic  string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	// most is the largest number of pixels that a good file of so many bytes
	// can hold, judged from its compression at its very best.
	most func(bytes int64, c image.Config) int64
	// cost is the memory that decoding takes, in bytes a pixel, where it is more
	// than the picture itself takes. May be nil.
	cost func(r io.Reader, c image.Config) float64
	// whole looks at the beginning of a file of size bytes for a reason not to
	// decode it. May be nil.
	whole func(head []byte, size int64) error
	// fault looks for the reason why a file was not decoded, in words that a
	// user understands; "" when there is none to be seen. May be nil.
	fault func(r io.Reader) string
}

// formats lists what can be decoded. They are not registered with package
// image: that would be a decision for the whole program.
var formats = []format{
	{name: "PNG", magic: "\x89PNG\r\n\x1a\n", config: png.DecodeConfig, decode: png.Decode, most: mostPNG, fault: faultPNG},
	{name: "JPEG", magic: "\xff\xd8", config: jpeg.DecodeConfig, decode: jpeg.Decode, most: mostJPEG, cost: costJPEG, fault: faultJPEG},
	// gif.Decode returns the first frame, at its own size.
	{name: "GIF", magic: "GIF8", config: gif.DecodeConfig, decode: gif.Decode, most: mostGIF},
	{name: "BMP", magic: "BM", config: bmp.DecodeConfig, decode: bmp.Decode, most: mostBMP},
	{name: "TIFF", magic: "II*\x00", config: tiff.DecodeConfig, decode: tiff.Decode, most: mostTIFF},
	{name: "TIFF", magic: "MM\x00*", config: tiff.DecodeConfig, decode: tiff.Decode, most: mostTIFF},
	{name: "WebP", magic: "RIFF", config: webp.DecodeConfig, decode: webp.Decode, most: mostWebP, cost: costWebP, whole: wholeWebP},
}

// extensions are the suffixes that make a file of a class folder a picture, in
// lower case. The content decides which decoder reads it.
var extensions = []string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp"}

// mostPNG: deflate turns a byte into at most 1032.
func mostPNG(n int64, c image.Config) int64 {
	bits := int64(1) // grey and palette: down to 1 bit
	switch c.ColorModel {
	case color.Gray16Model, color.NRGBAModel: // the latter also grey + alpha
		bits = 16
	case color.RGBAModel:
		bits = 24
	case color.NRGBA64Model:
		bits = 32
	case color.RGBA64Model:
		bits = 48
	}
	return n * 1032 * 8 / bits
}

// mostJPEG: every block of 8x8 takes at least one bit.
func mostJPEG(n int64, _ image.Config) int64 { return n * 8 * 64 }

// mostBMP: no compression.
func mostBMP(n int64, c image.Config) int64 {
	if _, ok := c.ColorModel.(color.Palette); ok {
		return n * 8
	}
	return n / 3
}

// faultPNG walks over the chunks: length, type, data, checksum. The decoder
// stumbles over damaged data before it comes to the checksum.
func faultPNG(r io.Reader) string {
	const cut = "truncated"
	if _, err := io.CopyN(io.Discard, r, 8); err != nil {
		return cut
	}
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return cut
		}
		sum := crc32.NewIEEE()
		sum.Write(head[4:])
		if _, err := io.CopyN(sum, r, int64(binary.BigEndian.Uint32(head[:]))); err != nil {
			return cut
		}
		var want [4]byte
		if _, err := io.ReadFull(r, want[:]); err != nil {
			return cut
		}
		if sum.Sum32() != binary.BigEndian.Uint32(want[:]) {
			return fmt.Sprintf("checksum of chunk %q is wrong", head[4:])
		}
		if string(head[4:]) == "IEND" {
			return ""
		}
	}
}

// faultJPEG looks for the marker at the end.
func faultJPEG(r io.Reader) string {
	var last byte
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		for _, c := range buf[:n] {
			if last == 0xff && c == 0xd9 {
				return ""
			}
			last = c
		}
		if err != nil {
			return "truncated"
		}
	}
}

// recognise finds the format of a file by its first bytes, or says what the
// file is instead.
func recognise(head []byte) (*format, error) {
	for i := range formats {
		if bytes.HasPrefix(head, []byte(formats[i].magic)) {
			return &formats[i], nil
		}
	}
	for _, f := range []struct {
		name, magic string
		at          int
	}{
		{"HEIF or AVIF", "ftyp", 4},
		{"JPEG 2000", "jP  ", 4}, {"JPEG XL", "\xff\x0a", 0}, {"JPEG XL", "JXL ", 4}, {"PSD", "8BPS", 0},
	} {
		if len(head) >= f.at && bytes.HasPrefix(head[f.at:], []byte(f.magic)) {
			return nil, fmt.Errorf("unsupported format %s; convert it to PNG or JPEG", f.name)
		}
	}
	text := strings.ToLower(strings.TrimSpace(string(head[:min(len(head), 64)])))
	switch {
	case strings.HasPrefix(text, "version https://git-lfs"):
		return nil, fmt.Errorf("not an image: a Git LFS pointer; fetch the picture itself with git lfs pull")
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"):
		return nil, fmt.Errorf("not an image: a web page")
	case strings.HasPrefix(text, "<svg"), strings.HasPrefix(text, "<?xml"):
		return nil, fmt.Errorf("not an image of pixels: XML or SVG text")
	case isText(head):
		return nil, fmt.Errorf("not an image: text")
	}
	return nil, fmt.Errorf("not an image: unknown format (no PNG, JPEG, GIF, BMP, TIFF or WebP)")
}

// isText says whether the beginning of a file is printable.
func isText(head []byte) bool {
	for _, c := range head[:min(len(head), 256)] {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
