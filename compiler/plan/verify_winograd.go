package plan

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

// winograd checks that whole tiles lie inside the input, outputs inside the
// output, and that blocks and planes fit.
func (v *verifier) winograd(c *Winograd) {
	if c.OutH < 1 || c.OutW < 1 || c.In < 16 || c.In%16 != 0 || c.OutC < 16 || c.OutC%16 != 0 || c.In > c.X.Cp {
		v.fail("%s: %d channels to %dx%dx%d", c.Name, c.In, c.OutH, c.OutW, c.OutC)
		return
	}
	rows, cols := WinogradTiles(c.OutH), WinogradTiles(c.OutW)
	if c.Rows < 1 || c.Rows > rows || c.Images < 1 || c.Images > 1 && c.Rows < rows {
		v.fail("%s: blocks of %d rows of tiles, %d images", c.Name, c.Rows, c.Images)
		return
	}
	lo, hi := span(c.XOrigin, 4*rows+2, c.X.RowFloats(), 4*cols+2, c.X.Cp)
	if lo < 0 || hi+c.In > c.X.ImageFloats {
		v.fail("%s reads %d to %d of %s, which has %d", c.Name, lo, hi+c.In, c.X.Name, c.X.ImageFloats)
	}
	h := c.OutH
	if c.Pool != nil {
		h = min(h, 4*c.Rows)
		v.winogradStrip(c)
	}
	if lo, hi := span(c.Y.Origin(), h, c.Y.RowFloats(), c.OutW, c.Y.Cp); lo < 0 || hi+c.OutC > c.Y.ImageFloats || c.OutC > c.Y.Cp {
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
	if c.Scratch == nil || !c.Scratch.Scratch || c.Scratch.ImageFloats < c.ScratchFloats() {
		v.fail("%s: the planes do not fit", c.Name)
	}
	if c.U.Space != Derived || c.U.PanelFloats != 16*c.In || c.PlaneFloats < c.In*c.OutC {
		v.fail("%s: panels of %d in planes of %d", c.Name, c.U.PanelFloats, c.PlaneFloats)
	}
	last := c.U
	last.Offset += (WinogradPlanes - 1) * c.PlaneFloats
	v.weights(c.Name, c.U, c.In, c.OutC)
	v.weights(c.Name, last, c.In, c.OutC)
	if c.Bias >= 0 && c.Bias+c.OutC > v.plan.ParamFloats {
		v.fail("%s: bias at %d", c.Name, c.Bias)
	}
}

// winogradStrip checks the pooling behind a convolution.
func (v *verifier) winogradStrip(c *Winograd) {
	p := c.Pool
	v.pool(p, c.Y, p.Y, p.Mask, p.KH*p.KW)
	groupsFit := c.Rows == WinogradTiles(c.OutH) || 4*c.Rows%p.SH == 0
	if p.X != c.Y || !c.Y.Scratch || p.KH > p.SH || p.KW > p.SW || p.PadTop != 0 || p.PadLeft != 0 || !groupsFit ||
		(p.Y.H-1)*p.SH+p.KH != c.OutH || (p.Y.W-1)*p.SW+p.KW != c.OutW || c.Y.Cp != c.OutC {
		v.fail("%s: strip %s does not fit its pooling", c.Name, c.Y.Name)
	}
}

func (v *verifier) winogradKernel(c *WinogradKernel) {
	k := c.Packing
	if k.Taps != 9 || k.In%16 != 0 || k.Out%16 != 0 || k.InPad != k.In {
		v.fail("%s: a kernel of %d taps, %d x %d", c.Name, k.Taps, k.In, k.Out)
	}
	if end := c.To + c.Floats(); c.To < 0 || end > v.plan.DerivedFloats {
		v.fail("%s writes %d to %d of %d", c.Name, c.To, end, v.plan.DerivedFloats)
	}
	if end := c.From + k.Floats(); c.From < 0 || end > v.plan.ParamFloats {
		v.fail("%s reads %d of %d parameters", c.Name, end, v.plan.ParamFloats)
	}
}
