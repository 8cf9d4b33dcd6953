package job

import (
	"bytes"
	"cmp"
	"container/heap"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"
)

// wrongAt is an example that the network is wrong about.
type wrongAt struct {
	place      int // in the data set
	label      int // the true class, or which answer or number
	guess      int
	confidence float64
	// truth and value are the true and the predicted number.
	truth, value float64
}

// order puts the most confident first, of equals the one that comes first in the
// data, so that the list does not depend on anything else. NaN is worst of all.
func order(a, b wrongAt) int {
	x, y := a.confidence, b.confidence
	switch {
	case math.IsNaN(x) && !math.IsNaN(y):
		return -1
	case !math.IsNaN(x) && math.IsNaN(y):
		return 1
	case x != y && !math.IsNaN(x):
		return cmp.Compare(y, x)
	}
	return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.label, b.label))
}

// wrongHeap keeps the wrongMost first in that order, the last of them on top.
type wrongHeap struct{ list []wrongAt }

func (h *wrongHeap) Len() int           { return len(h.list) }
func (h *wrongHeap) Less(i, j int) bool { return order(h.list[i], h.list[j]) > 0 }
func (h *wrongHeap) Swap(i, j int)      { h.list[i], h.list[j] = h.list[j], h.list[i] }
func (h *wrongHeap) Push(x any)         { h.list = append(h.list, x.(wrongAt)) }
func (h *wrongHeap) Pop() any {
	last := h.list[len(h.list)-1]
	h.list = h.list[:len(h.list)-1]
	return last
}

// add takes in an example.
func (h *wrongHeap) add(w wrongAt) {
	switch {
	case len(h.list) < wrongMost:
		heap.Push(h, w)
	case order(w, h.list[0]) < 0:
		h.list[0] = w
		heap.Fix(h, 0)
	}
}

// sorted is what was kept, the most confident first.
func (h *wrongHeap) sorted() []wrongAt {
	out := slices.Clone(h.list)
	slices.SortFunc(out, order)
	return out
}

// thumbnailSide is the largest side of a thumbnail.
const thumbnailSide = 96

// thumbnail is an example [h][w][channels] as a PNG, with its size. Values are
// 0..255; arrays that hold others are stretched from their smallest to their
// largest value.
func thumbnail(x []float32, h, w, channels int) (file []byte, width, height int, err error) {
	lo, hi := float32(math.Inf(1)), float32(math.Inf(-1))
	for _, v := range x {
		lo, hi = min(lo, v), max(hi, v)
	}
	scale, offset := float32(1), float32(0)
	if lo < 0 || hi > 255 || hi <= 1 && hi > 0 {
		if hi == lo {
			hi = lo + 1
		}
		scale, offset = 255/(hi-lo), -lo
	}
	width, height = w, h
	if side := max(w, h); side > thumbnailSide {
		width, height = max(1, w*thumbnailSide/side), max(1, h*thumbnailSide/side)
	}
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for ty := range height {
		y0, y1 := ty*h/height, max((ty+1)*h/height, ty*h/height+1)
		for tx := range width {
			x0, x1 := tx*w/width, max((tx+1)*w/width, tx*w/width+1)
			var sum [3]float32
			for y := y0; y < y1; y++ {
				for px := x0; px < x1; px++ {
					for c := range 3 {
						sum[c] += x[(y*w+px)*channels+min(c, channels-1)]
					}
				}
			}
			n := float32((y1 - y0) * (x1 - x0))
			var v [3]uint8
			for c := range sum {
				v[c] = uint8(min(max((sum[c]/n+offset)*scale+0.5, 0), 255))
			}
			m.SetNRGBA(tx, ty, color.NRGBA{v[0], v[1], v[2], 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return nil, 0, 0, err
	}
	return b.Bytes(), width, height, nil
}
