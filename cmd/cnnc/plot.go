package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/cmd/cnnc/figure"
)

// plotCmd are the subcommands that write figures.
type plotCmd struct {
	History   plotHistoryCmd   `cmd:"" help:"Accuracy and loss of training runs, epoch by epoch."`
	Confusion plotConfusionCmd `cmd:"" help:"The confusion matrix of trained weights."`
	Filters   plotFiltersCmd   `cmd:"" help:"The kernels of a convolution as pictures."`
	Features  plotFeaturesCmd  `cmd:"" help:"What each convolution and pooling layer makes of a picture."`
	Augment   plotAugmentCmd   `cmd:"" help:"Training images before and after augmentation."`
	Arena     plotArenaCmd     `cmd:"" help:"The memory plan: which buffer is where, and when."`
}

// figureArgs are the arguments of every subcommand that writes a figure.
type figureArgs struct {
	Output string `short:"o" placeholder:"FILE" type:"path" help:"The file to write, .png or .svg. Default: the name of the figure, .png."`
	Size   string `placeholder:"WxH" help:"Size in inches: 12x5. Default: what the figure needs."`
	DPI    int    `name:"dpi" default:"120" placeholder:"N" help:"Pixels an inch of a .png. Default: ${default}."`
}

// options checks the arguments, before anything is computed.
func (a *figureArgs) options(kind string) (figure.Options, error) {
	if a.Output == "" {
		a.Output = kind + ".png"
	}
	o := figure.Options{DPI: a.DPI}
	if a.DPI < 1 {
		return o, usageErrorf("--dpi is %d, want at least 1", a.DPI)
	}
	if a.Size != "" {
		w, h, ok := strings.Cut(strings.ToLower(a.Size), "x")
		var errW, errH error
		o.Width, errW = strconv.ParseFloat(w, 64)
		o.Height, errH = strconv.ParseFloat(h, 64)
		if !ok || errW != nil || errH != nil || !(o.Width > 0) || !(o.Height > 0) {
			return o, usageErrorf("--size is %q, want inches such as 12x5", a.Size)
		}
	}
	if err := o.Check(); err != nil {
		return o, usageErr{err}
	}
	if err := figure.CheckName(displayName(a.Output)); err != nil {
		return o, usageErr{err}
	}
	return o, nil
}

// save writes the figure and says so.
func (a *figureArgs) save(s *streams, f *figure.Figure, o figure.Options, what string) error {
	if err := f.Save(a.Output, o); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.out, "%s: %s, %s\n", displayName(a.Output), what, f.Size(a.Output, o))
	return err
}
