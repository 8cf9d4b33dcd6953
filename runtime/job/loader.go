package job

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/cnnc/cnnc/runtime/augment"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/data/table"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/rng"
	"github.com/cnnc/cnnc/runtime/train"
)

// stream is a data set as package train wants it.
type stream struct {
	set    data.Dataset
	loader *data.Loader
	batch  int
	mirror bool // the target of an example is its input
	// skipped is the number of examples that could not be read, the most in one
	// pass: a pass that was cut short or resumed sees fewer of them. first are the
	// errors of the first of them.
	skipped int
	first   []error
	// latest is what the open pass gave last, with the places of its examples in
	// the set.
	latest *data.Batch
}

// streamOptions are what the loaders of training and of evaluation share.
func streamOptions(net *model.Network, cfg config.Data, after preprocess.Step, batch int, seed uint64, workers int) (data.Options, error) {
	spec, err := data.Spec(cfg)
	return data.Options{
		Batch: batch, Piece: model.Piece(net.Shards, net.TrainMicro, net.Height*net.Width*net.Channels), Seed: seed, Scale: spec.Scale, After: after, Mirror: cfg.Target == "input",
		Skip: cfg.OnError == "skip", Workers: workers,
	}, err
}

// newStream opens a loader over set to evaluate with: in order, as it is.
func newStream(net *model.Network, set data.Dataset, cfg config.Data, after preprocess.Step, batch int, seed uint64, workers int) (*stream, error) {
	opt, err := streamOptions(net, cfg, after, batch, seed, workers)
	if err != nil {
		return nil, err
	}
	l, err := data.NewLoader(set, opt)
	if err != nil {
		return nil, err
	}
	return &stream{set: set, loader: l, batch: min(batch, set.Len()), mirror: cfg.Target == "input"}, nil
}

// newTrainStream opens a loader over set to train with: shuffled and augmented.
func newTrainStream(net *model.Network, set data.Dataset, cfg config.Data, after preprocess.Step, batch int, seed uint64, workers int) (*stream, error) {
	opt, err := streamOptions(net, cfg, after, batch, seed, workers)
	if err != nil {
		return nil, err
	}
	opt.Shuffle = true
	opt.Piece = net.Piece(batch) // training may need whole batches
	train := data.TrainOptions{Options: opt, Outputs: net.Outputs}
	if cfg.Augment != nil {
		if train.Augment, err = augment.New(*cfg.Augment, net.Height, net.Width, net.Channels); err != nil {
			return nil, fmt.Errorf("augment: %w", err)
		}
		if train.Augment.Mixes() && !net.Head.Vector {
			return nil, fmt.Errorf("mixup and cutmix need a loss that compares vectors, and %s wants classes", net.Loss)
		}
	}
	l, err := data.NewTrainLoader(set, train)
	if err != nil {
		return nil, err
	}
	return &stream{set: set, loader: l, batch: min(batch, set.Len())}, nil
}

func (s *stream) Len() int       { return s.set.Len() }
func (s *stream) BatchSize() int { return s.batch }

func (s *stream) Batches(ctx context.Context, epoch, first int) (train.Batches, error) {
	e, err := s.loader.Epoch(ctx, epoch, first)
	if err != nil {
		return nil, err
	}
	return &pass{stream: s, epoch: e}, nil
}

// ClassCounts implements train.ClassCounter.
func (s *stream) ClassCounts() []int {
	counts := make([]int, len(s.set.Classes()))
	for i := range s.set.Len() {
		if c := s.set.Label(i); c >= 0 && c < len(counts) {
			counts[c]++
		}
	}
	return counts
}

// pass is an epoch of a stream.
type pass struct {
	stream *stream
	epoch  *data.Epoch
	b      train.Batch
}

func (p *pass) Next() (*train.Batch, error) {
	b, err := p.epoch.Next()
	if err != nil {
		return nil, err
	}
	p.stream.latest = b
	p.b = train.Batch{Step: b.Step, N: b.N, Size: b.Size, More: !b.Last, X: b.X, Labels: b.Labels, Keys: b.Keys}
	if b.Targets != nil {
		p.b.Labels, p.b.Targets = nil, b.Targets
	}
	return &p.b, nil
}

func (p *pass) Close() error {
	if n, first := p.epoch.Skipped(); n > p.stream.skipped {
		p.stream.skipped, p.stream.first = n, first
	}
	p.epoch.Close()
	return nil
}

// checkClasses compares the classes of the data, or the numbers to predict, with
// the network.
func checkClasses(net *model.Network, cfg config.Data, set data.Dataset) error {
	if cfg.Target == "input" {
		if h, w, c := set.Shape(); net.Outputs != h*w*c {
			return fmt.Errorf("the input has %dx%dx%d = %d values to be given back, the network has %d outputs", h, w, c, h*w*c, net.Outputs)
		}
		return nil
	}
	if t, ok := set.(data.Targeted); ok && t.Targets() > 0 {
		if t.Targets() != net.Outputs {
			return fmt.Errorf("the data has %d targets, the network %d outputs", t.Targets(), net.Outputs)
		}
		return nil
	}
	want := net.Classes()
	if want == 0 {
		want = net.Outputs // one-hot vectors of classes
	}
	if n := len(set.Classes()); n != want {
		return fmt.Errorf("the data has %d classes, the network tells %d apart", n, want)
	}
	return nil
}

// fittedOf is how the rows of a table are prepared, nil for other data.
func fittedOf(sets []data.Dataset) *table.Fitted {
	for _, s := range sets {
		if f := data.Fitted(s); f != nil {
			return f
		}
	}
	return nil
}

// sampled is the number of examples whose content identifies a data set.
const sampled = 64

// dataID identifies the examples of data sets and how they are prepared, but
// not where they lie: a run can be resumed after its folder moved. Names and
// labels are all looked at; of the content, which may be larger than memory, a
// sample from all over the set.
func dataID(cfg config.Data, after preprocess.Step, sets ...data.Dataset) (string, error) {
	text, err := json.Marshal(struct {
		Height, Width, Channels int
		Resize                  *config.Size
		Color                   string
		Rescale                 float64
		OnError                 string
		Augment                 *config.Augment     `json:",omitempty"`
		Table                   *table.Fitted       `json:",omitempty"`
		Standardize             *config.Standardize `json:",omitempty"`
		Target                  string              `json:",omitempty"`
	}{cfg.Height, cfg.Width, cfg.Channels, cfg.Resize, cfg.Color, cfg.Rescale, cfg.OnError, cfg.Augment, fittedOf(sets), cfg.Standardize, cfg.Target})
	if err != nil {
		return "", err
	}
	h := rng.HashString(string(text))
	for _, t := range standardTensors(after) {
		for _, v := range t.Data {
			h = rng.Hash(h, uint64(math.Float32bits(v)))
		}
	}
	for _, s := range sets {
		if s == nil {
			h = rng.Hash(h)
			continue
		}
		h = rng.Hash(h, uint64(s.Len()))
		for _, c := range s.Classes() {
			h = rng.Hash(h, rng.HashString(c))
		}
		for i := range s.Len() {
			h = rng.Hash(h, s.Key(i), uint64(s.Label(i)))
		}
		h = rng.Hash(h, contentID(s))
	}
	return fmt.Sprintf("%016x", h), nil
}

// contentID is a hash of examples spread evenly over a set. One that cannot be
// loaded counts as such: whether that matters is for the run to say.
func contentID(s data.Dataset) uint64 {
	height, width, channels := s.Shape()
	x, scratch := make([]float32, height*width*channels), data.NewScratch()
	n := min(s.Len(), sampled)
	h := uint64(0)
	for k := range n {
		if err := s.Load(k*s.Len()/n, x, scratch); err != nil {
			h = rng.Hash(h)
			continue
		}
		for _, v := range x {
			h = rng.Hash(h, uint64(math.Float32bits(v)))
		}
	}
	return h
}
