package plan

// call checks one call.
func (v *verifier) call(c Call) {
	switch c := c.(type) {
	case *IGEMM:
		v.igemm(c)
	case *Winograd:
		v.winograd(c)
	case *WinogradGrad:
		v.winogradGrad(c)
	case *WGrad:
		v.wgrad(c)
	case *Act:
		v.like(c, c.X, c.Y)
	case *ActGrad:
		v.like(c, c.DY, c.R, c.DX)
	case *Dropout:
		v.like(c, c.X, c.Y)
	case *Add:
		v.like(c, c.A, c.B, c.Y)
	case *MaxPool:
		v.pool(c, c.X, c.Y, c.Mask, c.KH*c.KW)
	case *MaxPoolGrad:
		v.pool(c, c.DX, c.DY, c.Mask, c.KH*c.KW)
	case *AvgPool:
		v.pool(c, c.X, c.Y, nil, 0)
	case *AvgPoolGrad:
		v.pool(c, c.DX, c.DY, nil, 0)
	case *CopyChannels:
		if c.XFrom < 0 || c.YFrom < 0 || c.XFrom+c.N > c.X.C || c.YFrom+c.N > c.Y.C || c.X.H != c.Y.H || c.X.W != c.Y.W {
			v.fail("%s copies channels outside its buffers", c.Name)
		}
	case *Reshape:
		if c.X.H*c.X.W*c.X.C != c.Y.H*c.Y.W*c.Y.C {
			v.fail("%s: sizes differ", c.Name)
		}
	case *Softmax:
		v.vectors(c, c.X, c.Y)
	case *SoftmaxGrad:
		v.vectors(c, c.DY, c.Y, c.DX)
	case *LossGrad:
		v.vectors(c, c.X, c.DX)
		if c.X.C != c.Loss.Outputs {
			v.fail("%s: %d scores, %d outputs", c.Name, c.X.C, c.Loss.Outputs)
		}
	case *Store:
		v.vectors(c, c.X)
		if c.X.C != v.plan.Outputs {
			v.fail("%s: %d scores, %d outputs", c.Name, c.X.C, v.plan.Outputs)
		}
	case *Load:
		if c.Y.H != v.plan.InputH || c.Y.W != v.plan.InputW || c.Y.C != v.plan.InputC {
			v.fail("%s: the buffer is not the input's size", c.Name)
		}
	case *Zero:
	default:
		v.fail("%s: a %T is no call", c.Base().Name, c)
	}
}

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

func (v *verifier) igemm(c *IGEMM) {
	if len(c.Seg) == 0 || c.SegLen < 1 || c.OutC < 1 || c.OutC%8 != 0 || c.OutH < 1 || c.OutW < 1 {
		v.fail("%s: %d segments of %d to %dx%dx%d", c.Name, len(c.Seg), c.SegLen, c.OutH, c.OutW, c.OutC)
		return
	}
	lo, hi := span(c.XOrigin, c.OutH, c.XRow, c.OutW, c.XCol)
	segLo, segHi := c.Seg[0], c.Seg[0]
	for i, s := range c.Seg {
		segLo, segHi = min(segLo, s), max(segHi, s)
		if c.ConstPitch > 0 && s != i*c.ConstPitch {
			v.fail("%s: segment %d at %d, want %d", c.Name, i, s, i*c.ConstPitch)
		}
	}
	if lo+segLo < 0 || hi+segHi+c.SegLen > c.X.ImageFloats {
		v.fail("%s reads %d to %d of %s, which has %d", c.Name, lo+segLo, hi+segHi+c.SegLen, c.X.Name, c.X.ImageFloats)
	}
	h := c.OutH
	if c.Pool != nil {
		h = min(h, c.Tiles.Rows)
		v.strip(c)
	}
	if lo, hi := span(c.YOrigin, h, c.YRow, c.OutW, c.YCol); lo < 0 || hi+c.OutC > c.Y.ImageFloats {
		v.fail("%s writes %d to %d of %s, which has %d", c.Name, lo, hi+c.OutC, c.Y.Name, c.Y.ImageFloats)
	}
	for _, b := range []*Buffer{c.Add, c.Mask} {
		if b != nil {
			v.like(c, c.Y, b)
		}
	}
	if c.Mask != nil && c.ReLU || c.Pool != nil && c.Add != nil || c.X == c.Y {
		v.fail("%s: no kernel has this epilogue", c.Name)
	}
	v.weights(c.Name, c.W, len(c.Seg)*c.SegLen, c.OutC)
	if c.Bias >= 0 && c.Bias+(c.OutC+15)/16*16 > v.plan.ParamFloats {
		v.fail("%s: bias at %d", c.Name, c.Bias)
	}
	v.tilePlan(c)
}

// strip checks the pooling behind a convolution.
func (v *verifier) strip(c *IGEMM) {
	p := c.Pool
	v.pool(p, c.Y, p.Y, p.Mask, p.KH*p.KW)
	groupsFit := c.Tiles.Rows == c.OutH || c.Tiles.Rows%p.SH == 0
	if p.X != c.Y || !c.Y.Scratch || p.KH > p.SH || p.KW > p.SW || p.PadTop != 0 || p.PadLeft != 0 || !groupsFit ||
		(p.Y.H-1)*p.SH+p.KH != c.OutH || (p.Y.W-1)*p.SW+p.KW != c.OutW || c.Y.Cp != c.OutC || c.Tiles.PanelOuter {
		v.fail("%s: strip %s does not fit its pooling", c.Name, c.Y.Name)
	}
}

// weights checks that the panels for outC channels of k rows exist.
func (v *verifier) weights(name string, w Weights, k, outC int) {
	end := map[Space]int{Params: v.plan.ParamFloats, Grads: v.plan.ParamFloats, Derived: v.plan.DerivedFloats}[w.Space]
	if w.Offset < 0 || k*16 > w.PanelFloats || w.Offset+((outC+15)/16-1)*w.PanelFloats+k*16 > end {
		v.fail("%s: %d rows of %d channels at %d of %d", name, k, outC, w.Offset, end)
	}
}

func (v *verifier) tilePlan(c *IGEMM) {
	t := c.Tiles
	if t.AcrossImages {
		if c.OutH != 1 || c.OutW != 1 || c.Pool != nil {
			v.fail("%s: tiles across images of %dx%d", c.Name, c.OutH, c.OutW)
		}
		return
	}
	if t.Rows < 1 || t.Rows > c.OutH {
		v.fail("%s: groups of %d rows of %d", c.Name, t.Rows, c.OutH)
		return
	}
	v.covers(c.Name, t.Full, t.Rows*c.OutW)
	v.covers(c.Name, t.Last, c.OutH%t.Rows*c.OutW)
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

func (v *verifier) wgrad(c *WGrad) {
	if lo, hi := span(c.DYOrigin, c.OutH, c.DYRow, c.OutW, c.DYCol); lo < 0 || hi+c.OutC > c.DY.ImageFloats {
		v.fail("%s reads %d to %d of %s", c.Name, lo, hi+c.OutC, c.DY.Name)
	}
	if c.DB >= 0 && c.DB+(c.OutC+15)/16*16 > v.plan.ParamFloats {
		v.fail("%s: bias at %d", c.Name, c.DB)
	}
	if c.Rows < 1 || c.Rows > c.OutH || c.Images < 1 || c.Images > 1 && c.Rows < c.OutH || c.OutC%8 != 0 {
		v.fail("%s: blocks of %d rows, %d images, %d channels", c.Name, c.Rows, c.Images, c.OutC)
	}
	if c.Pack && (c.Scratch == nil || !c.Scratch.Scratch || c.Scratch.ImageFloats < 32*c.Images*c.Rows*c.OutW) {
		v.fail("%s: the panel does not fit", c.Name)
	}
	v.covers(c.Name, c.Tiles, len(c.Taps)*c.In)
	if len(c.Taps) == 0 {
		if c.DB < 0 {
			v.fail("%s computes nothing", c.Name)
		}
		return
	}
	lo, hi := span(c.XOrigin, c.OutH, c.XRow, c.OutW, c.XCol)
	for _, t := range c.Taps {
		if lo+t < 0 || hi+t+c.In > c.X.ImageFloats {
			v.fail("%s reads %d to %d of %s, which has %d", c.Name, lo+t, hi+t+c.In, c.X.Name, c.X.ImageFloats)
		}
	}
	if c.In > c.InPad {
		v.fail("%s: %d channels in %d rows", c.Name, c.In, c.InPad)
	}
	v.weights(c.Name, c.DW, len(c.Taps)*c.InPad, c.OutC)
}

func (v *verifier) transpose(c *Transpose) {
	panel := len(c.Taps) * c.OutPad * 16
	if end := c.To + (c.Packing.In+15)/16*panel; c.To < 0 || end > v.plan.DerivedFloats || c.Packing.Out > c.OutPad {
		v.fail("%s writes %d to %d of %d", c.Name, c.To, end, v.plan.DerivedFloats)
	}
	for _, t := range c.Taps {
		last := c.From + c.Packing.Index(t, c.Packing.In-1, c.Packing.Out-1)
		if t < 0 || c.From < 0 || last >= v.plan.ParamFloats {
			v.fail("%s reads %d of %d parameters", c.Name, last, v.plan.ParamFloats)
		}
	}
}
