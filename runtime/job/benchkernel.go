package job

import (
	"fmt"
	"strings"
)

// benchKernel is a call of a kernel in assembly, which nothing can stop: the
// scheduler and the garbage collector wait for its end.
type benchKernel struct {
	Name  string  `json:"name"`
	Nanos float64 `json:"ns"`
}

// longest is the kernel call that takes longest of those that run makes.
func (b *bench) longest(run func()) benchKernel {
	name, took := b.Net.LongestKernel(benchRounds, run)
	return benchKernel{name, float64(took.Nanoseconds())}
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
