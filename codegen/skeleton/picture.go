package skeleton

import (
	"fmt"
	"image"

	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/weights"
)

// example is the memory in which a picture becomes an input.
type example struct {
	pixels  [Height * Width * Channels]float32
	scratch preprocess.Scratch
}

// prepare takes what a weight file says about examples: nothing, for pictures.
func (*example) prepare(*weights.Preparation) error { return nil }

// share takes over what clones have in common: nothing, for pictures.
func (*example) share(*example) {}

// PredictImage returns what Predict does for a picture, prepared as in training.
func (net *Net) PredictImage(img image.Image) (*[Outputs]float32, error) {
	if err := picture.Image(net.pixels[:], img, &net.scratch); err != nil {
		return nil, fmt.Errorf("%s: %w", modelName, err)
	}
	return net.Predict(&net.pixels), nil
}
