package standard

import (
	"errors"
	"fmt"
	"image"

	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/weights"
)

// example is the memory in which a picture becomes an input, and how its values
// are standardized.
type example struct {
	pixels   [Height * Width * Channels]float32
	scratch  preprocess.Scratch
	standard *preprocess.Standard // nil before weights are loaded
}

// prepare takes what a weight file says about examples.
func (in *example) prepare(how *weights.Preparation) error {
	s := standardized
	if err := s.Take(len(in.pixels), Channels, how.Find); err != nil {
		return err
	}
	in.standard = &s
	return nil
}

// share takes over what clones have in common.
func (in *example) share(of *example) { in.standard = of.standard }

// errNotLearned is the error of a network whose weights were not loaded.
var errNotLearned = errors.New(modelName + ": nothing is known about how values are standardized before weights are loaded")

// spec is how a picture becomes an input.
func (in *example) spec() (preprocess.Spec, error) {
	if in.standard == nil {
		if standardized.Learns() {
			return picture, errNotLearned
		}
		in.standard = &standardized
	}
	spec := picture
	spec.After = in.standard
	return spec, nil
}

// Prepare makes values as they are read, 0..255 of pictures, what Predict takes:
// they are rescaled and standardized as in training, in place.
func (net *Net) Prepare(x *[Height * Width * Channels]float32) error {
	spec, err := net.spec()
	if err == nil {
		spec.Finish(x[:], &net.scratch)
	}
	return err
}

// PredictImage returns what Predict does for a picture, prepared as in training.
func (net *Net) PredictImage(img image.Image) (*[Outputs]float32, error) {
	spec, err := net.spec()
	if err != nil {
		return nil, err
	}
	if err := spec.Image(net.pixels[:], img, &net.scratch); err != nil {
		return nil, fmt.Errorf("%s: %w", modelName, err)
	}
	return net.Predict(&net.pixels), nil
}
