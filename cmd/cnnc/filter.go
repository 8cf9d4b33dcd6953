package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/cnnc/cnnc/cmd/cnnc/filter"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/data/npy"
	"github.com/cnnc/cnnc/runtime/durable"
	"github.com/cnnc/cnnc/runtime/job"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

type filterCmd struct {
	Image     string     `arg:"" type:"path" help:"A picture: PNG, JPEG, GIF, BMP, TIFF or WebP."`
	Kernel    kernelFlag `short:"k" placeholder:"KERNEL" help:"A name, or a matrix such as \"1 0 -1; 2 0 -2; 1 0 -1\", rows between semicolons. Repeatable: a panel each."`
	Correlate bool       `help:"Do not turn the kernel: cross-correlation, as a conv layer computes it, with same padding."`
	Abs       bool       `help:"Drop the signs of the results: edges in both directions."`
	Threshold *float32   `placeholder:"T" help:"Results above T become white (255), all others black (0)."`
	Pool      *poolFlag  `placeholder:"KIND SIZE" help:"Pool at the end: max or avg, and the window, 2x2."`
	Color     bool       `help:"Filter red, green and blue each for itself. Default: the picture is made grey first."`
	Tone      string     `enum:"auto,clip,stretch" default:"auto" help:"How results become shades: clip to 0..255, or stretch, the least black and the largest white. auto stretches the results of kernels that sum to 0, unless --abs or --threshold is given."`
	Bare      bool       `help:"Only the results, without the original and without titles."`
	Out       string     `short:"o" name:"out" default:"filter.png" placeholder:"FILE" type:"path" help:"The PNG file to write. Default: filter.png."`
	Npy       string     `placeholder:"FILE" type:"path" help:"Write the values of the results as well, float32 in NumPy's format: [height, width], with colours [height, width, 3], for several kernels with an axis in front."`
	JSON      bool       `help:"Print what was made as JSON."`
	ISA       string     `enum:",go,avx2,avx512" default:"" placeholder:"ISA" help:"The instruction set: go, avx2 or avx512. Default: the best this machine has."`
}

// Help is the long help of the subcommand.
func (filterCmd) Help() string {
	return `Convolves a picture with kernels and shows the original and the results side by
side. The steps, in this order: kernel, --abs, --threshold, --pool.

  cnnc filter photo.png --kernel vertical --threshold 50 -o edges.png
  cnnc filter photo.png --kernel vertical --kernel horizontal --kernel sobel
  cnnc filter photo.png --kernel "1/9 1/9 1/9; 1/9 1/9 1/9; 1/9 1/9 1/9" --color
  cnnc filter photo.png --kernel laplacian --pool max 2x2
  cnnc filter photo.png --pool avg 4x4

` + filter.Help() + `
Results are as large as the picture, which is surrounded by zeros, and equal
scipy.signal.convolve2d(mode="same", boundary="fill"): the kernel is turned by half a
turn. --correlate does not turn it. The work is done by a network of one exact conv
layer, or one pooling layer, that is compiled and built like any other.`
}

// kernelFlag collects kernels. A matrix may begin with a minus sign, which kong
// would take for another flag.
type kernelFlag []*filter.Filter

// Decode implements kong.MapperValue.
func (k *kernelFlag) Decode(ctx *kong.DecodeContext) error {
	t := ctx.Scan.Pop()
	if t.IsEOL() || strings.HasPrefix(t.String(), "--") {
		return errors.New("expected a kernel")
	}
	f, err := filter.Parse(t.String())
	if err != nil {
		return err
	}
	*k = append(*k, f)
	return nil
}

// poolFlag is a pooling of two words: max 2x2.
type poolFlag struct{ *filter.Pool }

// Decode implements kong.MapperValue.
func (p *poolFlag) Decode(ctx *kong.DecodeContext) error {
	var kind, size string
	if err := ctx.Scan.PopValueInto("max or avg", &kind); err != nil {
		return err
	}
	if words := strings.Fields(kind); len(words) == 2 { // --pool "max 2x2", --pool="max 2x2"
		kind, size = words[0], words[1]
	} else if err := ctx.Scan.PopValueInto("the size of the window, such as 2x2", &size); err != nil {
		return err
	}
	var err error
	p.Pool, err = filter.ParsePool(kind, size)
	return err
}

// Run filters.
func (c *filterCmd) Run(s *streams) error {
	if len(c.Kernel) == 0 && c.Pool == nil && c.Threshold == nil {
		return usageErrorf("nothing to do: give --kernel, --threshold or --pool")
	}
	if err := checkPNG(c.Out); err != nil {
		return err
	}
	original, err := c.read()
	if err != nil {
		return err
	}
	results, err := c.results(original)
	if err != nil {
		return err
	}
	if err := c.write(original, results); err != nil {
		return err
	}
	if c.JSON {
		return writeFilterJSON(s.out, displayName(c.Image), results)
	}
	fmt.Fprintf(s.out, "%s\n", displayName(c.Out))
	for _, r := range results {
		least, most, mean := r.picture.Stats()
		fmt.Fprintf(s.out, "  %s, %s: %.6g..%.6g, mean %.6g\n", r.title, r.size(), least, most, mean)
	}
	return nil
}

// read reads the picture, grey unless colours are asked for.
func (c *filterCmd) read() (*filter.Picture, error) {
	img, err := data.Decode(c.Image, 0, nil)
	if err != nil {
		return nil, err
	}
	b := img.Bounds()
	spec := preprocess.Spec{Height: b.Dy(), Width: b.Dx(), Channels: 1}
	if c.Color {
		spec.Channels = 3
	}
	pixels := make([]float32, spec.Len())
	if err := spec.Raw(pixels, img, &preprocess.Scratch{}); err != nil {
		return nil, fmt.Errorf("%s: %w", displayName(c.Image), err)
	}
	return filter.FromPixels(pixels, spec.Height, spec.Width, spec.Channels), nil
}

// filterResult is what became of the picture.
type filterResult struct {
	filter  *filter.Filter // nil: pooled or compared with the threshold only
	title   string         // of the panel: the steps
	picture *filter.Picture
	tone    filter.Tone
	// before is the result before pooling, nil without: shown beside it.
	before *filterResult
}

func (r *filterResult) size() string { return fmt.Sprintf("%dx%d", r.picture.Height, r.picture.Width) }

// results carries out the steps.
func (c *filterCmd) results(original *filter.Picture) ([]*filterResult, error) {
	var results []*filterResult
	if len(c.Kernel) == 0 {
		same := filter.FromPixels(original.Pixels(), original.Height, original.Width, len(original.Planes))
		results = []*filterResult{{title: "original", picture: same}}
	} else {
		pictures, err := convolve(c.Kernel, original, c.Correlate, c.ISA)
		if err != nil {
			return nil, err
		}
		for i, f := range c.Kernel {
			r := &filterResult{filter: f, title: f.Name, picture: pictures[i]}
			if len(f.Kernels) == 1 && f.Kernels[0].Balanced() && !c.Abs {
				r.tone = filter.Stretch
			}
			results = append(results, r)
		}
	}
	for i, r := range results {
		if c.Abs {
			r.picture.Abs()
			r.title += ", abs"
		}
		if c.Threshold != nil {
			r.picture.Threshold(*c.Threshold)
			r.title += fmt.Sprintf(", above %g", *c.Threshold)
			r.tone = filter.Clip
		}
		switch c.Tone {
		case "clip":
			r.tone = filter.Clip
		case "stretch":
			r.tone = filter.Stretch
		}
		if c.Pool == nil {
			continue
		}
		pooled, err := poolPicture(c.Pool.Pool, r.picture, c.ISA)
		if err != nil {
			return nil, err
		}
		results[i] = &filterResult{filter: r.filter, title: r.title + ", " + c.Pool.String(), picture: pooled, tone: r.tone, before: r}
	}
	return results, nil
}

// write writes the sheet, and the values when they are asked for.
func (c *filterCmd) write(original *filter.Picture, results []*filterResult) error {
	var panels []panel
	add := func(title string, r *filterResult, timesY, timesX int) {
		p := panel{image: r.picture.Image(r.tone), timesY: timesY, timesX: timesX}
		if !c.Bare {
			p.title = []string{title, r.size()}
		}
		panels = append(panels, p)
	}
	if !c.Bare {
		add("original", &filterResult{picture: original}, 1, 1)
	}
	for _, r := range results {
		switch {
		case r.before == nil:
			add(r.title, r, 1, 1)
		case c.Bare:
			add(r.title, r, 1, 1)
		default:
			if r.before.title != "original" {
				add(r.before.title, r.before, 1, 1)
			}
			add(r.title, r, c.Pool.Rows, c.Pool.Cols)
		}
	}
	if c.Npy != "" {
		if err := c.writeValues(results); err != nil {
			return err
		}
	}
	sheet := panelSheet(panels, c.Bare)
	return durable.WriteFile(c.Out, func(w io.Writer) error { return png.Encode(w, sheet) })
}

// writeValues writes the values of the results as an array.
func (c *filterCmd) writeValues(results []*filterResult) error {
	p := results[0].picture
	shape := []int{p.Height, p.Width}
	if len(p.Planes) > 1 {
		shape = append(shape, len(p.Planes))
	}
	if len(results) > 1 {
		shape = append([]int{len(results)}, shape...)
	}
	var values []float32
	for _, r := range results {
		values = append(values, r.picture.Pixels()...)
	}
	return durable.WriteFile(c.Npy, func(w io.Writer) error { return npy.Write(w, shape, values) })
}

func writeFilterJSON(w io.Writer, image string, results []*filterResult) error {
	type result struct {
		Title    string        `json:"title"`
		Kernels  [][][]float32 `json:"kernels,omitempty"` // two: the result is their magnitude
		Height   int           `json:"height"`
		Width    int           `json:"width"`
		Channels int           `json:"channels"`
		Least    job.Number    `json:"least"`
		Largest  job.Number    `json:"largest"`
		Mean     job.Number    `json:"mean"`
	}
	out := struct {
		Image   string   `json:"image"`
		Results []result `json:"results"`
	}{Image: image}
	for _, r := range results {
		row := result{Title: r.title, Height: r.picture.Height, Width: r.picture.Width, Channels: len(r.picture.Planes)}
		least, largest, mean := r.picture.Stats()
		row.Least, row.Largest, row.Mean = job.Number(least), job.Number(largest), job.Number(mean)
		if r.filter != nil {
			for i := range r.filter.Kernels {
				row.Kernels = append(row.Kernels, r.filter.Kernels[i].Matrix())
			}
		}
		out.Results = append(out.Results, row)
	}
	return json.NewEncoder(w).Encode(out)
}
