package skeleton

import "image"

// Classify returns the class of a picture and its score. The picture is
// prepared as in training.
func (net *Net) Classify(img image.Image) (label string, score float32, err error) {
	scores, err := net.PredictImage(img)
	if err != nil {
		return "", 0, err
	}
	class, score := decide(scores)
	return net.label(class), score, nil
}
