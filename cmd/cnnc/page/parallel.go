package page

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Parallel is a chart of parallel coordinates: an upright axis for each quantity, a
// line for each case, such as the trials of a search.
type Parallel struct {
	Title, Description string
	Axes               []ParallelAxis
	Lines              []ParallelLine
}

// ParallelAxis is one axis.
type ParallelAxis struct {
	Name string
	Log  bool // of numbers: as in Lines
	// Choices makes it an axis of names: values are indices of it.
	Choices []string
}

// ParallelLine is a case: a value for each axis. Over an axis on which a value has no
// place, or which it lacks (NaN), the line is dashed.
type ParallelLine struct {
	Name   string
	Values []float64
	// Shade colours the line, from 0 (pale) to 1 (full).
	Shade float64
	// Strong lines are drawn last and thicker: the best case.
	Strong bool
}

// HTML is the chart.
func (c *Parallel) HTML() template.HTML {
	const gap, top, plot = 120.0, 66.0, 220.0
	d := &drawing{width: max(480, float64(len(c.Axes))*gap), height: top + plot + 14}
	d.label(0, 16, "caption", "start", c.Title, d.width*0.92)
	axes := make([]*axis, len(c.Axes))
	at := func(i int) float64 {
		return d.width * (float64(i) + 0.5) / float64(max(len(c.Axes), 1))
	}
	for i := range c.Axes {
		axes[i] = c.axis(i)
		axes[i].at, axes[i].to = top+plot, top
	}
	for _, strong := range []bool{false, true} {
		for _, l := range c.Lines {
			if l.Strong == strong {
				c.draw(d, &l, axes, at)
			}
		}
	}
	for i, a := range axes {
		x := at(i)
		room := d.width/float64(len(axes)) - 8
		d.element("line", "", "class", "axis", "x1", x, "y1", top, "x2", x, "y2", top+plot)
		// Names are on two heights in turns, so that neighbours have room.
		d.label(x, 40+float64(i%2)*15, "small", "middle", c.Axes[i].Name, room*1.5)
		for k, v := range a.ticks {
			p := a.place(v)
			d.element("line", "", "class", "axis", "x1", x-3, "y1", p, "x2", x+3, "y2", p)
			d.label(x-6, p+4, "small halo", "end", a.text[k], room/2)
		}
	}
	description := c.Description
	if description == "" {
		names := make([]string, len(c.Axes))
		for i := range c.Axes {
			names[i] = c.Axes[i].Name
		}
		description = fmt.Sprintf("%d lines over the axes %s", len(c.Lines), strings.Join(names, ", "))
	}
	return d.html(c.Title, description)
}

// axis makes axis i: of names, one tick each, or of numbers.
func (c *Parallel) axis(i int) *axis {
	spec := &c.Axes[i]
	if len(spec.Choices) > 0 {
		a := &axis{lo: -0.5, hi: float64(len(spec.Choices)) - 0.5}
		every := (len(spec.Choices) + 14) / 15
		for k, name := range spec.Choices {
			if k%every == 0 {
				a.ticks, a.text = append(a.ticks, float64(k)), append(a.text, name)
			}
		}
		return a
	}
	return newAxis(func(yield func(float64) bool) {
		for _, l := range c.Lines {
			if i < len(l.Values) && !yield(l.Values[i]) {
				return
			}
		}
	}, spec.Log, true, 5)
}

// draw draws a line, dashed where it has no value.
func (c *Parallel) draw(d *drawing, l *ParallelLine, axes []*axis, at func(i int) float64) {
	var path, bridges strings.Builder
	joined := false
	last := "" // the place before a gap
	for i, a := range axes {
		v := math.NaN()
		if i < len(l.Values) {
			v = l.Values[i]
		}
		if !a.has(v) {
			joined = false
			continue
		}
		here, verb := coordinate(at(i))+" "+coordinate(a.place(v)), "M"
		if joined {
			verb = "L"
		} else if last != "" {
			bridges.WriteString("M" + last + "L" + here)
		}
		joined, last = true, here
		path.WriteString(verb + here)
	}
	if path.Len() == 0 {
		return
	}
	shade := l.Shade
	if !finite(shade) {
		shade = 0
	}
	class := "thin s0"
	if l.Strong {
		class = "line bold s1"
	}
	opacity := fmt.Sprintf("%.2f", 0.15+0.85*min(max(shade, 0), 1))
	d.hinted("path", l.Name, "class", class, "d", path.String(), "stroke-opacity", opacity)
	if bridges.Len() > 0 {
		d.hinted("path", l.Name, "class", class, "d", bridges.String(), "stroke-opacity", opacity, "stroke-dasharray", "3 5")
	}
}
