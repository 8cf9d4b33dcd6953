package rows

// ClassifyRecord returns the class of a row and its score. The row is given as
// for PredictRecord.
func (net *Net) ClassifyRecord(record []string) (label string, score float32, err error) {
	scores, err := net.PredictRecord(record)
	if err != nil {
		return "", 0, err
	}
	class, score := decide(scores)
	return net.label(class), score, nil
}
