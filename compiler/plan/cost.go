package plan

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/compiler/target"
)

// Cost is what a call takes for one example of a micro-batch on one core. It is
// predicted: the arithmetic from the blocks and tiles that the micro-batch makes,
// the traffic from what was touched between two uses of a buffer.
type Cost struct {
	// Work is the arithmetic in FLOPs at the peak of AVX2.
	Work float64
	// Bytes are read and written, each in the level of memory where they were left.
	Bytes [len(target.Levels)]float64
	// Scattered of the bytes in memory lie in rows and blocks far apart.
	Scattered float64
	// Overhead is the nanoseconds of calls, rows and numbers that are computed one by
	// one, which take as long with any vectors.
	Overhead float64
}

// PeakGFLOPS is the FMA peak that predictions assume: that of the core of which
// target.Levels are the caches, with AVX2.
const PeakGFLOPS = 144

// Near and Far are the nanoseconds that go on beside the arithmetic and those that add
// to it: data that are fetched early enough, and those that are waited for and the
// overhead.
func (c Cost) Near() float64 {
	sum := 0.0
	for i, l := range target.Levels {
		sum += (1 - l.Waits) * c.Bytes[i] / l.Rate
	}
	return sum
}

// Far: see Near.
func (c Cost) Far() float64 {
	sum := c.Overhead
	for i, l := range target.Levels {
		sum += l.Waits * c.Bytes[i] / l.Rate
	}
	return sum + c.Scattered*target.ScatteredNanos
}

// Nanos is the time at the FMA peak.
func (c Cost) Nanos() float64 { return max(c.Work/PeakGFLOPS, c.Near()) + c.Far() }

// Bound names what takes most of it: "FMA", a level of memory or "overhead".
func (c Cost) Bound() string {
	most, bound := c.Work/PeakGFLOPS, "FMA"
	if c.Overhead > most {
		most, bound = c.Overhead, "overhead"
	}
	for i, l := range target.Levels {
		t := c.Bytes[i] / l.Rate
		if i == len(target.Levels)-1 {
			t += c.Scattered * target.ScatteredNanos
		}
		if t > most {
			most, bound = t, l.Name
		}
	}
	return bound
}

// String is the text of explain.
func (c Cost) String() string {
	us := c.Nanos() / 1000
	time := fmt.Sprintf("%.0f", us)
	if us < 100 {
		time = fmt.Sprintf("%.3g", us)
	}
	return fmt.Sprintf("%s us an example, bound by %s", time, c.Bound())
}

// Nanos predicts what the program takes for an example, all calls together, when its
// buffers are placed for micro-batches of micro and so many cores run it at a time.
func (p *Program) Nanos(micro, cores int) float64 {
	sum := 0.0
	for _, c := range p.costs(micro, cores) {
		sum += c.Nanos()
	}
	return sum
}

// touch is a piece of memory that a call uses for a whole micro-batch.
type touch struct {
	what any   // a buffer, a place among weights, or the call for what is its own
	size int64 // bytes
	// moved are the bytes read and written the first time through, again those of
	// further times, between each two of which since bytes are touched.
	moved, again, since int64
	// cold memory was last used in another stage, or by somebody else; common memory is
	// read by all cores.
	cold, common bool
}

// Costs predicts the cost of every call on a core alone, for which blocks and offsets
// must be those of micro-batches of micro. Each stage is a loop over micro-batches: what a call
// uses was left there by the call before that used it, or by the last round.
func (p *Program) Costs(micro int) []Cost { return p.costs(micro, 1) }

func (p *Program) costs(micro, cores int) []Cost {
	calls := p.Calls()
	costs := make([]Cost, len(calls))
	for from, s := 0, 0; from < len(calls); s++ {
		to := len(calls)
		if s < len(p.Cuts) {
			to = p.Cuts[s]
		}
		p.stageCosts(calls[from:to], costs[from:to], micro, cores)
		from = to
	}
	return costs
}

// scatters reports whether a call takes pieces of several rows at a time.
func scatters(c Call) bool {
	switch c.(type) {
	case *Winograd, *WinogradGrad:
		return true
	}
	return false
}

// use is a touch with its piece of memory numbered.
type use struct {
	touch
	id int
}

func (p *Program) stageCosts(calls []Call, costs []Cost, micro, cores int) {
	uses := make([][]use, len(calls))
	ids := map[any]int{}
	var arena int64
	var round target.Distance // all that a round touches
	for i, c := range calls {
		for _, t := range touches(c, micro) {
			id, known := ids[t.what]
			if !known {
				id = len(ids)
				ids[t.what] = id
				if b, ok := t.what.(*Buffer); ok && b.Space == Arena {
					arena += t.size
				} else {
					round.Add(t.size, t.common)
				}
			}
			uses[i] = append(uses[i], use{t, id})
		}
	}
	round.Add(min(arena, 4*int64(p.ArenaFloats)), false) // buffers share memory
	last := make([]int, len(ids))                        // the call that used it before, +1
	seen := make([]int, len(ids))
	stamp := 0
	limit := int64(2*cores) * target.Levels[len(target.Levels)-2].Bytes // beyond, nothing is left
	for i, c := range calls {
		costs[i].Work = work(c, micro) / float64(micro)
		costs[i].Overhead = overhead(c, micro) / float64(micro)
		for _, u := range uses[i] {
			distance := round
			switch {
			case u.cold && last[u.id] == 0:
				distance.Own = math.MaxInt64
			case last[u.id] > 0:
				distance = target.Distance{}
				stamp++
				for j := last[u.id] - 1; j < i && distance.Own+distance.Common <= limit; j++ {
					for _, v := range uses[j] {
						if seen[v.id] != stamp {
							seen[v.id] = stamp
							distance.Add(v.size, v.common)
						}
					}
				}
			}
			first, again := target.Reuse(distance, u.common, cores), target.Reuse(target.Distance{Own: u.since}, u.common, cores)
			for l := range costs[i].Bytes {
				costs[i].Bytes[l] += (first[l]*float64(u.moved) + again[l]*float64(u.again)) / float64(micro)
			}
			if b, ok := u.what.(*Buffer); ok && !b.Scratch && scatters(c) {
				costs[i].Scattered += first[len(first)-1] * float64(u.moved) / float64(micro)
			}
		}
		for _, u := range uses[i] {
			last[u.id] = i + 1
		}
	}
}

// place identifies weights.
type place struct {
	space  Space
	offset int
}

// touches lists what a call uses for a micro-batch.
func touches(c Call, micro int) []touch {
	var list []touch
	var one int64 // bytes of activations of one example
	for _, a := range Accesses(c) {
		b := a.Buffer
		t := touch{what: b, size: bufferBytes(b, micro), cold: b.Space != Arena}
		if z, ok := c.(*Zero); ok && z.HaloOnly {
			t.what, t.size = c, int64(micro)*4*int64(b.ImageFloats)-t.size
		}
		if g, ok := c.(*IGEMM); ok && b == g.X && g.Tiles.AcrossImages {
			t.size = 4 * int64(micro) * int64(len(g.Seg)*g.SegLen) // part of the sum
		}
		if g, ok := c.(*IGEMM); ok && b != g.X && g.Pool == nil && g.Run == 0 {
			t.size = min(t.size, 4*int64(micro)*int64(g.OutH*g.OutW*b.Cp)) // a phase of a stride
		}
		if !b.Scratch { // which stays in the cache
			one += t.size / int64(micro)
			if a.Read {
				t.moved += t.size
			}
			if a.Write {
				t.moved += t.size
			}
		}
		list = append(list, t)
	}
	weights := func(w Weights, floats int, times int64, blocks, images int) {
		t := touch{what: place{w.Space, w.Offset}, size: 4 * int64(floats), common: w.Space != Grads}
		t.moved = times * t.size
		t.again = int64(blocks-1) * t.moved
		t.since = t.size + one*int64(images)
		list = append(list, t)
	}
	switch c := c.(type) {
	case *Load: // from the caller's images
		t := touch{what: c, size: int64(micro) * 4 * int64(c.Y.H*c.Y.W*c.Y.C)}
		t.moved = t.size
		list = append(list, t)
	case *IGEMM:
		runs, _, panels := c.Runs()
		blocks := micro
		if c.Tiles.AcrossImages || c.Tiles.PanelOuter {
			blocks = 1
		}
		floats := 16 * runs * panels * len(c.Seg) * c.SegLen
		if c.Narrow > 0 {
			floats = c.Narrow * c.W.PanelFloats
		}
		weights(c.W, floats, 1, blocks, 1)
	case *WGrad: // read and written
		blocks := c.blocks(micro)
		floats := panelFloats(c.OutC, c.DW)
		if c.Narrow > 0 {
			floats = c.SumFloats()
		}
		weights(c.DW, floats, 2, blocks, c.Images)
	case *Winograd:
		weights(c.U, c.Tile.Planes()*c.PlaneFloats, 1, c.blocks(micro), 0)
	case *WinogradGrad:
		weights(c.DW, panelFloats(c.Outputs, c.DW), 2, 1, 0)
	}
	return list
}

// panelFloats is the size of the panels of outs channels.
func panelFloats(outs int, w Weights) int { return (outs + 15) / 16 * w.PanelFloats }

// bufferBytes is the memory of the pixels of a micro-batch.
func bufferBytes(b *Buffer, micro int) int64 {
	switch {
	case b.Scratch:
		return 4 * int64(b.ImageFloats)
	case b.MaskCells > 0:
		return int64(micro) * int64(b.MaskBytes())
	}
	return 4 * int64(micro) * int64(b.H*b.W*b.Cp)
}

// blocks is the number of blocks that a micro-batch makes.
func (b *WinogradBlock) blocks(micro int) int {
	return (micro + b.Images - 1) / b.Images * ((b.Tile.Tiles(b.OutH) + b.Rows - 1) / b.Rows)
}

// work is the arithmetic of a call for a micro-batch, in FLOPs at the peak.
func work(c Call, micro int) float64 {
	n := float64(micro)
	switch c := c.(type) {
	case *Winograd:
		w := c.conv(micro, c.OutC).ProductWork(int(c.Tile))
		if c.Pool != nil && !c.PoolsTiles() {
			w += target.PoolWork(micro*c.OutH*c.OutW, c.OutC)
		}
		return w
	case *WinogradGrad:
		return c.conv(micro, c.Outputs).GradientWork(int(c.Tile), c.OutC)
	case *WGrad:
		if c.Narrow > 0 {
			return n * c.narrowWork()
		}
		return c.work(micro)
	case *IGEMM:
		if c.Narrow > 0 {
			return n * c.narrowWork()
		}
		return c.work(micro)
	}
	return n * float64(c.Arithmetic())
}

// conv is the convolution to out channels for the target.
func (b *WinogradBlock) conv(images, out int) target.Conv {
	return target.Conv{Images: images, Height: b.OutH, Width: b.OutW, In: b.K, Stored: b.In, Out: out}
}

// work is the arithmetic of a product with its register tiles, for a micro-batch.
func (c *IGEMM) work(micro int) float64 {
	terms := len(c.Seg) * c.SegLen
	if c.Groups.Depthwise() {
		return float64(micro*c.OutH*c.OutW) * target.DepthwiseWork(terms, c.OutC, c.Window.On())
	}
	if c.Tiles.AcrossImages {
		return target.ProductWork(micro, terms, c.OutC)
	}
	w := target.ProductWork(c.OutH*c.OutW, terms, c.OutC)
	if c.Pool != nil {
		w += target.PoolWork(c.OutH*c.OutW, c.OutC)
	}
	return float64(micro) * w
}

// work is the arithmetic of a weight gradient with its register tiles, for a micro-batch.
func (c *WGrad) work(micro int) float64 {
	pixels, terms := micro*c.OutH*c.OutW, len(c.Taps)*c.In
	if c.Groups.Depthwise() {
		return float64(pixels) * target.DepthwiseGradWork(terms, c.OutC, c.Window.On())
	}
	return target.GradientWork(pixels, c.blocks(micro), terms, c.OutC)
}

// Estimate sets what calls are predicted to cost: Work, Bytes, Near and Far.
func (p *Program) Estimate() {
	calls := p.Calls()
	for i, cost := range p.Costs(p.Micro) {
		c := calls[i].Base()
		bytes := 0.0
		for _, n := range cost.Bytes {
			bytes += n
		}
		c.Work, c.Bytes, c.Near, c.Far = int64(cost.Work), int64(bytes+0.5), cost.Near(), cost.Far()
	}
}
