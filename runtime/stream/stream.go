package stream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"sync"
)

// Net is what a generated inference package offers, X and Y being the arrays of an
// example and of its scores.
type Net[X, Y any, N any] interface {
	PredictBatch(scores []Y, x []X)
	Clone() N
	SetWorkers(n int)
}

// Run reads examples from r until its end and writes their scores to w, in order.
// Examples are computed on all cores, one on each. An example that ends early is
// an error.
func Run[X, Y any, N Net[X, Y, N]](net N, view func(*X) []float32, scores func(*Y) []float32, r io.Reader, w io.Writer) error {
	nets := []N{net}
	net.SetWorkers(1)
	for len(nets) < runtime.GOMAXPROCS(0) {
		nets = append(nets, net.Clone())
	}
	in, out := make([]X, len(nets)), make([]Y, len(nets))
	inBytes, outBytes := make([]byte, 4*len(view(&in[0]))), make([]byte, 4*len(scores(&out[0])))
	for end := false; !end; {
		n := 0
		for n < len(in) {
			_, err := io.ReadFull(r, inBytes)
			if errors.Is(err, io.EOF) {
				end = true
				break
			}
			if err != nil {
				return fmt.Errorf("reading an example of %d bytes: %w", len(inBytes), err)
			}
			for i, x := 0, view(&in[n]); i < len(x); i++ {
				x[i] = math.Float32frombits(binary.LittleEndian.Uint32(inBytes[4*i:]))
			}
			n++
		}
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() { nets[i].PredictBatch(out[i:i+1], in[i:i+1]) })
		}
		all.Wait()
		for i := range n {
			for j, v := range scores(&out[i]) {
				binary.LittleEndian.PutUint32(outBytes[4*j:], math.Float32bits(v))
			}
			if _, err := w.Write(outBytes); err != nil {
				return fmt.Errorf("writing scores: %w", err)
			}
		}
	}
	return nil
}
