package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strings"

	"github.com/cnnc/cnnc/cmd/cnnc/filter"
	"github.com/cnnc/cnnc/codegen"
	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/runtime/weights"
)

// childStreamMain is the program of an inference package whose examples come as
// numbers on its standard input. Its argument is a weight file; a network without
// weights needs none.
const childStreamMain = `package main

import (
	"fmt"
	"os"

	net "cnnc.child/net"
	"github.com/cnnc/cnnc/runtime/stream"
)

type (
	example = [net.Height * net.Width * net.Channels]float32
	scores  = [net.Outputs]float32
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() (err error) {
	n := net.New()
	if len(os.Args) > 1 {
		if n, err = net.Load(os.Args[1]); err != nil {
			return err
		}
	}
	return stream.Run(n,
		func(x *example) []float32 { return x[:] },
		func(y *scores) []float32 { return y[:] }, os.Stdin, os.Stdout)
}
`

// convolve returns a picture for each filter.
func convolve(filters []*filter.Filter, original *filter.Picture, correlate bool, isa string) ([]*filter.Picture, error) {
	bank, err := filter.NewBank(filters, correlate)
	if err != nil {
		return nil, err
	}
	tiling := bank.Tiling(original.Height, original.Width)
	made := make([]*filter.Picture, bank.Kernels())
	for i := range made {
		made[i] = filter.NewPicture(original.Height, original.Width, len(original.Planes))
	}
	err = runTiles(bank.Model(), bank.Weights(), isa, tiling, original.Planes, func(plane, tile int, out []float32) {
		for i, p := range made {
			tiling.Join(p.Planes[plane], out, tile, i)
		}
	})
	if err != nil {
		return nil, err
	}
	pictures := make([]*filter.Picture, len(filters))
	at := 0
	for i, f := range filters {
		pictures[i] = made[at]
		if len(f.Kernels) == 2 {
			pictures[i].Magnitude(made[at+1])
		}
		at += len(f.Kernels)
	}
	return pictures, nil
}

// poolPicture returns the pooled picture.
func poolPicture(pool *filter.Pool, p *filter.Picture, isa string) (*filter.Picture, error) {
	tiling, err := pool.Tiling(p.Height, p.Width)
	if err != nil {
		return nil, err
	}
	h, w := tiling.OutShape()
	pooled := filter.NewPicture(h, w, len(p.Planes))
	return pooled, runTiles(pool.Model(), nil, isa, tiling, p.Planes, func(plane, tile int, out []float32) {
		tiling.Join(pooled.Planes[plane], out, tile, 0)
	})
}

// runTiles compiles a network, builds its program and runs the tiles of all
// planes through it. done gets the results, tile by tile in order.
func runTiles(model string, w *weights.File, isa string, t *filter.Tiling, planes [][]float32, done func(plane, tile int, out []float32)) error {
	bin, err := buildStream(model)
	if err != nil {
		return err
	}
	cmd := exec.Command(bin)
	cmd.Env = append(os.Environ(), isaEnv(isa)...)
	if w != nil {
		f, err := os.CreateTemp("", "cnnc-*.safetensors")
		if err != nil {
			return err
		}
		defer os.Remove(f.Name())
		err = errors.Join(weights.Write(f, w), f.Close())
		if err != nil {
			return err
		}
		cmd.Args = append(cmd.Args, f.Name())
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { // ends when all is written, or when the program is gone
		defer in.Close()
		tile, buf := make([]float32, t.InSize()), make([]byte, 0, 4*t.InSize())
		for _, plane := range planes {
			for i := range t.Len() {
				t.Cut(tile, plane, i)
				buf = buf[:0]
				for _, v := range tile {
					buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
				}
				if _, err := in.Write(buf); err != nil {
					return
				}
			}
		}
	}()
	result, buf := make([]float32, t.OutSize()), make([]byte, 4*t.OutSize())
	var readErr error
	for n := range len(planes) * t.Len() {
		if _, readErr = io.ReadFull(out, buf); readErr != nil {
			break
		}
		for i := range result {
			result[i] = math.Float32frombits(binary.LittleEndian.Uint32(buf[4*i:]))
		}
		done(n/t.Len(), n%t.Len(), result)
	}
	switch err := cmd.Wait(); {
	case err != nil && said.Len() > 0:
		return errors.New(strings.TrimSpace(said.String()))
	case err != nil:
		return fmt.Errorf("the network's program ended abnormally: %w", err)
	}
	return readErr
}

// buildStream compiles a network and builds its program.
func buildStream(model string) (string, error) {
	m := modelText{name: "filter.cnn", text: model}
	c, list, err := m.compile(nil, compiler.Options{Inference: true})
	if err != nil {
		return "", err
	}
	if c == nil {
		return "", fmt.Errorf("internal error: %s: %s", list[0].Msg, model)
	}
	files, err := codegen.Generate(c.Plan, codegen.Options{Package: "net", Inference: true, Data: c.Data, Train: c.Train, Head: c.Head})
	if err != nil {
		return "", err
	}
	return buildChild(files, childStreamMain)
}
