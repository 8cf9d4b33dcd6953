package report

import (
	"fmt"
	"html/template"
	"image"
	"image/color"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/cmd/cnnc/page"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/train"
	"github.com/cnnc/cnnc/runtime/weights"
)

// network is the table of layers and the memory of training.
func network(r *Run) template.HTML {
	rec := r.Record
	if rec == nil || len(rec.Layers) == 0 {
		return ""
	}
	t := &page.Table{Columns: []page.Column{
		{Title: "layer"}, {Title: ""}, {Title: "output"}, {Title: "parameters", Right: true}, {Title: "MFLOP", Right: true}, {Title: "output of one example", Right: true}, {Title: "kernel"},
	}}
	var flops int64
	for _, l := range rec.Layers {
		values := int64(1)
		dims := make([]string, len(l.Shape))
		for i, d := range l.Shape {
			values *= int64(d)
			dims[i] = strconv.Itoa(d)
		}
		flops += l.FLOPs
		t.Rows = append(t.Rows, page.Row{Cells: []any{
			l.Name, strings.TrimSpace(l.Kind + " " + l.Args), strings.Join(dims, "x"), none(int64(l.Parameters)), mflop(l.FLOPs), size(4 * values), l.Kernel,
		}})
	}
	t.Rows = append(t.Rows, page.Row{Strong: true, Cells: []any{"total", "", "", thousands(int64(rec.Parameters)), mflop(flops), "", ""}})
	body := page.Join(t.HTML(), page.Note("FLOPs are those of one example forward; a multiply-add counts as two."))
	if rec.About == nil || len(rec.About.Memory) == 0 {
		return body
	}
	m := &page.Table{Caption: "Memory of training", Columns: []page.Column{{Title: ""}, {Title: "size", Right: true}, {Title: ""}}}
	total := int64(0)
	for _, p := range rec.About.Memory {
		total += p.Bytes
		m.Rows = append(m.Rows, page.Row{Cells: []any{p.Name, size(p.Bytes), p.Note}})
	}
	m.Rows = append(m.Rows, page.Row{Strong: true, Cells: []any{"total", size(total), ""}})
	return page.Join(body, m.HTML())
}

func none(n int64) string {
	if n == 0 {
		return ""
	}
	return thousands(n)
}

func mflop(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 2, 64)
}

// size writes a size of memory.
func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.2f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}

// maxFilters is the most filters that are shown.
const maxFilters = 96

// filters shows the first convolution's: colours where it reads three channels,
// grey otherwise.
func filters(r *Run) template.HTML {
	f, err := weights.ReadFile(filepath.Join(r.Dir, train.BestFile))
	if err != nil {
		return "" // not one best epoch yet
	}
	for i := range f.Tensors {
		t := &f.Tensors[i]
		if len(t.Shape) == 4 && strings.HasSuffix(t.Name, "kernel") && t.Shape[0]*t.Shape[1] > 1 {
			return filterGrid(t)
		}
	}
	return ""
}

// filterGrid shows a kernel [height width channels filters].
func filterGrid(t *weights.Tensor) template.HTML {
	h, w, channels, n := t.Shape[0], t.Shape[1], t.Shape[2], t.Shape[3]
	if len(t.Data) != h*w*channels*n {
		return ""
	}
	rgb := channels == 3
	grid := &page.Pictures{Width: 64}
	for k := range min(n, maxFilters) {
		at := func(y, x, c int) float32 { return t.Data[((y*w+x)*channels+c)*n+k] }
		lo, hi := at(0, 0, 0), at(0, 0, 0)
		seen := 1
		if rgb {
			seen = 3
		}
		for y := range h {
			for x := range w {
				for c := range seen {
					lo, hi = min(lo, at(y, x, c)), max(hi, at(y, x, c))
				}
			}
		}
		if hi == lo {
			hi = lo + 1
		}
		m := image.NewNRGBA(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				var v [3]uint8
				for c := range v {
					v[c] = uint8((at(y, x, min(c, seen-1))-lo)/(hi-lo)*255 + 0.5)
				}
				m.SetNRGBA(x, y, color.NRGBA{v[0], v[1], v[2], 255})
			}
		}
		uri, err := page.DataURI(m)
		if err != nil {
			return ""
		}
		grid.Pictures = append(grid.Pictures, page.Picture{Source: uri, Width: w, Height: h, Alt: fmt.Sprintf("filter %d", k)})
	}
	text := fmt.Sprintf("%s: %d filters of %dx%dx%d, each from its smallest weight (black) to its largest (white)", strings.TrimSuffix(t.Name, ".kernel"), n, h, w, channels)
	if channels != 1 && !rgb {
		text += "; the first of the channels is shown"
	}
	if n > maxFilters {
		text += fmt.Sprintf("; the first %d are shown", maxFilters)
	}
	return page.Join(page.Note("%s.", text), grid.HTML())
}

// dataSummary says what the run learns from.
func dataSummary(r *Run) template.HTML {
	if r.Record == nil || len(r.Record.Data.Parts) == 0 {
		return ""
	}
	d := &r.Record.Data
	facts := []page.Fact{{Name: "input", Value: fmt.Sprintf("%dx%dx%d (height, width, channels)", d.Height, d.Width, d.Channels)}}
	for _, p := range d.Parts {
		facts = append(facts, page.Fact{Name: p.Name, Value: fmt.Sprintf("%s examples: %s", thousands(int64(p.Examples)), p.Source)})
	}
	for _, p := range d.Parts {
		if len(p.Sizes) > 0 {
			facts = append(facts, page.Fact{Name: p.Name + " files", Value: sizes(p.Sizes)})
		}
	}
	if about := r.Record.About; about != nil {
		for i, line := range about.Preparation {
			name := ""
			if i == 0 {
				name = "preparation"
			}
			facts = append(facts, page.Fact{Name: name, Value: line})
		}
	}
	body := page.Facts(facts)
	if len(d.Classes) == 0 {
		return body
	}
	t := &page.Table{Caption: "Examples of each class", Columns: []page.Column{{Title: "class"}}}
	total := page.Row{Strong: true, Cells: []any{"all"}}
	for _, p := range d.Parts {
		t.Columns = append(t.Columns, page.Column{Title: p.Name, Right: true})
		total.Cells = append(total.Cells, thousands(int64(p.Examples)))
	}
	for c, name := range d.Classes {
		row := page.Row{Cells: []any{name}}
		for _, p := range d.Parts {
			cell := ""
			if c < len(p.Counts) {
				cell = thousands(int64(p.Counts[c]))
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	t.Rows = append(t.Rows, total)
	table := t.HTML()
	if len(d.Classes) > 30 {
		table = page.Details(fmt.Sprintf("Examples of each of the %d classes", len(d.Classes)), table)
	}
	return page.Join(body, table)
}

// sizes lists sizes of pictures.
func sizes(list []data.SizeCount) string {
	const most = 5
	var parts []string
	looked := 0
	for i, s := range list {
		looked += s.Examples
		if i < most {
			parts = append(parts, fmt.Sprintf("%dx%d (%d)", s.Width, s.Height, s.Examples))
		}
	}
	text := strings.Join(parts, ", ")
	if n := len(list) - most; n > 0 {
		text += fmt.Sprintf(" and %d other sizes", n)
	}
	return fmt.Sprintf("width x height %s, of %d looked at", text, looked)
}

// environment says what the run ran on.
func environment(r *Run) template.HTML {
	if r.Record == nil {
		return ""
	}
	m := &r.Record.Machine
	return page.Facts([]page.Fact{
		{Name: "processor", Value: m.CPU},
		{Name: "cores", Value: fmt.Sprintf("%d, %d used", m.Cores, min(m.Workers, m.Cores))},
		{Name: "kernels", Value: m.ISA},
		{Name: "system", Value: m.System},
		{Name: "Go", Value: m.Go},
		{Name: "cnnc", Value: m.Cnnc},
		{Name: "network", Value: r.Record.Network},
	})
}

// modelFile is the text of the model file and what was changed of it.
func modelFile(r *Run) template.HTML {
	if r.Record == nil || r.Record.About == nil || r.Record.About.Text == "" {
		return ""
	}
	about := r.Record.About
	body := page.Join(page.Note("%s", about.File), page.Preformatted(about.Text))
	if len(about.Settings) > 0 {
		body = page.Join(page.Heading("Values in place of those of the file"), page.Preformatted(strings.Join(about.Settings, "\n")), body)
	}
	return body
}
