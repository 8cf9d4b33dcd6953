package main

import (
	"fmt"
	"image"
	"os"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/cmd/cnnc/figure"
	"github.com/cnnc/cnnc/compiler/probe"
	"github.com/cnnc/cnnc/runtime/model"
)

// checkMaps reports options about pictures that make no sense together, before
// anything is computed.
func (c *predictCmd) checkMaps() error {
	if c.Saliency == "" && c.CAM == "" {
		switch {
		case c.Class != "":
			return usageErrorf("--class belongs to --saliency and --cam")
		case c.Layer != "":
			return usageErrorf("--layer belongs to --cam")
		}
		return nil
	}
	if c.CAM == "" && c.Layer != "" {
		return usageErrorf("--layer belongs to --cam")
	}
	for _, name := range []string{c.Saliency, c.CAM} {
		if name != "" {
			if err := figure.CheckName(displayName(name)); err != nil {
				return usageErr{err}
			}
		}
	}
	if info, err := os.Stat(c.Images[0]); len(c.Images) > 1 || err == nil && info.IsDir() {
		return usageErrorf("--saliency and --cam show one picture; give one file")
	}
	return nil
}

// maps writes the saliency map and the class activation map of the picture.
func (c *predictCmd) maps(s *streams, m *compiled) error {
	if c.Saliency == "" && c.CAM == "" {
		return nil
	}
	if m.Head.Task == model.Values {
		return fmt.Errorf("%s: the network predicts numbers: there is no class whose score could be explained", m.name)
	}
	t, err := (&weightArgs{Run: c.runDir(m), Weights: c.Weights}).load(m)
	if err != nil {
		return err
	}
	x, err := t.example(c.Images[0])
	if err != nil {
		return err
	}
	n, err := t.probe()
	if err != nil {
		return err
	}
	class, share, err := t.class(n, x, c.Class)
	if err != nil {
		return err
	}
	about := fmt.Sprintf("%s in %s", t.labels[class], x.name)
	if !m.Head.Logits {
		about = fmt.Sprintf("%s (%.1f %%) in %s", t.labels[class], 100*share, x.name)
	}
	input := pictureOf(x.raw, x.spec.Height, x.spec.Width, x.spec.Channels)
	if c.Saliency != "" {
		v, err := n.Saliency(x.x, class)
		if err != nil {
			return err
		}
		f := mapFigure("Saliency of "+about, "largest absolute gradient of the class's score among the channels of each pixel", input, v, "saliency")
		if err := (&figureArgs{Output: c.Saliency}).save(s, f, figure.Options{}, "saliency of "+t.labels[class]); err != nil {
			return err
		}
	}
	if c.CAM == "" {
		return nil
	}
	v, layer, err := n.CAM(x.x, class, c.Layer)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("class activation map (Grad-CAM) at %s, %dx%d", layer, v.H, v.W)
	if v.Max() == 0 {
		note += ": nothing there speaks for the class"
	}
	f := mapFigure("What speaks for "+about, note, input, v.Resize(x.spec.Height, x.spec.Width), "class activation")
	return (&figureArgs{Output: c.CAM}).save(s, f, figure.Options{}, fmt.Sprintf("class activation map of %s at %s", t.labels[class], layer))
}

// class finds the class that pictures are about: the one named, or that of the
// largest score; and its score.
func (t *loaded) class(n *probe.Network, x *example, name string) (class int, share float64, err error) {
	scores, err := n.Scores(x.x)
	if err != nil {
		return 0, 0, err
	}
	if len(scores) == 1 { // of the second of two classes
		scores = []float64{2*float64(t.Head.Threshold()) - scores[0], scores[0]}
	}
	if name != "" {
		if class = slices.Index(t.labels, name); class < 0 {
			return 0, 0, usageErrorf("no class is called %s; there are %s", name, strings.Join(t.labels, ", "))
		}
		return class, scores[class], nil
	}
	for i, v := range scores {
		if v > scores[class] {
			class = i
		}
	}
	return class, scores[class], nil
}

// mapFigure shows a map beside the picture and over it.
func mapFigure(title, note string, input image.Image, v *probe.Map, label string) *figure.Figure {
	scaled := v.Scaled()
	side := float64(min(max(2*max(v.H, v.W), 168), 260))
	return figure.Grid(title, note, figure.Block{Columns: 3, Side: side, Cells: []figure.Cell{
		{Image: input, Label: "input"},
		{Image: figure.Values(scaled.Values, v.H, v.W, figure.Viridis), Label: label},
		{Image: figure.Overlay(input, scaled.Values, figure.Viridis), Label: "both"},
	}})
}
