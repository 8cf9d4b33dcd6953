package plan

import (
	"fmt"
	"strings"
)

// Weights is a packed panel array.
type Weights struct {
	Space       Space // Params or Derived
	Offset      int
	PanelFloats int
}

// TilePlan says how the pixels of an image are cut into register tiles.
type TilePlan struct {
	// AcrossImages: one pixel an image (dense); tiles run over the examples of
	// the micro-batch, whose number is known at run time only, with a remainder.
	AcrossImages bool
	// Rows is the number of output rows one table covers; OutH rows are done in
	// groups of it, the last group may have fewer rows.
	Rows int
	// Full are the tiles of a group of Rows rows, Last those of the last,
	// smaller group (nil when Rows divides OutH).
	Full, Last []Tiles
	// PanelOuter puts the loop over output channels outside the loops over
	// images and row groups: for small images, whose weights outweigh them.
	PanelOuter bool
}

// Tiles is a run of N register tiles of MR pixels each, in row-major order.
type Tiles struct{ MR, N int }

func tilesText(ts []Tiles) string {
	var parts []string
	for _, t := range ts {
		parts = append(parts, fmt.Sprintf("%dx%d", t.N, t.MR))
	}
	return strings.Join(parts, "+")
}

// epilogue names what a product does with its sums.
func epilogue(bias int, add *Buffer, relu bool, mask *Buffer) string {
	s := ""
	for _, e := range []struct {
		on   bool
		name string
	}{{bias >= 0, "Bias"}, {add != nil, "Add"}, {relu, "ReLU"}, {mask != nil, "Mask"}} {
		if e.on {
			s += e.name
		}
	}
	return s
}
