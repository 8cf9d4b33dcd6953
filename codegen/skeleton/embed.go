package skeleton

import (
	"bytes"
	"fmt"
)

// Embedded returns the network with the weights that are part of the program.
func Embedded() (*Net, error) {
	params, labels, how, err := readWeights(bytes.NewReader(embedded), int64(len(embedded)))
	if err != nil {
		return nil, fmt.Errorf("%s: embedded weights: %w", modelName, err)
	}
	return loadedNet(params, labels, how)
}
