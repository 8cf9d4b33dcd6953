package job

import (
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
)

// sheets is a set whose examples differ in content only.
type sheets struct {
	n     int
	value func(i int) float32
}

func (s sheets) Len() int             { return s.n }
func (s sheets) Shape() (h, w, c int) { return 2, 3, 1 }
func (s sheets) Classes() []string    { return []string{"a", "b"} }
func (s sheets) Label(i int) int      { return i % 2 }
func (s sheets) Key(i int) uint64     { return uint64(i) }
func (s sheets) Name(int) string      { return "sheet" }
func (s sheets) Load(i int, x []float32, _ *data.Scratch) error {
	for j := range x {
		x[j] = s.value(i)
	}
	return nil
}

// Two sets with the same labels and other pictures are not the same data.
func TestIdentityKnowsContent(t *testing.T) {
	id := func(s data.Dataset) string {
		t.Helper()
		x, err := dataID(config.Data{Height: 2, Width: 3, Channels: 1}, nil, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	plain := func(i int) float32 { return float32(i) }
	for _, n := range []int{1, 5, 64, 65, 1000} {
		a := id(sheets{n, plain})
		if a != id(sheets{n, plain}) {
			t.Errorf("%d examples: the identity changes", n)
		}
		if a == id(sheets{n, func(i int) float32 { return float32(i) + 0.5 }}) {
			t.Errorf("%d examples: other content, the same identity", n)
		}
		if n <= sampled && a == id(sheets{n, func(i int) float32 {
			if i == n-1 {
				return -1
			}
			return float32(i)
		}}) {
			t.Errorf("%d examples: the last one does not count", n)
		}
	}
}
