package job

import (
	"encoding/json"
	"runtime"
	"time"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/initializer"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/peak"
	"github.com/cnnc/cnnc/runtime/rng"
	"github.com/cnnc/cnnc/runtime/stage"
	"github.com/cnnc/cnnc/runtime/train"
)

// Passes of benchRow that are not those of a call.
const (
	passOther = "other" // images, borders, updates: work that no FLOPs are counted for
	passTotal = "total"
)

// benchRow is the time of one kernel call, or of several together.
type benchRow struct {
	Program string  `json:"program"` // "inference", "training"
	Call    string  `json:"call"`
	Layer   string  `json:"layer,omitempty"`
	Pass    string  `json:"pass"`
	Nanos   float64 `json:"ns_per_example"`
	// Predicted is the time that the compiler predicts (cnnc explain), at the FMA
	// peak of this run.
	Predicted float64 `json:"predicted_ns_per_example,omitempty"`
	FLOPs     int64   `json:"flops_per_example,omitempty"` // of the direct algorithm
	call      model.Call
	Bytes     int64   `json:"bytes_per_example,omitempty"`
	GFLOPS    float64 `json:"gflops,omitempty"`
	Peak      float64 `json:"percent_of_peak,omitempty"`
	GBs       float64 `json:"gb_per_second,omitempty"`
	// Longest is its kernel call, of those in assembly, that takes longest.
	Longest benchKernel `json:"longest_kernel,omitzero"`
}

// benchSpeedup compares one worker with all of them on whole batches, as
// training and evaluation run them.
type benchSpeedup struct {
	Program string `json:"program"`
	Batch   int    `json:"batch"`
	Workers int    `json:"workers"`
	// OneNanos and AllNanos are the times of a batch.
	OneNanos float64 `json:"ns_per_batch_one_worker"`
	AllNanos float64 `json:"ns_per_batch_all_workers"`
	FLOPs    int64   `json:"flops_per_batch"`
	// Shares splits the step of one worker.
	Shares []benchShare `json:"shares,omitempty"`
}

// benchShare is a part of a step, in nanoseconds a batch.
type benchShare struct {
	Name  string  `json:"name"`
	Nanos float64 `json:"ns_per_batch"`
	// Longest is the kernel call, of those in assembly, that takes longest.
	Longest benchKernel `json:"longest_kernel,omitzero"`
}

func (s *benchSpeedup) speedup() float64 { return s.OneNanos / s.AllNanos }

// benchLevel is what one core moves to and from a level of memory.
type benchLevel struct {
	Name  string  `json:"name"`
	Bytes int     `json:"bytes"` // that were copied, source and copy together
	GBs   float64 `json:"gb_per_second"`
}

// benchLevels are amounts that the second and the third level of cache hold for one
// core, and one that they do not.
var benchLevels = []benchLevel{{Name: "L2", Bytes: 512 << 10}, {Name: "L3", Bytes: 8 << 20}, {Name: "memory", Bytes: 128 << 20}}

// benchReport is a benchmark as JSON.
type benchReport struct {
	Event   string  `json:"event"` // "result"
	Model   string  `json:"model"`
	ISA     string  `json:"isa"`
	CPUs    int     `json:"cpus"`
	PeakOne float64 `json:"peak_gflops_one_core,omitempty"`
	// PeakSamples is how often the peak was measured; the best counts.
	PeakSamples int `json:"peak_samples"`
	// Levels are the speeds of caches and memory, by copying.
	Levels []benchLevel `json:"memory_levels"`
	// InferMicro and TrainMicro are the examples that a call takes at a time.
	InferMicro int `json:"inference_examples"`
	TrainMicro int `json:"training_examples"`
	// LatencyNanos is the time of one example alone, images to scores, on all cores
	// that help; OneCoreNanos the same on one.
	LatencyNanos float64        `json:"ns_one_example"`
	OneCoreNanos float64        `json:"ns_one_example_one_core"`
	Rows         []benchRow     `json:"rows"`
	Batches      []benchSpeedup `json:"batches"`
	// Data is how fast the data come, when that was asked for.
	Data []benchData `json:"data,omitempty"`
	// Stops are how soon goroutines stop that run the programs.
	Stops []benchStop `json:"stops"`
}

func runBench(e *Env) error {
	net := e.Net
	scalars, err := e.Scalars()
	if err != nil {
		return err
	}
	var params []float32
	if e.Job.Weights != "" {
		params, _, _, err = e.Weights()
	} else {
		params, err = initializer.Params(net, 1)
	}
	if err != nil {
		return err
	}
	b := &bench{Env: e, params: params, scalars: scalars, report: benchReport{
		Event: "result", Model: net.Name, ISA: net.ISA(), CPUs: runtime.GOMAXPROCS(0), InferMicro: net.InferMicro, TrainMicro: net.TrainMicro,
	}}
	for _, l := range benchLevels {
		l.GBs = peak.GBs(l.Bytes)
		b.report.Levels = append(b.report.Levels, l)
	}
	for _, measure := range []func() error{b.inference, b.training, b.latency, b.batches, b.data} {
		if err := measure(); err != nil {
			return err
		}
	}
	b.report.finish()
	if e.Job.JSON || e.Job.Progress == "json" {
		return json.NewEncoder(e.Stdout).Encode(&b.report)
	}
	return b.report.write(e.Stdout)
}

// bench is a benchmark under way.
type bench struct {
	*Env
	params, scalars []float32
	report          benchReport
	sampled         time.Time
	// perExample and flops are those of a training step and an inference.
	infer, train benchRow
	update       []benchShare // a step's work on the parameters
}

// peakEvery is the distance of measurements of the peak: the clock rate changes
// with the load of the other cores.
const peakEvery = 300 * time.Millisecond

// samplePeak measures the peak once more if the last time is a while ago.
func (b *bench) samplePeak() {
	if !b.sampled.IsZero() && time.Since(b.sampled) < peakEvery {
		return
	}
	b.report.PeakOne = max(b.report.PeakOne, peak.GFLOPS(b.report.ISA))
	b.report.PeakSamples++
	b.sampled = time.Now()
}

// inference times the calls of the inference program.
func (b *bench) inference() error {
	w := b.Net.NewInfer(b.weights())
	batch := benchBatch(b.Net, b.Net.InferMicro, b.scalars)
	whole := func() { w.Infer(batch) }
	var err error
	b.infer, err = b.calls("inference", w, batch, nil, whole)
	b.report.Stops = append(b.report.Stops, stop("inference", whole))
	return err
}

// weights are copies of the parameters and what is derived from them.
func (b *bench) weights() (params, derived []float32) {
	params, derived = aligned(b.params), aligned(make([]float32, b.Net.DerivedFloats))
	b.Net.Derive(params, derived, 0, 1)
	return params, derived
}

// training times the calls of the training program, and what a step does to
// the parameters.
func (b *bench) training() error {
	net := b.Net
	params, derived, grads := aligned(b.params), aligned(make([]float32, net.DerivedFloats)), aligned(make([]float32, net.ParamFloats))
	derive := func() { net.Derive(params, derived, 0, 1) }
	derive()
	w := net.NewTrain(params, derived)
	batch := benchBatch(net, net.TrainMicro, b.scalars)
	// A stage a call reads what the stages before have left.
	state := stage.New(net, 1)
	whole := func() { state.Step(w, batch, params, grads) }
	var err error
	if b.train, err = b.calls("training", w, batch, grads, whole); err != nil {
		return err
	}
	b.report.Stops = append(b.report.Stops, stop("training", whole))
	var u *model.Update
	if u, err = train.FirstUpdate(net, b.optimizer(), params, grads, b.scalars); err != nil {
		return err
	}
	clear(grads)
	update := func() { net.Update(u, 0, 1) }
	b.update = []benchShare{
		{"update", measure(update), b.longest(update)},
		{"transposed weights", measure(derive), b.longest(derive)},
	}
	return nil
}

// optimizer is that of the model file with a rate that changes nothing.
func (b *bench) optimizer() config.Optimizer {
	_, cfg := b.Config()
	cfg.Optimizer.LearningRate = benchRate
	return cfg.Optimizer
}

// benchRate keeps updates from changing anything.
const benchRate = 1e-12

// calls times each call of a worker alone, then all of them as a caller sees
// them; batch holds what the worker takes at a time.
func (b *bench) calls(program string, w model.Worker, batch *model.Batch, grads []float32, whole func()) (total benchRow, err error) {
	whole() // fills the buffers that single calls read
	total = benchRow{Program: program, Call: "all calls", Pass: passTotal}
	for _, c := range w.Calls() {
		if b.Context.Err() != nil {
			return total, errInterrupted
		}
		b.samplePeak()
		row := benchRow{Program: program, Call: c.Name, Layer: c.Layer, Pass: c.Pass, FLOPs: c.FLOPs, call: c, Bytes: c.Bytes}
		if c.FLOPs == 0 {
			row.Pass = passOther
		}
		row.Nanos = measure(func() { c.Run(batch, grads) }) / float64(batch.N)
		row.Longest = b.longest(func() { c.Run(batch, grads) })
		total.FLOPs += c.FLOPs
		b.report.Rows = append(b.report.Rows, row)
	}
	b.samplePeak()
	total.Nanos = measure(whole) / float64(batch.N)
	b.report.Rows = append(b.report.Rows, total)
	return total, nil
}

// latency times one example alone.
func (b *bench) latency() error {
	w := b.Net.NewInfer(b.weights())
	batch := benchBatch(b.Net, 1, b.scalars)
	batch.Labels, batch.Targets = nil, nil
	batch.Workers = runtime.GOMAXPROCS(0)
	one := func() { w.Infer(batch) }
	b.report.LatencyNanos = measure(one)
	all := runtime.GOMAXPROCS(1)
	b.report.OneCoreNanos = measure(one)
	runtime.GOMAXPROCS(all)
	b.samplePeak()
	return nil
}

// finish derives from times and peak what readers want to see.
func (r *benchReport) finish() {
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Nanos <= 0 {
			continue
		}
		row.Predicted = row.call.Near
		if r.PeakOne > 0 {
			row.Predicted = max(row.Predicted, float64(row.call.Work)/r.PeakOne)
		}
		row.Predicted += row.call.Far
		if row.FLOPs > 0 {
			row.GFLOPS = float64(row.FLOPs) / row.Nanos
			if r.PeakOne > 0 {
				row.Peak = 100 * row.GFLOPS / r.PeakOne
			}
		} else {
			row.GBs = float64(row.Bytes) / row.Nanos
		}
	}
	// A total is predicted to take the sum of its calls.
	sums := map[string]float64{}
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Pass == passTotal {
			row.Predicted = sums[row.Program]
		}
		sums[row.Program] += row.Predicted
	}
}

// benchBatch is a micro-batch of n examples of noise.
func benchBatch(net *model.Network, n int, scalars []float32) *model.Batch {
	r := rng.New(1)
	b := &model.Batch{
		N:      n,
		X:      make([]float32, n*net.Height*net.Width*net.Channels),
		Keys:   make([]uint64, n),
		Scores: make([]float32, n*net.Outputs),
		Loss:   make([]float64, n),
		Scale:  1 / float32(n), Scalars: scalars,
	}
	for i := range b.X {
		b.X[i] = r.Float32()
	}
	if net.Head.Vector {
		b.Targets = make([]float32, n*net.Outputs)
	} else {
		b.Labels = make([]int32, n)
	}
	for i := range n {
		b.Keys[i] = r.Uint64()
		if b.Labels != nil {
			b.Labels[i] = int32(r.IntN(net.Outputs))
		} else {
			b.Targets[i*net.Outputs+r.IntN(net.Outputs)] = 1
		}
	}
	return b
}
