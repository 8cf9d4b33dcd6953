package pool

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Spinning is bounded by time, not by polls: a poll costs between one and some
// tens of nanoseconds, depending on who owns the cache line. spinTime is longer
// than the serial gap between two loops of a training step and shorter than the
// wake-up of a sleeping thread (tens of microseconds), so that spinning in vain
// costs about as much as the sleep it avoids.
const (
	spinTime  = 20 * time.Microsecond
	yieldTime = 100 * time.Microsecond
	pollBurst = 64 // polls between two looks at the clock
)

// line is the padding that keeps counters of different owners on different
// cache lines; 128 bytes covers processors that fetch lines in pairs.
type line [128]byte

// Pool is a set of workers, one of which is the goroutine that calls Run. It
// must be closed, or its goroutines stay for ever.
type Pool struct {
	helpers []helper
	done    sync.WaitGroup
	// spin is false when there are fewer processors than workers: then a
	// spinning worker would keep a working one from running.
	spin bool

	// f and n describe the loop under way. They are plain fields: they are
	// written while no iteration is open and read only by a worker that holds
	// an open iteration of the loop, which keeps Run from returning.
	f func(worker, i int)
	n int64

	_ line
	// open is the number of iterations nobody has taken yet; it may fall below
	// zero when several workers reach for the last one.
	open atomic.Int64
	_    line
	// unfinished is the number of iterations not yet completed.
	unfinished atomic.Int64
	_          line
	caller     sleeper
	_          line
	running    atomic.Bool
	closed     atomic.Bool
}

// helper is a worker other than the caller.
type helper struct {
	sleeper
	_ line
}

// sleeper lets one goroutine sleep until another wakes it. A wake that comes
// between the decision to sleep and the sleep is not lost: asleep is set first,
// the condition checked again, and only then does the goroutine wait.
type sleeper struct {
	asleep atomic.Bool
	token  chan struct{} // capacity 1; filled by whoever turns asleep off
}

// wake ends the sleep, if there is one.
func (s *sleeper) wake() {
	if s.asleep.Load() && s.asleep.CompareAndSwap(true, false) {
		s.token <- struct{}{}
	}
}

// sleep waits for a wake unless ready already holds. It may return early; the
// caller checks its condition again.
func (s *sleeper) sleep(ready func() bool) {
	s.asleep.Store(true)
	if ready() && s.asleep.CompareAndSwap(true, false) {
		return
	}
	<-s.token
}

// New starts a pool of the given number of workers, the caller of Run included.
// Zero or less means GOMAXPROCS.
func New(workers int) *Pool {
	procs := runtime.GOMAXPROCS(0)
	if workers <= 0 {
		workers = procs
	}
	p := &Pool{helpers: make([]helper, workers-1), spin: workers <= procs}
	p.caller.token = make(chan struct{}, 1)
	p.done.Add(len(p.helpers))
	for k := range p.helpers {
		p.helpers[k].token = make(chan struct{}, 1)
		go p.help(k)
	}
	return p
}

// Workers returns the number of workers, the caller of Run included.
func (p *Pool) Workers() int { return len(p.helpers) + 1 }

// Run calls f(worker, i) once for every i in [0, n) and returns when all calls
// have. worker is in [0, Workers()), and no two calls run at the same time with
// the same worker, so it may index state that is not safe for concurrent use.
// The goroutine that calls Run is worker 0.
//
// Run itself does not allocate; a caller that wants none at all makes f once and
// keeps it. Runs must not overlap or nest: that is a programming error and
// panics, as does Run on a closed pool.
func (p *Pool) Run(n int, f func(worker, i int)) {
	if n <= 0 {
		return
	}
	if !p.running.CompareAndSwap(false, true) {
		panic("pool: Run inside or beside another Run")
	}
	if p.closed.Load() {
		panic("pool: Run after Close")
	}
	if len(p.helpers) == 0 || n == 1 {
		for i := range n {
			f(0, i)
		}
		p.running.Store(false)
		return
	}
	p.f, p.n = f, int64(n)
	p.unfinished.Store(int64(n))
	p.open.Store(int64(n)) // from here on iterations are taken
	for k := range min(n-1, len(p.helpers)) {
		p.helpers[k].wake()
	}
	p.work(0)
	p.await()
	p.f = nil // do not keep the caller's data alive between loops
	p.running.Store(false)
}

// work takes iterations until none is open.
func (p *Pool) work(worker int) {
	for {
		left := p.open.Add(-1)
		if left < 0 {
			return
		}
		p.f(worker, int(p.n-1-left))
		if p.unfinished.Add(-1) == 0 {
			p.caller.wake()
		}
	}
}

// await returns when the last iteration is finished. The iterations left at this
// point are in the hands of helpers; usually they end within one iteration's
// time, but a helper's processor may be busy elsewhere for milliseconds.
func (p *Pool) await() {
	finished := func() bool { return p.unfinished.Load() == 0 }
	for !p.poll(finished) {
		p.caller.sleep(finished)
	}
}

// help is the life of a helper.
func (p *Pool) help(k int) {
	defer p.done.Done()
	self := &p.helpers[k].sleeper
	ready := func() bool { return p.open.Load() > 0 || p.closed.Load() }
	for {
		if !p.poll(ready) {
			self.sleep(ready)
			continue
		}
		if p.closed.Load() {
			return
		}
		p.work(k + 1)
	}
}

// poll waits actively for ready, for a bounded time, and reports whether it
// came true: first in a tight loop, then offering the processor to others
// between two polls.
func (p *Pool) poll(ready func() bool) bool {
	if ready() {
		return true
	}
	start := time.Now()
	for p.spin {
		for range pollBurst {
			if ready() {
				return true
			}
		}
		if time.Since(start) > spinTime {
			break
		}
	}
	for time.Since(start) < yieldTime {
		runtime.Gosched()
		if ready() {
			return true
		}
	}
	return ready()
}

// Close ends the workers and waits for them. A closed pool must not be used.
// Closing twice is allowed.
func (p *Pool) Close() {
	if p.closed.Swap(true) {
		return
	}
	for k := range p.helpers {
		p.helpers[k].wake()
	}
	p.done.Wait()
}
