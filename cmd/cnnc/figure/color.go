package figure

import (
	"image"
	"image/color"
	"math"
)

// Colours of paper, text and lines.
var (
	white = color.RGBA{255, 255, 255, 255}
	ink   = color.RGBA{32, 32, 32, 255}
	soft  = color.RGBA{110, 110, 110, 255}
	rule  = color.RGBA{190, 190, 190, 255}
)

// series are the colours of curves and boxes, which stay apart for readers who
// see no red and green (Okabe and Ito, "Color Universal Design", 2008), without
// the yellow, which is too light for lines.
var series = []color.RGBA{
	{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {86, 180, 233, 255}, {230, 159, 0, 255}, {90, 90, 90, 255},
}

// viridis are samples of the perceptually uniform colour map of that name (S. van
// der Walt and N. Smith, matplotlib 1.5, CC0), a ninth of its length apart.
var viridis = [10][3]float64{
	{68, 1, 84}, {72, 40, 120}, {62, 73, 137}, {49, 104, 142}, {38, 130, 142},
	{31, 158, 137}, {53, 183, 121}, {110, 206, 88}, {181, 222, 43}, {253, 231, 37},
}

// Viridis is the colour of a value from 0 (dark blue) to 1 (yellow), in between
// on a scale whose brightness grows evenly. What lies outside gets the colour of
// the nearer end, NaN that of 0.
func Viridis(v float64) color.RGBA {
	if !(v > 0) {
		v = 0
	}
	at := min(v, 1) * float64(len(viridis)-1)
	i := min(int(at), len(viridis)-2)
	t := at - float64(i)
	mix := func(k int) uint8 { return uint8(math.Round((1-t)*viridis[i][k] + t*viridis[i+1][k])) }
	return color.RGBA{mix(0), mix(1), mix(2), 255}
}

// Gray is the grey of a value from 0 (black) to 1 (white).
func Gray(v float64) color.RGBA {
	if !(v > 0) {
		v = 0
	}
	g := uint8(math.Round(255 * min(v, 1)))
	return color.RGBA{g, g, g, 255}
}

// Map is a picture of h x w values, row by row, stretched so that the least of
// them gets shade(0) and the largest shade(1). Equal values all get shade(0).
func Map(values []float64, h, w int, shade func(float64) color.RGBA) *image.RGBA {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values[:h*w] {
		low, high = min(low, v), max(high, v)
	}
	stretched := make([]float64, h*w)
	for i, v := range values[:h*w] {
		if high > low {
			stretched[i] = (v - low) / (high - low)
		}
	}
	return Values(stretched, h, w, shade)
}

// Values is a picture of h x w values from 0 to 1, row by row.
func Values(values []float64, h, w int, shade func(float64) color.RGBA) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i, v := range values[:h*w] {
		m.SetRGBA(i%w, i/w, shade(v))
	}
	return m
}

// Overlay is a picture of a grey version of under with a map of values from 0 to
// 1 over it, in the colours of shade: where the map is 0 a fifth of its colour,
// where it is 1 four fifths. Both have the same size.
func Overlay(under image.Image, values []float64, shade func(float64) color.RGBA) *image.RGBA {
	b := under.Bounds()
	m := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for i, v := range values[:b.Dx()*b.Dy()] {
		x, y := i%b.Dx(), i/b.Dx()
		g := float64(color.GrayModel.Convert(under.At(b.Min.X+x, b.Min.Y+y)).(color.Gray).Y)
		c, t := shade(v), 0.2+0.6*min(max(v, 0), 1)
		mix := func(k uint8) uint8 { return uint8(math.Round((1-t)*g + t*float64(k))) }
		m.SetRGBA(x, y, color.RGBA{mix(c.R), mix(c.G), mix(c.B), 255})
	}
	return m
}

// on is the colour of text that can be read on c.
func on(c color.RGBA) color.Color {
	// Relative luminance of sRGB, without its gamma: good enough for two choices.
	if 299*int(c.R)+587*int(c.G)+114*int(c.B) > 140*1000 {
		return ink
	}
	return white
}
