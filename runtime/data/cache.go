package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"sync/atomic"

	"github.com/cnnc/cnnc/runtime/config"
)

// cached is a Dataset that keeps images as they are after resizing, so that each
// file is decoded once a run. What it gives is, bit for bit, what the set gives.
//
// The first images loaded are kept until the limit is reached, and none is given
// up for another one: every image is needed once an epoch, in a new order, and
// then all choices are as good. It lives as long as the run: a file that changes
// between two runs is read anew, a run that is resumed begins with an empty one.
type cached struct {
	Dataset
	size  int          // values of an example
	room  atomic.Int64 // bytes left
	state []atomic.Uint32
	items []item   // in memory, of examples in state cacheHeld
	file  *os.File // or on disk: example i at 4*size*i
	close func() error
}

const (
	cacheEmpty   = iota
	cacheFilling // by one worker
	cacheHeld
)

// item is an image in memory: its values, or where all are whole, as bytes.
type item struct {
	whole  []uint8
	values []float32
}

// Cache wraps a data set as cfg says; of an empty one it returns the set. dir is
// where a cache on disk lies ("": the folder for temporary files); its file has
// no name, or is removed by Close. Close what Cache returns, if it is not the set,
// and the set.
func Cache(set Dataset, cfg config.Cache, dir string) (Dataset, error) {
	switch cfg.Where {
	case "":
		return set, nil
	case "memory", "file":
	default:
		return nil, fmt.Errorf("unknown cache %q, want memory or file", cfg.Where)
	}
	if cfg.Bytes < 1 {
		return nil, fmt.Errorf("a cache of %d bytes", cfg.Bytes)
	}
	if t, ok := set.(Targeted); ok && t.Targets() > 0 {
		return nil, errors.New("a cache is for images with classes, and the data are numbers to predict")
	}
	h, w, ch := set.Shape()
	c := &cached{Dataset: set, size: h * w * ch, state: make([]atomic.Uint32, set.Len()), close: func() error { return nil }}
	c.room.Store(cfg.Bytes)
	if cfg.Where == "memory" {
		c.items = make([]item, set.Len())
	} else {
		var err error
		if c.file, c.close, err = tempFile(dir, ".cnnc-cache-*"); err != nil {
			return nil, fmt.Errorf("the cache of images: %w", err)
		}
	}
	return c, nil
}

// Close releases the cache, not the data set.
func (c *cached) Close() error { return c.close() }

func (c *cached) Load(i int, dst []float32, s *Scratch) error {
	if len(dst) == c.size && c.state[i].Load() == cacheHeld {
		if c.get(i, dst, s) {
			return nil
		}
	}
	if err := c.Dataset.Load(i, dst, s); err != nil {
		return err
	}
	if c.state[i].CompareAndSwap(cacheEmpty, cacheFilling) {
		if c.put(i, dst, s) {
			c.state[i].Store(cacheHeld)
		} else {
			c.state[i].Store(cacheEmpty)
		}
	}
	return nil
}

// take sets n bytes aside, if they are there.
func (c *cached) take(n int64) bool {
	if c.room.Add(-n) >= 0 {
		return true
	}
	c.room.Add(n)
	return false
}

func (c *cached) put(i int, x []float32, s *Scratch) bool {
	if c.file != nil {
		n := 4 * c.size
		if !c.take(int64(n)) {
			return false
		}
		s.record = growBytes(s.record, n)
		for k, v := range x {
			binary.LittleEndian.PutUint32(s.record[4*k:], math.Float32bits(v))
		}
		if _, err := c.file.WriteAt(s.record, int64(n)*int64(i)); err != nil {
			// A full disk: what is there stays, and nothing more comes.
			c.room.Store(0)
			return false
		}
		return true
	}
	whole := true
	for _, v := range x {
		if v != float32(uint8(max(0, min(v, 255)))) || v == 0 && math.Signbit(float64(v)) {
			whole = false
			break
		}
	}
	switch {
	case whole && c.take(int64(c.size)):
		c.items[i].whole = make([]uint8, c.size)
		for k, v := range x {
			c.items[i].whole[k] = uint8(v)
		}
		return true
	case !whole && c.take(4*int64(c.size)):
		c.items[i].values = append([]float32(nil), x...)
		return true
	}
	return false
}

func (c *cached) get(i int, dst []float32, s *Scratch) bool {
	if c.file == nil {
		if w := c.items[i].whole; w != nil {
			for k, v := range w {
				dst[k] = float32(v)
			}
			return true
		}
		copy(dst, c.items[i].values)
		return true
	}
	n := 4 * c.size
	s.record = growBytes(s.record, n)
	if _, err := c.file.ReadAt(s.record, int64(n)*int64(i)); err != nil {
		return false // then it is decoded again
	}
	for k := range dst {
		dst[k] = math.Float32frombits(binary.LittleEndian.Uint32(s.record[4*k:]))
	}
	return true
}

func growBytes(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}
