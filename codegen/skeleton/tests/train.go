//go:build ignore

// The test file of packages that train. It is compiled where it is copied to.
package tests

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/cnnc/cnnc/compiler/verify"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/peak"
	"github.com/cnnc/cnnc/runtime/stage"
	"github.com/cnnc/cnnc/runtime/train"
)

// eachISA runs a test with the kernels of every instruction set of the machine.
func eachISA(t *testing.T, f func(t *testing.T)) {
	defer func(set int) { isa = set }(isa)
	for set := isaGo; set <= bestISA(); set++ {
		isa = set
		t.Run(isaNames[set], f)
	}
}

// TestReference compares scores, loss, gradients and the optimizer step with
// the float64 interpreter of cnnc.
func TestReference(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		report, err := verify.Verify(Network())
		if err != nil {
			t.Fatalf("%v\n%v", err, report)
		}
		t.Log(report)
	})
}

// randomBatch is a micro-batch of n random examples.
func randomBatch(n int) *model.Batch {
	r := rand.New(rand.NewPCG(1, 2))
	b := &model.Batch{
		N: n, X: make([]float32, n*Height*Width*Channels), Keys: make([]uint64, n),
		Scores: make([]float32, n*Outputs), Loss: make([]float64, n), Scale: 1 / float32(n),
	}
	for i := range b.X {
		b.X[i] = float32(r.NormFloat64())
	}
	if network.Head.Vector {
		b.Targets = make([]float32, n*Outputs)
	} else {
		b.Labels = make([]int32, n)
	}
	for i := range n {
		b.Keys[i] = r.Uint64()
		if b.Labels != nil {
			b.Labels[i] = int32(r.IntN(Outputs))
		}
	}
	for _, s := range network.Scalars {
		b.Scalars = append(b.Scalars, float32(s.Value))
	}
	return b
}

// initial returns the network as training begins with it.
func initial(t testing.TB) *Net {
	net := New()
	if err := net.Init(1); err != nil {
		t.Fatal(err)
	}
	return net
}

// trainer is a training worker with everything a step needs.
type trainer struct {
	worker model.Worker
	stages *stage.State
	batch  *model.Batch
	update model.Update
}

func newTrainer(t testing.TB) *trainer {
	params, derived := initial(t).params, alignedFloats(derivedFloats)
	derive(params, derived, 0, 1)
	tr := &trainer{worker: newTraining(params, derived), stages: stage.New(&network, 1), batch: randomBatch(trainMicro)}
	o := network.Train.Optimizer
	o.LearningRate = 1e-6
	u, err := train.FirstUpdate(&network, o, params, alignedFloats(paramFloats), tr.batch.Scalars)
	if err != nil {
		t.Fatal(err)
	}
	tr.update = *u
	return tr
}

// step is forward and backward of the batch.
func (tr *trainer) step() {
	tr.stages.Step(tr.worker, tr.batch, tr.update.Params, tr.update.Grads)
}

// TestWorkers: any number of workers computes an image to the same bits, also
// while others compute theirs, and allocates nothing.
func TestWorkers(t *testing.T) {
	defer func(set int) { isa = set }(isa)
	net := initial(t)
	image := new([Height * Width * Channels]float32)
	copy(image[:], randomBatch(1).X)
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
	net := initial(t)
	image := new([Height * Width * Channels]float32)
	if n := testing.AllocsPerRun(5, func() { net.Predict(image) }); n != 0 {
		t.Errorf("Predict allocates %v times", n)
	}
	tr := newTrainer(t)
	tr.step() // makes what a batch keeps
	if n := testing.AllocsPerRun(2, func() { tr.step() }); n != 0 {
		t.Errorf("a training step allocates %v times", n)
	}
	if n := testing.AllocsPerRun(2, func() { update(&tr.update, 0, 1) }); n != 0 {
		t.Errorf("an update allocates %v times", n)
	}
}

// TestPredictBatch compares images one at a time and many at once.
func TestPredictBatch(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		const n = inferMicro + 2
		net, b := initial(t), randomBatch(n)
		x, scores := make([][Height * Width * Channels]float32, n), make([][Outputs]float32, n)
		for i := range x {
			copy(x[i][:], b.X[i*len(x[i]):])
		}
		net.PredictBatch(scores, x)
		for i := range x {
			for j, s := range net.Predict(&x[i]) {
				// Tiles of other heights add in another order.
				if d := s - scores[i][j]; !(d < 1e-4 && d > -1e-4) {
					t.Fatalf("image %d, score %d: %v alone, %v in a batch", i, j, s, scores[i][j])
				}
			}
		}
	})
}

func BenchmarkPredict(b *testing.B) {
	net, image := initial(b), new([Height * Width * Channels]float32)
	copy(image[:], randomBatch(1).X)
	b.ReportAllocs()
	for b.Loop() {
		net.Predict(image)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
}

// BenchmarkPredictAlone is BenchmarkPredict on one core.
func BenchmarkPredictAlone(b *testing.B) {
	net, image := initial(b), new([Height * Width * Channels]float32)
	copy(image[:], randomBatch(1).X)
	net.SetWorkers(1)
	b.ReportAllocs()
	for b.Loop() {
		net.Predict(image)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
}

func BenchmarkPredictBatch(b *testing.B) {
	net, batch := initial(b), randomBatch(inferMicro)
	w := newInference(net.params, net.derived)
	benchmarkCalls(b, w.Calls(), func() { w.Infer(batch) }, batch, nil)
}

func BenchmarkStep(b *testing.B) {
	tr := newTrainer(b)
	benchmarkCalls(b, tr.worker.Calls(), func() { tr.step() }, tr.batch, tr.update.Grads)
	b.Run("update", func(b *testing.B) {
		for b.Loop() {
			update(&tr.update, 0, 1)
		}
	})
	b.Run("derive", func(b *testing.B) {
		derived := alignedFloats(derivedFloats)
		for b.Loop() {
			derive(tr.update.Params, derived, 0, 1)
		}
	})
}

// benchmarkCalls measures all calls together and each alone: images/s, and for
// what computes GFLOP/s and the share of the peak of one core, measured again
// each time (the best counts), for the rest the memory traffic. "cnnc bench"
// prints the same figures as a table, and those of all cores.
func benchmarkCalls(b *testing.B, calls []model.Call, all func(), batch *model.Batch, grads []float32) {
	top := 0.0
	measure := func(name string, flops, bytes int64, run func()) {
		b.Run(name, func(b *testing.B) {
			top = max(top, peak.GFLOPS(network.ISA()))
			for b.Loop() {
				run()
			}
			seconds := b.Elapsed().Seconds() / float64(b.N*batch.N)
			b.ReportMetric(1/seconds, "images/s")
			if flops == 0 {
				b.ReportMetric(float64(bytes)/seconds/1e9, "GB/s")
				return
			}
			b.ReportMetric(float64(flops)/seconds/1e9, "GFLOP/s")
			if top > 0 {
				b.ReportMetric(float64(flops)/seconds/1e7/top, "%peak")
			}
		})
	}
	total := int64(0)
	for _, c := range calls {
		total += c.FLOPs
	}
	measure("all", total, 0, all)
	for _, c := range calls {
		measure(c.Name, c.FLOPs, c.Bytes, func() { c.Run(batch, grads) })
	}
}
