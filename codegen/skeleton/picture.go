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

// Classify returns the class of a picture and its score. The picture is
// prepared as in training.
func (net *Net) Classify(img image.Image) (label string, score float32, err error) {
	if err := picture.Image(net.pixels[:], img, &net.scratch); err != nil {
		return "", 0, fmt.Errorf("%s: %w", modelName, err)
	}
	scores := net.Predict(&net.pixels)
	best := 0
	for class, s := range scores {
		if s > scores[best] {
			best = class
		}
	}
	return net.label(best), scores[best], nil
}
