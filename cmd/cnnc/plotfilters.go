package main

import (
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/cmd/cnnc/figure"
	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/ir"
)

type plotFiltersCmd struct {
	figureArgs
	modelArgs
	weightArgs
	Layer       string `placeholder:"NAME" help:"Which convolution, by the name that cnnc check gives it. Default: the first."`
	MaxChannels int    `default:"16" placeholder:"N" help:"How many input channels of a kernel to show. Default: ${default}."`
	MaxFilters  int    `default:"256" placeholder:"N" help:"How many filters to show. Default: ${default}."`
}

// Help is the long help of the subcommand.
func (plotFiltersCmd) Help() string {
	return `One picture a filter where the layer reads 1 channel, or 3, which are shown as red,
green and blue; otherwise one row a filter with a picture for each input channel. Each
picture, or colour picture, runs from its least weight (black) to its largest (white).`
}

// Run draws the kernels.
func (c *plotFiltersCmd) Run(s *streams) error {
	o, err := c.options("filters")
	if err != nil {
		return err
	}
	if c.MaxChannels < 1 || c.MaxFilters < 1 {
		return usageErrorf("--max-channels is %d and --max-filters %d, want at least 1", c.MaxChannels, c.MaxFilters)
	}
	m, err := c.compile(s, compiler.Options{})
	if err != nil {
		return err
	}
	k, err := kernelOf(m, c.Layer)
	if err != nil {
		return err
	}
	t, err := c.load(m)
	if err != nil {
		return err
	}
	k.weights = t.tensor(k.name)
	block, shown := k.block(c.MaxFilters, c.MaxChannels)
	title := fmt.Sprintf("%s: %s of %dx%d", k.layer, plural(k.filters, "filter"), k.h, k.w)
	if k.channels > 1 {
		title += fmt.Sprintf("x%d", k.channels)
	}
	note := "each from its least weight (black) to its largest (white)" + shown
	return c.save(s, figure.Grid(title, note, block), o, title)
}

// kernel is the weights of a convolution: a small picture for each filter and
// input channel.
type kernel struct {
	layer, name              string
	h, w, channels, filters  int
	depthwise, deconvolution bool
	weights                  []float32
}

// kernelOf finds a convolution and its kernel.
func kernelOf(m *compiled, layer string) (*kernel, error) {
	var names []string
	for _, v := range m.Infer.Values {
		if v.Op != "conv2d" && v.Op != "deconv2d" {
			continue
		}
		if layer != "" && v.Layer != layer {
			names = append(names, v.Layer)
			continue
		}
		w := v.Args[1]
		k := &kernel{layer: v.Layer, name: w.Name, h: w.Shape[0], w: w.Shape[1], channels: w.Shape[2], filters: w.Shape[3]}
		switch {
		case v.Attr.(ir.ConvAttr).Multiplier > 0:
			// [KH KW C M]: a filter for each channel and multiple.
			k.depthwise, k.filters, k.channels = true, w.Shape[2]*w.Shape[3], 1
		case v.Op == "deconv2d":
			// [KH KW Filters C]
			k.deconvolution, k.filters, k.channels = true, w.Shape[2], w.Shape[3]
		}
		return k, nil
	}
	if layer == "" || len(names) == 0 {
		return nil, fmt.Errorf("%s: the network has no convolution", m.name)
	}
	return nil, usageErrorf("%s: no convolution is called %s; there are %s", m.name, layer, strings.Join(slices.Compact(names), ", "))
}

// at is a weight.
func (k *kernel) at(y, x, c, f int) float64 {
	tap := y*k.w + x
	switch {
	case k.deconvolution:
		return float64(k.weights[(tap*k.filters+f)*k.channels+c])
	default: // the filters of a depthwise kernel follow each other as well
		return float64(k.weights[(tap*k.channels+c)*k.filters+f])
	}
}

// block lays the kernel out; shown says what is left out.
func (k *kernel) block(maxFilters, maxChannels int) (b figure.Block, shown string) {
	filters, channels := min(k.filters, maxFilters), k.channels
	if filters < k.filters {
		shown = fmt.Sprintf("; the first %d filters", filters)
	}
	if k.channels == 1 || k.channels == 3 {
		for f := range filters {
			b.Cells = append(b.Cells, figure.Cell{Image: k.picture(f), Label: fmt.Sprint(f)})
		}
		return b, shown
	}
	if channels > maxChannels {
		channels = maxChannels
		shown += fmt.Sprintf("; the first %d input channels", channels)
	}
	b.Columns, b.Side = channels, 26
	for c := range channels {
		b.Heads = append(b.Heads, fmt.Sprint(c))
	}
	for f := range filters {
		b.Rows = append(b.Rows, fmt.Sprintf("filter %d", f))
		for c := range channels {
			b.Cells = append(b.Cells, figure.Cell{Image: k.plane(c, f)})
		}
	}
	return b, shown
}

// plane is the picture of the weights of one input channel.
func (k *kernel) plane(c, f int) image.Image {
	v := make([]float64, k.h*k.w)
	for i := range v {
		v[i] = k.at(i/k.w, i%k.w, c, f)
	}
	return figure.Map(v, k.h, k.w, figure.Gray)
}

// picture is a filter of 1 or 3 channels.
func (k *kernel) picture(f int) image.Image {
	if k.channels == 1 {
		return k.plane(0, f)
	}
	v := make([]float64, k.h*k.w*3)
	for i := range v {
		v[i] = k.at(i/3/k.w, i/3%k.w, i%3, f)
	}
	// All three channels on one scale.
	g := figure.Map(v, k.h, 3*k.w, figure.Gray)
	m := image.NewRGBA(image.Rect(0, 0, k.w, k.h))
	for y := range k.h {
		for x := range k.w {
			m.SetRGBA(x, y, color.RGBA{g.RGBAAt(3*x, y).R, g.RGBAAt(3*x+1, y).R, g.RGBAAt(3*x+2, y).R, 255})
		}
	}
	return m
}
