package skeleton

// decide returns the class that scores speak for, and its score. One score of two
// classes is that of the second; that of the first lies as far on the other side
// of the threshold.
func decide(scores *[Outputs]float32) (class int, score float32) {
	if Outputs < classCount {
		if score = scores[0]; score > threshold {
			return 1, score
		}
		return 0, 2*threshold - score
	}
	for i, s := range scores {
		if s > scores[class] {
			class = i
		}
	}
	return class, scores[class]
}
