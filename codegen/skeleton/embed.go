package skeleton

import (
	"bytes"
	"fmt"
)

// Embedded returns the network with the weights that are part of the program.
func Embedded() (*Net, error) {
	params, labels, err := readWeights(bytes.NewReader(embedded), int64(len(embedded)))
	if err != nil {
		return nil, fmt.Errorf("%s: embedded weights: %w", modelName, err)
	}
	if labels == nil {
		labels = classLabels
	}
	return newNet(params, labels), nil
}
