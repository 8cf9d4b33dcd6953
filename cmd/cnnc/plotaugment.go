package main

import (
	"fmt"
	"strings"

	"github.com/cnnc/cnnc/cmd/cnnc/figure"
)

type plotAugmentCmd struct {
	figureArgs
	modelArgs
	N     int `default:"12" placeholder:"N" help:"How many images. Default: ${default}."`
	Epoch int `default:"1" placeholder:"N" help:"Of which epoch, from 1. Default: ${default}."`
}

// Help is the long help of the subcommand.
func (plotAugmentCmd) Help() string {
	return `The first images of an epoch as a figure: each as it was read and resized and, to its
right, as the network gets it. cnnc data preview writes the same as a contact sheet of
pixels.`
}

// Run draws the images.
func (c *plotAugmentCmd) Run(s *streams) error {
	o, err := c.options("augment")
	if err != nil {
		return err
	}
	m, cells, err := previewed(s, &c.modelArgs, c.N, c.Epoch)
	if err != nil {
		return err
	}
	plan, err := augmentPlan(&m.Data)
	if err != nil {
		return err
	}
	note := "nothing is augmented"
	if plan != nil {
		note = strings.Join(plan.Describe(), "; ")
	}
	var b figure.Block
	for _, cell := range cells {
		b.Cells = append(b.Cells, figure.Cell{Image: cell.left, Label: cell.label}, figure.Cell{Image: cell.right, Label: "augmented"})
	}
	b.Columns = min(2*3, len(b.Cells))
	title := fmt.Sprintf("%s: %s of epoch %d, before and after augmentation", m.Plan.Name, plural(len(cells), "image"), c.Epoch)
	return c.save(s, figure.Grid(title, note, b), o, plural(len(cells), "image"))
}
