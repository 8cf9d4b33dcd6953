package plan

import (
	"fmt"
	"go/token"
)

// Verify checks what must hold for every plan: names are distinct Go
// identifiers, offsets lie inside their vectors, every read and write of a
// product stays inside its image, tiles cover their pixels exactly, no two live
// buffers overlap, and borders of shared memory are cleared before use. An
// error is a bug in the scheduler.
func Verify(p *Plan) error {
	v := &verifier{plan: p}
	v.params()
	v.program("infer", &p.Infer)
	v.program("train", &p.Train)
	for _, c := range p.Derive {
		c.check(v)
	}
	v.norms()
	if p.InferDerivedFloats > p.DerivedFloats {
		v.fail("inference needs %d derived weights of %d", p.InferDerivedFloats, p.DerivedFloats)
	}
	if v.err == nil && len(p.Train.Backward) > 0 && p.Shards < 1 {
		v.fail("%d shards", p.Shards)
	}
	return v.err
}

// verifier keeps the first error.
type verifier struct {
	plan *Plan
	prog *Program
	err  error
}

func (v *verifier) fail(format string, args ...any) {
	if v.err == nil {
		v.err = fmt.Errorf("plan %s: %s", v.plan.Name, fmt.Sprintf(format, args...))
	}
}

func (v *verifier) params() {
	end := 0
	for _, p := range v.plan.Params {
		if p.Offset != end || p.Offset%16 != 0 {
			v.fail("parameter %s at %d, want %d", p.Name, p.Offset, end)
		}
		n := 1
		for _, d := range p.Shape {
			n *= d
		}
		if k := p.Packing; k.Taps*k.In*k.Out != n || k.InPad < k.In {
			v.fail("parameter %s of shape %v is packed as %+v", p.Name, p.Shape, k)
		}
		for _, s := range []int{p.L1, p.L2} {
			if s < -1 || s >= len(v.plan.Scalars) {
				v.fail("parameter %s refers to scalar %d", p.Name, s)
			}
		}
		end += p.Packing.Floats()
	}
	if end != v.plan.ParamFloats {
		v.fail("parameters end at %d, the vector at %d", end, v.plan.ParamFloats)
	}
}

func (v *verifier) program(name string, p *Program) {
	v.prog = p
	calls := p.Calls()
	if len(calls) == 0 {
		return
	}
	if p.Micro < 1 {
		v.fail("%s: micro-batch of %d", name, p.Micro)
	}
	v.names(name, p, calls)
	v.buffers(name, p, calls)
	for _, c := range calls {
		if _, ok := c.(Derivation); ok {
			v.fail("%s: %s is a %T", name, c.Base().Name, c)
		}
		c.check(v)
	}
}

func (v *verifier) names(name string, p *Program, calls []Call) {
	seen := map[string]bool{}
	for _, c := range calls {
		if n := c.Base().Name; !token.IsIdentifier(n) || seen[n] {
			v.fail("%s: call %q: not a Go identifier, or not the only one", name, n)
		}
		seen[c.Base().Name] = true
		if pool := poolOf(c); pool != nil {
			if n := pool.Name; !token.IsIdentifier(n) || seen[n] {
				v.fail("%s: call %q: not a Go identifier, or not the only one", name, n)
			}
			seen[pool.Name] = true
		}
	}
	clear(seen)
	for _, b := range p.Buffers {
		if !token.IsIdentifier(b.Name) || seen[b.Name] {
			v.fail("%s: buffer %q: not a Go identifier, or not the only one", name, b.Name)
		}
		seen[b.Name] = true
	}
}

// buffers checks sizes, lifetimes and that no two live buffers overlap.
func (v *verifier) buffers(name string, p *Program, calls []Call) {
	known := map[*Buffer]bool{}
	for _, b := range p.Buffers {
		known[b] = true
		switch {
		case b.Space == Arena && (b.Offset < 0 || b.Offset%16 != 0 || b.ImageFloats%16 != 0 || b.Offset+b.Floats(p.Micro) > p.ArenaFloats):
			v.fail("%s: buffer %s at %d+%d outside the arena of %d, or not aligned", name, b.Name, b.Offset, b.Floats(p.Micro), p.ArenaFloats)
		case b.Space == Resident && (b.Offset < 0 || b.Offset%16 != 0 || b.ImageFloats%16 != 0 || b.Offset+b.Floats(p.Micro) > p.ResidentFloats || b.Scratch):
			v.fail("%s: buffer %s at %d+%d outside the resident memory of %d, or not aligned", name, b.Name, b.Offset, b.Floats(p.Micro), p.ResidentFloats)
		case b.Space != Arena && b.Space != Input && b.Space != Resident:
			v.fail("%s: buffer %s in space %d", name, b.Name, b.Space)
		case b.C > b.Cp || b.Space != Input && b.Cp%8 != 0 && b.C > 4:
			v.fail("%s: buffer %s: %d channels in %d", name, b.Name, b.C, b.Cp)
		case b.MaskCells > 0 && b.MaskBytes() > 4*b.ImageFloats:
			v.fail("%s: mask %s: %d bytes in %d floats", name, b.Name, b.MaskBytes(), b.ImageFloats)
		case b.MaskCells == 0 && (b.Top+b.H+b.Bottom)*b.RowFloats() > b.ImageFloats:
			v.fail("%s: buffer %s does not fit %d floats", name, b.Name, b.ImageFloats)
		case b.First < 0 || b.Last < b.First || b.Last >= len(calls):
			v.fail("%s: buffer %s lives from call %d to %d of %d", name, b.Name, b.First, b.Last, len(calls))
		case b.Space == Arena && p.StageOf(b.First) != p.StageOf(b.Last):
			v.fail("%s: buffer %s lives from stage %d to %d, and the arena does not", name, b.Name, p.StageOf(b.First), p.StageOf(b.Last))
		}
	}
	for i, a := range p.Buffers {
		for _, b := range p.Buffers[:i] {
			if a.Space != Input && a.First <= b.Last && b.First <= a.Last && a.Overlaps(b, p.Micro) {
				v.fail("%s: buffers %s and %s live at once and overlap", name, a.Name, b.Name)
			}
		}
	}
	v.uses(name, p, calls, known)
}

// uses checks that buffers are written before they are read, within their
// lifetimes, and that a shared border is cleared first.
func (v *verifier) uses(name string, p *Program, calls []Call, known map[*Buffer]bool) {
	written := map[*Buffer]bool{}
	for i, c := range calls {
		for _, a := range Accesses(c) {
			b := a.Buffer
			if !known[b] {
				v.fail("%s: %s uses a buffer %s that is not in the list", name, c.Base().Name, b.Name)
			}
			if i < b.First || i > b.Last {
				v.fail("%s: %s uses %s outside its life", name, c.Base().Name, b.Name)
			}
			if b.Space == Input {
				if a.Write {
					v.fail("%s: %s writes the caller's images", name, c.Base().Name)
				}
				continue
			}
			if z, ok := c.(*Zero); ok && z.HaloOnly {
				if written[b] {
					v.fail("%s: %s comes after the first write", name, c.Base().Name)
				}
				continue
			}
			if a.Read && !written[b] && !a.Write {
				v.fail("%s: %s reads %s, which nothing has written", name, c.Base().Name, b.Name)
			}
			if !written[b] && b.HasHalo() && v.shares(p, b) && !clearedBefore(calls[:i], b) {
				v.fail("%s: the border of %s is not cleared before %s", name, b.Name, c.Base().Name)
			}
			written[b] = written[b] || a.Write
		}
	}
}

func (v *verifier) shares(p *Program, b *Buffer) bool {
	for _, o := range p.Buffers {
		if o != b && b.Overlaps(o, p.Micro) {
			return true
		}
	}
	return false
}

func clearedBefore(calls []Call, b *Buffer) bool {
	for _, c := range calls {
		if z, ok := c.(*Zero); ok && z.HaloOnly && z.X == b {
			return true
		}
	}
	return false
}
