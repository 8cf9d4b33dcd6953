package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/sched"
)

func compile(t *testing.T, name string) *plan.Plan {
	t.Helper()
	for _, net := range plantest.Nets() {
		if net.Name == name {
			c, err := plantest.Compile(net.Graph, true, sched.Options{Batch: 16, TrainMicro: 2, Optimizer: "adam", Slots: 2})
			if err != nil {
				t.Fatal(err)
			}
			return c.Plan
		}
	}
	t.Fatalf("no net %s", name)
	return nil
}

func TestPackingIndex(t *testing.T) {
	p := plan.Packing{Taps: 6, In: 5, InPad: 8, Out: 19}
	if got, want := p.Floats(), 2*6*8*16; got != want {
		t.Errorf("Floats() = %d, want %d", got, want)
	}
	seen := map[int]bool{}
	for tap := range p.Taps {
		for in := range p.In {
			for out := range p.Out {
				i := p.Index(tap, in, out)
				if i < 0 || i >= p.Floats() || seen[i] {
					t.Fatalf("Index(%d, %d, %d) = %d: outside or taken", tap, in, out, i)
				}
				seen[i] = true
			}
		}
	}
	// Channel 18 is lane 2 of the second panel.
	if got, want := p.Index(3, 4, 18), 6*8*16+(3*8+4)*16+2; got != want {
		t.Errorf("Index(3, 4, 18) = %d, want %d", got, want)
	}
}

func TestBuffer(t *testing.T) {
	b := &plan.Buffer{H: 4, W: 5, C: 6, Cp: 8, Top: 1, Left: 2, Right: 1, ImageFloats: 320}
	if got := b.RowFloats(); got != 64 {
		t.Errorf("RowFloats() = %d, want 64", got)
	}
	if got := b.Origin(); got != 64+16 {
		t.Errorf("Origin() = %d, want 80", got)
	}
	if b.Floats(3) != 960 || !b.HasHalo() || b.Contiguous() {
		t.Errorf("Floats(3) = %d, halo %v, contiguous %v", b.Floats(3), b.HasHalo(), b.Contiguous())
	}
	b.Scratch = true
	if b.Floats(3) != 320 {
		t.Errorf("scratch takes %d floats", b.Floats(3))
	}
	m := &plan.Buffer{H: 4, W: 5, C: 6, Cp: 8, MaskCells: 4}
	if got := m.MaskBytes(); got != 80 {
		t.Errorf("MaskBytes() = %d, want 80", got)
	}
}

// TestVerifyFindsDamage breaks a good plan in every way that Verify knows.
func TestVerifyFindsDamage(t *testing.T) {
	train := func(f func(c plan.Call) bool) func(p *plan.Plan) {
		return func(p *plan.Plan) {
			for _, c := range p.Train.Calls() {
				if f(c) {
					return
				}
			}
			panic("no call to damage")
		}
	}
	igemm := func(want, f func(c *plan.IGEMM) bool) func(p *plan.Plan) {
		return train(func(c plan.Call) bool {
			g, ok := c.(*plan.IGEMM)
			return ok && (want == nil || want(g)) && f(g)
		})
	}
	pooled := func(c *plan.IGEMM) bool { return c.Pool != nil }
	for _, c := range []struct {
		name   string
		damage func(p *plan.Plan)
		want   string // part of the message
	}{
		{"parameter moved", func(p *plan.Plan) { p.Params[1].Offset += 16 }, "parameter conv1.bias at"},
		{"packing too small", func(p *plan.Plan) { p.Params[0].Packing.In++ }, "is packed as"},
		{"vector too short", func(p *plan.Plan) { p.ParamFloats -= 16 }, "parameters end at"},
		{"scalar out of range", func(p *plan.Plan) { p.Params[0].L2 = 99 }, "refers to scalar"},
		{"no shards", func(p *plan.Plan) { p.Shards = 0 }, "shards"},
		{"no micro-batch", func(p *plan.Plan) { p.Train.Micro = 0 }, "micro-batch"},
		{"two calls of one name", func(p *plan.Plan) { p.Train.Forward[1].Base().Name = p.Train.Forward[0].Base().Name }, "not the only one"},
		{"name no identifier", func(p *plan.Plan) { p.Infer.Buffers[0].Name = "a b" }, "not a Go identifier"},
		{"arena too small", func(p *plan.Plan) { p.Train.ArenaFloats -= 16 }, "outside the arena"},
		{"offset not aligned", func(p *plan.Plan) { p.Train.Buffers[1].Offset += 4 }, "not aligned"},
		{"live buffers overlap", func(p *plan.Plan) {
			a, b := p.Train.Buffers[0], p.Train.Buffers[1]
			b.Offset = a.Offset
		}, "overlap"},
		{"life too short", func(p *plan.Plan) { p.Train.Buffers[1].Last = p.Train.Buffers[1].First }, "outside its life"},
		{"border not cleared", func(p *plan.Plan) {
			for i, c := range p.Infer.Forward {
				if z, ok := c.(*plan.Zero); ok && z.HaloOnly {
					// Something harmless in its place.
					p.Infer.Forward[i] = &plan.Zero{Info: z.Info, X: z.X}
					return
				}
			}
			panic("no border to damage")
		}, "border of"},
		{"never written", func(p *plan.Plan) {
			for i, c := range p.Infer.Forward {
				if l, ok := c.(*plan.Load); ok {
					p.Infer.Forward[i] = &plan.Zero{Info: l.Info, X: l.Y, HaloOnly: true}
					return
				}
			}
			panic("no load to damage")
		}, "which nothing has written"},
		{"read beyond the image", igemm(nil, func(c *plan.IGEMM) bool { c.XOrigin += c.X.ImageFloats; return true }), "reads"},
		{"write beyond the image", igemm(nil, func(c *plan.IGEMM) bool { c.YOrigin = -16; return true }), "writes"},
		{"weights beyond the vector", igemm(nil, func(c *plan.IGEMM) bool { c.W.Offset = 1 << 30; return true }), "rows of"},
		{"bias beyond the vector", igemm(nil, func(c *plan.IGEMM) bool { c.Bias = 1 << 30; return true }), "bias at"},
		{"segments off the pitch", igemm(func(c *plan.IGEMM) bool { return c.ConstPitch > 0 }, func(c *plan.IGEMM) bool { c.ConstPitch++; return true }), "segment 1"},
		{"tile missing", igemm(func(c *plan.IGEMM) bool { return !c.Tiles.AcrossImages }, func(c *plan.IGEMM) bool { c.Tiles.Full = nil; return true }), "tiles cover"},
		{"tile of 7", igemm(func(c *plan.IGEMM) bool { return !c.Tiles.AcrossImages }, func(c *plan.IGEMM) bool { c.Tiles.Full[0].MR = 7; return true }), "tiles of 7"},
		{"across images of many pixels", igemm(func(c *plan.IGEMM) bool { return !c.Tiles.AcrossImages && c.Pool == nil }, func(c *plan.IGEMM) bool { c.Tiles.AcrossImages = true; return true }), "tiles across images"},
		{"strip of other rows", igemm(pooled, func(c *plan.IGEMM) bool { c.Pool.PadTop = 1; return true }), "strip"},
		{"strip shared by examples", igemm(pooled, func(c *plan.IGEMM) bool { c.Pool.X = c.Pool.Y; return true }), "strip"},
		{"mask and relu", igemm(func(c *plan.IGEMM) bool { return c.Mask != nil }, func(c *plan.IGEMM) bool { c.ReLU = true; return true }), "epilogue"},
		{"mask of other geometry", igemm(func(c *plan.IGEMM) bool { return c.Mask != nil }, func(c *plan.IGEMM) bool {
			c.Mask = c.X
			return true
		}), "geometry"},
		{"pooling of other channels", train(func(c plan.Call) bool {
			p, ok := c.(*plan.MaxPoolGrad)
			if ok {
				p.Mask.MaskCells++
			}
			return ok
		}), "does not fit"},
		{"gradient tiles missing", train(func(c plan.Call) bool {
			w, ok := c.(*plan.WGrad)
			if ok = ok && w.Narrow == 0; ok {
				w.Tiles = w.Tiles[:0]
			}
			return ok
		}), "tiles cover"},
		{"gradient reads beyond x", train(func(c plan.Call) bool {
			w, ok := c.(*plan.WGrad)
			if ok = ok && w.Narrow == 0; ok {
				w.Taps[0] = -1 << 20
			}
			return ok
		}), "reads"},
		{"gradient reads beyond dy", train(func(c plan.Call) bool {
			w, ok := c.(*plan.WGrad)
			if ok {
				w.DYOrigin = 1 << 20
			}
			return ok
		}), "reads"},
		{"gradient blocks of no rows", train(func(c plan.Call) bool {
			w, ok := c.(*plan.WGrad)
			if ok {
				w.Rows = 0
			}
			return ok
		}), "blocks of 0 rows"},
		{"panel missing", train(func(c plan.Call) bool {
			w, ok := c.(*plan.WGrad)
			if ok {
				w.Pack = true
				w.Scratch = nil
			}
			return ok
		}), "panel"},
		{"scores of another size", train(func(c plan.Call) bool {
			l, ok := c.(*plan.LossGrad)
			if ok {
				l.Loss.Outputs++
			}
			return ok
		}), "outputs"},
		{"tiles beyond the input", train(func(c plan.Call) bool {
			w, ok := c.(*plan.Winograd)
			if ok {
				w.XOrigin += w.X.ImageFloats / 2
			}
			return ok
		}), "reads"},
		{"tiles of no rows", train(func(c plan.Call) bool {
			w, ok := c.(*plan.Winograd)
			if ok {
				w.Rows = 0
			}
			return ok
		}), "blocks of 0 rows of tiles"},
		{"planes too small for tiles", train(func(c plan.Call) bool {
			w, ok := c.(*plan.Winograd)
			if ok {
				w.Images *= 50
			}
			return ok
		}), "planes do not fit"},
		{"tiles of outputs beyond the image", train(func(c plan.Call) bool {
			w, ok := c.(*plan.Winograd)
			if ok {
				w.OutH += 4
			}
			return ok
		}), "winograd"},
		{"sums without memory", train(func(c plan.Call) bool {
			w, ok := c.(*plan.WinogradGrad)
			if ok {
				w.Scratch = nil
			}
			return ok
		}), "planes do not fit"},
		{"tiles of gradients without border", train(func(c plan.Call) bool {
			w, ok := c.(*plan.WinogradGrad)
			if ok {
				w.DY.Bottom = 0
			}
			return ok
		}), ""},
		{"tiles of a kernel beyond its vector", func(p *plan.Plan) { p.Derive[0].(*plan.WinogradKernel).To = p.DerivedFloats }, "writes"},
		{"transpose beyond its vector", func(p *plan.Plan) { transposeOf(p).To = p.DerivedFloats }, "writes"},
		{"transpose of a missing tap", func(p *plan.Plan) { transposeOf(p).Taps[0] = 1 << 20 }, "reads"},
		{"narrow beyond its weights", train(func(c plan.Call) bool {
			g, ok := c.(*plan.IGEMM)
			if ok = ok && g.Narrow > 0; ok {
				g.W.Offset = 1 << 30
			}
			return ok
		}), "rows of weights"},
		{"narrow with runs that are no vectors", train(func(c plan.Call) bool {
			g, ok := c.(*plan.IGEMM)
			if ok = ok && g.Narrow > 0; ok {
				g.SegLen--
			}
			return ok
		}), "no kernel for"},
		{"narrow gradient without sums", train(func(c plan.Call) bool {
			g, ok := c.(*plan.WGrad)
			if ok = ok && g.Narrow > 0; ok {
				g.Sums = nil
			}
			return ok
		}), "which do not fit"},
		{"narrow gradient with a run too few", train(func(c plan.Call) bool {
			g, ok := c.(*plan.WGrad)
			if ok = ok && g.Narrow > 0; ok {
				g.KRuns = g.KRuns[1:]
			}
			return ok
		}), "runs of"},
		{"narrow gradient with runs that are no taps", train(func(c plan.Call) bool {
			g, ok := c.(*plan.WGrad)
			if ok = ok && g.Narrow > 0; ok {
				g.KRuns[0].Seg[0] += 8
			}
			return ok
		}), "a run of"},
		{"narrow along rows of another pitch", train(func(c plan.Call) bool {
			g, ok := c.(*plan.IGEMM)
			if ok = ok && g.Narrow > 0 && g.Window.On(); ok {
				g.SegLen -= 8
			}
			return ok
		}), "a window of"},
		{"narrow with tiles too tall", train(func(c plan.Call) bool {
			g, ok := c.(*plan.IGEMM)
			if ok = ok && g.Narrow > 2 && !g.Tiles.AcrossImages; ok {
				g.Tiles.Full[0].MR = 6
			}
			return ok
		}), "a tile of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			net := "twostage"
			if strings.Contains(c.name, "pitch") {
				net = "plain"
			}
			if strings.Contains(c.name, "tiles") || strings.Contains(c.name, "sums") {
				net = "winograd"
			}
			if strings.Contains(c.name, "narrow") {
				net = "narrow"
			}
			p := compile(t, net)
			if err := plan.Verify(p); err != nil {
				t.Fatal(err)
			}
			c.damage(p)
			err := plan.Verify(p)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Verify says %v, want a mention of %q", err, c.want)
			}
		})
	}
}

// TestTextIsStable compiles twice and looks for the parts a reader needs.
func TestTextIsStable(t *testing.T) {
	a, b := compile(t, "twostage").String(), compile(t, "twostage").String()
	if a != b {
		t.Error(cmp.Diff(a, b))
	}
	for _, want := range []string{
		"plan twostage: input 21x23x3, 4 outputs", "shards 8", "optimizer adam with 2 slots", "loss softmax_crossentropy",
		"in conv1", "inference: micro-batch", "training: micro-batch 2", "without sharing", "halo 2,2,2,2", "mask of 4 cells", "scratch",
		"igemmBias+maxpoolReLUBits", "groups of", "us an example, bound by", "derive",
	} {
		if !strings.Contains(a, want) {
			t.Errorf("the text lacks %q\n%s", want, a)
		}
	}
}

func TestMemory(t *testing.T) {
	p := compile(t, "plain")
	u := plan.Use{Workers: 2, Batch: 16, Piece: 4, Prefetch: 2, Training: true, Validation: true, Best: true}
	get := func(u plan.Use, name string) int64 {
		for _, part := range p.Memory(u) {
			if part.Name == name {
				return part.Bytes
			}
		}
		return 0
	}
	params := 4 * int64(p.ParamFloats)
	for _, c := range []struct {
		name string
		want int64
	}{
		{"parameters", params}, {"gradients", 8 * params}, {"optimizer", 2 * params}, {"best weights", params},
		{"transposed weights", 4 * int64(p.DerivedFloats)},
		{"training arenas", 2 * 4 * int64(p.Train.ArenaFloats)}, {"inference arenas", 2 * 4 * int64(p.Infer.ArenaFloats)},
		{"images", 2 * 3 * 4 * (4*9*7 + 36)}, {"scores", 2 * (4*4*10 + 16*8)},
	} {
		if got := get(u, c.name); got != c.want {
			t.Errorf("%s: %d bytes, want %d", c.name, got, c.want)
		}
	}
	u.Workers = 20 // shards bound the workers that train
	if got, want := get(u, "training arenas"), 8*4*int64(p.Train.ArenaFloats); got != want {
		t.Errorf("20 workers: %d bytes of training arenas, want %d", got, want)
	}
	inference := plan.Use{Workers: 1, Batch: 1}
	if got := get(inference, "gradients"); got != 0 {
		t.Errorf("inference has %d bytes of gradients", got)
	}
	var text strings.Builder
	if err := plan.WriteMemory(&text, p.Memory(u)); err != nil {
		t.Fatal(err)
	}
	if want := plan.FormatBytes(plan.Total(p.Memory(u))); !strings.Contains(text.String(), want) {
		t.Errorf("the table lacks its total %s\n%s", want, &text)
	}
}

func TestFormatBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 9999: "9999 B", 20 << 10: "20.0 KB", 15 << 19: "7680.0 KB", 15 << 20: "15.0 MB", 25 << 30: "25.0 GB"} {
		if got := plan.FormatBytes(n); got != want {
			t.Errorf("FormatBytes(%d) = %q, want %q", n, got, want)
		}
	}
}

// transposeOf is the first transposed kernel of p.
func transposeOf(p *plan.Plan) *plan.Transpose {
	for _, d := range p.Derive {
		if t, ok := d.(*plan.Transpose); ok {
			return t
		}
	}
	return nil
}
