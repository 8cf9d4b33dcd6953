package job

import (
	"encoding/json"
	"fmt"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/cnnc/cnnc/runtime/initializer"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/peak"
	"github.com/cnnc/cnnc/runtime/rng"
)

// benchTime is how long each kernel call is repeated, at least. The best of
// benchRounds is reported: interruptions only ever make a round slower.
const (
	benchTime   = 20 * time.Millisecond
	benchRounds = 5
)

// benchRow is the time of one kernel call.
type benchRow struct {
	Program string  `json:"program"` // "infer", "train"
	Pass    string  `json:"pass"`
	Call    string  `json:"call"`
	Layer   string  `json:"layer"`
	Nanos   float64 `json:"ns_per_example"`
	FLOPs   int64   `json:"flops_per_example,omitempty"`
	GFLOPS  float64 `json:"gflops,omitempty"`
	Peak    float64 `json:"percent_of_peak,omitempty"`
}

// benchReport is a benchmark as JSON.
type benchReport struct {
	Event   string     `json:"event"` // "result"
	Model   string     `json:"model"`
	ISA     string     `json:"isa"`
	CPUs    int        `json:"cpus"`
	PeakOne float64    `json:"peak_gflops_one_core,omitempty"`
	Rows    []benchRow `json:"rows"`
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
	report := benchReport{Event: "result", Model: net.Name, ISA: net.ISA(), CPUs: runtime.GOMAXPROCS(0), PeakOne: peak.GFLOPS(net.ISA())}
	derived := make([]float32, net.DerivedFloats)
	net.Derive(params, derived, 0, 1)
	grads := make([]float32, net.ParamFloats)
	for _, p := range []struct {
		name   string
		micro  int
		worker model.Worker
		whole  func(w model.Worker, b *model.Batch)
	}{
		{"infer", net.InferMicro, net.NewInfer(params), func(w model.Worker, b *model.Batch) { w.Infer(b) }},
		{"train", net.TrainMicro, net.NewTrain(params, derived), func(w model.Worker, b *model.Batch) { w.Step(b, grads) }},
	} {
		b := benchBatch(net, p.micro, scalars)
		p.whole(p.worker, b) // fills the buffers that single calls read
		for _, c := range p.worker.Calls() {
			if err := e.Context.Err(); err != nil {
				return errInterrupted
			}
			row := benchRow{Program: p.name, Pass: c.Pass, Call: c.Name, Layer: c.Layer, FLOPs: c.FLOPs}
			row.Nanos = measure(func() { c.Run(b, grads) }) / float64(b.N)
			report.add(row)
		}
		// The whole last: what a caller sees, one worker.
		total := benchRow{Program: p.name, Pass: "all", Call: "whole"}
		for _, r := range report.Rows {
			if r.Program == p.name {
				total.FLOPs += r.FLOPs
			}
		}
		total.Nanos = measure(func() { p.whole(p.worker, b) }) / float64(b.N)
		report.add(total)
	}
	if e.Job.JSON || e.Job.Progress == "json" {
		return json.NewEncoder(e.Stdout).Encode(report)
	}
	return report.write(e)
}

// add fills in what follows from the time.
func (r *benchReport) add(row benchRow) {
	if row.FLOPs > 0 && row.Nanos > 0 {
		row.GFLOPS = float64(row.FLOPs) / row.Nanos
		if r.PeakOne > 0 {
			row.Peak = 100 * row.GFLOPS / r.PeakOne
		}
	}
	r.Rows = append(r.Rows, row)
}

func (r *benchReport) write(e *Env) error {
	fmt.Fprintf(e.Stdout, "%s, %s, one core", r.Model, r.ISA)
	if r.PeakOne > 0 {
		fmt.Fprintf(e.Stdout, " of %.1f GFLOP/s", r.PeakOne)
	}
	fmt.Fprintln(e.Stdout)
	program := ""
	t := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range r.Rows {
		if row.Program != program {
			program = row.Program
			micro := e.Net.InferMicro
			if program == "train" {
				micro = e.Net.TrainMicro
			}
			fmt.Fprintf(t, "\t\t\t\t\t\n%s, %s at a time\tpass\tus/example\tGFLOP/s\t%% of peak\t\n", program, count(micro, "example"))
		}
		gflops, percent := "", ""
		if row.GFLOPS > 0 {
			gflops = fmt.Sprintf("%.1f", row.GFLOPS)
		}
		if row.Peak > 0 {
			percent = fmt.Sprintf("%.1f", row.Peak)
		}
		fmt.Fprintf(t, "%s\t%s\t%.2f\t%s\t%s\t\n", row.Call, row.Pass, row.Nanos/1000, gflops, percent)
	}
	return t.Flush()
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
	if net.Loss == "mse" {
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

// measure returns the time of one call of f in nanoseconds.
func measure(f func()) float64 {
	f()
	n := 1
	for {
		start := time.Now()
		for range n {
			f()
		}
		d := time.Since(start)
		if d >= benchTime/benchRounds {
			break
		}
		n *= 2
	}
	best := 0.0
	for range benchRounds {
		start := time.Now()
		for range n {
			f()
		}
		if d := float64(time.Since(start).Nanoseconds()) / float64(n); best == 0 || d < best {
			best = d
		}
	}
	return best
}
