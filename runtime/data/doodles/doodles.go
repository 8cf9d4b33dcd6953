package doodles

import (
	"math"

	"github.com/cnnc/cnnc/runtime/data/strokes"
	"github.com/cnnc/cnnc/runtime/rng"
)

// Figure is one doodle.
type Figure struct {
	Drawing strokes.Drawing
	// Width of the pen in drawing units, 256 a side.
	Width float64
	// Noise is the largest change of a pixel's value; grain chooses the changes.
	Noise float64
	grain uint64
}

// Classes are the names of the classes in label order, which is byte order.
func Classes() []string {
	names := make([]string, len(classes))
	for i, c := range classes {
		names[i] = c.name
	}
	return names
}

// Draw makes figure number index of a class (its place in Classes). part keeps
// the figures of training, validation and test apart.
func Draw(seed uint64, part string, class, index int) Figure {
	c := classes[class]
	r := rng.New(rng.Hash(seed, rng.HashString(part), rng.HashString(c.name), uint64(index), uint64(rng.Doodle)))
	lines := c.draw(r)
	hand := newHand(r, c.turn)
	f := Figure{
		Width: r.Uniform(8, 17),
		Noise: r.Uniform(0, 40),
		grain: r.Uint64(),
	}
	for _, l := range lines {
		f.Drawing = append(f.Drawing, hand.stroke(l))
	}
	// Some are crossed by a stray mark of the pen.
	if r.Bool(0.3) {
		f.Drawing = append(f.Drawing, hand.stray())
	}
	return f
}

// Render draws the figure in white on black to dst [h][w], 0..255.
func (f Figure) Render(dst []uint8, h, w int) {
	strokes.Render(dst, h, w, f.Drawing, strokes.Style{Width: f.Width, Padding: 4})
	g := rng.New(f.grain)
	for i, v := range dst {
		n := int(v) + int(f.Noise*(2*g.Float64()-1))
		dst[i] = uint8(min(max(n, 0), 255))
	}
}

// point is a place in the space of a figure: about -1..1, x right, y down.
type point struct{ x, y float64 }

// line is a polyline, one stroke of the pen.
type line []point

// hand puts a figure on the paper: a pose, and a tremor that is smooth along
// each stroke.
type hand struct {
	r              *rng.Rand
	a, b, c, d     float64 // linear part: turn, size, aspect, slant
	x, y           float64 // where the middle comes to, in drawing units
	tremor, jitter float64 // in drawing units
}

// newHand draws the pose of a figure that may be turned by up to turn degrees
// either way.
func newHand(r *rng.Rand, turn float64) *hand {
	angle := r.Uniform(-turn, turn) * math.Pi / 180
	size := r.Uniform(72, 112) // half of the figure's side
	aspect := math.Exp(r.Uniform(-0.16, 0.16))
	slant := r.Uniform(-0.12, 0.12)
	sin, cos := math.Sincos(angle)
	sx, sy := size*aspect, size/aspect
	h := &hand{
		r: r,
		// turn * slant * stretch
		a: cos * sx, b: (cos*slant - sin) * sy,
		c: sin * sx, d: (sin*slant + cos) * sy,
		tremor: r.Uniform(1, 5), jitter: r.Uniform(0, 1.5),
	}
	room := 124 - size
	h.x, h.y = 128+r.Uniform(-room, room), 128+r.Uniform(-room, room)
	return h
}

// stroke draws one line with the pose and the tremor of the hand.
func (h *hand) stroke(l line) strokes.Stroke {
	l = resample(l, 0.12)
	// Tremor: two slow waves for each axis, of random phase.
	var amp, freq, phase [4]float64
	for k := range amp {
		amp[k] = h.tremor * h.r.Uniform(0, 0.7)
		freq[k] = h.r.Uniform(0.7, 3.5)
		phase[k] = h.r.Uniform(0, 2*math.Pi)
	}
	var s strokes.Stroke
	way := 0.0
	for i, p := range l {
		if i > 0 {
			way += math.Hypot(p.x-l[i-1].x, p.y-l[i-1].y)
		}
		x := h.x + h.a*p.x + h.b*p.y + h.jitter*h.r.Normal()
		y := h.y + h.c*p.x + h.d*p.y + h.jitter*h.r.Normal()
		for k := range 2 {
			x += amp[k] * math.Sin(freq[k]*way+phase[k])
			y += amp[k+2] * math.Sin(freq[k+2]*way+phase[k+2])
		}
		s.X, s.Y = append(s.X, coordinate(x)), append(s.Y, coordinate(y))
	}
	return s
}

// stray is a short mark anywhere on the paper.
func (h *hand) stray() strokes.Stroke {
	r := h.r
	x, y := r.Uniform(10, 245), r.Uniform(10, 245)
	sin, cos := math.Sincos(r.Uniform(0, 2*math.Pi))
	n := r.Uniform(10, 60)
	return strokes.Stroke{
		X: []uint8{coordinate(x), coordinate(x + n*cos)},
		Y: []uint8{coordinate(y), coordinate(y + n*sin)},
	}
}

func coordinate(v float64) uint8 { return uint8(min(max(v, 0), 255) + 0.499) }

// resample puts points on a line at most step apart, its corners kept.
func resample(l line, step float64) line {
	if len(l) < 2 {
		return l
	}
	out := line{l[0]}
	for i, p := range l[1:] {
		q := l[i]
		n := max(int(math.Ceil(math.Hypot(p.x-q.x, p.y-q.y)/step)), 1)
		for k := 1; k <= n; k++ {
			t := float64(k) / float64(n)
			out = append(out, point{q.x + t*(p.x-q.x), q.y + t*(p.y-q.y)})
		}
	}
	return out
}
