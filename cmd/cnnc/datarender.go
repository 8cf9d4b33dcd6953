package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
)

type dataRenderCmd struct {
	Drawings   string   `arg:"" type:"path" help:"Folder with a file of drawings for each class."`
	Out        string   `arg:"" type:"path" help:"Folder that gets Train and Test."`
	Classes    []string `placeholder:"NAME,..." help:"Only these classes. Default: all."`
	Size       int      `default:"255" help:"Height and width of the pictures."`
	Line       float64  `default:"2" help:"Width of a line, the drawing being 256 wide."`
	Padding    float64  `default:"0" help:"Space around the drawing, in the same unit."`
	Count      int      `placeholder:"N" help:"Drawings of a class, from the beginning of its file. Default: all."`
	Recognized string   `default:"all" enum:"all,yes,no" help:"Only drawings that the game recognized, or did not: yes or no."`
	Test       float64  `default:"0.1" help:"Share of the drawings that becomes test data."`
	Hard       bool     `help:"No anti-aliasing."`
	White      bool     `help:"White lines on black; otherwise black on white."`
	Seed       uint64   `default:"1" help:"Another seed, other test drawings."`
}

// Help is the long help of the subcommand.
func (dataRenderCmd) Help() string {
	return `OUT/Train/CLASS/00000.png and OUT/Test/CLASS/00000.png, for folder("OUT/Train").
Which drawings are test data depends on them and the seed, not on their number.

  cnnc data render drawings Dataset --count 1000
  cnnc data render drawings Dataset --size 28 --line 16 --padding 16 --white`
}

// Run draws.
func (c *dataRenderCmd) Run(s *streams) error {
	if c.Size < 1 || c.Size > 4096 || c.Count < 0 || !(c.Line > 0 && c.Line <= 256) || !(c.Padding >= 0 && c.Padding <= 256) || !(c.Test >= 0 && c.Test < 1) {
		return usageErrorf("want size 1..4096, count >= 0, 0 < line <= 256, 0 <= padding <= 256, 0 <= test < 1")
	}
	cfg := config.Data{Height: c.Size, Width: c.Size, Channels: 1, Resize: &config.Size{Height: c.Size, Width: c.Size}, Seed: c.Seed}
	cfg.Train = config.Source{Kind: "quickdraw", Paths: []string{c.Drawings}, Classes: c.Classes, Drawings: config.Drawings{
		First: c.Count, Line: c.Line, Padding: c.Padding, Hard: c.Hard, Paper: !c.White,
	}}
	if c.Recognized != "all" {
		cfg.Train.Drawings.Recognized = c.Recognized
	}
	if c.Test > 0 {
		cfg.Test = config.Source{Kind: "split", Of: "train", Fraction: c.Test}
	}
	train, _, test, err := data.OpenAll(cfg)
	if err != nil {
		return err
	}
	defer data.Close(train, test)
	for _, part := range []struct {
		name string
		set  data.Dataset
	}{{"Train", train}, {"Test", test}} {
		dir, n := filepath.Join(c.Out, part.name), 0
		if part.set != nil {
			if n, err = data.Export(part.set, dir, 0); err != nil {
				return err
			}
			fmt.Fprintf(s.out, "%s: %s pictures of %d classes\n", displayName(dir), number(int64(n)), len(part.set.Classes()))
		}
		// Those of an earlier rendering may be test data of one and training data of
		// the other.
		if there, err := countFiles(dir); err != nil {
			return err
		} else if there > n {
			return fmt.Errorf("%s holds %s more, of an earlier rendering perhaps: remove them, or render into a new folder", displayName(dir), plural(there-n, "file"))
		}
	}
	return nil
}

// countFiles counts the files in a folder and those below it; none where there is no
// folder.
func countFiles(dir string) (n int, err error) {
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return n, err
}
