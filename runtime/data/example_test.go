package data_test

import (
	"context"
	"fmt"
	"io"

	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/rng"
)

// stripes are pictures that a program makes: of class 0 across, of class 1 down.
type stripes struct{ n int }

func (s stripes) Len() int                             { return s.n }
func (s stripes) Shape() (height, width, channels int) { return 4, 6, 1 }
func (s stripes) Classes() []string                    { return []string{"across", "down"} }
func (s stripes) Label(i int) int                      { return i % 2 }
func (s stripes) Key(i int) uint64                     { return rng.Hash(uint64(i)) }
func (s stripes) Name(i int) string                    { return fmt.Sprintf("stripes %d", i) }
func (s stripes) Load(i int, dst []float32, _ *data.Scratch) error {
	for k := range dst {
		row, column := k/6, k%6
		at := row
		if s.Label(i) == 1 {
			at = column
		}
		dst[k] = float32(255 * ((at + i/2) % 2))
	}
	return nil
}

// A source of one's own is a type with the methods of Dataset. A Loader makes
// batches of it, in the same order for the same seed.
func ExampleDataset() {
	loader, err := data.NewLoader(stripes{10}, data.Options{Batch: 4, Seed: 7, Shuffle: true, Scale: 1. / 255})
	if err != nil {
		fmt.Println(err)
		return
	}
	epoch, err := loader.Epoch(context.Background(), 1, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer epoch.Close()
	seen := 0
	for {
		batch, err := epoch.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		seen += batch.N
		fmt.Println("batch", batch.Step, "of", batch.N, "examples,", len(batch.X), "values")
	}
	fmt.Println(seen, "examples an epoch")
	// Output:
	// batch 0 of 4 examples, 96 values
	// batch 1 of 4 examples, 96 values
	// batch 2 of 2 examples, 48 values
	// 10 examples an epoch
}
