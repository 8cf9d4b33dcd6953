package skeleton

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/cnnc/cnnc/runtime/weights"
)

// parameter says where the tensor of a weight file, [taps][in][out] with out
// fastest, lies in the packed vector: in panels of 16 outputs, whose rows are
// taps and padded inputs.
type parameter struct {
	name                            string
	shape                           []int
	offset, taps, in, inPadded, out int
}

// loadFile reads a weight file into a packed vector.
func loadFile(path string) (params []float32, labels []string, how weights.Preparation, err error) {
	f, err := weights.ReadFile(path)
	if err != nil {
		return nil, nil, how, err
	}
	params, labels, how, err = unpackWeights(f)
	if err != nil {
		return nil, nil, how, fmt.Errorf("%s: %w", path, err)
	}
	return params, labels, how, nil
}

// readFrom reads a weight file of size bytes into a packed vector.
func readFrom(r io.Reader, size int64) (params []float32, labels []string, how weights.Preparation, err error) {
	f, err := weights.Read(r, size)
	if err != nil {
		return nil, nil, how, err
	}
	return unpackWeights(f)
}

// unpackWeights takes the parameters out of a weight file.
func unpackWeights(f *weights.File) (params []float32, labels []string, how weights.Preparation, err error) {
	params = alignedFloats(paramFloats)
	for _, p := range parameters {
		t := f.Lookup(p.name)
		if t == nil {
			return nil, nil, how, fmt.Errorf("weights of another network: there is no tensor %s %v", p.name, p.shape)
		}
		if !slices.Equal(t.Shape, p.shape) {
			return nil, nil, how, fmt.Errorf("weights of another network: tensor %s is %v, here it is %v", p.name, t.Shape, p.shape)
		}
		rows := p.taps * p.inPadded
		for row := range p.taps * p.in {
			at := p.offset + (row/p.in*p.inPadded+row%p.in)*16
			for out, v := range t.Data[row*p.out:][:p.out] {
				params[at+out/16*rows*16+out%16] = v
			}
		}
	}
	if hash, ok := f.Metadata["network"]; ok && hash != networkHash {
		return nil, nil, how, fmt.Errorf("weights of another network (%s), whose tensors have the same shapes", f.Metadata["model"])
	}
	if text, ok := f.Metadata["labels"]; ok {
		if err := json.Unmarshal([]byte(text), &labels); err != nil {
			return nil, nil, how, fmt.Errorf("the labels in the metadata are not a JSON list of strings: %w", err)
		}
		if len(labels) != classCount {
			return nil, nil, how, fmt.Errorf("%d labels for a network of %d classes", len(labels), classCount)
		}
	}
	return params, labels, f.Prepared(), nil
}
