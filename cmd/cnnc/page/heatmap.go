package page

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
)

// HeatMap is a matrix of numbers as shaded cells, such as a confusion matrix.
type HeatMap struct {
	Title, Description string
	// RowAxis and ColumnAxis say what rows and columns are.
	RowAxis, ColumnAxis string
	Rows, Columns       []string
	// Values has a row for each of Rows. Shades go from 0, or from the smallest
	// value when one is negative, to the largest; a value that is not finite has no
	// shade. What is missing is empty.
	Values [][]float64
	// Shades are shaded by in place of Values, from 0 to 1, when they are given:
	// the share of a row, for example.
	Shades [][]float64
	// Text writes a value into its cell; nil is Number.
	Text func(v float64) string
}

// HTML is the chart.
func (c *HeatMap) HTML() template.HTML {
	text := c.Text
	if text == nil {
		text = Number
	}
	lo, hi := 0.0, 0.0
	size := 26.0
	value := func(m [][]float64, r, k int) float64 {
		if r < len(m) && k < len(m[r]) {
			return m[r][k]
		}
		return math.NaN()
	}
	for r := range c.Rows {
		for k := range c.Columns {
			if v := value(c.Values, r, k); finite(v) {
				lo, hi = min(lo, v), max(hi, v)
				size = max(size, textWidth(text(v))+8)
			}
		}
	}
	const most = 150.0 // room for a label
	left, longest := 0.0, 0.0
	for _, s := range c.Rows {
		left = max(left, min(textWidth(s), most))
	}
	for _, s := range c.Columns {
		longest = max(longest, min(textWidth(s), most))
	}
	left += 10
	// Labels of columns stand slanted where they are wider than the cells.
	slanted := longest > size-4
	head := 18.0
	right := 4.0
	if slanted {
		head = longest*0.72 + 12
		right = max(4, longest*0.72-size/2+8)
	}
	d := &drawing{}
	y := 22.0
	if c.ColumnAxis != "" || c.RowAxis != "" {
		y += 18
	}
	top := y + head
	axes := ""
	switch {
	case c.RowAxis != "" && c.ColumnAxis != "":
		axes = "rows: " + c.RowAxis + ", columns: " + c.ColumnAxis
	case c.RowAxis != "":
		axes = "rows: " + c.RowAxis
	case c.ColumnAxis != "":
		axes = "columns: " + c.ColumnAxis
	}
	d.width = max(left+float64(len(c.Columns))*size+right, 280, textWidth(axes))
	d.height = top + float64(len(c.Rows))*size + 4
	d.label(0, 16, "caption", "start", c.Title, d.width*0.92)
	if axes != "" {
		d.label(0, 36, "small", "start", axes, 0)
	}
	for k, s := range c.Columns {
		x := left + (float64(k)+0.5)*size
		if !slanted {
			d.label(x, top-6, "", "middle", s, 0)
			continue
		}
		d.open("g", "transform", fmt.Sprintf("translate(%s %s) rotate(-45)", coordinate(x+3), coordinate(top-6)))
		d.label(0, 0, "", "start", s, most)
		d.close("g")
	}
	for r, s := range c.Rows {
		cy := top + float64(r)*size
		d.label(left-8, cy+size/2+4.5, "", "end", s, most)
		for k := range c.Columns {
			v := value(c.Values, r, k)
			share := (v - lo) / (hi - lo)
			if c.Shades != nil {
				share = value(c.Shades, r, k)
			}
			x := left + float64(k)*size
			if finite(share) && share > 0 {
				d.element("rect", "", "class", "cell", "x", x, "y", cy, "width", size, "height", size,
					"fill-opacity", strconv.FormatFloat(0.06+0.94*min(share, 1), 'f', 3, 64))
			}
			d.element("rect", "", "class", "frame", "x", x, "y", cy, "width", size, "height", size, "stroke-width", 0.5)
			if math.IsNaN(v) {
				continue
			}
			class := ""
			if share > 0.5 {
				class = "hot"
			}
			d.open("text", "x", x+size/2, "y", cy+size/2+4.5, "text-anchor", "middle", "class", class)
			d.text(text(v))
			d.element("title", fmt.Sprintf("%s, %s: %s", s, c.Columns[k], text(v)))
			d.close("text")
		}
	}
	description := c.Description
	if description == "" {
		description = fmt.Sprintf("%d rows, %d columns; %s", len(c.Rows), len(c.Columns), axes)
	}
	return d.html(c.Title, description)
}
