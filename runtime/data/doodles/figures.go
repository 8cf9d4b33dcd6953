package doodles

import (
	"math"

	"github.com/cnnc/cnnc/runtime/rng"
)

// classes is the table of figures, in byte order of their names. turn is how
// far a figure may be turned either way, in degrees.
var classes = []struct {
	name string
	turn float64
	draw func(r *rng.Rand) []line
}{
	{"arrow", 180, arrow},
	{"circle", 180, circle},
	{"face", 20, face},
	{"flower", 25, flower},
	{"heart", 25, heart},
	{"house", 15, house},
	{"spiral", 180, spiral},
	{"square", 25, square},
	{"star", 36, star},
	{"triangle", 25, triangle},
}

// arc is part of an ellipse about (x,y), from angle from to angle to in radians.
func arc(x, y, rx, ry, from, to float64) line {
	n := max(int(math.Ceil(math.Abs(to-from)/0.25)), 2)
	l := make(line, n+1)
	for i := range l {
		sin, cos := math.Sincos(from + (to-from)*float64(i)/float64(n))
		l[i] = point{x + rx*cos, y + ry*sin}
	}
	return l
}

// ring is a closed ellipse as a hand draws it: begun anywhere, in either sense,
// not quite closed or overshooting.
func ring(r *rng.Rand, x, y, rx, ry float64) line {
	from := r.Uniform(0, 2*math.Pi)
	turn := 2*math.Pi + r.Uniform(-0.35, 0.35)
	if r.Bool(0.5) {
		turn = -turn
	}
	return arc(x, y, rx, ry, from, from+turn)
}

// polygon closes the corners with one stroke from a random corner, or, now and
// then, with a stroke for each side that misses the corners a little.
func polygon(r *rng.Rand, corners line) []line {
	n := len(corners)
	if r.Bool(0.3) {
		var sides []line
		for i := range corners {
			sides = append(sides, line{shake(r, corners[i], 0.06), shake(r, corners[(i+1)%n], 0.06)})
		}
		return sides
	}
	first := r.IntN(n)
	var l line
	for i := range n {
		l = append(l, corners[(first+i)%n])
	}
	return []line{append(l, shake(r, l[0], 0.08))}
}

// shake moves a point by up to d either way.
func shake(r *rng.Rand, p point, d float64) point {
	return point{p.x + r.Uniform(-d, d), p.y + r.Uniform(-d, d)}
}

func shakeAll(r *rng.Rand, d float64, l ...point) line {
	for i := range l {
		l[i] = shake(r, l[i], d)
	}
	return l
}

func arrow(r *rng.Rand) []line {
	tip := point{1, 0}
	open, back := r.Uniform(0.35, 0.65), r.Uniform(0.35, 0.7)
	up := shake(r, point{1 - back, -open}, 0.08)
	down := shake(r, point{1 - back, open}, 0.08)
	shaft := line{{-1, 0}, {0, r.Uniform(-0.12, 0.12)}, tip}
	switch {
	case r.Bool(0.25): // a closed head
		shaft[2].x = 1 - back
		return []line{shaft, {up, tip, down, up}}
	case r.Bool(0.5): // the head in one stroke
		return []line{shaft, {up, tip, down}}
	default:
		return []line{shaft, {tip, up}, {tip, down}}
	}
}

func circle(r *rng.Rand) []line {
	return []line{ring(r, 0, 0, 1, r.Uniform(0.85, 1))}
}

func face(r *rng.Rand) []line {
	ls := []line{ring(r, 0, 0, 1, 1)}
	ey, ex, es := r.Uniform(-0.45, -0.15), r.Uniform(0.28, 0.45), r.Uniform(0.05, 0.16)
	for _, x := range []float64{-ex, ex} {
		if r.Bool(0.5) {
			ls = append(ls, ring(r, x, ey, es, es))
		} else {
			ls = append(ls, line{{x, ey - es}, {x, ey + es}})
		}
	}
	my, mx := r.Uniform(0.25, 0.5), r.Uniform(0.3, 0.55)
	switch bend := r.Uniform(0.1, 0.3); r.IntN(4) {
	case 0: // sad
		ls = append(ls, arc(0, my+bend, mx, bend, math.Pi, 2*math.Pi))
	case 1: // calm
		ls = append(ls, line{{-mx, my}, {mx, my}})
	default:
		ls = append(ls, arc(0, my, mx, bend, 0, math.Pi))
	}
	if r.Bool(0.4) {
		ls = append(ls, line{{0, -0.1}, shake(r, point{0, 0.15}, 0.06)})
	}
	return ls
}

func flower(r *rng.Rand) []line {
	cy := -0.4
	core := r.Uniform(0.14, 0.22)
	ls := []line{ring(r, 0, cy, core, core)}
	petals := 5 + r.IntN(4)
	first := r.Uniform(0, 2*math.Pi)
	reach := r.Uniform(0.36, 0.42)
	for k := range petals {
		sin, cos := math.Sincos(first + 2*math.Pi*float64(k)/float64(petals))
		size := r.Uniform(0.13, 0.19)
		ls = append(ls, ring(r, reach*cos, cy+reach*sin, size, size))
	}
	foot := shake(r, point{0, 1}, 0.12)
	ls = append(ls, line{{0, cy + reach + 0.15}, {foot.x / 2, 0.6}, foot})
	if r.Bool(0.6) {
		side := 0.35
		if r.Bool(0.5) {
			side = -side
		}
		y := r.Uniform(0.45, 0.75)
		ls = append(ls, line{{0, y + 0.15}, {side / 2, y - 0.1}, {side, y - 0.05}, {side / 2, y + 0.12}, {0, y + 0.15}})
	}
	return ls
}

// heart follows the curve x = 16 sin^3 t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t.
func heart(r *rng.Rand) []line {
	from, over := 0.0, r.Uniform(-0.15, 0.15)
	if r.Bool(0.5) {
		from = math.Pi // begun at the point below
	}
	const n = 36
	var l line
	deep := r.Uniform(0.6, 1.4)
	for i := range n + 1 {
		t := from + (2*math.Pi+over)*float64(i)/n
		sin := math.Sin(t)
		y := 13*math.Cos(t) - 5*deep*math.Cos(2*t) - 2*math.Cos(3*t) - math.Cos(4*t)
		l = append(l, point{sin * sin * sin, -y / 15})
	}
	return []line{l}
}

func house(r *rng.Rand) []line {
	eaves, wall := r.Uniform(-0.3, 0.05), r.Uniform(0.65, 0.95)
	ridge := shake(r, point{0, -1}, 0.12)
	ls := polygon(r, shakeAll(r, 0.05, point{-wall, eaves}, point{wall, eaves}, point{wall, 1}, point{-wall, 1}))
	over := r.Uniform(0, 0.2)
	ls = append(ls, line{{-wall - over, eaves}, ridge, {wall + over, eaves}})
	if r.Bool(0.65) { // a door
		x, half, top := r.Uniform(-0.4, 0.4), r.Uniform(0.12, 0.2), r.Uniform(0.3, 0.5)
		ls = append(ls, line{{x - half, 1}, {x - half, top}, {x + half, top}, {x + half, 1}})
	}
	if r.Bool(0.4) { // a window
		x, y, half := r.Uniform(-0.35, 0.35), r.Uniform(0.15, 0.3), 0.13
		ls = append(ls, line{{x - half, y - half}, {x + half, y - half}, {x + half, y + half}, {x - half, y + half}, {x - half, y - half}})
	}
	if r.Bool(0.3) { // a chimney
		ls = append(ls, line{{0.4, -0.6}, {0.4, -0.95}, {0.6, -0.95}, {0.6, -0.4}})
	}
	return ls
}

func spiral(r *rng.Rand) []line {
	turns := r.Uniform(2, 3.3)
	inner := r.Uniform(0, 0.12)
	from := r.Uniform(0, 2*math.Pi)
	sense := 1.0
	if r.Bool(0.5) {
		sense = -1
	}
	n := int(turns * 20)
	l := make(line, n+1)
	for i := range l {
		t := float64(i) / float64(n)
		sin, cos := math.Sincos(from + sense*2*math.Pi*turns*t)
		radius := inner + (1-inner)*t
		l[i] = point{radius * cos, radius * sin}
	}
	return []line{l}
}

func square(r *rng.Rand) []line {
	return polygon(r, shakeAll(r, 0.1, point{-0.9, -0.9}, point{0.9, -0.9}, point{0.9, 0.9}, point{-0.9, 0.9}))
}

// star has five points, drawn as an outline or in one stroke that crosses itself.
func star(r *rng.Rand) []line {
	corner := func(k int, radius float64) point {
		sin, cos := math.Sincos(-math.Pi/2 + math.Pi*float64(k)/5)
		return shake(r, point{radius * cos, radius * sin}, 0.06)
	}
	var l line
	if r.Bool(0.5) {
		inner := r.Uniform(0.35, 0.5)
		for k := range 10 {
			radius := 1.0
			if k%2 == 1 {
				radius = inner
			}
			l = append(l, corner(k, radius))
		}
		return polygon(r, l)
	}
	for k := range 5 {
		l = append(l, corner(4*k, 1)) // every second point: 0, 2, 4, 1, 3
	}
	return polygon(r, l)
}

func triangle(r *rng.Rand) []line {
	apex := point{r.Uniform(-0.4, 0.4), -0.95}
	return polygon(r, shakeAll(r, 0.1, apex, point{0.95, 0.8}, point{-0.95, 0.8}))
}
