package figure

import (
	"image"
	"image/color"
	stddraw "image/draw"
	"math"
	"strings"
	"unicode/utf8"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// canvas is a page in points with the origin in the upper left corner, y down.
type canvas struct {
	dc     draw.Canvas
	raster stddraw.Image // the pixels of a PNG, nil for SVG
	dpi    float64
	// A point (x, y) of the page is drawn at (dx + scale*x, dy + scale*y).
	scale, dx, dy float64
	w, h          float64 // of the page
	// places are the rectangles of the pictures drawn, in pixels of a PNG.
	places []image.Rectangle
}

func (c *canvas) x(x float64) vg.Length { return c.dc.Min.X + vg.Length(c.dx+c.scale*x) }
func (c *canvas) y(y float64) vg.Length { return c.dc.Max.Y - vg.Length(c.dy+c.scale*y) }

// fill paints a rectangle.
func (c *canvas) fill(x, y, w, h float64, fill color.Color) {
	if c.raster != nil { // exact pixels: neighbours share no blended edge
		stddraw.Draw(c.raster, c.pixels(x, y, w, h), image.NewUniform(fill), image.Point{}, stddraw.Over)
		return
	}
	c.dc.SetColor(fill)
	c.dc.Fill(c.outline(x, y, w, h))
}

// pixels is a rectangle of the page in pixels, at least one in size.
func (c *canvas) pixels(x, y, w, h float64) image.Rectangle {
	at := func(v, d float64) int { return int(math.Round((d + c.scale*v) * c.dpi / 72)) }
	r := image.Rect(at(x, c.dx), at(y, c.dy), at(x+w, c.dx), at(y+h, c.dy))
	r.Max.X, r.Max.Y = max(r.Max.X, r.Min.X+1), max(r.Max.Y, r.Min.Y+1)
	return r
}

func (c *canvas) outline(x, y, w, h float64) vg.Path {
	var p vg.Path
	p.Move(vg.Point{X: c.x(x), Y: c.y(y)})
	p.Line(vg.Point{X: c.x(x + w), Y: c.y(y)})
	p.Line(vg.Point{X: c.x(x + w), Y: c.y(y + h)})
	p.Line(vg.Point{X: c.x(x), Y: c.y(y + h)})
	p.Close()
	return p
}

// frame strokes the border of a rectangle.
func (c *canvas) frame(x, y, w, h, width float64, stroke color.Color) {
	c.dc.SetColor(stroke)
	c.dc.SetLineWidth(vg.Length(c.scale * width))
	c.dc.SetLineDash(nil, 0)
	c.dc.Stroke(c.outline(x, y, w, h))
}

// line strokes a polyline; dashes may be nil.
func (c *canvas) line(points [][2]float64, width float64, stroke color.Color, dashes ...float64) {
	if len(points) < 2 {
		return
	}
	c.dc.SetColor(stroke)
	c.dc.SetLineWidth(vg.Length(c.scale * width))
	var d []vg.Length
	for _, v := range dashes {
		d = append(d, vg.Length(c.scale*v))
	}
	c.dc.SetLineDash(d, 0)
	var p vg.Path
	for i, at := range points {
		if pt := (vg.Point{X: c.x(at[0]), Y: c.y(at[1])}); i == 0 {
			p.Move(pt)
		} else {
			p.Line(pt)
		}
	}
	c.dc.Stroke(p)
	c.dc.SetLineDash(nil, 0)
}

// write is how a text is written.
type write struct {
	size  float64 // of the font in points
	color color.Color
	// across is 0 for a text that begins at its point, -0.5 centred, -1 that
	// ends there; down is 0 with the point on the upper edge, 0.5 in the middle,
	// 1 on the base line.
	across, down float64
	bold         bool
	up           bool // turned to read from below
}

// style is the style of gonum's text.
func (c *canvas) style(w write) text.Style {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Length(c.scale * w.size)}
	if w.bold {
		f.Weight = xfont.WeightBold
	}
	if w.color == nil {
		w.color = ink
	}
	s := text.Style{Color: w.color, Font: f, XAlign: text.XAlignment(w.across), Handler: plot.DefaultTextHandler}
	if w.up {
		s.Rotation = math.Pi / 2
	}
	return s
}

// text writes one line.
func (c *canvas) text(x, y float64, line string, w write) {
	if line == "" {
		return
	}
	// The base line lies 0.72 of the size below the upper edge of capitals.
	const capital = 0.72
	s := c.style(w)
	s.YAlign = 0
	below := w.size * capital * (1 - w.down)
	if w.up {
		s.YAlign = 0
		// What runs down the page runs across it now.
		s.XAlign = text.XAlignment(w.across)
		c.fillText(s, c.x(x+below), c.y(y), line)
		return
	}
	c.fillText(s, c.x(x), c.y(y+below), line)
}

// fillText draws with the base line at y, where gonum's own alignment would count
// descenders.
func (c *canvas) fillText(s text.Style, x, y vg.Length, line string) {
	c.dc.Push()
	defer c.dc.Pop()
	c.dc.SetColor(s.Color)
	c.dc.Translate(vg.Point{X: x, Y: y})
	if s.Rotation != 0 {
		c.dc.Rotate(s.Rotation)
	}
	face := s.Handler.Cache().Lookup(s.Font, s.Font.Size)
	w := face.Width(line)
	c.dc.FillString(face, vg.Point{X: w * vg.Length(s.XAlign)}, line)
}

// width is that of a line in points of the page.
func (c *canvas) width(line string, w write) float64 {
	s := c.style(w)
	face := s.Handler.Cache().Lookup(s.Font, s.Font.Size)
	return float64(face.Width(line)) / c.scale
}

// fit shortens a line that is wider than most, with an ellipsis; nothing is left
// when not even one letter fits.
func (c *canvas) fit(line string, w write, most float64) string {
	if c.width(line, w) <= most {
		return line
	}
	for n := len(line); n > 0; {
		_, size := utf8.DecodeLastRuneInString(line[:n])
		if n -= size; n > 0 && c.width(line[:n]+"…", w) <= most {
			return line[:n] + "…"
		}
	}
	return ""
}

// wrap cuts a text between words into lines no wider than most, where words allow.
func (c *canvas) wrap(text string, w write, most float64) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && c.width(line+" "+word, w) > most {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// picture draws an image, each of its pixels as a rectangle with sharp edges.
func (c *canvas) picture(x, y, w, h float64, m image.Image) {
	if c.raster != nil {
		r := c.pixels(x, y, w, h)
		c.places = append(c.places, r)
		enlarge(c.raster, r, m)
		c.frame(x, y, w, h, 0.3, rule)
		return
	}
	// Viewers smooth what they enlarge, so the file holds several pixels for each.
	b := m.Bounds()
	times := max(1, int(math.Ceil(2*c.scale*w/float64(b.Dx()))))
	times = max(1, min(times, 1024/max(b.Dx(), b.Dy())))
	big := image.NewRGBA(image.Rect(0, 0, b.Dx()*times, b.Dy()*times))
	enlarge(big, big.Bounds(), m)
	c.dc.DrawImage(vg.Rectangle{Min: vg.Point{X: c.x(x), Y: c.y(y + h)}, Max: vg.Point{X: c.x(x + w), Y: c.y(y)}}, big)
	c.frame(x, y, w, h, 0.3, rule)
}

// enlarge fills r of dst with the pixels of m, the nearest for each; where m is
// the larger one, with means of the pixels that fall on one.
func enlarge(dst stddraw.Image, r image.Rectangle, m image.Image) {
	b := m.Bounds()
	span := func(i, n, of int) (from, to int) {
		from, to = i*of/n, (i+1)*of/n
		return from, max(to, from+1)
	}
	for y := range r.Dy() {
		y0, y1 := span(y, r.Dy(), b.Dy())
		for x := range r.Dx() {
			x0, x1 := span(x, r.Dx(), b.Dx())
			var sum [3]uint32
			for sy := y0; sy < y1; sy++ {
				for sx := x0; sx < x1; sx++ {
					red, green, blue, _ := m.At(b.Min.X+sx, b.Min.Y+sy).RGBA()
					sum[0] += red >> 8
					sum[1] += green >> 8
					sum[2] += blue >> 8
				}
			}
			n := uint32((y1 - y0) * (x1 - x0))
			value := func(i int) uint8 { return uint8((sum[i] + n/2) / n) }
			dst.Set(r.Min.X+x, r.Min.Y+y, color.RGBA{value(0), value(1), value(2), 255})
		}
	}
}
