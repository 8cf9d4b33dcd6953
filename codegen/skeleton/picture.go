package skeleton

import (
	"fmt"
	"image"

	"github.com/cnnc/cnnc/runtime/preprocess"
)

// example is the memory in which a picture becomes an input.
type example struct {
	pixels  [Height * Width * Channels]float32
	scratch preprocess.Scratch
}

// prepare takes what a weight file says about rows: nothing, for pictures.
func (*example) prepare(string) error { return nil }

// share takes over what clones have in common: nothing, for pictures.
func (*example) share(*example) {}

// PredictImage returns what Predict does for a picture, prepared as in training.
func (net *Net) PredictImage(img image.Image) (*[Outputs]float32, error) {
	if err := picture.Image(net.pixels[:], img, &net.scratch); err != nil {
		return nil, fmt.Errorf("%s: %w", modelName, err)
	}
	return net.Predict(&net.pixels), nil
}
