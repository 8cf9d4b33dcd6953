package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/cnnc/cnnc/runtime/terminal"
)

type predictCmd struct {
	runArgs
	Images   []string `arg:"" name:"file" help:"Pictures (PNG, JPEG, GIF, BMP, TIFF or WebP), folders, which stand for all pictures below them, or CSV files whose rows have the columns of the features."`
	Weights  string   `short:"w" placeholder:"FILE" type:"path" help:"The weights. Default: the best of the run folder."`
	Top      int      `default:"3" placeholder:"N" help:"How many labels to show for each picture."`
	Format   string   `enum:"auto,text,bars,csv,json" default:"auto" help:"text: a line a picture; bars: for people; csv; json: an object a line. auto: as the suffix of --output says, else csv for folders, bars on a terminal, text elsewhere."`
	Output   string   `placeholder:"FILE" type:"path" help:"Write to this file instead of standard output; it appears whole or not at all."`
	Show     bool     `help:"Draw each picture as the network gets it, in characters."`
	Pictures string   `placeholder:"DIR" type:"path" help:"Where a network that gives its input back (target input) writes the pictures that it makes. Default: reconstructed in the run folder."`
	Saliency string   `placeholder:"FILE" type:"path" help:"Write a picture (.png or .svg) of the pixels that the score of the class answers to: its gradient."`
	CAM      string   `name:"cam" placeholder:"FILE" type:"path" help:"Write a picture (.png or .svg) of the places that speak for the class: the class activation map (Grad-CAM)."`
	Class    string   `placeholder:"NAME" help:"The class that --saliency and --cam are about. Default: the most likely."`
	Layer    string   `placeholder:"NAME" help:"The layer that --cam looks at. Default: the last convolution."`
}

// Help is the long help of the subcommand.
func (predictCmd) Help() string {
	return `  cnnc predict doodles.cnn house.png --show
  cnnc predict doodles.cnn photos --output labels.csv
  cnnc predict doodles.cnn house.png --cam why.png

Files that cannot be read are named with the reason, in their place, and make the exit
status 1. Folders are read as they are labelled: memory does not grow with them. CSV
has the columns path, label, probability, label_2, ... and error.`
}

// Run labels pictures or rows.
func (c *predictCmd) Run(s *streams) error {
	if err := c.checkMaps(); err != nil {
		return err
	}
	if info, err := os.Stat(c.Dir); c.Dir != "" && (err == nil && !info.IsDir() || err != nil && filepath.Ext(c.Dir) != "") {
		return usageErrorf("-o %s: it is no run folder, which -o names (weights come from it); the file to write is --output", displayName(c.Dir))
	}
	switch {
	case c.Top < 1:
		return usageErrorf("--top is %d, want at least 1", c.Top)
	case c.JSON && c.Format != "auto" && c.Format != "json":
		return usageErrorf("--json and --format %s exclude each other", c.Format)
	}
	bin, j, m, err := c.prepare(s, "predict", childMain)
	if err != nil {
		return err
	}
	j.Weights, j.Top, j.Output, j.Show, j.Pictures = c.Weights, c.Top, c.Output, c.Show, c.Pictures
	for _, name := range c.Images {
		j.Files = append(j.Files, filepath.Clean(name))
	}
	j.Format = c.format(s)
	to := terminal.Of(s.out)
	j.Width, j.Color = to.Columns(0), to.Colored()
	if c.Output != "" {
		j.Width, j.Color = 0, false
	}
	if err := finish(bin, j, s); err != nil {
		return err
	}
	if j.Format == "csv" || j.Format == "json" { // standard output is for another program
		s = &streams{out: s.err, err: s.err}
	}
	return c.maps(s, m)
}

// format decides what auto stands for.
func (c *predictCmd) format(s *streams) string {
	if c.Format != "auto" {
		return c.Format
	}
	if c.JSON {
		return "json"
	}
	switch strings.ToLower(filepath.Ext(c.Output)) {
	case ".csv":
		return "csv"
	case ".json", ".jsonl", ".ndjson":
		return "json"
	}
	for _, name := range c.Images {
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			return "csv"
		}
	}
	if terminal.Of(s.out) != nil && c.Output == "" {
		return "bars"
	}
	return "text"
}
