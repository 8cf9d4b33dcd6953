package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"github.com/cnnc/cnnc/runtime/wire"
)

// Errors of Ask that are about the program that computes, not about the request.
var (
	// ErrCrashed: it died with the request.
	ErrCrashed = errors.New("the network's program died while it computed this request; it is being started again")
	// ErrDown: it is being started again.
	ErrDown = errors.New("the network's program is being started again; try again in a moment")
)

// The pauses before a child that died is started again: each twice the one before,
// the first again once it has lived for a while.
const (
	firstPause  = 100 * time.Millisecond
	longPause   = 10 * time.Second
	goodLife    = 30 * time.Second
	helloTime   = time.Minute
	farewell    = 5 * time.Second
	queueFrames = 64
)

// Example is what a network is asked about: the kind and the payload of a frame.
type Example struct {
	Kind    wire.Kind
	Payload []byte
}

// Answer is what it says about an example.
type Answer struct {
	Scores []float32
	// Pixels are what the network saw [Height][Width][Channels], if asked for.
	Pixels []byte
	// Refused is why there are no scores: a sentence; "" if there are.
	Refused string
}

// Child is the network's program, which lives as long as the Child. Its methods may
// be called concurrently.
type Child struct {
	command func() (cmd *exec.Cmd, started func(), err error)
	note    func(text string)

	mu     sync.Mutex
	model  wire.Model
	up     *process // nil while there is none
	ending chan struct{}
	ended  chan struct{}
}

// Start starts the program and waits until it is ready. command makes one that has
// not begun, with all but standard input and output set; started is called once it
// needs nothing more of what command prepared. note is told when it dies.
func Start(command func() (cmd *exec.Cmd, started func(), err error), note func(text string)) (*Child, error) {
	c := &Child{command: command, note: note, ending: make(chan struct{}), ended: make(chan struct{})}
	p, err := c.launch()
	if err != nil {
		return nil, err
	}
	go c.keep(p)
	return c, nil
}

// Model is what the program said of its network.
func (c *Child) Model() wire.Model {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.model
}

// Ready reports whether the program runs.
func (c *Child) Ready() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.up != nil
}

// keep starts the program again whenever it dies.
func (c *Child) keep(p *process) {
	defer close(c.ended)
	pause, began := firstPause, time.Now()
	for {
		if p != nil {
			err := p.wait(c.ending)
			c.mu.Lock()
			c.up = nil
			c.mu.Unlock()
			select {
			case <-c.ending:
				return
			default:
			}
			c.note(fmt.Sprintf("the network's program ended (%v); starting it again in %v", err, pause))
		}
		if time.Since(began) > goodLife {
			pause = firstPause
		}
		select {
		case <-c.ending:
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, longPause)
		began = time.Now()
		var err error
		if p, err = c.launch(); err != nil {
			p = nil
			c.note(fmt.Sprintf("starting the network's program again: %v; another attempt in %v", err, pause))
		}
	}
}

// launch starts the program and waits for its greeting.
func (c *Child) launch() (*process, error) {
	cmd, started, err := c.command()
	if err != nil {
		return nil, err
	}
	defer started()
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{
		cmd: cmd, out: bufio.NewReaderSize(out, 1<<16), frames: make(chan []byte, queueFrames),
		gone: make(chan struct{}), pending: map[uint64]place{},
	}
	greeted := make(chan struct{})
	go func() {
		select {
		case <-greeted:
			return
		case <-c.ending:
		case <-time.After(helloTime):
		}
		_ = cmd.Process.Kill()
	}()
	hello, err := wire.Read(p.out)
	close(greeted)
	var model wire.Model
	if err == nil && hello.Kind != wire.Hello {
		err = fmt.Errorf("it begins with a frame of kind %q", hello.Kind)
	}
	if err == nil {
		err = json.Unmarshal(hello.Payload, &model)
	}
	if err != nil {
		_ = in.Close()
		_ = cmd.Process.Kill()
		if waitErr := cmd.Wait(); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("the network's program ended before it was ready (%v)", waitErr)
		}
		return nil, fmt.Errorf("the network's program: %w", err)
	}
	p.outputs = model.Outputs
	go p.write(in)
	go p.read()
	c.mu.Lock()
	c.model, c.up = model, p
	c.mu.Unlock()
	return p, nil
}

// Close lets the program finish what it is doing and ends it.
func (c *Child) Close() {
	close(c.ending)
	<-c.ended
}

// Ask returns an answer for each example. The error is ErrCrashed, ErrDown or that
// of the context, whose deadline the program knows.
func (c *Child) Ask(ctx context.Context, examples []Example, seen bool) ([]Answer, error) {
	c.mu.Lock()
	p := c.up
	c.mu.Unlock()
	if p == nil {
		return nil, ErrDown
	}
	return p.ask(ctx, examples, seen)
}

// process is one life of the program.
type process struct {
	cmd     *exec.Cmd
	out     *bufio.Reader
	outputs int
	frames  chan []byte
	gone    chan struct{} // closed when its output has ended

	mu      sync.Mutex
	id      uint64
	pending map[uint64]place
	dead    bool
	hung    bool
	sending sync.WaitGroup // those that may send on frames
}

// place is where the answer of a frame belongs.
type place struct {
	q *question
	i int
}

// question is a call of ask.
type question struct {
	answers []Answer
	left    int
	err     error
	done    chan struct{}
}

func (p *process) ask(ctx context.Context, examples []Example, seen bool) ([]Answer, error) {
	q := &question{answers: make([]Answer, len(examples)), left: len(examples), done: make(chan struct{})}
	if len(examples) == 0 {
		return q.answers, nil
	}
	p.mu.Lock()
	if p.dead || p.hung {
		p.mu.Unlock()
		return nil, ErrDown
	}
	p.sending.Add(1)
	first := p.id
	p.id += uint64(len(examples))
	for i := range examples {
		p.pending[first+uint64(i)] = place{q, i}
	}
	p.mu.Unlock()
	defer func() { // of answers that nobody waits for any more
		p.mu.Lock()
		for i := range examples {
			delete(p.pending, first+uint64(i))
		}
		p.mu.Unlock()
	}()

	f := wire.Frame{}
	if seen {
		f.Flags = wire.Seen
	}
	if at, ok := ctx.Deadline(); ok {
		f.Deadline = at.UnixNano()
	}
	err := func() error {
		defer p.sending.Done()
		for i, e := range examples {
			f.Kind, f.Payload, f.ID = e.Kind, e.Payload, first+uint64(i)
			select {
			case p.frames <- f.Append(nil):
			case <-ctx.Done():
				return ctx.Err()
			case <-p.gone:
				return ErrCrashed
			}
		}
		return nil
	}()
	if err != nil {
		return nil, err
	}
	select {
	case <-q.done:
		return q.answers, q.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// write passes frames on until hangUp; after an error it only takes them.
func (p *process) write(in io.WriteCloser) {
	defer in.Close()
	var err error
	for f := range p.frames {
		if err == nil {
			_, err = in.Write(f)
		}
	}
}

// read takes answers until there are no more.
func (p *process) read() {
	for {
		f, err := wire.Read(p.out)
		if err == nil {
			err = p.take(f)
		}
		if err != nil {
			break
		}
	}
	_ = p.cmd.Process.Kill() // one that talks nonsense
	p.mu.Lock()
	p.dead = true
	open := p.pending
	p.pending = map[uint64]place{}
	for _, at := range open {
		if at.q.err == nil {
			at.q.err = ErrCrashed
			close(at.q.done)
		}
	}
	p.mu.Unlock()
	close(p.gone)
}

// take gives an answer to its question.
func (p *process) take(f *wire.Frame) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.pending[f.ID]
	if !ok {
		return nil // nobody waits for it any more
	}
	a := &at.q.answers[at.i]
	switch f.Kind {
	case wire.Scores:
		a.Scores = make([]float32, p.outputs)
		if a.Pixels, ok = wire.Floats(a.Scores, f.Payload); !ok {
			return fmt.Errorf("%d bytes of scores", len(f.Payload))
		}
	case wire.Refused:
		a.Refused = string(f.Payload)
	case wire.Expired:
		return nil // its context ends now
	default:
		return fmt.Errorf("an answer of kind %q", f.Kind)
	}
	delete(p.pending, f.ID)
	if at.q.left--; at.q.left == 0 {
		close(at.q.done)
	}
	return nil
}

// hangUp closes the program's input behind what was asked.
func (p *process) hangUp() {
	p.mu.Lock()
	first := !p.hung
	p.hung = true
	p.mu.Unlock()
	if first {
		go func() {
			p.sending.Wait()
			close(p.frames)
		}()
	}
}

// wait waits for the end of the program, to which it is brought once ending is
// closed, and returns its status.
func (p *process) wait(ending <-chan struct{}) error {
	select {
	case <-p.gone:
	case <-ending:
	}
	p.hangUp()
	select {
	case <-p.gone:
	case <-time.After(farewell):
		_ = p.cmd.Process.Kill()
	}
	<-p.gone
	return p.cmd.Wait()
}
