package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/runtime/augment"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
)

type dataPreviewCmd struct {
	modelArgs
	Output string `short:"o" default:"preview.png" placeholder:"FILE" type:"path" help:"The PNG file to write. Default: preview.png."`
	N      int    `default:"25" placeholder:"N" help:"How many images."`
	Epoch  int    `default:"1" placeholder:"N" help:"Of which epoch, from 1."`
}

// Help is the long help of the subcommand.
func (dataPreviewCmd) Help() string {
	return `Shows the first images that training sees in an epoch: on the left each as it was
read and resized, on the right as the network gets it, with its class below. They
come from the loader that training uses, with the same seed.`
}

// maxPreview bounds the memory of a sheet.
const maxPreview = 1000

// Run writes the sheet.
func (c *dataPreviewCmd) Run(s *streams) error {
	if err := checkPNG(c.Output); err != nil {
		return err
	}
	m, cells, err := previewed(s, &c.modelArgs, c.N, c.Epoch)
	if err != nil {
		return err
	}
	if err := writeSheet(c.Output, cells); err != nil {
		return err
	}
	plan, err := augmentPlan(&m.Data)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: %d images of epoch %d\n", displayName(c.Output), len(cells), c.Epoch)
	var lines []string
	if plan == nil {
		fmt.Fprintln(s.out, "nothing is augmented")
	} else {
		lines = plan.Describe()
	}
	if m.Data.Standardize != nil {
		lines = append(lines, standardLines(&m.Data)...)
		lines = append(lines, "shown from the lowest value of each image, black, to its highest, white")
	}
	for _, line := range lines {
		fmt.Fprintf(s.out, "  %s\n", line)
	}
	return nil
}

// previewed compiles a model file and loads the first n images of an epoch,
// counted from 1.
func previewed(s *streams, a *modelArgs, n, epoch int) (*compiled, []sheetCell, error) {
	switch {
	case n < 1 || n > maxPreview:
		return nil, nil, usageErrorf("--n is %d, want 1..%d", n, maxPreview)
	case epoch < 1:
		return nil, nil, usageErrorf("--epoch is %d, want at least 1", epoch)
	}
	m, err := a.compile(s, compiler.Options{})
	if err != nil {
		return nil, nil, err
	}
	if m.Data.Table != nil {
		return nil, nil, fmt.Errorf("%s: the data are rows of a table, and no images", m.name)
	}
	if m.Data.Channels != 1 && m.Data.Channels != 3 {
		return nil, nil, fmt.Errorf("%s: the input has %d channels; images of 1 or 3 can be shown", m.name, m.Data.Channels)
	}
	cells, err := previewCells(m, n, epoch-1)
	return m, cells, err
}

// augmentPlan is how training images are changed, nil for not at all.
func augmentPlan(d *config.Data) (*augment.Plan, error) {
	if d.Augment == nil {
		return nil, nil
	}
	return augment.New(*d.Augment, d.Height, d.Width, d.Channels)
}

// previewCells loads the first n images of an epoch as training does.
func previewCells(m *compiled, n, epoch int) (cells []sheetCell, err error) {
	set, err := data.Open(m.Data, "train")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, data.Close(set)) }()
	plan, err := augmentPlan(&m.Data)
	if err != nil {
		return nil, err
	}
	classes := set.Classes()
	outputs := 0
	if plan != nil && plan.Mixes() {
		outputs = len(classes)
	}
	opt := data.Options{Batch: 1, Seed: m.Train.Seed, Shuffle: true, Skip: m.Data.OnError == "skip"}
	if m.Data.Standardize != nil {
		opt.Scale = float32(m.Data.Rescale)
		std, err := data.FitStandard(context.Background(), set, m.Data, opt)
		if err != nil {
			return nil, err
		}
		opt.After = std
	}
	loader, err := data.NewTrainLoader(set, data.TrainOptions{Options: opt, Augment: plan, Outputs: outputs})
	if err != nil {
		return nil, err
	}
	e, err := loader.Epoch(context.Background(), epoch, 0)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	h, w, ch := set.Shape()
	plain, scratch := make([]float32, h*w*ch), data.NewScratch()
	for len(cells) < n {
		b, err := e.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := set.Load(b.Index[0], plain, scratch); err != nil {
			return nil, err
		}
		if m.Data.Standardize != nil {
			stretch(b.X)
		}
		cell := sheetCell{pictureOf(plain, h, w, ch), pictureOf(b.X, h, w, ch), classLabel(classes, int(b.Labels[0]), b.Targets)}
		cells = append(cells, cell)
	}
	return cells, nil
}

// stretch brings the lowest value to 0 and the highest to 255; all are 128 where
// there is one value only.
func stretch(x []float32) {
	lo, hi := slices.Min(x), slices.Max(x)
	for i, v := range x {
		if x[i] = 128; hi > lo {
			x[i] = 255 * (v - lo) / (hi - lo)
		}
	}
}

// classLabel names the class of an image, or the shares of those it is mixed of.
func classLabel(classes []string, label int, targets []float32) string {
	if len(targets) == 0 {
		if label < len(classes) {
			return classes[label]
		}
		return ""
	}
	var parts []string
	for i, share := range targets {
		if share > 0.005 {
			parts = append(parts, fmt.Sprintf("%.0f%% %s", 100*share, classes[i]))
		}
	}
	return strings.Join(parts, " ")
}
