package skeleton

import (
	"runtime"
	"sync/atomic"
	"time"
)

// team computes the large layers of one image together: the goroutine that asks
// for it and helpers. There is one for all networks of the package; while it is
// busy with an image, others are computed by the goroutines that ask for them, so
// that many of them get a core each, and one alone gets all.
//
// Parts of a layer are taken one at a time from a counter. Helpers that find none
// wait for the next layer, offering the processor to others, and end soon after
// the last: nothing has to be closed. The goroutine that asks never needs them: a
// helper whose processor is taken away delays the part it holds and no other.
//
// Where other processes want the processors, helpers may do more harm than good.
// So the time of images is measured with and without them (choice).
type team struct {
	busy    atomic.Bool
	helpers []helper
	starts  []func() // of the helpers
	how     choice   // with helpers or without

	// The layer under way. They are written while no part is open and read by
	// who holds one.
	part  func(w *inference, u int)
	first int
	parts int64

	_ [128]byte // counters on cache lines of their own
	// open is the number of parts that nobody has taken; below zero when several
	// reach for the last.
	open atomic.Int64
	_    [128]byte
	// unfinished is the number of parts that are not yet computed.
	unfinished atomic.Int64
	_          [128]byte
}

// helper is a goroutine that computes parts, when it runs.
type helper struct {
	running atomic.Bool
	view    inference // the image of the network that asks, and scratch of its own
	_       [128]byte
}

// crew is the team of this package.
var crew team

const (
	// helperSpin is how long a helper polls before it lets others run between
	// polls: longer than small layers take. helperStay is how long it waits for
	// another layer at all, about what its start costs.
	helperSpin = 20 * time.Microsecond
	helperStay = 100 * time.Microsecond
	// helperNap is for a goroutine whose last part is in the hands of a helper
	// that does not run: it makes room.
	helperNap = 20 * time.Microsecond
	pollBurst = 32 // polls between two looks at the clock
)

// together computes the image of w with a team of workers and reports whether it
// could.
func (w *inference) together() bool {
	workers := w.workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if w.workers < 0 {
		workers = min(workers, -w.workers)
	}
	if workers == 1 || !crew.busy.CompareAndSwap(false, true) {
		return false
	}
	// A number that was asked for is kept.
	join := w.workers > 0 || crew.how.joins()
	start := time.Now()
	if join {
		crew.enlist(w, workers-1)
		w.forwardOne()
		crew.release()
	} else {
		w.forward(1)
	}
	if w.workers <= 0 {
		crew.how.measured(float64(time.Since(start).Nanoseconds()))
	}
	crew.busy.Store(false)
	return true
}

// enlist makes n helpers ready for the image of w.
func (t *team) enlist(w *inference, n int) {
	if n > len(t.helpers) {
		// No helper may run while they move.
		for k := range t.helpers {
			for t.helpers[k].running.Load() {
				time.Sleep(helperNap)
			}
		}
		t.helpers = make([]helper, n)
		t.starts = make([]func(), n)
		for k := range t.helpers {
			t.helpers[k].view.scratch = (*[inferFloats]float32)(alignedFloats(inferFloats))
			t.starts[k] = func() { t.help(&t.helpers[k]) }
		}
	}
	w.scratch, w.helpers, w.prepared = w.arena, n, 0
	for k := range t.helpers {
		scratch := t.helpers[k].view.scratch
		t.helpers[k].view = *w
		t.helpers[k].view.scratch = scratch
	}
}

// release forgets the image, so that helpers do not keep its memory alive.
func (t *team) release() {
	for k := range t.helpers {
		t.helpers[k].view = inference{scratch: t.helpers[k].view.scratch}
	}
}

// share computes n parts of a layer, from first on, with whoever is there.
func (w *inference) share(first, n int, part func(w *inference, u int)) {
	t := &crew
	t.part, t.first, t.parts = part, first, int64(n)
	t.unfinished.Store(int64(n))
	t.open.Store(int64(n)) // from here on parts are taken
	for k := range t.helpers[:min(w.helpers, n-1)] {
		if h := &t.helpers[k]; !h.running.Load() && h.running.CompareAndSwap(false, true) {
			go t.starts[k]()
		}
	}
	t.work(w)
	for since := (time.Time{}); t.unfinished.Load() > 0; {
		for range pollBurst {
			if t.unfinished.Load() == 0 {
				return
			}
		}
		switch {
		case since.IsZero():
			since = time.Now()
		case time.Since(since) > helperStay:
			time.Sleep(helperNap)
		case time.Since(since) > helperSpin:
			runtime.Gosched()
		}
	}
}

// work computes parts until none is open, and reports whether there was one.
func (t *team) work(w *inference) (found bool) {
	for t.open.Load() > 0 {
		left := t.open.Add(-1)
		if left < 0 {
			break
		}
		t.part(w, t.first+int(t.parts-1-left))
		t.unfinished.Add(-1)
		found = true
	}
	return found
}

// help is the life of a helper.
func (t *team) help(h *helper) {
	since := time.Now()
	for {
		for range pollBurst {
			if t.work(&h.view) {
				since = time.Now()
			}
		}
		idle := time.Since(since)
		if idle > helperStay || idle > helperSpin && !t.busy.Load() {
			break
		}
		if idle > helperSpin {
			runtime.Gosched()
		}
	}
	h.running.Store(false)
}
