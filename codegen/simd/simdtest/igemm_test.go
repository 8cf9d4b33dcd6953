package simdtest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// igemmCase is one call of an igemm kernel with its expected result.
type igemmCase struct {
	x, w, bias, add, mask, y *buffer
	tab, seg                 []int32
	tiles, segs, segLen      int
	wPanel                   int

	want, magnitude map[int]float64 // by element of y
}

// newIgemmCase makes a random case: pixels anywhere (overlapping, unordered),
// gaps between output pixels, weights with a gap between panels.
func newIgemmCase(r *rand.Rand, k simd.Kernel) *igemmCase {
	v := k.Variant
	c := &igemmCase{
		tiles: r.IntN(4), segs: 1 + r.IntN(4), segLen: 1 + r.IntN(13),
		want: map[int]float64{}, magnitude: map[int]float64{},
	}
	for range c.segs {
		c.seg = append(c.seg, int32(r.IntN(60)))
	}
	depthwise := v.Family == "depthwise"
	lane := func(j int) int { return 0 } // of the input that channel j reads
	if depthwise {
		c.segLen = 1
		lane = func(j int) int { return j }
	}
	if v.Const() {
		c.segs, c.segLen, c.seg = v.ConstSegs, v.ConstSegLen, nil
		for s := range c.segs {
			c.seg = append(c.seg, int32(s*v.ConstPitch))
		}
	}
	if r.IntN(4) == 0 && !v.Const() && !depthwise {
		c.segs, c.segLen, c.seg = 1, 100+r.IntN(50), []int32{3}
	}
	kk := c.segs * c.segLen
	pixels := c.tiles * v.MR
	const xRange = 90
	maxSeg := int32(0)
	for _, s := range c.seg {
		maxSeg = max(maxSeg, s)
	}
	c.x = newBuffer("x", xRange+int(maxSeg)+c.segLen+lane(k.Lanes))
	c.wPanel = kk*16 + 16*r.IntN(3)
	c.w = newBuffer("w", 2*c.wPanel)
	shrink(r, c.x, c.w)
	step := k.Lanes + r.IntN(9)
	c.y = newBuffer("y", max(1, pixels*step+5))
	if v.Bias {
		c.bias = newBuffer("bias", 40)
	}
	if v.Add {
		c.add = newBuffer("add", len(c.y.data))
	}
	if v.Mask {
		c.mask = newBuffer("mask", len(c.y.data))
	}
	for _, p := range r.Perm(pixels) {
		c.tab = append(c.tab, int32(r.IntN(xRange)), int32(p*step+2))
	}
	for p := range pixels {
		xoff, yoff := int(c.tab[2*p]), int(c.tab[2*p+1])
		for j := range k.Lanes {
			var sum, mag float64
			if v.Bias {
				sum = c.bias.read(j, r)
				mag = math.Abs(sum)
			}
			i := 0
			for _, s := range c.seg {
				for q := range c.segLen {
					t := c.x.read(xoff+int(s)+q+lane(j), r) * c.w.read(j/16*c.wPanel+16*i+j%16, r)
					sum += t
					mag += math.Abs(t)
					i++
				}
			}
			if v.Add {
				a := c.add.read(yoff+j, r)
				sum += a
				mag += math.Abs(a)
			}
			if v.ReLU && sum < 0 {
				sum = 0
			}
			if v.Mask && !(c.mask.read(yoff+j, r) > 0) {
				sum, mag = 0, 0
			}
			c.y.write(yoff + j)
			c.want[yoff+j], c.magnitude[yoff+j] = sum, mag
		}
	}
	return c
}

func (c *igemmCase) buffers() []*buffer {
	return []*buffer{c.x, c.w, c.bias, c.add, c.mask, c.y}
}

// simulate runs the case in the simulator and returns y.
func (c *igemmCase) simulate(t *testing.T, p *simd.Program) []float32 {
	t.Helper()
	var m simd.Memory
	var args []any
	var y *simd.Region
	for _, b := range c.buffers() {
		if b == nil {
			args = append(args, simd.Ptr(0))
			continue
		}
		y = b.region(&m)
		args = append(args, y.Ptr())
	}
	tab := m.Int32s("tab", c.tab, simd.Read)
	seg := m.Int32s("seg", c.seg, simd.Read)
	args = append(args, tab.Ptr(), c.tiles, seg.Ptr(), c.segs, c.segLen, c.wPanel)
	if err := p.Run(&m, args...); err != nil {
		t.Fatal(err)
	}
	out := make([]float32, len(c.y.data))
	y.GetFloat32s(out)
	return out
}

func TestIgemm(t *testing.T) {
	for _, k := range append(Kernels("igemm"), Kernels("depthwise")...) {
		t.Run(k.Symbol(), func(t *testing.T) {
			t.Parallel()
			p := program(t, k)
			kernel := igemmHardware(k)
			for n := range 6 {
				r := seeded(k, n)
				c := newIgemmCase(r, k)
				sim := c.simulate(t, p)
				for i, want := range c.want {
					if !near(t, "y", i, sim[i], want, c.magnitude[i], c.segs*c.segLen) {
						break
					}
				}
				if kernel == nil {
					continue
				}
				var h [6]*hard
				for i, b := range c.buffers() {
					if b != nil {
						h[i] = b.hard(r)
					}
				}
				tab := append([]int32{0, 0}, c.tab...)[2:] // never nil
				kernel(h[0].ptr(), h[1].ptr(), h[2].ptr(), h[3].ptr(), h[4].ptr(), h[5].ptr(),
					first(tab), c.tiles, first(c.seg), c.segs, c.segLen, c.wPanel)
				for _, b := range h {
					if b != nil {
						b.check(t, sim)
					}
				}
			}
		})
	}
}

// first is the address of the first element; nil for an empty slice.
func first(s []int32) *int32 {
	if len(s) == 0 {
		return nil
	}
	return &s[0]
}
