package rows

// ClassifyRecord returns the class of a row and its score. The row is given as
// for PredictRecord.
func (net *Net) ClassifyRecord(record []string) (label string, score float32, err error) {
	scores, err := net.PredictRecord(record)
	if err != nil {
		return "", 0, err
	}
	label, score = net.best(scores)
	return label, score, nil
}

// best is the class of the largest score.
func (net *Net) best(scores *[Outputs]float32) (label string, score float32) {
	best := 0
	for class, s := range scores {
		if s > scores[best] {
			best = class
		}
	}
	return net.label(best), scores[best]
}
