package page

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Lines is a chart of lines over a common axis.
type Lines struct {
	Title string
	// Description says what there is to see, for those who do not see it; "" is
	// made from the series.
	Description string
	// X and Y name the axes; "" for no name.
	X, Y string
	// LogX and LogY ask for logarithmic axes. Values not above 0 have no place on
	// them: the line has a gap there. When no value has one, the axis is linear.
	LogX, LogY bool
	// Whole says that X counts something: its ticks are whole numbers.
	Whole  bool
	Series []Series
	// Marks are points that are worth a name, such as the best epoch.
	Marks []Mark
	// Wide asks for a chart twice as wide.
	Wide bool
}

// Series is a line: the points (X[i], Y[i]). A point that is not finite is a gap.
type Series struct {
	Name string
	X, Y []float64
	// Dashed tells a line from one of the same colour.
	Dashed bool
	// Color is a number of the palette, 1..8; 0 takes the next.
	Color int
	// Faint makes it one of many: thin, and named only when it is pointed at.
	Faint bool
}

// Mark is a point with a name.
type Mark struct {
	X, Y float64
	Text string
}

// few is the number of points up to which each is drawn, to be pointed at.
const few = 60

// color is the number in the palette of series i, 0..7.
func (s *Series) color(i int) int {
	if s.Color > 0 {
		return (s.Color - 1) % 8
	}
	return i % 8
}

// dash tells apart series that share a colour.
func (s *Series) dash(i int) string {
	switch {
	case s.Dashed:
		return "6 4"
	case s.Color == 0 && i >= 16:
		return "2 3"
	case s.Color == 0 && i >= 8:
		return "9 3 2 3"
	}
	return ""
}

// points calls f for each point.
func (c *Lines) points(f func(s *Series, x, y float64) bool) {
	for i := range c.Series {
		s := &c.Series[i]
		for k := range min(len(s.X), len(s.Y)) {
			if !f(s, s.X[k], s.Y[k]) {
				return
			}
		}
	}
}

// HTML is the chart.
func (c *Lines) HTML() template.HTML {
	d := &drawing{width: 480}
	if c.Wide {
		d.width = 960
	}
	const top, plot = 34.0, 200.0
	// An axis looks at the points that have a place on the other one.
	x := newAxis(func(yield func(float64) bool) {
		c.points(func(_ *Series, x, y float64) bool { return !finite(y) || yield(x) })
	}, c.LogX, false, 6*int(d.width/480))
	if c.Whole {
		x.whole()
	}
	y := newAxis(func(yield func(float64) bool) {
		c.points(func(_ *Series, px, y float64) bool { return !x.has(px) || yield(y) })
	}, c.LogY, true, 5)
	y.at, y.to = top+plot, top
	below := d.frame(c.Title, c.X, c.Y, x, y)
	for i := range c.Series {
		c.draw(d, &c.Series[i], i, x, y)
	}
	for _, m := range c.Marks {
		d.mark(m, x, y)
	}
	d.height = c.legend(d, below+20)
	return d.html(c.Title, c.description())
}

// frame places the axes in the width of the drawing and draws them, with the title
// and their names. It returns how far down it went.
func (d *drawing) frame(title, xName, yName string, x, y *axis) (below float64) {
	x.at, x.to = 12, d.width-14
	for _, text := range y.text {
		x.at = max(x.at, textWidth(text)+12)
	}
	d.label(0, 16, "caption", "start", title, d.width*0.92)
	for i, v := range y.ticks {
		p := y.place(v)
		d.element("line", "", "class", "gridline", "x1", x.at, "y1", p, "x2", x.to, "y2", p)
		d.label(x.at-6, p+4, "small", "end", y.text[i], 0)
	}
	d.element("line", "", "class", "axis", "x1", x.at, "y1", y.at, "x2", x.to, "y2", y.at)
	after := math.Inf(-1)
	for i, v := range x.ticks {
		p, half := x.place(v), textWidth(x.text[i])/2
		d.element("line", "", "class", "axis", "x1", p, "y1", y.at, "x2", p, "y2", y.at+4)
		// Texts keep within the drawing and apart from each other.
		if at := min(p, d.width-half); at-half > after {
			d.label(at, y.at+18, "small", "middle", x.text[i], 0)
			after = at + half + 6
		}
	}
	below = y.at + 18
	if xName != "" || yName != "" {
		below += 17
		d.label(x.to, below, "small", "end", xName, (x.to-x.at)/2)
		if yName != "" {
			d.label(0, below, "small", "start", "vertical: "+yName, (x.to-x.at)/2)
		}
	}
	return below
}

// draw draws one series: a path for each run of points without a gap.
func (c *Lines) draw(d *drawing, s *Series, i int, x, y *axis) {
	var path strings.Builder
	type point struct {
		k     int
		alone bool
	}
	var dots []point
	n := min(len(s.X), len(s.Y))
	has := func(k int) bool { return k >= 0 && k < n && x.has(s.X[k]) && y.has(s.Y[k]) }
	for k := range n {
		if !has(k) {
			continue
		}
		verb := "L"
		if !has(k - 1) {
			verb = "M"
		}
		if alone := !has(k-1) && !has(k+1); alone || n <= few {
			dots = append(dots, point{k, alone})
		}
		fmt.Fprintf(&path, "%s%s %s", verb, coordinate(x.place(s.X[k])), coordinate(y.place(s.Y[k])))
	}
	color := strconv.Itoa(s.color(i))
	if s.Faint {
		if path.Len() > 0 {
			d.hinted("path", s.Name, "class", "thin s"+color, "d", path.String(), "stroke-opacity", "0.6")
		}
		for _, p := range dots {
			if p.alone {
				d.hinted("circle", s.Name, "class", "f"+color, "cx", x.place(s.X[p.k]), "cy", y.place(s.Y[p.k]), "r", 2)
			}
		}
		return
	}
	if path.Len() > 0 {
		attributes := []any{"class", "line s" + color, "d", path.String()}
		if dash := s.dash(i); dash != "" {
			attributes = append(attributes, "stroke-dasharray", dash)
		}
		d.element("path", "", attributes...)
	}
	for _, p := range dots {
		r := 2.5
		if p.alone {
			r = 3.5
		}
		d.hinted("circle", fmt.Sprintf("%s: %s at %s", s.Name, Number(s.Y[p.k]), Number(s.X[p.k])),
			"class", "f"+color, "cx", x.place(s.X[p.k]), "cy", y.place(s.Y[p.k]), "r", r)
	}
}

// mark draws a point. Its name stands in the legend, where no line runs through it.
func (d *drawing) mark(m Mark, x, y *axis) {
	if x.has(m.X) && y.has(m.Y) {
		d.element("circle", "", "class", "mark s7", "cx", x.place(m.X), "cy", y.place(m.Y), "r", 4.5)
	}
}

// name writes the name of a point, on the side where there is room.
func (d *drawing) name(m Mark, x, y *axis) {
	px, py := x.place(m.X), y.place(m.Y)
	anchor, at := "start", px+8
	if w := textWidth(m.Text); at+w > d.width && px-8-w > 0 {
		anchor, at = "end", px-8
	}
	ty := py - 8
	if ty < min(y.at, y.to)+8 {
		ty = py + 18
	}
	d.label(at, ty, "small halo", anchor, m.Text, 0)
}

// legend names the series and the marks below the plot and returns where the
// drawing ends. One series alone needs no name: the title says it.
func (c *Lines) legend(d *drawing, y float64) float64 {
	named := 0
	for i := range c.Series {
		if !c.Series[i].Faint {
			named++
		}
	}
	for i := range c.Marks {
		if c.Marks[i].Text != "" {
			named = max(named, 1) + 1
		}
	}
	if named < 2 && len(c.Series) < 2 || named == 0 {
		return y - 8
	}
	return c.names(d, y)
}

// names is the legend.
func (c *Lines) names(d *drawing, y float64) float64 {
	at := 0.0
	// room makes room for a symbol of that width and a name.
	room := func(symbol float64, name string) (from float64) {
		w := symbol + textWidth(fit(name, d.width-40)) + 14
		if at > 0 && at+w > d.width {
			at, y = 0, y+20
		}
		from, at = at, at+w
		return from
	}
	for i := range c.Series {
		s := &c.Series[i]
		if s.Faint {
			continue
		}
		at := room(30, s.Name)
		attributes := []any{"class", "line s" + strconv.Itoa(s.color(i)), "x1", at + 2, "y1", y - 4, "x2", at + 24, "y2", y - 4}
		if dash := s.dash(i); dash != "" {
			attributes = append(attributes, "stroke-dasharray", dash)
		}
		d.element("line", "", attributes...)
		d.label(at+30, y, "", "start", s.Name, d.width-40)
	}
	for _, m := range c.Marks {
		if m.Text != "" {
			at := room(18, m.Text)
			d.element("circle", "", "class", "mark s7", "cx", at+7, "cy", y-4, "r", 4.5)
			d.label(at+18, y, "", "start", m.Text, d.width-40)
		}
	}
	return y + 10
}

// description tells where the lines end.
func (c *Lines) description() string {
	if c.Description != "" {
		return c.Description
	}
	var parts []string
	for i := range c.Series {
		s := &c.Series[i]
		if s.Faint {
			continue
		}
		text := s.Name + ": no points"
		for k := min(len(s.X), len(s.Y)) - 1; k >= 0; k-- {
			if finite(s.X[k]) && finite(s.Y[k]) {
				text = fmt.Sprintf("%s: %s at %s", s.Name, Number(s.Y[k]), Number(s.X[k]))
				break
			}
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// Number writes a number with five digits, as text beside charts has it.
func Number(v float64) string {
	if math.Abs(v) >= 1e5 && math.Abs(v) < 1e15 && v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 5, 64)
}
