package plan

import (
	"fmt"
	"io"
	"strings"
)

// String is the name in the text form.
func (s Space) String() string {
	switch s {
	case Arena:
		return "arena"
	case Params:
		return "params"
	case Grads:
		return "grads"
	case Derived:
		return "derived"
	case Input:
		return "input"
	case Scores:
		return "scores"
	}
	return fmt.Sprintf("space%d", s)
}

// Figures of a current core for the predicted times of the text form; they
// decide nothing.
const (
	peakFLOPs   = 100e9 // FMA peak, FLOP/s
	memoryBytes = 20e9  // streaming, bytes/s
)

// Dump writes the plan as text for readers and golden files: parameters, then
// for each program its buffers by offset and its calls in order. Equal plans
// give equal text.
func (p *Plan) Dump(w io.Writer) error {
	_, err := io.WriteString(w, p.String())
	return err
}

// String is the text that Dump writes.
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "plan %s: input %dx%dx%d, %d outputs\n", p.Name, p.InputH, p.InputW, p.InputC, p.Outputs)
	fmt.Fprintf(&b, "params %s, derived %s", bytes(p.ParamFloats), bytes(p.DerivedFloats))
	if p.Lanes > 0 {
		fmt.Fprintf(&b, ", lanes %d, optimizer %s with %d slots, loss %s", p.Lanes, p.Optimizer, p.Slots, p.Loss.Kind)
	}
	b.WriteString("\n\n")
	p.writeLayers(&b) // a Builder never fails
	b.WriteString("\n")
	for _, q := range p.Params {
		fmt.Fprintf(&b, "  %8d  %s %v: %d taps of %d in %d rows, %d out%s\n",
			q.Offset, q.Name, q.Shape, q.Packing.Taps, q.Packing.In, q.Packing.InPad, q.Packing.Out, frozen(q.Frozen))
	}
	p.Infer.dump(&b, "inference")
	p.Train.dump(&b, "training")
	if len(p.Derive) > 0 {
		b.WriteString("\nderive\n")
		for _, c := range p.Derive {
			fmt.Fprintf(&b, "  %-24s %s\n", c.Base().Name, detail(c))
		}
	}
	return b.String()
}

func frozen(f bool) string {
	if f {
		return ", frozen"
	}
	return ""
}

// bytes writes a number of floats as memory.
func bytes(floats int) string { return FormatBytes(4 * int64(floats)) }

func (p *Program) dump(b *strings.Builder, name string) {
	calls := p.Calls()
	if len(calls) == 0 {
		return
	}
	separate, live := p.SeparateFloats(), p.PeakFloats()
	fmt.Fprintf(b, "\n%s: micro-batch %d, arena %s (%s without sharing, %s live at once at most)\n",
		name, p.Micro, bytes(p.ArenaFloats), bytes(separate), bytes(live))
	b.WriteString("\n  buffers               offset      floats  calls      layout\n")
	for _, x := range p.Buffers {
		fmt.Fprintf(b, "    %-18s %7d  %10d  %3d..%-3d  %s\n", x.Name, x.Offset, x.Floats(p.Micro), x.First, x.Last, x.layout())
	}
	b.WriteString("\n  calls\n")
	i := 0
	for _, part := range []struct {
		name  string
		calls []Call
	}{{"forward", p.Forward}, {"backward", p.Backward}} {
		if len(part.calls) > 0 {
			fmt.Fprintf(b, "   %s\n", part.name)
		}
		for _, c := range part.calls {
			base := c.Base()
			fmt.Fprintf(b, "    %3d %-18s %-14s %s\n", i, base.Name, KernelName(c), base.Comment)
			if d := detail(c); d != "" {
				fmt.Fprintf(b, "        %s\n", d)
			}
			if base.FLOPs > 0 {
				fmt.Fprintf(b, "        %s\n", Predict(c))
			}
			i++
		}
	}
}

// layout describes the geometry of a buffer.
func (b *Buffer) layout() string {
	s := fmt.Sprintf("%dx%dx%d", b.H, b.W, b.C)
	if b.Cp != b.C {
		s += fmt.Sprintf(" of %d", b.Cp)
	}
	if b.HasHalo() {
		s += fmt.Sprintf(", halo %d,%d,%d,%d", b.Top, b.Left, b.Bottom, b.Right)
	}
	if b.MaskCells > 0 {
		s += fmt.Sprintf(", mask of %d cells", b.MaskCells)
	}
	if b.Scratch {
		s += ", scratch"
	}
	if b.Space != Arena {
		s += ", " + b.Space.String()
	}
	return s
}

// Prediction is what a call costs for one example.
type Prediction struct {
	Micros float64 // on one core
	Bound  string  // "fma" or "memory"
}

func (p Prediction) String() string {
	return fmt.Sprintf("%.1f us an example, bound by %s", p.Micros, p.Bound)
}

// Predict estimates the time of a call on one core for one example: the larger
// of its arithmetic at the FMA peak and its traffic at memory speed, were
// nothing in the cache. It is for readers; nothing is decided by it.
func Predict(c Call) Prediction {
	i := c.Base()
	fma, mem := float64(Arithmetic(c))/peakFLOPs*1e6, float64(i.Bytes)/memoryBytes*1e6
	if fma >= mem {
		return Prediction{fma, "fma"}
	}
	return Prediction{mem, "memory"}
}

// Arithmetic is what a call computes for one example, in units of FLOPs at the
// peak. Info.FLOPs of a Winograd convolution are those of the direct one; it
// computes 36 products for each tile of 16 pixels, and transforms, which take
// 140 and 90 cycles for a tile and 8 channels at 32 FLOPs a cycle.
func Arithmetic(c Call) int64 {
	var b *WinogradBlock
	switch c := c.(type) {
	case *Winograd:
		b = &c.WinogradBlock
	case *WinogradGrad:
		b = &c.WinogradBlock
	default:
		return c.Base().FLOPs
	}
	tile := 2*WinogradPlanes*b.In*b.OutC + 32*(140*b.In+90*b.OutC)/8
	return int64(WinogradTiles(b.OutH)) * int64(WinogradTiles(b.OutW)) * int64(tile)
}

// SeparateFloats is the arena that buffers would take if none shared memory.
func (p *Program) SeparateFloats() int {
	n := 0
	for _, b := range p.Buffers {
		if b.Space == Arena {
			n += b.Floats(p.Micro)
		}
	}
	return n
}

// PeakFloats is the largest sum of buffers live at once: no arena can be
// smaller.
func (p *Program) PeakFloats() int {
	peak := 0
	for i := range p.Calls() {
		n := 0
		for _, b := range p.Buffers {
			if b.Space == Arena && b.First <= i && i <= b.Last {
				n += b.Floats(p.Micro)
			}
		}
		peak = max(peak, n)
	}
	return peak
}

// KernelName names the kernel family of a call as reports do: igemm+bias+relu.
func KernelName(c Call) string {
	switch c := c.(type) {
	case *IGEMM:
		s := "igemm"
		if c.ConstPitch > 0 {
			s += "Const"
		}
		for _, e := range []struct {
			on   bool
			name string
		}{{c.Bias >= 0, "Bias"}, {c.Add != nil, "Add"}, {c.ReLU, "ReLU"}, {c.Mask != nil, "Mask"}} {
			if e.on {
				s += e.name
			}
		}
		if c.Pool != nil {
			s += "+" + KernelName(c.Pool)
		}
		return s
	case *Winograd:
		s := "winograd"
		for _, e := range []struct {
			on   bool
			name string
		}{{c.Bias >= 0, "Bias"}, {c.Add != nil, "Add"}, {c.ReLU, "ReLU"}, {c.Mask != nil, "Mask"}} {
			if e.on {
				s += e.name
			}
		}
		if c.Pool != nil {
			s += "+" + KernelName(c.Pool)
		}
		return s
	case *WinogradGrad:
		return "winogradGradient"
	case *WinogradKernel:
		return "winogradWeights"
	case *WGrad:
		if c.Pack {
			return "packPanel+wgrad"
		}
		if len(c.Taps) == 0 {
			return "colSum"
		}
		return "wgrad"
	case *MaxPool:
		s := "maxpool"
		if c.ReLU {
			s += "ReLU"
		}
		if c.Mask != nil {
			s += "Bits"
		}
		return s
	case *MaxPoolGrad:
		return "maxpoolGrad"
	case *AvgPool:
		return "avgpool"
	case *AvgPoolGrad:
		return "avgpoolGrad"
	case *Act:
		return "act"
	case *ActGrad:
		return "actGrad"
	case *Dropout:
		return "dropout"
	case *Add:
		if c.ReLU {
			return "addReLU"
		}
		return "add"
	case *CopyChannels, *Load, *Store, *Reshape:
		return "copy"
	case *Softmax, *SoftmaxGrad:
		return "softmax"
	case *LossGrad:
		return "loss"
	case *Zero:
		return "clear"
	case *Transpose:
		return "transpose"
	}
	return ""
}

// detail is the second line of a call: the numbers that tiles and blocks are
// made of.
func detail(c Call) string {
	switch c := c.(type) {
	case *IGEMM:
		s := fmt.Sprintf("k %d = %d x %d, %d channels from %s %d, ", len(c.Seg)*c.SegLen, len(c.Seg), c.SegLen, c.OutC, c.W.Space, c.W.Offset)
		if c.Tiles.AcrossImages {
			return s + "tiles across images"
		}
		s += fmt.Sprintf("groups of %d rows: %s", c.Tiles.Rows, tilesText(c.Tiles.Full))
		if c.Tiles.Last != nil {
			s += ", last " + tilesText(c.Tiles.Last)
		}
		if c.Tiles.PanelOuter {
			s += ", panels outside"
		}
		return s
	case *WGrad:
		s := fmt.Sprintf("%d taps x %d: %s, blocks of %d rows", len(c.Taps), c.In, tilesText(c.Tiles), c.Rows)
		if c.Images > 1 {
			s += fmt.Sprintf(" of %d images", c.Images)
		}
		return s
	case *Winograd:
		return fmt.Sprintf("36 planes of k %d, %d channels from %s %d, blocks of %d rows of %d tiles of %s",
			c.In, c.OutC, c.U.Space, c.U.Offset, c.Rows, WinogradTiles(c.OutW), imagesText(c.Images))
	case *WinogradGrad:
		return fmt.Sprintf("36 planes of %d x %d: %s, blocks of %d rows of %d tiles of %s",
			c.In, c.OutC, tilesText(c.Runs), c.Rows, WinogradTiles(c.OutW), imagesText(c.Images))
	case *WinogradKernel:
		s := fmt.Sprintf("params %d -> derived %d, %d x %d", c.From, c.To, c.Packing.In, c.Packing.Out)
		if c.Rotated {
			s += ", rotated"
		}
		return s
	case *Transpose:
		return fmt.Sprintf("params %d -> derived %d, %d taps, %d x %d", c.From, c.To, len(c.Taps), c.Packing.In, c.Packing.Out)
	}
	return ""
}

func imagesText(n int) string {
	if n == 1 {
		return "an image"
	}
	return fmt.Sprintf("%d images", n)
}

func tilesText(ts []Tiles) string {
	var parts []string
	for _, t := range ts {
		parts = append(parts, fmt.Sprintf("%dx%d", t.N, t.MR))
	}
	return strings.Join(parts, "+")
}
