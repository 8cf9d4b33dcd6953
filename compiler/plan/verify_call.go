package plan

// What the checks of several kinds of call have in common.

func (v *verifier) like(c Call, bs ...*Buffer) {
	for _, b := range bs[1:] {
		if !b.Like(bs[0]) || b.ImageFloats != bs[0].ImageFloats || b.Space == Input {
			v.fail("%s: %s and %s differ in geometry", c.Base().Name, bs[0].Name, b.Name)
		}
	}
}

func (v *verifier) vectors(c Call, bs ...*Buffer) {
	for _, b := range bs {
		if b.H != 1 || b.W != 1 || b.HasHalo() || b.C != bs[0].C {
			v.fail("%s: %s is not a vector of %d", c.Base().Name, b.Name, bs[0].C)
		}
	}
}

// pixels checks that buffers have the same pixels, whatever lies around them.
func (v *verifier) pixels(c Call, bs ...*Buffer) {
	for _, b := range bs {
		if f := bs[0]; b.H != f.H || b.W != f.W || b.C != f.C || b.Cp != f.Cp || b.Cp%8 != 0 {
			v.fail("%s: %s and %s differ in pixels", c.Base().Name, f.Name, b.Name)
		}
	}
}

// pool checks a pooling from the large image x to the small y, or back.
func (v *verifier) pool(c Call, x, y, mask *Buffer, cells int) {
	if x.Cp != y.Cp || x.Cp%8 != 0 {
		v.fail("%s: %d and %d channels", c.Base().Name, x.Cp, y.Cp)
	}
	if mask != nil && (mask.H != y.H || mask.W != y.W || mask.Cp != y.Cp || mask.MaskCells != cells) {
		v.fail("%s: mask %s does not fit", c.Base().Name, mask.Name)
	}
}

// span is the range of offsets that a walk over rows and columns covers.
func span(origin, h, row, w, col int) (lo, hi int) {
	lo, hi = origin, origin
	for _, d := range []int{(h - 1) * row, (w - 1) * col} {
		lo, hi = lo+min(0, d), hi+max(0, d)
	}
	return lo, hi
}

// weights checks that the panels for outC channels of k rows exist.
func (v *verifier) weights(name string, w Weights, k, outC int) {
	end := map[Space]int{Params: v.plan.ParamFloats, Grads: v.plan.ParamFloats, Derived: v.plan.DerivedFloats}[w.Space]
	if w.Offset < 0 || k*16 > w.PanelFloats || w.Offset+((outC+15)/16-1)*w.PanelFloats+k*16 > end {
		v.fail("%s: %d rows of %d channels at %d of %d", name, k, outC, w.Offset, end)
	}
}

func (v *verifier) covers(name string, tiles []Tiles, n int) {
	sum := 0
	for _, t := range tiles {
		if t.MR < 1 || t.MR > 6 || t.N < 1 {
			v.fail("%s: %d tiles of %d", name, t.N, t.MR)
		}
		sum += t.MR * t.N
	}
	if sum != n {
		v.fail("%s: tiles cover %d of %d", name, sum, n)
	}
}

// poolOf is the pooling behind a convolution, nil when there is none.
func poolOf(c Call) *MaxPool {
	switch c := c.(type) {
	case *IGEMM:
		return c.Pool
	case *Winograd:
		return c.Pool
	}
	return nil
}
