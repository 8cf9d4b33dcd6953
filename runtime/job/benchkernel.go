package job

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// benchKernel is a call of a kernel in assembly, which nothing can stop: the
// scheduler and the garbage collector wait for its end.
type benchKernel struct {
	Name  string  `json:"name"`
	Nanos float64 `json:"ns"`
}

// longest returns the kernel call that takes longest of those that run makes, which
// have to be the same every time: of each the shortest of several times counts,
// since interruptions only ever make one longer. It is zero where kernels cannot be
// timed or none is in assembly.
func (b *bench) longest(run func()) benchKernel {
	if b.Net.TimeKernels == nil {
		return benchKernel{}
	}
	var calls []benchKernel
	next := 0
	b.Net.TimeKernels(func(kernel string, took time.Duration) {
		if next == len(calls) {
			calls = append(calls, benchKernel{kernel, math.Inf(1)})
		}
		calls[next].Nanos = min(calls[next].Nanos, float64(took.Nanoseconds()))
		next++
	})
	for range benchRounds {
		next = 0
		run()
	}
	b.Net.TimeKernels(nil)
	var most benchKernel
	for _, c := range calls {
		if c.Nanos > most.Nanos {
			most = c
		}
	}
	return most
}

// writeLongest prints the longest kernel call of each program.
func (r *benchReport) writeLongest(b *strings.Builder) {
	type call struct {
		of string
		benchKernel
	}
	longest := func(program string) (most call) {
		for _, row := range r.Rows {
			if row.Program == program && row.Longest.Nanos > most.Nanos {
				most = call{row.Call, row.Longest}
			}
		}
		return most
	}
	update := call{}
	for _, s := range r.Batches {
		for _, share := range s.Shares {
			if share.Longest.Nanos > update.Nanos {
				update = call{share.Name, share.Longest}
			}
		}
	}
	for _, p := range []struct {
		name string
		call
	}{{"inference", longest("inference")}, {"training", longest("training")}, {"the update", update}} {
		if p.Nanos > 0 {
			fmt.Fprintf(b, "the longest kernel call of %s takes %s: %s of %s\n", p.name, span(p.Nanos), p.Name, p.of)
		}
	}
}
