package model

// Task is what the scores of a network are for.
type Task string

// The tasks.
const (
	// Classes: each score belongs to a class, the largest decides. It is the task
	// of a Head that says nothing.
	Classes Task = ""
	// Binary: each score answers a question by itself with no (0) or yes (1).
	// With one score these are two classes.
	Binary Task = "binary"
	// Values: the scores are numbers, compared with numbers.
	Values Task = "values"
)

// Head says what the scores of a network are and what its loss compares them
// with.
type Head struct {
	Task Task
	// Logits: the scores are not probabilities; a binary answer is yes above 0
	// instead of above one half.
	Logits bool `json:",omitempty"`
	// Vector: the loss reads Batch.Targets instead of Batch.Labels.
	Vector bool `json:",omitempty"`
}

// Threshold is the score above which a binary answer is yes.
func (h Head) Threshold() float32 {
	if h.Logits {
		return 0
	}
	return 0.5
}

// ClassCount is the number of classes that scores of that number tell apart:
// two for one binary score, none for values.
func (h Head) ClassCount(outputs int) int {
	switch {
	case h.Task == Values:
		return 0
	case h.Task == Binary && outputs == 1:
		return 2
	}
	return outputs
}

// Decide returns the class that the scores of an example speak for: of one
// binary score 1 above the threshold, otherwise the first of the largest, NaN
// counting as less than all.
func (n *Network) Decide(scores []float32) int {
	if n.Head.Task == Binary && len(scores) == 1 {
		if scores[0] > n.Head.Threshold() {
			return 1
		}
		return 0
	}
	best := 0
	for i, v := range scores {
		if v > scores[best] || scores[best] != scores[best] && v == v {
			best = i
		}
	}
	return best
}

// Classes is the number of classes that the network tells apart, 0 when its
// scores are values.
func (n *Network) Classes() int { return n.Head.ClassCount(n.Outputs) }
