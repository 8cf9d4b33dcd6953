package main

import (
	"fmt"
	"image"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/cmd/cnnc/figure"
	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/ir"
)

type plotFeaturesCmd struct {
	figureArgs
	modelArgs
	weightArgs
	Image       string   `arg:"" type:"path" help:"The picture."`
	Layer       []string `placeholder:"NAME" help:"Which layers, by the names that cnnc check gives them. Default: every convolution and pooling."`
	MaxChannels int      `default:"32" placeholder:"N" help:"How many channels of a layer to show. Default: ${default}."`
}

// Help is the long help of the subcommand.
func (plotFeaturesCmd) Help() string {
	return `Each channel of a layer's result is a picture of its own, from its least value (dark
blue) to its largest (yellow), beside the input. A channel that is the same
everywhere, such as one that relu has switched off, is dark.`
}

// Run draws the feature maps.
func (c *plotFeaturesCmd) Run(s *streams) error {
	o, err := c.options("features")
	if err != nil {
		return err
	}
	if c.MaxChannels < 1 {
		return usageErrorf("--max-channels is %d, want at least 1", c.MaxChannels)
	}
	m, err := c.compile(s, compiler.Options{})
	if err != nil {
		return err
	}
	t, err := c.load(m)
	if err != nil {
		return err
	}
	x, err := t.example(c.Image)
	if err != nil {
		return err
	}
	layers, err := featureLayers(m, c.Layer)
	if err != nil {
		return err
	}
	maps, err := t.features(x, layers)
	if err != nil {
		return err
	}
	blocks := featureBlocks(x, maps, c.MaxChannels)
	title := fmt.Sprintf("%s: what its layers make of %s", m.Plan.Name, x.name)
	return c.save(s, figure.Grid(title, "each channel from its least value (dark) to its largest (yellow)", blocks...), o, plural(len(blocks), "layer"))
}

// pictured are the kinds of layers whose results are shown when none is named.
var pictured = []string{"conv", "depthwise", "separable", "deconv", "conv1d", "maxpool", "avgpool", "maxpool1d", "avgpool1d"}

// featureLayers finds the layers to show: those named, else all that make
// pictures.
func featureLayers(m *compiled, names []string) ([]string, error) {
	if len(names) == 0 {
		for _, l := range m.Plan.Layers {
			if slices.Contains(pictured, l.Kind) {
				names = append(names, l.Name)
			}
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("%s: the network has no convolution and no pooling", m.name)
		}
		return names, nil
	}
	for _, name := range names {
		found := false
		var all []string
		for _, l := range m.Plan.Layers {
			found = found || l.Name == name
			all = append(all, l.Name)
		}
		if !found {
			return nil, usageErrorf("%s: no layer is called %s; there are %s", m.name, name, strings.Join(all, ", "))
		}
	}
	return names, nil
}

// feature is the result of a layer for one picture.
type feature struct {
	layer   string
	h, w, c int
	values  []float64 // [h w c]
}

// features computes the results of layers.
func (t *loaded) features(x *example, layers []string) ([]feature, error) {
	n, err := t.probe()
	if err != nil {
		return nil, err
	}
	var values []*ir.Value
	var list []feature
	for _, name := range layers {
		v := n.Layer(name)
		if v == nil {
			return nil, fmt.Errorf("%s: layer %s does nothing in inference", t.name, name)
		}
		f := feature{layer: name, h: 1, w: 1, c: v.Shape.Size()}
		if len(v.Shape) == 3 {
			f.h, f.w, f.c = v.Shape[0], v.Shape[1], v.Shape[2]
		}
		values, list = append(values, v), append(list, f)
	}
	results, err := n.Values(x.x, values...)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].values = results[i]
	}
	return list, nil
}

// featureBlocks lays the maps out, a block for each layer.
func featureBlocks(x *example, maps []feature, most int) []figure.Block {
	input := pictureOf(x.raw, x.spec.Height, x.spec.Width, x.spec.Channels)
	var blocks []figure.Block
	for _, f := range maps {
		b := figure.Block{Title: fmt.Sprintf("%s: %dx%dx%d", f.layer, f.h, f.w, f.c), Lead: &figure.Cell{Image: input, Label: "input"}}
		if f.h*f.w == 1 {
			// A vector is one row of pixels.
			b.Title = fmt.Sprintf("%s: %d values", f.layer, f.c)
			b.Cells = []figure.Cell{{Image: figure.Map(f.values, 1, f.c, figure.Viridis)}}
			b.Side = 480
			blocks = append(blocks, b)
			continue
		}
		if f.c > most {
			b.Title += fmt.Sprintf(", the first %d channels", most)
		}
		for k := range min(f.c, most) {
			b.Cells = append(b.Cells, figure.Cell{Image: f.channel(k), Label: fmt.Sprint(k)})
		}
		blocks = append(blocks, b)
	}
	return blocks
}

// channel is the picture of one channel.
func (f *feature) channel(k int) image.Image {
	v := make([]float64, f.h*f.w)
	for i := range v {
		v[i] = f.values[i*f.c+k]
	}
	return figure.Map(v, f.h, f.w, figure.Viridis)
}
