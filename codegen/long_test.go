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

// longProgram verifies the packages of plantest.LongNets, and takes the times of all
// kernel calls of those of plantest.VastNets: the shortest of each of three times,
// since interruptions only make them longer.
const longProgram = `package main

import (
	"fmt"
	"math"
	"os"
	"time"

	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/verify"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/stage"

%s)

type call struct {
	kernel string
	took   time.Duration
}

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
	var calls []call
	next := 0
	net.TimeKernels(func(kernel string, took time.Duration) {
		if next == len(calls) {
			calls = append(calls, call{kernel, math.MaxInt64})
		}
		calls[next].took = min(calls[next].took, took)
		next++
	})
	params, derived := make([]float32, net.ParamFloats), make([]float32, net.DerivedFloats)
	grads, n := make([]float32, net.ParamFloats), net.TrainMicro
	w, state := net.NewTrain(params, derived), stage.New(net, 1)
	batch := &model.Batch{
		N: n, X: make([]float32, n*net.Height*net.Width*net.Channels), Keys: make([]uint64, n),
		Scores: make([]float32, n*net.Outputs), Loss: make([]float64, n), Labels: make([]int32, n), Scale: 1,
	}
	for range 3 {
		next = 0
		net.Derive(params, derived, 0, 1)
		state.Step(w, batch, params, grads)
	}
	var most call
	for _, c := range calls {
		if c.took > most.took {
			most = c
		}
	}
	if len(calls) == 0 {
		fmt.Printf("%%s: no kernel was called\n", net.Name)
		bad = true
	}
	fmt.Printf("%%s, %%s: the longest call, of %%s, takes %%v\n", net.Name, net.ISA(), most.kernel, most.took)
}

func main() {
%s	if bad {
		os.Exit(1)
	}
}
`

// TestLongNets compares networks whose calls have to be cut with the reference. Of vast
// ones it runs every kernel call and prints the longest (go test -v): times are no
// reason to fail, since machines are shared.
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
