package support

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestSoftTargets: losses and gradients of soft targets are the means of those of
// the classes, weighed by the shares, and those of one-hot targets are those of
// the class.
func TestSoftTargets(t *testing.T) {
	const n, outputs, stride, scale, smoothing = 3, 5, 8, 0.25, 0.1
	r := rand.New(rand.NewPCG(5, 5))
	x := make([]float32, n*stride)
	for i := range x {
		x[i] = 0.1 + 0.8*r.Float32()
	}
	a, b := []int32{4, 0, 2}, []int32{1, 0, 3}
	shares := []float32{0.25, 0.5, 1}
	targets := make([]float32, n*outputs)
	for i, s := range shares {
		targets[i*outputs+int(a[i])] += s
		targets[i*outputs+int(b[i])] += 1 - s
	}
	for _, c := range []struct {
		name string
		hard func(loss []float64, dx []float32, labels []int32)
		soft func(loss []float64, dx []float32)
	}{
		{"categoricalCrossentropy", func(loss []float64, dx []float32, labels []int32) {
			categoricalCrossentropyLoss(loss, labels, x, outputs, stride, smoothing)
			categoricalCrossentropyGrad(dx, labels, x, n, outputs, stride, scale, smoothing)
		}, func(loss []float64, dx []float32) {
			categoricalCrossentropySoftLoss(loss, targets, x, outputs, stride, smoothing)
			categoricalCrossentropySoftGrad(dx, targets, x, n, outputs, stride, scale, smoothing)
		}},
		{"softmaxCrossentropy", func(loss []float64, dx []float32, labels []int32) {
			softmaxCrossentropyLoss(loss, labels, x, outputs, stride, smoothing)
			softmaxCrossentropyGrad(dx, labels, x, n, outputs, stride, scale, smoothing)
		}, func(loss []float64, dx []float32) {
			softmaxCrossentropySoftLoss(loss, targets, x, outputs, stride, smoothing)
			softmaxCrossentropySoftGrad(dx, targets, x, n, outputs, stride, scale, smoothing)
		}},
		{"softmax and crossentropy in one", func(loss []float64, dx []float32, labels []int32) {
			copy(dx, x)
			softmaxInOne(loss, labels, dx, outputs, stride)
			softmaxGrad(dx, labels, outputs, stride, scale, smoothing)
		}, func(loss []float64, dx []float32) {
			copy(dx, x)
			softmaxInOne(make([]float64, n), a, dx, outputs, stride)
			takeLogitsSoft(loss, targets, x, outputs, stride, smoothing)
			for i := range loss {
				top, sum := expSum(x[i*stride:][:outputs])
				loss[i] += top + math.Log(sum)
			}
			softmaxGradSoft(dx, targets, n, outputs, stride, scale, smoothing)
		}},
		{"categoricalFocal", func(loss []float64, dx []float32, labels []int32) {
			categoricalFocalLoss(loss, labels, x, outputs, stride, 0.3, 1.5, smoothing)
			categoricalFocalGrad(dx, labels, x, n, outputs, stride, scale, 0.3, 1.5, smoothing)
		}, func(loss []float64, dx []float32) {
			categoricalFocalSoftLoss(loss, targets, x, outputs, stride, 0.3, 1.5, smoothing)
			categoricalFocalSoftGrad(dx, targets, x, n, outputs, stride, scale, 0.3, 1.5, smoothing)
		}},
		{"softmaxFocal", func(loss []float64, dx []float32, labels []int32) {
			softmaxFocalLoss(loss, labels, x, outputs, stride, 0.3, 1.5, smoothing)
			softmaxFocalGrad(dx, labels, x, n, outputs, stride, scale, 0.3, 1.5, smoothing)
		}, func(loss []float64, dx []float32) {
			softmaxFocalSoftLoss(loss, targets, x, outputs, stride, 0.3, 1.5, smoothing)
			softmaxFocalSoftGrad(dx, targets, x, n, outputs, stride, scale, 0.3, 1.5, smoothing)
		}},
	} {
		make2 := func() ([]float64, []float32) { return make([]float64, n), make([]float32, n*stride) }
		la, da := make2()
		lb, db := make2()
		got, d := make2()
		c.hard(la, da, a)
		c.hard(lb, db, b)
		c.soft(got, d)
		for i, s := range shares {
			if want := float64(s)*la[i] + float64(1-s)*lb[i]; math.Abs(got[i]-want) > 1e-6*math.Abs(want) {
				t.Errorf("%s: loss %d is %v, want %v", c.name, i, got[i], want)
			}
			for j := range outputs {
				at := i*stride + j
				if want := s*da[at] + (1-s)*db[at]; math.Abs(float64(d[at]-want)) > 2e-6 {
					t.Errorf("%s: gradient %d,%d is %v, want %v", c.name, i, j, d[at], want)
				}
			}
		}
	}
}
