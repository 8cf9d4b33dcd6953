package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/cnnc/cnnc/codegen"
	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/probe"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/weights"
)

// childProbeMain is the program of such a network: it reads weights and one input
// and writes the scores, as float32, little endian.
const childProbeMain = `package main

import (
	"encoding/binary"
	"log"
	"os"

	net "cnnc.child/net"
)

var x [net.Height * net.Width * net.Channels]float32

func main() {
	log.SetFlags(0)
	n, err := net.Load(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	in, err := os.Open(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	if err := binary.Read(in, binary.LittleEndian, x[:]); err != nil {
		log.Fatal(err)
	}
	out, err := os.Create(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	if err := binary.Write(out, binary.LittleEndian, n.Predict(&x)[:]); err != nil {
		log.Fatal(err)
	}
	if err := out.Close(); err != nil {
		log.Fatal(err)
	}
}
`

// interpretFLOPs is the most work of a forward pass that is interpreted, at 2
// GFLOP/s: half a second. Of more a program is made, which takes a few seconds to
// build the first time and milliseconds to run.
const interpretFLOPs = 1e9

// probe returns the network for a look inside.
func (t *loaded) probe() (*probe.Network, error) {
	n, err := probe.New(t.Infer, t.tensor)
	if err != nil {
		return nil, err
	}
	var flops int64
	for _, l := range t.Plan.Layers {
		flops += l.FLOPs
	}
	if flops > interpretFLOPs {
		n.Evaluate = runGraph
	}
	return n, nil
}

// runGraph is a probe.Evaluator: it generates, builds and runs a program whose
// scores are the values wanted. Its numbers are float32.
func runGraph(g *ir.Graph, in eval.Inputs, want []*ir.Value) ([][]float64, error) {
	joined, params, err := probe.Joined(g, in, want)
	if err != nil {
		return nil, err
	}
	p, err := compiler.PlanInference(joined)
	if err != nil {
		return nil, err
	}
	files, err := codegen.Generate(p, codegen.Options{
		Package: "net", Inference: true, Data: config.Data{Height: p.InputH, Width: p.InputW, Channels: p.InputC}, Head: model.Head{Task: model.Values},
	})
	if err != nil {
		return nil, err
	}
	bin, err := buildChild(files, childProbeMain)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "cnnc-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	input, tensors, output := filepath.Join(dir, "input"), filepath.Join(dir, "weights.safetensors"), filepath.Join(dir, "output")
	if err := os.WriteFile(input, floats(in.X), 0o600); err != nil {
		return nil, err
	}
	f := &weights.File{}
	for _, t := range params {
		x := weights.Tensor{Name: t.Name, Shape: t.Shape, Data: make([]float32, len(t.Data))}
		for i, v := range t.Data {
			x.Data[i] = float32(v)
		}
		f.Tensors = append(f.Tensors, x)
	}
	if err := weights.WriteFile(tensors, f); err != nil {
		return nil, err
	}
	var messages bytes.Buffer
	cmd := exec.Command(bin, tensors, input, output)
	cmd.Stderr = &messages
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("internal error: the program that computes %s: %w\n%s", plural(len(want), "value"), err, messages.String())
	}
	data, err := os.ReadFile(output)
	if err != nil {
		return nil, err
	}
	if len(data) != 4*p.Outputs {
		return nil, fmt.Errorf("internal error: %d bytes of results, want %d", len(data), 4*p.Outputs)
	}
	list := make([][]float64, len(want))
	for i, v := range want {
		list[i] = make([]float64, v.Shape.Size())
		for k := range list[i] {
			list[i][k] = float64(math.Float32frombits(binary.LittleEndian.Uint32(data)))
			data = data[4:]
		}
	}
	return list, nil
}

// floats are numbers as float32, little endian.
func floats(x []float64) []byte {
	b := make([]byte, 0, 4*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
	}
	return b
}
