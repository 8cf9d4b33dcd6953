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
	case Resident:
		return "resident"
	case Batch:
		return "batch"
	}
	return fmt.Sprintf("space%d", s)
}

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
	if p.Shards > 0 {
		fmt.Fprintf(&b, ", shards %d, optimizer %s with %d slots, loss %s", p.Shards, p.Optimizer, p.Slots, p.Loss.Kind)
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
			fmt.Fprintf(&b, "  %-24s %s\n", c.Base().Name, c.detail())
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
	if len(p.Trials) > 1 {
		b.WriteString("  predicted, for micro-batches of so many examples, us an example and arena:")
		for i, t := range p.Trials {
			if i%4 == 0 {
				b.WriteString("\n   ")
			}
			fmt.Fprintf(b, " %3d: %8.1f %-8s", t.Micro, t.Nanos/1000, bytes(t.ArenaFloats))
		}
		b.WriteString("\n")
	}
	if p.Stages() > 1 {
		fmt.Fprintf(b, "  %d stages; each micro-batch keeps %s from one to the next (layout: resident)\n", p.Stages(), bytes(p.ResidentFloats))
	}
	b.WriteString("\n  buffers               offset      floats  calls      layout\n")
	for _, x := range p.Buffers {
		fmt.Fprintf(b, "    %-18s %7d  %10d  %3d..%-3d  %s\n", x.Name, x.Offset, x.Floats(p.Micro), x.First, x.Last, x.Layout())
	}
	b.WriteString("\n  calls\n")
	costs := p.Costs(p.Micro)
	i, stage := 0, 0
	for _, part := range []struct {
		name  string
		calls []Call
	}{{"forward", p.Forward}, {"backward", p.Backward}} {
		if len(part.calls) > 0 {
			fmt.Fprintf(b, "   %s\n", part.name)
		}
		for _, c := range part.calls {
			if s := p.StageOf(i); s != stage {
				stage = s
				fmt.Fprintf(b, "   stage %d, with the sums of all micro-batches in stage %d\n", s, s-1)
			}
			base := c.Base()
			fmt.Fprintf(b, "    %3d %-18s %-14s %s\n", i, base.Name, c.Kernel(), base.Comment)
			if d := c.detail(); d != "" {
				fmt.Fprintf(b, "        %s\n", d)
			}
			fmt.Fprintf(b, "        %s\n", costs[i])
			i++
		}
	}
}

// Layout describes the geometry of a buffer: "28x28x3 of 8, halo 1,1,1,1".
func (b *Buffer) Layout() string {
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
