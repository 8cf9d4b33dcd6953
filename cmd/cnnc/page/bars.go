package page

import (
	"fmt"
	"html/template"
	"strings"
)

// Bars is a chart of horizontal bars, one below the other. Bars of values below 0
// go to the left.
type Bars struct {
	Title, Description string
	Bars               []Bar
	// Max is the value of the longest possible bar, such as 1 for shares; 0 takes
	// the largest value.
	Max float64
	// Text writes a value beside its bar; nil is Number.
	Text func(v float64) string
}

// Bar is one bar. A value that is not finite has none.
type Bar struct {
	Label string
	Value float64
	// Color is a number of the palette, 1..8; 0 is 1.
	Color int
}

// HTML is the chart.
func (c *Bars) HTML() template.HTML {
	text := c.Text
	if text == nil {
		text = Number
	}
	const row, thick, most = 24.0, 15.0, 180.0
	lo, hi := 0.0, max(c.Max, 0)
	left, right := 0.0, 0.0
	for _, b := range c.Bars {
		left, right = max(left, min(textWidth(b.Label), most)), max(right, textWidth(text(b.Value)))
		if finite(b.Value) {
			lo, hi = min(lo, b.Value), max(hi, b.Value)
		}
	}
	if hi == lo {
		hi = 1
	}
	d := &drawing{width: 480, height: 30 + row*float64(len(c.Bars)) + 4}
	d.label(0, 16, "caption", "start", c.Title, d.width*0.92)
	begin := left + 10
	if lo < 0 {
		begin += right + 8 // for the numbers of bars to the left
	}
	a := axis{lo: lo, hi: hi, at: begin, to: max(d.width-right-8, begin+40)}
	zero := a.place(0)
	var parts []string
	for i, b := range c.Bars {
		y := 30 + float64(i)*row
		d.label(left, y+thick-3, "", "end", b.Label, most)
		parts = append(parts, b.Label+": "+text(b.Value))
		if !finite(b.Value) {
			d.label(zero+6, y+thick-3, "small", "start", text(b.Value), 0)
			continue
		}
		color := max(b.Color-1, 0) % 8
		p := a.place(b.Value)
		d.hinted("rect", b.Label+": "+text(b.Value), "class", fmt.Sprintf("f%d", color),
			"x", min(zero, p), "y", y, "width", max(p-zero, zero-p), "height", thick)
		if b.Value < 0 {
			d.label(p-5, y+thick-3, "small", "end", text(b.Value), 0)
		} else {
			d.label(p+5, y+thick-3, "small", "start", text(b.Value), 0)
		}
	}
	d.element("line", "", "class", "axis", "x1", zero, "y1", 27, "x2", zero, "y2", d.height-2)
	description := c.Description
	if description == "" {
		description = strings.Join(parts, "; ")
	}
	return d.html(c.Title, description)
}
