package page

import (
	"fmt"
	"html/template"
	"strconv"
)

// Scatter is a chart of points.
type Scatter struct {
	Title, Description string
	X, Y               string // what the axes are
	LogX, LogY         bool   // as in Lines
	Points             []Point
	// Curves are lines in the background, such as the roofs of a roofline plot. They
	// have names in the legend.
	Curves []Series
	Wide   bool
}

// Point is a point. One without a place on the axes is left out.
type Point struct {
	X, Y float64
	// Name is said when the point is pointed at; Text stands beside it.
	Name, Text string
	// Color is a number of the palette, 1..8; 0 is 1.
	Color int
	// Strong points are larger, with a ring.
	Strong bool
}

// HTML is the chart.
func (c *Scatter) HTML() template.HTML {
	d := &drawing{width: 480}
	if c.Wide {
		d.width = 960
	}
	const top, plot = 34.0, 240.0
	all := func(pick func(x, y float64) float64) func(yield func(float64) bool) {
		return func(yield func(float64) bool) {
			for _, p := range c.Points {
				if !yield(pick(p.X, p.Y)) {
					return
				}
			}
			for _, s := range c.Curves {
				for k := range min(len(s.X), len(s.Y)) {
					if !yield(pick(s.X[k], s.Y[k])) {
						return
					}
				}
			}
		}
	}
	x := newAxis(all(func(x, _ float64) float64 { return x }), c.LogX, true, 6)
	y := newAxis(all(func(_, y float64) float64 { return y }), c.LogY, true, 5)
	y.at, y.to = top+plot, top
	below := d.frame(c.Title, c.X, c.Y, x, y)
	lines := Lines{Series: c.Curves}
	for i := range c.Curves {
		lines.draw(d, &c.Curves[i], i, x, y)
	}
	shown := 0
	for _, p := range c.Points {
		if !x.has(p.X) || !y.has(p.Y) {
			continue
		}
		shown++
		px, py, r := x.place(p.X), y.place(p.Y), 3.5
		if p.Strong {
			r = 6
			d.element("circle", "", "class", "mark s7", "cx", px, "cy", py, "r", 8.5)
		}
		hint := fmt.Sprintf("%s, %s", Number(p.X), Number(p.Y))
		if p.Name != "" {
			hint = p.Name + ": " + hint
		}
		d.hinted("circle", hint, "class", "f"+strconv.Itoa(max(p.Color-1, 0)%8), "cx", px, "cy", py, "r", r, "fill-opacity", "0.8")
		if p.Text != "" {
			d.name(Mark{p.X, p.Y, p.Text}, x, y)
		}
	}
	d.height = below + 12
	if len(c.Curves) > 0 {
		d.height = lines.names(d, below+20)
	}
	description := c.Description
	if description == "" {
		description = fmt.Sprintf("%d points; horizontal: %s, vertical: %s", shown, c.X, c.Y)
	}
	return d.html(c.Title, description)
}
