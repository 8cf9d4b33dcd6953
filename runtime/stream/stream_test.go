package stream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
)

// doubler is a network of two inputs and one output, their sum times two.
type doubler struct{ workers *int }

func (d *doubler) PredictBatch(scores [][1]float32, x [][2]float32) {
	for i := range x {
		scores[i][0] = 2 * (x[i][0] + x[i][1])
	}
}
func (d *doubler) Clone() *doubler  { return &doubler{d.workers} }
func (d *doubler) SetWorkers(n int) { *d.workers = n }

func runDoubler(in []byte, w io.Writer) (workers int, err error) {
	d := &doubler{&workers}
	err = Run(d, func(x *[2]float32) []float32 { return x[:] }, func(y *[1]float32) []float32 { return y[:] }, bytes.NewReader(in), w)
	return workers, err
}

func TestRun(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, procs := range []int{1, 3} {
		runtime.GOMAXPROCS(procs)
		for _, examples := range []int{0, 1, 2, 3, 7} {
			var in, want, got bytes.Buffer
			for i := range examples {
				binary.Write(&in, binary.LittleEndian, [2]float32{float32(i), 0.5})
				binary.Write(&want, binary.LittleEndian, 2*(float32(i)+0.5))
			}
			workers, err := runDoubler(in.Bytes(), &got)
			if err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
				t.Errorf("%d examples on %d cores: %v, % x, want % x", examples, procs, err, got.Bytes(), want.Bytes())
			}
			if workers != 1 {
				t.Errorf("%d workers for an example, want 1: the cores have examples of their own", workers)
			}
		}
	}
}

func TestRunMistakes(t *testing.T) {
	if _, err := runDoubler(make([]byte, 11), io.Discard); err == nil || !strings.Contains(err.Error(), "reading an example of 8 bytes: unexpected EOF") {
		t.Errorf("half an example: %v", err)
	}
	r, w := io.Pipe()
	gone := errors.New("gone")
	r.CloseWithError(gone)
	if _, err := runDoubler(make([]byte, 8), w); !errors.Is(err, gone) {
		t.Errorf("nobody reads the scores: %v", err)
	}
}
