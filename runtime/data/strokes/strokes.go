// Package strokes draws pictures made of pen strokes: Quick, Draw! drawings and
// figures of the same form.
//
// It is a leaf: standard library only.
package strokes

import "math"

// Stroke is one line of the pen, point k at (X[k], Y[k]); both have the same
// length. x runs right, y runs down, 0..255 (spec: data, Quick, Draw!, ndjson).
type Stroke struct{ X, Y []uint8 }

// Drawing is a list of strokes in the order they were drawn.
type Drawing []Stroke

// Line is a stroke whose points lie between those of the grid: what the raw
// drawings of Quick, Draw! are. Coordinates are 0..255 as well.
type Line struct{ X, Y []float32 }

// side is the number of units along a side of the drawing space.
const side = 256

// Style says how a drawing becomes a picture. All lengths are in the units of
// the drawing space, 256 a side.
type Style struct {
	Width   float64 // of the line
	Padding float64 // around the drawing space, besides half a line
	Center  bool    // moves the middle of the drawing to the middle of the picture
	Hard    bool    // no anti-aliasing: a pixel is 255 when a line covers half of it, else 0
}

// QuickDraw is the style of the 28x28 bitmaps of the Quick, Draw! data set
// (line diameter 16 and padding 16 for 256 units, centred).
var QuickDraw = Style{Width: 16, Padding: 16, Center: true}

// Render draws in white on black: dst [h][w] is 0 where there is no line and
// 255 where a line covers the whole pixel. Lines are round at ends and joints.
// The value of a pixel on an edge is the part of it that the line covers, as for
// a straight edge along a side of the pixel; where lines cross, the larger
// counts. A stroke of one point is a dot. The drawing space keeps its shape in
// a picture that is not square, and is put in its middle.
//
// It does not allocate. It panics if len(dst) != h*w.
func Render(dst []uint8, h, w int, d Drawing, style Style) {
	var box bounds
	for _, s := range d {
		extend(&box, s.X, s.Y)
	}
	p := newPen(dst, h, w, box, style)
	for _, s := range d {
		stroke(&p, s.X, s.Y)
	}
}

// RenderLines draws as Render does.
func RenderLines(dst []uint8, h, w int, lines []Line, style Style) {
	var box bounds
	for _, l := range lines {
		extend(&box, l.X, l.Y)
	}
	p := newPen(dst, h, w, box, style)
	for _, l := range lines {
		stroke(&p, l.X, l.Y)
	}
}

// newPen clears the picture and says where a drawing within box lies in it.
func newPen(dst []uint8, h, w int, box bounds, style Style) pen {
	if len(dst) != h*w {
		panic("strokes: destination does not have h*w pixels")
	}
	clear(dst)
	border := style.Padding + style.Width/2
	scale := math.Min(float64(h), float64(w)) / (side + 2*border)
	dx, dy := (float64(w)-side*scale)/2, (float64(h)-side*scale)/2
	if style.Center && box.any {
		dx += (side/2 - (box.x0+box.x1)/2) * scale
		dy += (side/2 - (box.y0+box.y1)/2) * scale
	}
	return pen{dst: dst, h: h, w: w, r: style.Width * scale / 2, hard: style.Hard, scale: scale, dx: dx, dy: dy}
}

// stroke draws one polyline.
func stroke[T uint8 | float32](p *pen, x, y []T) {
	n := min(len(x), len(y))
	if n == 0 {
		return
	}
	x0, y0 := float64(x[0])*p.scale+p.dx, float64(y[0])*p.scale+p.dy
	if n == 1 {
		p.line(x0, y0, x0, y0)
	}
	for k := 1; k < n; k++ {
		x1, y1 := float64(x[k])*p.scale+p.dx, float64(y[k])*p.scale+p.dy
		p.line(x0, y0, x1, y1)
		x0, y0 = x1, y1
	}
}

// bounds is the bounding box of all points.
type bounds struct {
	x0, y0, x1, y1 float64
	any            bool
}

func extend[T uint8 | float32](b *bounds, x, y []T) {
	for k := range min(len(x), len(y)) {
		px, py := float64(x[k]), float64(y[k])
		if !b.any {
			*b = bounds{px, py, px, py, true}
		}
		b.x0, b.x1 = min(b.x0, px), max(b.x1, px)
		b.y0, b.y1 = min(b.y0, py), max(b.y1, py)
	}
}

// pen draws lines of half-width r pixels; pixel (row i, column j) has its
// centre at (j+0.5, i+0.5).
type pen struct {
	dst           []uint8
	h, w          int
	r             float64
	hard          bool
	scale, dx, dy float64 // from the drawing space to pixels
}

// line draws the set of points within r of the segment from (x0,y0) to (x1,y1).
func (p *pen) line(x0, y0, x1, y1 float64) {
	reach := p.r + 0.5 // of a pixel centre that is touched
	ux, uy := x1-x0, y1-y0
	length := math.Hypot(ux, uy)
	if length > 0 {
		ux, uy = ux/length, uy/length
	}
	top := max(int(math.Floor(min(y0, y1)-reach)), 0)
	bottom := min(int(math.Ceil(max(y0, y1)+reach)), p.h)
	for i := top; i < bottom; i++ {
		cy := float64(i) + 0.5 - y0
		// Only columns within reach of the endless line through the segment.
		left, right := min(x0, x1)-reach, max(x0, x1)+reach
		if math.Abs(uy) > 1e-3 {
			a, b := x0+(cy*ux-reach)/uy, x0+(cy*ux+reach)/uy
			left, right = max(left, min(a, b)), min(right, max(a, b))
		}
		row := p.dst[i*p.w:][:p.w]
		for j := max(int(math.Floor(left)), 0); j < p.w && float64(j) < right; j++ {
			cx := float64(j) + 0.5 - x0
			along := min(max(cx*ux+cy*uy, 0), length)
			ex, ey := cx-along*ux, cy-along*uy
			v := p.coverage(math.Sqrt(ex*ex + ey*ey))
			row[j] = max(row[j], v)
		}
	}
}

// coverage is 255 times the part of a pixel at distance d that lies in a band
// of half-width r.
func (p *pen) coverage(d float64) uint8 {
	c := min(d+0.5, p.r) - max(d-0.5, -p.r)
	if p.hard {
		// A line thinner than a pixel still leaves a trace.
		if c >= min(0.5, p.r) {
			return 255
		}
		return 0
	}
	return uint8(255*min(max(c, 0), 1) + 0.5)
}
