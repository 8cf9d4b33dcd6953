package support

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// vectorLosses and classLosses are the losses with their numbers. That they
// compute what they should is for the tests of generated packages, which have
// the reference; here gradients are compared with differences of the losses.
var (
	vectorLosses = []struct {
		name     string
		positive bool // scores and targets between 0 and 1
		loss     func(loss []float64, targets, x []float32, outputs, stride int)
		grad     func(dx, targets, x []float32, n, outputs, stride int, scale float32)
	}{
		{"meanSquaredError", false, meanSquaredErrorLoss, meanSquaredErrorGrad},
		{"meanAbsoluteError", false, meanAbsoluteErrorLoss, meanAbsoluteErrorGrad},
		{"meanAbsolutePercentageError", true, meanAbsolutePercentageErrorLoss, meanAbsolutePercentageErrorGrad},
		{"meanSquaredLogarithmicError", true, meanSquaredLogarithmicErrorLoss, meanSquaredLogarithmicErrorGrad},
		{"logCosh", false, logCoshLoss, logCoshGrad},
		{"cosineSimilarity", false, cosineSimilarityLoss, cosineSimilarityGrad},
		{"klDivergence", true, klDivergenceLoss, klDivergenceGrad},
		{"poisson", true, poissonLoss, poissonGrad},
		{"hinge", false, hingeLoss, hingeGrad},
		{"squaredHinge", false, squaredHingeLoss, squaredHingeGrad},
		{"dice", true, diceLoss, diceGrad},
		{"huber", false, func(loss []float64, targets, x []float32, outputs, stride int) {
			huberLoss(loss, targets, x, outputs, stride, 0.7)
		}, func(dx, targets, x []float32, n, outputs, stride int, scale float32) {
			huberGrad(dx, targets, x, n, outputs, stride, scale, 0.7)
		}},
		{"tversky", true, func(loss []float64, targets, x []float32, outputs, stride int) {
			tverskyLoss(loss, targets, x, outputs, stride, 0.3, 0.9)
		}, func(dx, targets, x []float32, n, outputs, stride int, scale float32) {
			tverskyGrad(dx, targets, x, n, outputs, stride, scale, 0.3, 0.9)
		}},
		{"categoricalCrossentropySoft", true, func(loss []float64, targets, x []float32, outputs, stride int) {
			categoricalCrossentropySoftLoss(loss, targets, x, outputs, stride, 0.1)
		}, func(dx, targets, x []float32, n, outputs, stride int, scale float32) {
			categoricalCrossentropySoftGrad(dx, targets, x, n, outputs, stride, scale, 0.1)
		}},
		{"categoricalFocalSoft", true, func(loss []float64, targets, x []float32, outputs, stride int) {
			categoricalFocalSoftLoss(loss, targets, x, outputs, stride, 0.3, 1.5, 0.1)
		}, func(dx, targets, x []float32, n, outputs, stride int, scale float32) {
			categoricalFocalSoftGrad(dx, targets, x, n, outputs, stride, scale, 0.3, 1.5, 0.1)
		}},
		{"softmaxFocalSoft", true, func(loss []float64, targets, x []float32, outputs, stride int) {
			softmaxFocalSoftLoss(loss, targets, x, outputs, stride, 0.3, 1.5, 0.1)
		}, func(dx, targets, x []float32, n, outputs, stride int, scale float32) {
			softmaxFocalSoftGrad(dx, targets, x, n, outputs, stride, scale, 0.3, 1.5, 0.1)
		}},
		{"binaryCrossentropy", true, func(loss []float64, targets, x []float32, outputs, stride int) {
			binaryCrossentropyLoss(loss, targets, x, outputs, stride, 0.1)
		}, func(dx, targets, x []float32, n, outputs, stride int, scale float32) {
			binaryCrossentropyGrad(dx, targets, x, n, outputs, stride, scale, 0.1)
		}},
		{"sigmoidCrossentropy", true, func(loss []float64, targets, x []float32, outputs, stride int) {
			sigmoidCrossentropyLoss(loss, targets, x, outputs, stride, 0.1)
		}, func(dx, targets, x []float32, n, outputs, stride int, scale float32) {
			sigmoidCrossentropyGrad(dx, targets, x, n, outputs, stride, scale, 0.1)
		}},
		{"binaryFocal", true, func(loss []float64, targets, x []float32, outputs, stride int) {
			binaryFocalLoss(loss, targets, x, outputs, stride, 0.3, 1.5, 1, 0.1)
		}, func(dx, targets, x []float32, n, outputs, stride int, scale float32) {
			binaryFocalGrad(dx, targets, x, n, outputs, stride, scale, 0.3, 1.5, 1, 0.1)
		}},
		{"sigmoidFocal", true, func(loss []float64, targets, x []float32, outputs, stride int) {
			sigmoidFocalLoss(loss, targets, x, outputs, stride, 0.3, 1.5, 1, 0.1)
		}, func(dx, targets, x []float32, n, outputs, stride int, scale float32) {
			sigmoidFocalGrad(dx, targets, x, n, outputs, stride, scale, 0.3, 1.5, 1, 0.1)
		}},
	}
	classLosses = []struct {
		name string
		loss func(loss []float64, labels []int32, x []float32, outputs, stride int)
		grad func(dx []float32, labels []int32, x []float32, n, outputs, stride int, scale float32)
	}{
		{"categoricalHinge", categoricalHingeLoss, categoricalHingeGrad},
		{"categoricalCrossentropy", func(loss []float64, labels []int32, x []float32, outputs, stride int) {
			categoricalCrossentropyLoss(loss, labels, x, outputs, stride, 0.1)
		}, func(dx []float32, labels []int32, x []float32, n, outputs, stride int, scale float32) {
			categoricalCrossentropyGrad(dx, labels, x, n, outputs, stride, scale, 0.1)
		}},
		{"softmaxCrossentropy", func(loss []float64, labels []int32, x []float32, outputs, stride int) {
			softmaxCrossentropyLoss(loss, labels, x, outputs, stride, 0.1)
		}, func(dx []float32, labels []int32, x []float32, n, outputs, stride int, scale float32) {
			softmaxCrossentropyGrad(dx, labels, x, n, outputs, stride, scale, 0.1)
		}},
		{"softmax and crossentropy in one", func(loss []float64, labels []int32, x []float32, outputs, stride int) {
			softmaxInOne(loss, labels, slices.Clone(x), outputs, stride)
		}, func(dx []float32, labels []int32, x []float32, n, outputs, stride int, scale float32) {
			copy(dx, softmaxInOne(make([]float64, n), labels, slices.Clone(x), outputs, stride))
			softmaxGrad(dx, labels, outputs, stride, scale, 0.1)
		}},
		{"categoricalFocal", func(loss []float64, labels []int32, x []float32, outputs, stride int) {
			categoricalFocalLoss(loss, labels, x, outputs, stride, 0.3, 1.5, 0.1)
		}, func(dx []float32, labels []int32, x []float32, n, outputs, stride int, scale float32) {
			categoricalFocalGrad(dx, labels, x, n, outputs, stride, scale, 0.3, 1.5, 0.1)
		}},
		{"softmaxFocal", func(loss []float64, labels []int32, x []float32, outputs, stride int) {
			softmaxFocalLoss(loss, labels, x, outputs, stride, 0.3, 1.5, 0.1)
		}, func(dx []float32, labels []int32, x []float32, n, outputs, stride int, scale float32) {
			softmaxFocalGrad(dx, labels, x, n, outputs, stride, scale, 0.3, 1.5, 0.1)
		}},
	}
)

// softmaxInOne does what the loss call of a network with a final softmax does, in
// place, and returns the probabilities.
func softmaxInOne(loss []float64, labels []int32, z []float32, outputs, stride int) []float32 {
	stats := make([]float32, 2*len(loss))
	takeLogits(loss, labels, z, outputs, stride, 0.1)
	for i := range loss {
		row := z[i*stride:][:outputs]
		top, sum := expSum(row)
		stats[2*i], stats[2*i+1] = float32(top), float32(sum)
		for j, v := range row {
			row[j] = float32(math.Exp(float64(v)-top) / sum)
		}
	}
	addLogSumExp(loss, stats)
	return z
}

// TestLossGradients compares gradients with central differences of the losses,
// computed in place and to another vector. What lies between the vectors must
// neither matter nor change, and nothing may be allocated.
func TestLossGradients(t *testing.T) {
	const n, outputs, stride, scale = 3, 5, 8, 0.5
	nan := float32(math.NaN())
	r := rand.New(rand.NewPCG(1, 2))
	labels := []int32{4, 0, 2}
	draw := func(positive bool) (targets, x []float32) {
		targets, x = make([]float32, n*outputs), make([]float32, n*stride)
		for i := range x {
			x[i] = nan
			if i%stride < outputs {
				if x[i] = float32(r.NormFloat64()); positive {
					x[i] = 0.1 + 0.8*r.Float32()
				}
			}
		}
		for i := range targets {
			if targets[i] = float32(r.NormFloat64()); positive {
				targets[i] = 0.1 + 0.8*r.Float32()
			}
		}
		return targets, x
	}
	check := func(name string, x []float32, loss func(loss []float64, x []float32), grad func(dx, x []float32)) {
		t.Helper()
		dx := slices.Clone(x)
		grad(dx, x)
		inPlace := slices.Clone(x)
		grad(inPlace, inPlace)
		for i := range dx {
			if i%stride < outputs && dx[i] != inPlace[i] {
				t.Errorf("%s: gradient %d is %v, in place %v", name, i, dx[i], inPlace[i])
			}
			if (i%stride >= outputs) != (dx[i] != dx[i]) {
				t.Errorf("%s: element %d became %v", name, i, dx[i])
			}
		}
		for i := range n {
			for j := range outputs {
				const h = 1.0 / 512
				at := i*stride + j
				up, down := slices.Clone(x), slices.Clone(x)
				up[at] += h
				down[at] -= h
				hi, lo := make([]float64, n), make([]float64, n)
				loss(hi, up)
				loss(lo, down)
				want := scale * (hi[i] - lo[i]) / float64(up[at]-down[at])
				if math.Abs(float64(dx[at])-want) > 2e-3*max(1, math.Abs(want)) {
					t.Errorf("%s: example %d, output %d: gradient %v, difference quotient %v", name, i, j, dx[at], want)
				}
			}
		}
	}
	for _, l := range vectorLosses {
		targets, x := draw(l.positive)
		check(l.name, x,
			func(loss []float64, x []float32) { l.loss(loss, targets, x, outputs, stride) },
			func(dx, x []float32) { l.grad(dx, targets, x, n, outputs, stride, scale) })
		loss, dx := make([]float64, n), make([]float32, n*stride)
		if a := testing.AllocsPerRun(5, func() {
			l.loss(loss, targets, x, outputs, stride)
			l.grad(dx, targets, x, n, outputs, stride, scale)
		}); a != 0 {
			t.Errorf("%s allocates %v times", l.name, a)
		}
	}
	for _, l := range classLosses {
		_, x := draw(l.name == "categoricalCrossentropy" || l.name == "categoricalFocal")
		check(l.name, x,
			func(loss []float64, x []float32) { l.loss(loss, labels, x, outputs, stride) },
			func(dx, x []float32) { l.grad(dx, labels, x, n, outputs, stride, scale) })
	}
}

// TestCrossentropyClips follows the spec (losses: probabilistic losses): a
// probability of 0 costs 16.118096 and moves nothing.
func TestCrossentropyClips(t *testing.T) {
	s := []float32{0, 1, 0}
	loss, dx := make([]float64, 1), []float32{7, 7, 7}
	categoricalCrossentropyLoss(loss, []int32{0}, s, 3, 3, 0)
	if math.Abs(loss[0]-16.118096) > 1e-6 {
		t.Errorf("loss %v", loss[0])
	}
	categoricalCrossentropyGrad(dx, []int32{0}, s, 1, 3, 3, 1, 0)
	if !slices.Equal(dx, []float32{0, 0, 0}) {
		t.Errorf("gradient %v", dx)
	}
}

func TestWeightGradients(t *testing.T) {
	dx := []float32{1, 2, 9, 3, 4, 9}
	weightGradients(dx, nil, 2, 3)
	weightGradients(dx, []float32{2, 0.5}, 2, 3)
	if want := []float32{2, 4, 9, 1.5, 2, 9}; !slices.Equal(dx, want) {
		t.Errorf("got %v, want %v", dx, want)
	}
}
