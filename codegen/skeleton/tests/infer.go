//go:build ignore

// The test file of inference packages. It is compiled where it is copied to.
package tests

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
)

// random returns the network with random weights.
func random() *Net {
	r := rand.New(rand.NewPCG(1, 2))
	params := alignedFloats(paramFloats)
	for _, p := range parameters {
		rows := p.taps * p.inPadded
		scale := 0.1
		if p.taps*p.in > 1 {
			scale = math.Sqrt(2 / float64(p.taps*p.in))
		}
		for row := range p.taps * p.in {
			at := p.offset + (row/p.in*p.inPadded+row%p.in)*16
			for out := range p.out {
				params[at+out/16*rows*16+out%16] = float32(scale * r.NormFloat64())
			}
		}
	}
	return newNet(params, nil)
}

// randomImages returns n random images.
func randomImages(n int) [][Height * Width * Channels]float32 {
	r := rand.New(rand.NewPCG(3, 4))
	x := make([][Height * Width * Channels]float32, n)
	for i := range x {
		for j := range x[i] {
			x[i][j] = float32(r.NormFloat64())
		}
	}
	return x
}

// TestKernels compares the kernels of every instruction set of the machine with
// those in plain Go, in batches and one image at a time.
func TestKernels(t *testing.T) {
	defer func(set int) { isa = set }(isa)
	net, x := random(), randomImages(inferMicro+2)
	want := make([][Outputs]float32, len(x))
	isa = isaGo
	net.PredictBatch(want, x)
	largest := 0.0
	for i := range want {
		for _, s := range want[i] {
			largest = max(largest, math.Abs(float64(s)))
		}
	}
	for set := isaGo; set <= bestISA(); set++ {
		isa = set
		got := make([][Outputs]float32, len(x))
		net.PredictBatch(got, x)
		for i := range x {
			alone := net.Predict(&x[i])
			for j := range want[i] {
				for _, s := range []float32{got[i][j], alone[j]} {
					if d := math.Abs(float64(s - want[i][j])); !(d <= 1e-4*largest) {
						t.Fatalf("%s: image %d, score %d: %v, in plain Go %v", isaNames[set], i, j, s, want[i][j])
					}
				}
			}
		}
	}
}

// TestWorkers: any number of workers computes an image to the same bits, also
// while others compute theirs, and allocates nothing.
func TestWorkers(t *testing.T) {
	defer func(set int) { isa = set }(isa)
	net := random()
	image := &randomImages(1)[0]
	for set := isaGo; set <= bestISA(); set++ {
		isa = set
		net.SetWorkers(1)
		want := *net.Predict(image)
		for _, workers := range []int{2, 3, 8} { // with the workers to itself
			net.SetWorkers(workers)
			for range 1 + 4*set {
				if got := *net.Predict(image); got != want {
					t.Errorf("%s, %d workers alone: %v, one computes %v", isaNames[set], workers, got, want)
					break
				}
			}
		}
		var all sync.WaitGroup
		for _, workers := range []int{0, 2, 3, 8} {
			clone := net.Clone()
			clone.SetWorkers(workers)
			all.Go(func() {
				for range 1 + 4*set { // plain Go is slow
					if got := *clone.Predict(image); got != want {
						t.Errorf("%s, %d workers: %v, one computes %v", isaNames[set], workers, got, want)
						return
					}
				}
			})
		}
		all.Wait()
	}
	net.SetWorkers(2)
	if n := testing.AllocsPerRun(20, func() { net.Predict(image) }); n != 0 {
		t.Errorf("two workers allocate %v times for an image", n)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	net, x := random(), randomImages(1)
	if n := testing.AllocsPerRun(5, func() { net.Predict(&x[0]) }); n != 0 {
		t.Errorf("Predict allocates %v times", n)
	}
}

func BenchmarkPredict(b *testing.B) {
	net, x := random(), randomImages(1)
	for b.Loop() {
		net.Predict(&x[0])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
}

func BenchmarkPredictBatch(b *testing.B) {
	net, x := random(), randomImages(inferMicro)
	scores := make([][Outputs]float32, len(x))
	for b.Loop() {
		net.PredictBatch(scores, x)
	}
	b.ReportMetric(float64(b.N*len(x))/b.Elapsed().Seconds(), "images/s")
}
