package preprocess

import (
	"fmt"
	"image"
)

// Spec says how a picture becomes network input.
type Spec struct {
	Height, Width int
	Channels      int // 1: luma; 3: red, green, blue
	// Resize brings pictures of any size to Height x Width. Without it only
	// pictures of exactly that size are accepted.
	Resize bool
	// Scale multiplies the values 0..255 of a picture. 0 and 1: none.
	Scale float32
	// After is what is done to the values at the very end; nil: nothing.
	After Step
}

// Step is something that is done to the values of an input, in place. It is safe
// for concurrent use with a Scratch for each caller.
type Step interface{ Apply(x []float32, s *Scratch) }

// Scratch is memory that calls of Image and Raw use again, so that they do not
// allocate once it has grown to the largest picture. The zero value is ready.
// It is not safe for concurrent use.
type Scratch struct {
	across, down filter
	row          []float32 // one row of the picture, converted: [source width][Channels]
	narrow       []float32 // the same row resized: [Width][Channels]
	colors       [256][3]uint8
	rest         []float32 // what a Step has yet to use
}

// Len is the number of values of one input.
func (p Spec) Len() int { return p.Height * p.Width * p.Channels }

// Image writes the input for a picture to dst [Height][Width][Channels].
//
// Colour (spec: data, loading and resizing). Pictures are reduced to 8 bits a
// channel, 16-bit ones by dropping the low byte. Alpha is dropped, not
// composited: a transparent pixel shows the colour stored with it, black where
// the decoder kept none (GIF). Luma is (19595 R + 38470 G + 7471 B + 32768) >> 16.
// A grey picture has three equal channels. A palette index beyond the palette
// is black.
//
// Resizing is bilinear with half-pixel centres; when it shrinks, the triangle
// filter is widened to cover all source pixels (antialiasing), as Pillow does.
// It differs from Pillow only in not rounding to 8 bits after each direction.
//
// Orientation is as stored: no EXIF rotation.
//
// An error says that the picture is empty or, without Resize, of another size,
// or that dst has the wrong length.
func (p Spec) Image(dst []float32, img image.Image, s *Scratch) error {
	if err := p.Raw(dst, img, s); err != nil {
		return err
	}
	p.Finish(dst, s)
	return nil
}

// Finish is the end of Image behind Raw: it multiplies values by Scale, and lets
// After have them.
func (p Spec) Finish(x []float32, s *Scratch) {
	if p.Scale != 0 && p.Scale != 1 {
		for i := range x {
			x[i] *= p.Scale
		}
	}
	if p.After != nil {
		p.After.Apply(x, s)
	}
}

// Raw is Image without Finish: values are 0..255.
func (p Spec) Raw(dst []float32, img image.Image, s *Scratch) error {
	b := img.Bounds()
	sh, sw := b.Dy(), b.Dx()
	switch {
	case p.Channels != 1 && p.Channels != 3:
		return fmt.Errorf("input has %d channels; pictures can fill 1 (grey) or 3 (red, green, blue)", p.Channels)
	case len(dst) != p.Len() || len(dst) == 0:
		return fmt.Errorf("input has %d values, want %dx%dx%d", len(dst), p.Height, p.Width, p.Channels)
	case sh <= 0 || sw <= 0:
		return fmt.Errorf("picture is empty (%d wide, %d high)", sw, sh)
	case sh == p.Height && sw == p.Width:
		s.prepare(img)
		for y := range sh {
			s.convert(dst[y*sw*p.Channels:][:sw*p.Channels], img, b.Min.Y+y, p.Channels)
		}
		return nil
	case !p.Resize:
		return fmt.Errorf("picture is %d wide and %d high, the network takes %d wide and %d high; resize is off", sw, sh, p.Width, p.Height)
	}

	s.prepare(img)
	s.across.set(sw, p.Width)
	s.down.set(sh, p.Height)
	s.row = grow(s.row, sw*p.Channels)
	s.narrow = grow(s.narrow, p.Width*p.Channels)
	clear(dst)
	// Source rows are taken one at a time and added, weighted, to the output
	// rows they reach: memory is two rows, however tall the picture.
	first := 0 // first output row that reaches beyond source row y-1
	for y := range sh {
		s.convert(s.row, img, b.Min.Y+y, p.Channels)
		if p.Channels == 1 {
			s.across.gray(s.narrow, s.row)
		} else {
			s.across.rgb(s.narrow, s.row)
		}
		for s.down.end(first) <= y {
			first++
		}
		for oy := first; oy < p.Height && s.down.start[oy] <= y; oy++ {
			w := s.down.taps(oy)[y-s.down.start[oy]]
			narrow := s.narrow
			out := dst[oy*len(narrow):][:len(narrow)]
			for i, v := range narrow {
				out[i] += float32(w * v) // the conversion forbids a fused multiply-add: same bits everywhere
			}
		}
	}
	return nil
}

// grow returns a slice of n elements, b itself if it is large enough.
func grow(b []float32, n int) []float32 {
	if cap(b) < n {
		return make([]float32, n)
	}
	return b[:n]
}
