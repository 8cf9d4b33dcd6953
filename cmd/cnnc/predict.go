package main

import "path/filepath"

type predictCmd struct {
	runArgs
	Images  []string `arg:"" name:"file" help:"Pictures (PNG, JPEG, GIF or BMP), or CSV files whose rows have the columns of the features."`
	Weights string   `short:"w" placeholder:"FILE" type:"path" help:"The weights. Default: the best of the run folder."`
	Top     int      `default:"3" placeholder:"N" help:"How many labels to show for each picture."`
}

// Run labels pictures or rows.
func (c *predictCmd) Run(s *streams) error {
	bin, j, _, err := c.prepare(s, "predict", childMain)
	if err != nil {
		return err
	}
	j.Weights, j.Top = c.Weights, c.Top
	for _, name := range c.Images {
		j.Files = append(j.Files, filepath.Clean(name))
	}
	return finish(bin, j, s)
}
