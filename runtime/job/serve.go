package job

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"time"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/data/table"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/train"
	"github.com/cnnc/cnnc/runtime/wire"
)

// servedBatch is the most examples that are computed together.
const servedBatch = 64

// runServe answers the requests that come over standard input, in the frames of
// package wire, until it closes. Standard output belongs to the answers.
func runServe(e *Env) error {
	// Ctrl-C on a terminal reaches this process too. Whoever started it wants the
	// requests under way answered first, and closes the pipe behind them.
	signal.Ignore(os.Interrupt)
	return serve(e, os.Stdin)
}

func serve(e *Env, in io.Reader) error {
	cfg, tc := e.Config()
	scalars, err := e.Scalars()
	if err != nil {
		return err
	}
	params, labels, name, err := e.Weights()
	if err != nil {
		return err
	}
	s := &server{net: e.Net, maxPixels: cfg.MaxPixels, batch: min(max(tc.Batch, 1), servedBatch), out: bufio.NewWriter(e.Stdout)}
	if s.spec, err = e.spec(cfg, name); err != nil {
		return err
	}
	hello, fitted, err := Describe(e.Net, cfg, labels, e.prepared.Table)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	hello.ISA, hello.Weights, hello.Batch = e.Net.ISA(), name, s.batch
	s.fitted = fitted
	text, err := json.Marshal(hello)
	if err != nil {
		return err
	}
	if err := s.answer(&wire.Frame{Kind: wire.Hello, Payload: text}); err != nil {
		return err
	}

	// Frames are read by one goroutine, made ready by several, computed together.
	ctx, cancel := context.WithCancelCause(e.Context)
	defer cancel(nil)
	s.ctx, s.fail = ctx, cancel
	workers := e.Job.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	frames := make(chan *wire.Frame, workers)
	s.ready = make(chan *served, 2*s.batch)
	s.free = make(chan *served, 4*s.batch)
	go func() {
		defer close(frames)
		r := bufio.NewReaderSize(in, 1<<16)
		for {
			f, err := wire.Read(r)
			if err != nil {
				if !errors.Is(err, io.EOF) {
					cancel(fmt.Errorf("reading requests: %w", err))
				}
				return
			}
			select {
			case frames <- f:
			case <-ctx.Done():
				return
			}
		}
	}()
	var preparing sync.WaitGroup
	for range workers {
		preparing.Go(func() {
			var scratch preprocess.Scratch
			for f := range frames {
				s.prepare(f, &scratch)
			}
		})
	}
	go func() {
		preparing.Wait()
		close(s.ready)
	}()
	err = train.Predict(ctx, e.Net, s, train.Setup{Params: params, Scalars: scalars, Workers: e.Job.Workers}, func(b *train.Batch, scores []float32) error {
		return s.scored(scores)
	})
	if err != nil && e.Context.Err() != nil {
		return errInterrupted
	}
	return err
}

// Describe says what a network takes and gives, for those who ask it from outside:
// labels and fitted, how rows are prepared, are those of its weights.
func Describe(net *model.Network, cfg config.Data, labels []string, fitted string) (wire.Model, *table.Fitted, error) {
	spec, err := data.Spec(cfg)
	if err != nil {
		return wire.Model{}, nil, err
	}
	m := wire.Model{
		Name: net.Name, Hash: net.Hash, Height: net.Height, Width: net.Width, Channels: net.Channels, Outputs: net.Outputs,
		Task: taskName(net.Head.Task), Logits: net.Head.Logits, Resize: spec.Resize, Rescale: cfg.Rescale,
	}
	if net.Head.Task != model.Values {
		m.Labels = labelsFor(net, labels)
	}
	if cfg.Table != nil {
		f, err := fittedFor(net, fitted)
		if err != nil {
			return m, nil, err
		}
		m.Columns, m.Targets = columnsOf(f), targetsOf(f)
		return m, f, nil
	}
	if spec.Len() != net.Height*net.Width*net.Channels {
		return m, nil, usagef("pictures are made %dx%dx%d, the network wants %dx%dx%d",
			spec.Height, spec.Width, spec.Channels, net.Height, net.Width, net.Channels)
	}
	return m, nil, nil
}

// fittedFor reads how rows are prepared, as weights say it.
func fittedFor(net *model.Network, text string) (*table.Fitted, error) {
	if text == "" {
		return nil, errors.New("the weights do not say how rows are prepared: they were not written by training on a table")
	}
	fitted, err := table.ParseFitted([]byte(text))
	if err != nil {
		return nil, err
	}
	if n := net.Height * net.Width * net.Channels; n != fitted.Width() {
		return nil, usagef("a row becomes %s values, the network takes %d", fitted.Arithmetic(), n)
	}
	return fitted, nil
}

func taskName(t model.Task) string {
	if t == model.Classes {
		return "classes"
	}
	return string(t)
}

func columnsOf(f *table.Fitted) []wire.Column {
	out := make([]wire.Column, len(f.Columns))
	for i := range f.Columns {
		c := &f.Columns[i]
		out[i] = wire.Column{
			Name: c.Name, Categories: c.Categories, Number: c.Kind == table.Numeric,
			Missing: c.Fill != nil || c.FillText != nil,
		}
		if out[i].Number && c.Fill != nil {
			out[i].Typical = c.Fill
		} else if out[i].Number {
			out[i].Typical = &c.Center
		}
	}
	return out
}

func targetsOf(f *table.Fitted) []string {
	var out []string
	for i := range f.Targets {
		out = append(out, f.Targets[i].Name)
	}
	return out
}

// server is the requests of a pipe as train.Data: what has arrived is a batch.
type server struct {
	net       *model.Network
	spec      preprocess.Spec
	maxPixels int
	fitted    *table.Fitted // nil for pictures
	batch     int

	ctx   context.Context
	fail  context.CancelCauseFunc
	ready chan *served
	free  chan *served

	// Of the batch under way.
	current []*served
	b       train.Batch
	payload []byte

	mu   sync.Mutex // guards the rest
	out  *bufio.Writer
	wire []byte
}

// served is an example on its way.
type served struct {
	id       uint64
	deadline int64
	x        []float32
	pixels   []byte // what the network sees, if asked for
}

// Len is more than anyone asks: the data end with the pipe.
func (s *server) Len() int       { return s.batch << 30 }
func (s *server) BatchSize() int { return s.batch }

func (s *server) Batches(context.Context, int, int) (train.Batches, error) { return s, nil }
func (s *server) Close() error                                             { return nil }

// prepare makes an example of a request, or refuses it.
func (s *server) prepare(f *wire.Frame, scratch *preprocess.Scratch) {
	var e *served
	select {
	case e = <-s.free:
	default:
		e = &served{x: make([]float32, s.net.Height*s.net.Width*s.net.Channels)}
	}
	e.id, e.deadline, e.pixels = f.ID, f.Deadline, e.pixels[:0]
	if err := s.fill(e, f, scratch); err != nil {
		s.recycle(e)
		s.reply(&wire.Frame{Kind: wire.Refused, ID: f.ID, Payload: []byte(err.Error())})
		return
	}
	select {
	case s.ready <- e:
	case <-s.ctx.Done():
	}
}

func (s *server) fill(e *served, f *wire.Frame, scratch *preprocess.Scratch) error {
	switch {
	case f.Kind == wire.Row && s.fitted != nil:
		var cells []string
		if err := json.Unmarshal(f.Payload, &cells); err != nil {
			return fmt.Errorf("the cells of a row: %w", err)
		}
		if len(cells) != len(s.fitted.Columns) {
			return fmt.Errorf("a row of %s; the network has %d columns", count(len(cells), "cell"), len(s.fitted.Columns))
		}
		return s.fitted.Cells(e.x, cells, nil, false)
	case f.Kind == wire.Values && s.fitted == nil:
		if rest, ok := wire.Floats(e.x, f.Payload); !ok || len(rest) > 0 {
			return fmt.Errorf("%d bytes of values; an input of %dx%dx%d takes 4*%d", len(f.Payload), s.net.Height, s.net.Width, s.net.Channels, len(e.x))
		}
	case f.Kind == wire.Picture && s.fitted == nil:
		img, err := data.DecodeBytes(f.Payload, s.maxPixels)
		if err != nil {
			return err
		}
		if err := s.spec.Raw(e.x, img, scratch); err != nil {
			return err
		}
	default:
		return fmt.Errorf("the network takes no requests of kind %q", f.Kind)
	}
	if f.Flags&wire.Seen != 0 {
		e.pixels = appendPixels(e.pixels, e.x)
	}
	s.spec.Finish(e.x, scratch)
	return nil
}

// appendPixels appends values 0..255 as bytes.
func appendPixels(b []byte, x []float32) []byte {
	for _, v := range x {
		b = append(b, byte(min(max(v, 0), 255)+0.5))
	}
	return b
}

// Next implements train.Batches: it waits for one example and takes what else is
// there.
func (s *server) Next() (*train.Batch, error) {
	size := s.net.Height * s.net.Width * s.net.Channels
	if s.b.X == nil {
		s.b.X = make([]float32, s.batch*size)
	}
	s.current = s.current[:0]
	now := time.Now().UnixNano()
	take := func(e *served) {
		if e.deadline != 0 && e.deadline < now {
			s.reply(&wire.Frame{Kind: wire.Expired, ID: e.id})
			s.recycle(e)
			return
		}
		copy(s.b.X[len(s.current)*size:], e.x)
		s.current = append(s.current, e)
	}
	for len(s.current) < s.batch {
		if len(s.current) == 0 {
			select {
			case e, ok := <-s.ready:
				if !ok {
					return nil, io.EOF
				}
				now = time.Now().UnixNano()
				take(e)
				continue
			case <-s.ctx.Done():
				return nil, context.Cause(s.ctx)
			}
		}
		select {
		case e, ok := <-s.ready:
			if ok {
				take(e)
				continue
			}
		default:
		}
		break
	}
	s.b.N = len(s.current)
	s.b.Step++
	return &s.b, nil
}

// scored answers the requests of the batch.
func (s *server) scored(scores []float32) error {
	n := s.net.Outputs
	for i, e := range s.current {
		own := scores[i*n : (i+1)*n]
		if s.fitted != nil {
			s.fitted.Values(own)
		}
		s.payload = append(wire.AppendFloats(s.payload[:0], own), e.pixels...)
		if err := s.answer(&wire.Frame{Kind: wire.Scores, ID: e.id, Payload: s.payload}); err != nil {
			return err
		}
		s.recycle(e)
	}
	return nil
}

func (s *server) recycle(e *served) {
	select {
	case s.free <- e:
	default:
	}
}

// reply answers, and ends the program when nobody listens.
func (s *server) reply(f *wire.Frame) {
	if err := s.answer(f); err != nil {
		s.fail(err)
	}
}

// answer writes a frame.
func (s *server) answer(f *wire.Frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wire = f.Append(s.wire[:0])
	if _, err := s.out.Write(s.wire); err != nil {
		return err
	}
	return s.out.Flush()
}
