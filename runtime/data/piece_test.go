package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
)

// deliveries is what a loader hands out, as text: step:first..last of size, and a
// dot behind a batch's last piece.
func deliveries(t *testing.T, set Dataset, opt Options, from int) (text []string, index []int, err error) {
	t.Helper()
	l, err := NewLoader(set, opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range l.slots {
		if c := cap(s.batch.X); c > max(opt.Piece, 1)*l.size {
			t.Errorf("a slot holds %d values, a piece has %d", c, opt.Piece*l.size)
		}
	}
	e, err := l.Epoch(context.Background(), 0, from)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for {
		b, err := e.Next()
		if errors.Is(err, io.EOF) {
			return text, index, nil
		}
		if err != nil {
			return text, index, err
		}
		end := ""
		if b.Last {
			end = "."
		}
		text = append(text, fmt.Sprintf("%d:%d/%d%s", b.Step, b.N, b.Size, end))
		index = append(index, b.Index...)
	}
}

func TestLoaderPieces(t *testing.T) {
	for _, c := range []struct {
		opt  Options
		n    int
		bad  map[int]bool
		from int
		want string
	}{
		{Options{Batch: 8, Piece: 3}, 13, nil, 0, "[0:3/8 0:3/8 0:2/8. 1:3/5 1:2/5.]"},
		{Options{Batch: 8, Piece: 4}, 13, nil, 1, "[1:4/5 1:1/5.]"},
		{Options{Batch: 4, Piece: 9}, 6, nil, 0, "[0:4/4. 1:2/2.]"},
		// The last piece of batch 0 is empty but ends it; batch 1 has nothing at all.
		{Options{Batch: 4, Piece: 2, Skip: true}, 10, map[int]bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true}, 0, "[0:2/4 0:0/4. 2:2/2.]"},
		{Options{Batch: 4, Piece: 2, Skip: true}, 4, map[int]bool{0: true, 1: true}, 0, "[0:2/4.]"},
	} {
		for _, workers := range []int{1, 4} {
			c.opt.Workers = workers
			text, _, err := deliveries(t, numbered{n: c.n, bad: c.bad}, c.opt, c.from)
			if err != nil || fmt.Sprint(text) != c.want {
				t.Errorf("%+v: %v, %v; want %s", c.opt, text, err, c.want)
			}
		}
	}
}

// Pieces change neither order nor content.
func TestLoaderPiecesSameExamples(t *testing.T) {
	_, want, err := deliveries(t, numbered{n: 101}, Options{Batch: 16, Piece: 16, Shuffle: true, Seed: 3}, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := deliveries(t, numbered{n: 101}, Options{Batch: 16, Piece: 5, Shuffle: true, Seed: 3}, 0)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("order %v, %v; want %v", got, err, want)
	}
}
