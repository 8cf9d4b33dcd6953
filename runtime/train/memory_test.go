package train_test

import (
	"context"
	"errors"
	"io"

	"github.com/cnnc/cnnc/runtime/rng"
	"github.com/cnnc/cnnc/runtime/train"
)

// memory is data in slices.
type memory struct {
	size    int // floats an example
	batch   int
	piece   int // examples a piece of a batch; 0: whole batches
	x       []float32
	labels  []int32
	targets []float32
	weights []float32
	outputs int
	shuffle bool
	seed    uint64
	// skip marks a batch that does not come, as if its examples were unreadable;
	// 0 none.
	skip int
	// before, when set, is called before each batch is handed out.
	before func(epoch, step int)
	// served counts how often each example was handed out, by epoch.
	served map[int][]int
}

func (m *memory) Len() int       { return len(m.x) / m.size }
func (m *memory) BatchSize() int { return m.batch }

// ClassCounts implements train.ClassCounter.
func (m *memory) ClassCounts() []int {
	counts := make([]int, 3)
	for _, l := range m.labels {
		counts[l]++
	}
	return counts
}

func (m *memory) Batches(ctx context.Context, epoch, first int) (train.Batches, error) {
	order := make([]int32, m.Len())
	for i := range order {
		order[i] = int32(i)
	}
	if m.shuffle {
		rng.New(rng.Key(m.seed, epoch, 0, rng.Shuffle)).Perm(order)
	}
	return &memoryPass{m: m, ctx: ctx, epoch: epoch, step: first, order: order}, nil
}

type memoryPass struct {
	m     *memory
	ctx   context.Context
	epoch int
	step  int
	done  int // examples of the batch handed out
	order []int32
	b     train.Batch
	open  bool
}

func (p *memoryPass) Next() (*train.Batch, error) {
	if err := p.ctx.Err(); err != nil {
		return nil, err
	}
	if p.m.skip > 0 && p.step == p.m.skip {
		p.step++
	}
	lo := p.step * p.m.batch
	if lo >= len(p.order) {
		return nil, io.EOF
	}
	end := min(lo+p.m.batch, len(p.order))
	size := end - lo
	lo += p.done
	if p.m.piece > 0 {
		end = min(lo+p.m.piece, end)
	}
	if p.m.before != nil && p.done == 0 {
		p.m.before(p.epoch, p.step)
	}
	b := &p.b
	*b = train.Batch{Step: p.step, Size: size, More: p.done+end-lo < size, X: b.X[:0], Labels: b.Labels[:0], Targets: b.Targets[:0], Weights: b.Weights[:0], Keys: b.Keys[:0]}
	for _, i := range p.order[lo:end] {
		b.N++
		b.X = append(b.X, p.m.x[int(i)*p.m.size:int(i+1)*p.m.size]...)
		b.Keys = append(b.Keys, rng.Key(p.m.seed, p.epoch, int(i), rng.Example))
		if p.m.labels != nil {
			b.Labels = append(b.Labels, p.m.labels[i])
		}
		if p.m.weights != nil {
			b.Weights = append(b.Weights, p.m.weights[i])
		}
		if p.m.targets != nil {
			b.Targets = append(b.Targets, p.m.targets[int(i)*p.m.outputs:int(i+1)*p.m.outputs]...)
		}
		if p.m.served != nil {
			if p.m.served[p.epoch] == nil {
				p.m.served[p.epoch] = make([]int, p.m.Len())
			}
			p.m.served[p.epoch][i]++
		}
	}
	if p.m.labels == nil {
		b.Labels = nil
	}
	if p.m.targets == nil {
		b.Targets = nil
	}
	if p.m.weights == nil {
		b.Weights = nil
	}
	p.done += b.N
	if !b.More {
		p.step, p.done = p.step+1, 0
	}
	return b, nil
}

func (p *memoryPass) Close() error {
	if p.open {
		return errors.New("closed twice")
	}
	p.open = true
	return nil
}
