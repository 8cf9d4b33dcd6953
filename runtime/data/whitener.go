package data

import (
	"github.com/cnnc/cnnc/runtime/data/whiten"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

// whitener finishes inputs that are whitened, several together: the matrix is larger
// than caches, and to read it takes longer than to multiply with it.
type whitener struct {
	before         preprocess.Spec // what comes before whitening
	center, matrix []float32
}

// mostWhitened is the most examples that are whitened together.
const mostWhitened = 64

// newWhitener returns nil where nothing is whitened.
func newWhitener(spec preprocess.Spec) *whitener {
	std, ok := spec.After.(*preprocess.Standard)
	if !ok || std.Matrix == nil || len(std.Center) < 2 {
		return nil
	}
	before := *std
	before.Center, before.Matrix = nil, nil
	return &whitener{before: preprocess.Spec{Scale: spec.Scale, After: &before}, center: std.Center, matrix: std.Matrix}
}

// finish is Spec.Finish for each of the examples, with the same bits.
func (w *whitener) finish(x []float32, s *Scratch) {
	n := len(w.center)
	room := (len(x)/n + whiten.Multiple - 1) / whiten.Multiple * whiten.Multiple * n
	if len(s.centered) < room {
		s.centered, s.whitened = make([]float32, room), make([]float32, room)
	}
	centered, whitened := s.centered[:room], s.whitened[:room]
	for at := 0; at < len(x); at += n {
		w.before.Finish(x[at:at+n], &s.pre)
		for i, v := range x[at : at+n] {
			centered[at+i] = v - w.center[i]
		}
	}
	clear(centered[len(x):])
	whiten.Multiply(whitened, w.matrix, centered, n)
	copy(x, whitened)
}
