package figure

import (
	"image/color"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Run is the record of one training run.
type Run struct {
	// Name tells it from others in the legend; "" where there is only one.
	Name string
	// Epochs are counted from 1. Train and Validation have a value for each, NaN
	// where there is none; Validation may be nil.
	Epochs []float64
	Panels []Curves
}

// Curves are the values of one quantity in training and in validation.
type Curves struct {
	Train, Validation []float64
}

// History is a figure of one panel for each quantity, side by side, with the
// curves of all runs: names are what the panels show ("accuracy", "loss"), in the
// order of Run.Panels.
func History(names []string, runs []Run) *Figure {
	return &Figure{width: 432 * float64(len(names)), height: 360, stretch: true, paint: func(c *canvas) {
		w := c.w / float64(len(names))
		for i, name := range names {
			at := draw.Crop(c.dc, vg.Length(float64(i)*w)+8, vg.Length(float64(i+1)*w-c.w)-10, 6, -8)
			panel(name, i, runs, w, c.h).Draw(at)
		}
	}}
}

// panel is the plot of one quantity, w x h points in size: letters and lines are
// smaller where there is less room.
func panel(name string, at int, runs []Run, w, h float64) *plot.Plot {
	p := plot.New()
	k := min(max(min(w/360, h/280), 0.45), 2)
	font := func(size float64) font.Font {
		return font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Length(k * size)}
	}
	quantity := strings.ReplaceAll(name, "_", " ")
	p.Title.Text = "Training and validation " + quantity
	probe := canvas{scale: 1}
	size := 13.0
	if wide := probe.width(p.Title.Text, write{size: k * size}); wide > w-24 {
		size *= (w - 24) / wide
	}
	p.Title.TextStyle.Font, p.Title.Padding = font(size), vg.Length(8*k)
	p.X.Label.Text, p.Y.Label.Text = "Epoch", capitalized(quantity)
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font, axis.Tick.Label.Font = font(11), font(9)
		axis.Label.TextStyle.Color, axis.Tick.Label.Color = ink, soft
		axis.LineStyle.Color, axis.Tick.LineStyle.Color = rule, rule
		axis.Tick.Length, axis.Padding = vg.Length(3*k), vg.Length(4*k)
	}
	p.X.Tick.Marker = whole{}
	p.Legend.TextStyle.Font, p.Legend.ThumbnailWidth, p.Legend.Padding = font(9), vg.Length(22*k), vg.Length(3*k)
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.RGBA{230, 230, 230, 255}, color.RGBA{230, 230, 230, 255}
	p.Add(grid)
	low, high := math.Inf(1), math.Inf(-1)
	var curves []plotter.XYs
	longest, lines := 0.0, 0
	for i, r := range runs {
		prefix, hue := "", [2]color.RGBA{series[0], series[1]}
		if len(runs) > 1 {
			// Runs differ by colour, parts by the form of the line.
			prefix = r.Name + ", "
			hue[0] = series[i%len(series)]
			hue[1] = hue[0]
		}
		for part, values := range [2][]float64{r.Panels[at].Train, r.Panels[at].Validation} {
			pieces, points := pieces(r.Epochs, values)
			if points == 0 {
				continue
			}
			style := draw.LineStyle{Color: hue[part], Width: vg.Length(1.4 * k)}
			if part == 1 {
				style.Dashes = []vg.Length{vg.Length(5 * k), vg.Length(2.5 * k)}
			}
			var legend plot.Thumbnailer
			for _, xy := range pieces {
				for _, v := range xy {
					low, high = min(low, v.Y), max(high, v.Y)
				}
				curves = append(curves, xy)
				line := &plotter.Line{XYs: xy, LineStyle: style}
				p.Add(line)
				legend = line
				if points <= 40 { // single epochs can be told apart
					marks := &plotter.Scatter{XYs: xy, GlyphStyle: draw.GlyphStyle{Color: hue[part], Radius: vg.Length(1.8 * k), Shape: draw.CircleGlyph{}}}
					p.Add(marks)
				}
			}
			text := prefix + [2]string{"training", "validation"}[part]
			p.Legend.Add(text, legend)
			longest, lines = max(longest, probe.width(text, write{size: 9 * k})), lines+1
		}
	}
	if high >= low {
		gap := 0.05 * (high - low)
		if gap == 0 {
			gap = max(math.Abs(high)*0.05, 1e-3)
		}
		p.Y.Min, p.Y.Max = low-gap, high+gap
	} else {
		p.Y.Min, p.Y.Max = 0, 1
	}
	p.Legend.Top, p.Legend.Left = corner(curves, p, min((longest+40*k)/(w-60*k), 1), min(float64(lines)*12*k/(h-80*k), 1))
	return p
}

// capitalized writes the first letter large.
func capitalized(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

// corner finds the corner of the plot where a legend of a share of its width and
// height covers least of the curves.
func corner(curves []plotter.XYs, p *plot.Plot, w, h float64) (top, left bool) {
	best := math.Inf(1)
	for _, c := range []struct{ top, left bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
		covered := 0.0
		for _, xy := range curves {
			for i := range xy[1:] {
				for step := range 20 { // points on the way from one epoch to the next
					t := float64(step) / 20
					x := ((1-t)*xy[i].X + t*xy[i+1].X - p.X.Min) / (p.X.Max - p.X.Min)
					y := ((1-t)*xy[i].Y + t*xy[i+1].Y - p.Y.Min) / (p.Y.Max - p.Y.Min)
					if (x < w) == c.left && (c.left || x > 1-w) && (y > 1-h) == c.top && (c.top || y < h) {
						covered += 1 / float64(len(xy))
					}
				}
			}
		}
		if covered < best {
			best, top, left = covered, c.top, c.left
		}
	}
	return top, left
}

// pieces cuts a curve where values are missing or infinite.
func pieces(x, y []float64) (list []plotter.XYs, points int) {
	var run plotter.XYs
	for i, v := range y {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			if run != nil {
				list, run = append(list, run), nil
			}
			continue
		}
		run, points = append(run, plotter.XY{X: x[i], Y: v}), points+1
	}
	if run != nil {
		list = append(list, run)
	}
	return list, points
}

// whole puts ticks at whole numbers: epochs.
type whole struct{}

// Ticks implements plot.Ticker.
func (whole) Ticks(low, high float64) []plot.Tick {
	step := 1.0
	for i := 0; (high-low)/step > 10; i++ {
		step *= []float64{2, 2.5, 2}[i%3] // 1, 2, 5, 10, ...
	}
	var ticks []plot.Tick
	for v := math.Ceil(low/step) * step; v <= high; v += step {
		ticks = append(ticks, plot.Tick{Value: v, Label: trim(v)})
	}
	return ticks
}
