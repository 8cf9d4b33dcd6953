package codegen_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/codegen"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/sched"
)

// longProgram verifies the packages of plantest.LongNets, and counts and times the
// kernel calls of those of plantest.VastNets.
const longProgram = `package main

import (
	"fmt"
	"os"
	"time"

	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/verify"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/stage"

%s)

// What a kernel call may do on average: at the peak of a core, or from memory, either
// takes some 100 us at most.
const mostWork, mostBytes = 8e6, 5 << 20

var bad bool

func check(net *model.Network, g int) {
	report, err := verify.Graph(net, plantest.LongNets()[g].Graph, 1)
	switch {
	case report == nil:
		fmt.Printf("%%s: %%v\n", net.Name, err)
		bad = true
	case err != nil:
		fmt.Print(report)
		bad = true
	}
}

func timed(net *model.Network) {
	params, derived := make([]float32, net.ParamFloats), make([]float32, net.DerivedFloats)
	grads, n := make([]float32, net.ParamFloats), net.TrainMicro
	w, state := net.NewTrain(params, derived), stage.New(net, 1)
	batch := &model.Batch{
		N: n, X: make([]float32, n*net.Height*net.Width*net.Channels), Keys: make([]uint64, n),
		Scores: make([]float32, n*net.Outputs), Loss: make([]float64, n), Labels: make([]int32, n), Scale: 1,
	}
	kernel, took := net.LongestKernel(3, func() {
		net.Derive(params, derived, 0, 1)
		state.Step(w, batch, params, grads)
	})
	if kernel == "" {
		fmt.Printf("%%s: no kernel was called\n", net.Name)
		bad = true
	}
	fmt.Printf("%%s, %%s: the longest call, of %%s, takes %%v\n", net.Name, net.ISA(), kernel, took)
	if net.ISA() == "go" {
		return // what can be stopped at any time need not be cut
	}
	for _, c := range w.Calls() {
		kernels := 0.0 // 0 for windows too large for a kernel, which are in Go
		net.TimeKernels(func(string, time.Duration) { kernels++ })
		c.Run(batch, grads)
		net.TimeKernels(nil)
		work, bytes := float64(c.Work)*float64(n)/kernels, float64(c.Bytes)*float64(n)/kernels
		if kernels > 0 && (work > mostWork || bytes > mostBytes) {
			fmt.Printf("%%s: %%s makes %%v kernel calls, each of %%.3g FLOPs and %%.3g bytes\n", net.Name, c.Name, kernels, work, bytes)
			bad = true
		}
	}
}

func main() {
%s	if bad {
		os.Exit(1)
	}
}
`

// TestLongNets compares networks whose calls have to be cut with the reference. Of vast
// ones it counts the kernel calls, which have to be as many as the work wants, and
// prints the longest (go test -v): times are no reason to fail, since machines are
// shared.
func TestLongNets(t *testing.T) {
	if testing.Short() {
		t.Skip("the reference takes some time for large networks")
	}
	dir := module(t)
	var imports, calls strings.Builder
	for i, n := range plantest.LongNets() {
		o := sched.Options{Batch: 16, TrainMicro: 2, InferMicro: 2}
		if n.Name == "longpanels" {
			o = sched.Options{Batch: 16, TrainMicro: 2, InferMicro: 16} // 80000 scores
		}
		generate(t, dir, i, network{name: n.Name, graph: n.Graph, fused: true, options: o}, codegen.Options{})
		fmt.Fprintf(&imports, "\t%q\n", "generated.test/"+n.Name)
		fmt.Fprintf(&calls, "\tcheck(%s.Network(), %d)\n", n.Name, i)
	}
	for i, n := range plantest.VastNets() {
		generate(t, dir, i, network{name: n.Name, graph: n.Graph, fused: true, options: sched.Options{Batch: 8, TrainMicro: 1}}, codegen.Options{Timed: true})
		fmt.Fprintf(&imports, "\t%q\n", "generated.test/"+n.Name)
		fmt.Fprintf(&calls, "\ttimed(%s.Network())\n", n.Name)
	}
	write(t, filepath.Join(dir, "main.go"), fmt.Appendf(nil, longProgram, imports.String(), calls.String()))
	bin := filepath.Join(dir, "long.exe")
	command(t, dir, nil, "go", "build", "-o", bin, ".")
	command(t, dir, nil, "go", "vet", "./...")
	if t.Failed() {
		return
	}
	for _, isa := range supported() {
		t.Run(isa, func(t *testing.T) { command(t, dir, []string{"CNNC_ISA=" + isa}, bin) })
	}
}
