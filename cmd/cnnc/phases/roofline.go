package phases

import (
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/cnnc/cnnc/cmd/cnnc/page"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/target"
)

// Bench is what the page reads of the report of cnnc bench --json.
type Bench struct {
	Model string  `json:"model"`
	ISA   string  `json:"isa"`
	Peak  float64 `json:"peak_gflops_one_core"`
	// Levels are the speeds of caches and memory as measured.
	Levels []Level    `json:"memory_levels"`
	Rows   []BenchRow `json:"rows"`
}

// Level is a cache or the memory: what one core moves to and from it.
type Level struct {
	Name string  `json:"name"`
	GBs  float64 `json:"gb_per_second"`
}

// BenchRow is the measured time of a call.
type BenchRow struct {
	Program string  `json:"program"`
	Call    string  `json:"call"`
	Nanos   float64 `json:"ns_per_example"`
	GFLOPS  float64 `json:"gflops"`
}

// ParseBench reads a report.
func ParseBench(data []byte) (*Bench, error) {
	b := &Bench{}
	if err := json.Unmarshal(data, b); err != nil {
		return nil, err
	}
	if b.Model == "" || len(b.Rows) == 0 || !(b.Peak > 0) {
		return nil, fmt.Errorf("no report of cnnc bench --json: model, peak or rows are missing")
	}
	return b, nil
}

// roofs are the peak, in GFLOP/s, and the levels of memory: measured ones where
// there is a report.
func roofs(b *Bench) (peak float64, levels []Level) {
	if b == nil {
		for _, l := range target.Levels {
			levels = append(levels, Level{l.Name, l.Rate})
		}
		return plan.PeakGFLOPS, levels
	}
	for _, l := range b.Levels {
		if l.GBs > 0 {
			levels = append(levels, l)
		}
	}
	return b.Peak, levels
}

// speed is one call on the roofline.
type speed struct {
	call                plan.Call
	intensity           float64 // FLOPs a byte
	predicted, measured float64 // GFLOP/s, 0 for not known
	bound               string
}

// speeds are the calls of a program that compute. The FLOPs are those of the direct
// algorithm, so Winograd's may be above the peak.
func (p program) speeds(b *Bench) []speed {
	var list []speed
	costs := p.Costs(p.Micro)
	for i, c := range p.Calls() {
		base := c.Base()
		if base.FLOPs == 0 || base.Bytes == 0 {
			continue
		}
		s := speed{call: c, intensity: float64(base.FLOPs) / float64(base.Bytes), bound: costs[i].Bound()}
		peak, _ := roofs(b)
		if t := max(costs[i].Work/peak, costs[i].Near()) + costs[i].Far(); t > 0 {
			s.predicted = float64(base.FLOPs) / t
		}
		if b != nil {
			for _, r := range b.Rows {
				if r.Program == p.name && r.Call == base.Name {
					s.measured = r.GFLOPS
				}
			}
		}
		list = append(list, s)
	}
	return list
}

// Colours of the charts.
const (
	colorPredicted = 1
	colorMeasured  = 2
)

// roofline is the section with a chart and a table for each program.
func roofline(p *plan.Plan, b *Bench) template.HTML {
	peak, levels := roofs(b)
	var parts, tables []template.HTML
	for _, q := range programs(p) {
		list := q.speeds(b)
		if len(list) == 0 {
			continue
		}
		parts = append(parts, rooflineChart(q.name, list, peak, levels))
		tables = append(tables, page.Details(q.name+": the numbers", rooflineTable(list, b != nil)))
	}
	if len(parts) == 0 {
		return page.Note("No call of this network computes.")
	}
	note := "The points are predicted (blue), for one core; the roofs are the peak and the speeds that predictions assume."
	if b != nil {
		note = fmt.Sprintf("Predicted points, for this peak, are blue, measured ones (cnnc bench, %s, one core) orange; the roofs were measured in the same run: %.4g GFLOP/s, ", b.ISA, peak)
		var rates []string
		for _, l := range levels {
			rates = append(rates, fmt.Sprintf("%s %.4g GB/s", l.Name, l.GBs))
		}
		note += strings.Join(rates, ", ") + "."
		if len(levels) == 0 {
			note = strings.TrimSuffix(note, ", .") + "."
		}
	}
	return page.Join(page.Charts(parts...),
		page.Note("%s Operations are counted as in the direct algorithm: convolutions by Winograd's need fewer and may lie above the peak. Bytes are those that a call reads and writes, wherever they are.", note),
		page.Join(tables...))
}

func rooflineChart(name string, list []speed, peak float64, levels []Level) template.HTML {
	c := &page.Scatter{Title: "Roofline, " + name, X: "FLOPs a byte", Y: "GFLOP/s", LogX: true, LogY: true}
	lo, hi := math.Inf(1), 0.0
	for _, s := range list {
		lo, hi = min(lo, s.intensity), max(hi, s.intensity)
		what := s.call.Base().Name + " (" + s.call.Kernel() + ")"
		if s.predicted > 0 {
			c.Points = append(c.Points, page.Point{X: s.intensity, Y: s.predicted, Name: what + ", predicted", Color: colorPredicted})
		}
		if s.measured > 0 {
			c.Points = append(c.Points, page.Point{X: s.intensity, Y: s.measured, Name: what + ", measured", Color: colorMeasured})
		}
	}
	hi = max(hi, 2*lo)
	lo, hi = lo/1.5, hi*1.5
	c.Curves = append(c.Curves, page.Series{Name: "FMA peak", X: []float64{lo, hi}, Y: []float64{peak, peak}, Color: 7})
	for i, l := range levels {
		s := page.Series{Name: l.Name, Dashed: true, Color: 3 + i}
		end := hi
		if knee := peak / l.GBs; knee < hi { // up to the peak
			end = max(knee, lo)
		}
		s.X, s.Y = []float64{lo, end}, []float64{min(lo*l.GBs, peak), min(end*l.GBs, peak)}
		c.Curves = append(c.Curves, s)
	}
	return c.HTML()
}

func rooflineTable(list []speed, measured bool) template.HTML {
	t := &page.Table{Columns: []page.Column{{Title: "call"}, {Title: "kernel"}, {Title: "pass"}, {Title: "MFLOP", Right: true}, {Title: "kB", Right: true}, {Title: "FLOPs a byte", Right: true}, {Title: "predicted GFLOP/s", Right: true}, {Title: "bound by"}}}
	if measured {
		t.Columns = append(t.Columns, page.Column{Title: "measured GFLOP/s", Right: true})
	}
	for _, s := range list {
		b := s.call.Base()
		cells := []any{b.Name, s.call.Kernel(), b.Pass, fmt.Sprintf("%.3f", float64(b.FLOPs)/1e6), fmt.Sprintf("%.1f", float64(b.Bytes)/1e3),
			fmt.Sprintf("%.2f", s.intensity), fmt.Sprintf("%.1f", s.predicted), s.bound}
		if measured {
			cell := ""
			if s.measured > 0 {
				cell = fmt.Sprintf("%.1f", s.measured)
			}
			cells = append(cells, cell)
		}
		t.Rows = append(t.Rows, page.Row{Cells: cells})
	}
	return t.HTML()
}
