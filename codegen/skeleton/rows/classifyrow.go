package rows

// ClassifyRow returns the class of a row and its score. The row is prepared as
// in training.
func (net *Net) ClassifyRow(row *Row) (label string, score float32, err error) {
	scores, err := net.PredictRow(row)
	if err != nil {
		return "", 0, err
	}
	class, score := decide(scores)
	return net.label(class), score, nil
}
