package plan

// check checks that whole tiles lie inside the input x, and that blocks
// and planes of so many floats fit.
func (c *WinogradBlock) check(v *verifier, name string, x *Buffer, floats func() int) bool {
	if c.Tile != 2 && c.Tile != 4 {
		v.fail("%s: tiles of %d pixels", name, c.Tile)
		return false
	}
	if c.OutH < 1 || c.OutW < 1 || c.In < 8 || c.In%8 != 0 || c.K < 1 || c.K > c.In || c.OutC < 8 || c.OutC%8 != 0 || c.In > x.Cp {
		v.fail("%s: %d of %d channels to %dx%dx%d", name, c.K, c.In, c.OutH, c.OutW, c.OutC)
		return false
	}
	rows := c.Tile.Tiles(c.OutH)
	if c.Rows < 1 || c.Rows > rows || c.Images < 1 || c.Images > 1 && c.Rows < rows {
		v.fail("%s: blocks of %d rows of tiles, %d images", name, c.Rows, c.Images)
		return false
	}
	if c.Scratch == nil || !c.Scratch.Scratch || c.Scratch.ImageFloats < floats() {
		v.fail("%s: the planes do not fit", name)
	}
	c.checkTiles(v, name, x, c.XOrigin, c.Tile.Side(), c.In)
	return true
}

// checkTiles checks that tiles of size x size pixels, of which the first begins
// at origin, lie inside b.
func (c *WinogradBlock) checkTiles(v *verifier, name string, b *Buffer, origin, size, channels int) {
	m := int(c.Tile)
	more := size - m
	lo, hi := span(origin, m*c.Tile.Tiles(c.OutH)+more, b.RowFloats(), m*c.Tile.Tiles(c.OutW)+more, b.Cp)
	if lo < 0 || hi+channels > b.ImageFloats {
		v.fail("%s reads %d to %d of %s, which has %d", name, lo, hi+channels, b.Name, b.ImageFloats)
	}
}

// check checks that outputs lie inside the output, and what they are made of.
func (c *Winograd) check(v *verifier) {
	if !c.WinogradBlock.check(v, c.Name, c.X, c.Floats) {
		return
	}
	h, w := c.OutH, c.OutW
	switch {
	case c.PoolsTiles():
		h, w = h/2, w/2
		c.checkTilePool(v)
	case c.Pool != nil:
		h = min(h, int(c.Tile)*c.Rows)
		c.checkStrip(v)
	}
	if lo, hi := span(c.Y.Origin(), h, c.Y.RowFloats(), w, c.Y.Cp); lo < 0 || hi+c.OutC > c.Y.ImageFloats || c.OutC > c.Y.Cp {
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
	if c.U.Space != Derived || c.U.PanelFloats != 16*c.K || c.PlaneFloats < c.K*c.OutC {
		v.fail("%s: panels of %d in planes of %d", c.Name, c.U.PanelFloats, c.PlaneFloats)
	}
	last := c.U
	last.Offset += (c.Tile.Planes() - 1) * c.PlaneFloats
	v.weights(c.Name, c.U, c.K, c.OutC)
	v.weights(c.Name, last, c.K, c.OutC)
	if c.Bias >= 0 && c.Bias+c.OutC > v.plan.ParamFloats {
		v.fail("%s: bias at %d", c.Name, c.Bias)
	}
}

// checkStrip checks the pooling behind a convolution.
func (c *Winograd) checkStrip(v *verifier) {
	p := c.Pool
	v.pool(p, c.Y, p.Y, p.Mask, p.KH*p.KW)
	groupsFit := c.Rows == c.Tile.Tiles(c.OutH) || int(c.Tile)*c.Rows%p.SH == 0
	if p.X != c.Y || !c.Y.Scratch || p.KH > p.SH || p.KW > p.SW || p.PadTop != 0 || p.PadLeft != 0 || !groupsFit ||
		(p.Y.H-1)*p.SH+p.KH != c.OutH || (p.Y.W-1)*p.SW+p.KW != c.OutW || c.Y.Cp != c.OutC {
		v.fail("%s: strip %s does not fit its pooling", c.Name, c.Y.Name)
	}
}

// checkTilePool checks the pooling that the transform of the outputs ends in.
func (c *Winograd) checkTilePool(v *verifier) {
	p := c.Pool
	v.pool(p, c.Y, p.Y, p.Mask, 4)
	if p.Y != c.Y || c.Y.Scratch || p.KH != 2 || p.KW != 2 || p.SH != 2 || p.SW != 2 || p.PadTop != 0 || p.PadLeft != 0 ||
		2*c.Y.H != c.OutH || 2*c.Y.W != c.OutW || c.Y.Cp != c.OutC || c.ReLU || c.Mask != nil {
		v.fail("%s: no transform ends in its pooling", c.Name)
	}
}

func (c *WinogradGrad) check(v *verifier) {
	if !c.WinogradBlock.check(v, c.Name, c.X, c.ScratchFloats) {
		return
	}
	// Zeros beyond the image: the border must be there.
	m := int(c.Tile)
	if below, right := m*c.Tile.Tiles(c.OutH)-c.DY.H, m*c.Tile.Tiles(c.OutW)-c.DY.W; c.DY.H != c.OutH || c.DY.W != c.OutW ||
		below > c.DY.Bottom || right > c.DY.Right {
		v.fail("%s: the border of %s is too narrow for whole tiles", c.Name, c.DY.Name)
	}
	c.WinogradBlock.checkTiles(v, c.Name, c.DY, c.DY.Origin(), m, c.Outputs)
	if c.Outputs%c.OutC != 0 || c.OutC < c.Outputs && c.OutC%16 != 0 || c.Outputs > c.DY.Cp {
		v.fail("%s: %d outputs, %d at a time", c.Name, c.Outputs, c.OutC)
	}
	if c.K > c.InPad {
		v.fail("%s: %d channels in %d rows", c.Name, c.K, c.InPad)
	}
	if c.DB >= 0 && c.DB+(c.Outputs+15)/16*16 > v.plan.ParamFloats {
		v.fail("%s: bias at %d", c.Name, c.DB)
	}
	v.covers(c.Name, c.Runs, c.K)
	v.weights(c.Name, c.DW, 9*c.InPad, c.Outputs)
}

func (c *WinogradKernel) check(v *verifier) {
	k := c.Packing
	rows := k.InPad
	if c.Rotated {
		rows = pad16(k.Out)
	}
	if k.Taps != 9 || c.Ins < 1 || c.Ins > rows || !c.Rotated && c.Ins != rows || c.Tile != 2 && c.Tile != 4 {
		v.fail("%s: %s, a kernel of %d taps, %d x %d, of which %d rows", c.Name, c.Tile, k.Taps, k.In, k.Out, c.Ins)
	}
	if end := c.To + c.Floats(); c.To < 0 || end > v.plan.DerivedFloats {
		v.fail("%s writes %d to %d of %d", c.Name, c.To, end, v.plan.DerivedFloats)
	}
	if end := c.From + k.Floats(); c.From < 0 || end > v.plan.ParamFloats {
		v.fail("%s reads %d of %d parameters", c.Name, end, v.plan.ParamFloats)
	}
}
