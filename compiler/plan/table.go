package plan

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// writeLayers writes the table of the network: what each layer is, the shape it
// gives, its parameters and operations, and the kernels that compute it.
func (p *Plan) writeLayers(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "  layer\tkind\t\toutput\tparameters\tMFLOP\tkernel")
	params, flops := 0, int64(0)
	for _, l := range p.Layers {
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\t%d\t%.3f\t%s\n", l.Name, l.Kind, l.Args, dims(l.Shape), l.Params, float64(l.FLOPs)/1e6, l.Kernel)
		params, flops = params+l.Params, flops+l.FLOPs
	}
	fmt.Fprintf(tw, "  total\t\t\t\t%d\t%.3f\t\n", params, float64(flops)/1e6)
	return tw.Flush()
}

// dims writes a shape as 28x28x32.
func dims(shape []int) string {
	var parts []string
	for _, d := range shape {
		parts = append(parts, fmt.Sprint(d))
	}
	return strings.Join(parts, "x")
}

// NotTrained is the number of elements of parameters that nothing trains: moving
// statistics, and those of frozen layers.
func (p *Plan) NotTrained() int {
	n := 0
	for _, q := range p.Params {
		if q.Frozen {
			n += q.Packing.Taps * q.Packing.In * q.Packing.Out
		}
	}
	return n
}
