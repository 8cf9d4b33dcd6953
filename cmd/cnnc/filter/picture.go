package filter

import (
	"image"
	"image/color"
	"math"
)

// Picture is planes of values: one of grey, or red, green and blue. Photographs
// have values 0..255, results any.
type Picture struct {
	Height, Width int
	Planes        [][]float32 // each [Height][Width]
}

// NewPicture is a picture of zeros.
func NewPicture(height, width, planes int) *Picture {
	p := &Picture{height, width, make([][]float32, planes)}
	for i := range p.Planes {
		p.Planes[i] = make([]float32, height*width)
	}
	return p
}

// FromPixels takes apart pixels [height][width][channels].
func FromPixels(x []float32, height, width, channels int) *Picture {
	p := NewPicture(height, width, channels)
	for i, v := range x[:height*width*channels] {
		p.Planes[i%channels][i/channels] = v
	}
	return p
}

// Pixels are the values as [Height][Width][planes].
func (p *Picture) Pixels() []float32 {
	n := len(p.Planes)
	x := make([]float32, p.Height*p.Width*n)
	for c, plane := range p.Planes {
		for i, v := range plane {
			x[i*n+c] = v
		}
	}
	return x
}

// each replaces every value.
func (p *Picture) each(f func(float32) float32) {
	for _, plane := range p.Planes {
		for i, v := range plane {
			plane[i] = f(v)
		}
	}
}

// Magnitude makes the picture the magnitude of the gradient whose two parts are p
// and q.
func (p *Picture) Magnitude(q *Picture) {
	for c, plane := range p.Planes {
		for i, v := range plane {
			plane[i] = float32(math.Hypot(float64(v), float64(q.Planes[c][i])))
		}
	}
}

// Abs drops the signs.
func (p *Picture) Abs() {
	p.each(func(v float32) float32 { return float32(math.Abs(float64(v))) })
}

// Threshold makes values above t white, 255, and all others black, 0.
func (p *Picture) Threshold(t float32) {
	p.each(func(v float32) float32 {
		if v > t {
			return 255
		}
		return 0
	})
}

// Stats are the least, the largest and the mean value.
func (p *Picture) Stats() (least, most float32, mean float64) {
	least, most = p.Planes[0][0], p.Planes[0][0]
	sum := 0.0
	for _, plane := range p.Planes {
		for _, v := range plane {
			least, most = min(least, v), max(most, v)
			sum += float64(v)
		}
	}
	return least, most, sum / float64(len(p.Planes)*p.Height*p.Width)
}

// Tone says how values become shades.
type Tone int

const (
	// Clip shows values below 0 black, above 255 white.
	Clip Tone = iota
	// Stretch shows the least value black and the largest white.
	Stretch
)

// Image makes the shades.
func (p *Picture) Image(t Tone) *image.RGBA {
	offset, scale := 0.0, 1.0
	if t == Stretch {
		least, most, _ := p.Stats()
		offset = float64(least)
		if most > least {
			scale = 255 / (float64(most) - float64(least))
		}
	}
	shade := func(v float32) uint8 {
		return uint8(min(max(math.Round((float64(v)-offset)*scale), 0), 255))
	}
	m := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
	last := len(p.Planes) - 1
	for i := range p.Height * p.Width {
		m.SetRGBA(i%p.Width, i/p.Width, color.RGBA{
			shade(p.Planes[0][i]), shade(p.Planes[min(1, last)][i]), shade(p.Planes[last][i]), 255,
		})
	}
	return m
}
