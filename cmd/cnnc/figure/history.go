package figure

import (
	"image/color"
	"math"
	"strings"

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
			panel(name, i, runs).Draw(at)
		}
	}}
}

// panel is the plot of one quantity.
func panel(name string, at int, runs []Run) *plot.Plot {
	p := plot.New()
	font := func(size float64) font.Font {
		return font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Length(size)}
	}
	quantity := strings.ReplaceAll(name, "_", " ")
	p.Title.Text = "Training and validation " + quantity
	p.Title.TextStyle.Font, p.Title.Padding = font(13), 8
	p.X.Label.Text, p.Y.Label.Text = "Epoch", strings.ToUpper(quantity[:1])+quantity[1:]
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font, axis.Tick.Label.Font = font(11), font(9)
		axis.Label.TextStyle.Color, axis.Tick.Label.Color = ink, soft
		axis.LineStyle.Color, axis.Tick.LineStyle.Color = rule, rule
		axis.Tick.Length, axis.Padding = 3, 4
	}
	p.X.Tick.Marker = whole{}
	p.Legend.TextStyle.Font, p.Legend.ThumbnailWidth, p.Legend.Padding = font(9), 18, 3
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.RGBA{230, 230, 230, 255}, color.RGBA{230, 230, 230, 255}
	p.Add(grid)
	low, high, rises := math.Inf(1), math.Inf(-1), 0.0
	for i, r := range runs {
		prefix, hue := "", [2]color.RGBA{series[0], series[1]}
		if len(runs) > 1 {
			// Runs differ by colour, parts by the form of the line.
			prefix = r.Name + ", "
			hue[0] = series[i%len(series)]
			hue[1] = hue[0]
		}
		for k, values := range [2][]float64{r.Panels[at].Train, r.Panels[at].Validation} {
			pieces, points := pieces(r.Epochs, values)
			if points == 0 {
				continue
			}
			style := draw.LineStyle{Color: hue[k], Width: 1.4}
			if k == 1 {
				style.Dashes = []vg.Length{5, 2.5}
			}
			var legend plot.Thumbnailer
			for _, xy := range pieces {
				for _, v := range xy {
					low, high = min(low, v.Y), max(high, v.Y)
				}
				rises += xy[len(xy)-1].Y - xy[0].Y
				line := &plotter.Line{XYs: xy, LineStyle: style}
				p.Add(line)
				legend = line
				if points <= 40 { // single epochs can be told apart
					marks := &plotter.Scatter{XYs: xy, GlyphStyle: draw.GlyphStyle{Color: hue[k], Radius: 1.8, Shape: draw.CircleGlyph{}}}
					p.Add(marks)
				}
			}
			p.Legend.Add(prefix+[2]string{"training", "validation"}[k], legend)
		}
	}
	// The legend stands where the curves do not end.
	p.Legend.Top, p.Legend.Left = rises <= 0, false
	if high >= low {
		gap := 0.05 * (high - low)
		if gap == 0 {
			gap = max(math.Abs(high)*0.05, 1e-3)
		}
		p.Y.Min, p.Y.Max = low-gap, high+gap
	} else {
		p.Y.Min, p.Y.Max = 0, 1
	}
	return p
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
