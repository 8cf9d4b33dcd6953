package augment

import "math"

// fill is what comes in from outside the image.
type fill int

const (
	fillNearest  fill = iota
	fillConstant      // wherever one coordinate is outside, without blending
	fillReflect
	fillWrap
)

// index is the pixel of a line of n that stands in place i, which may be
// outside; -1 for a constant.
func (f fill) index(i, n int) int {
	if uint(i) < uint(n) {
		return i
	}
	switch f {
	case fillConstant:
		return -1
	case fillReflect:
		if i = i % (2 * n); i < 0 {
			i += 2 * n
		}
		return min(i, 2*n-1-i)
	case fillWrap:
		if i %= n; i < 0 {
			i += n
		}
		return i
	}
	return max(0, min(i, n-1))
}

// move writes the moved image.
func (p *Plan) move(dst, src []float32, d *draw) {
	switch {
	case !p.moves:
		copy(dst, src)
	case d.plain():
		p.copyMoved(dst, src, d)
	default:
		p.warp(dst, src, d.matrix(float64(p.width-1)/2, float64(p.height-1)/2))
	}
}

// copyMoved mirrors and shifts by whole pixels: rows are copied.
func (p *Plan) copyMoved(dst, src []float32, d *draw) {
	ch, w, value := p.channels, p.width, float32(p.cfg.FillValue)
	tx, ty := int(d.tx), int(d.ty)
	// Columns from..to-1 of the result come from inside the image.
	from, to := max(0, -tx), min(w, w-tx)
	if d.flipX { // column x of the result is column w-1-x+tx of the image
		from, to = max(0, tx), min(w, w+tx)
	}
	for y := range p.height {
		out := dst[y*w*ch:][:w*ch]
		sy := y + ty
		if d.flipY {
			sy = p.height - 1 - y + ty
		}
		if sy = p.fill.index(sy, p.height); sy < 0 {
			set(out, value)
			continue
		}
		in := src[sy*w*ch:][:w*ch]
		if !d.flipX {
			if from < to {
				copy(out[from*ch:to*ch], in[(from+tx)*ch:])
			}
		} else {
			mirror(out[min(from, w)*ch:max(to, 0)*ch], in, w-1-from+tx, ch)
		}
		for x := 0; x < w; x++ {
			if x == from && from < to {
				x = to
				if x == w {
					break
				}
			}
			sx := x + tx
			if d.flipX {
				sx = w - 1 - x + tx
			}
			if sx = p.fill.index(sx, w); sx < 0 {
				set(out[x*ch:][:ch], value)
				continue
			}
			copy(out[x*ch:][:ch], in[sx*ch:][:ch])
		}
	}
}

// mirror copies pixels of in to out, backwards from pixel at.
func mirror(out, in []float32, at, ch int) {
	if ch == 1 {
		for i := range out {
			out[i] = in[at-i]
		}
		return
	}
	for i := 0; i < len(out); i += ch {
		copy(out[i:i+ch], in[at*ch:][:ch])
		at--
	}
}

func set(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}

// Coordinates are whole numbers of 2^-32 pixels: to step along a row adds no
// error, and rounding to them makes sin(90deg) 1 and cos(90deg) 0.
const (
	one  = 1 << 32
	half = 1 << 31
)

func fixed(v float64) int64 { return int64(math.Round(v * one)) }

// share is the part of a coordinate behind the point, in [0, 1).
func share(v int64) float32 { return float32(uint32(v)>>8) * 0x1p-24 }

// warp writes the image moved by m.
func (p *Plan) warp(dst, src []float32, m affine) {
	ch, w, h := p.channels, p.width, p.height
	dx, dy := fixed(m.a), fixed(m.d)
	for y := range h {
		sx, sy := fixed(float64(m.b*float64(y))+m.c), fixed(float64(m.e*float64(y))+m.f)
		out := dst[y*w*ch:][:w*ch]
		if p.nearest {
			p.nearestRow(out, src, sx+half, sy+half, dx, dy)
			continue
		}
		// Where all four neighbours are in the image there is nothing to check.
		from, to := inside(sx, dx, int64(w-1)*one, 0, w)
		from, to = inside(sy, dy, int64(h-1)*one, from, to)
		for x := range from {
			p.border(out[x*ch:][:ch], src, sx+int64(x)*dx, sy+int64(x)*dy)
		}
		p.interior(out[from*ch:to*ch], src, sx+int64(from)*dx, sy+int64(from)*dy, dx, dy)
		for x := to; x < w; x++ {
			p.border(out[x*ch:][:ch], src, sx+int64(x)*dx, sy+int64(x)*dy)
		}
	}
}

// inside narrows from..to-1 to the steps i with 0 <= at+i*step < limit. The
// result is empty, but not reversed, where there are none.
func inside(at, step, limit int64, from, to int) (int, int) {
	ceil := func(a, b int64) int64 { // a/b upwards, b > 0
		q := a / b
		if a%b > 0 {
			q++
		}
		return q
	}
	lo, hi := int64(from), int64(to)
	switch {
	case step > 0:
		lo, hi = max(lo, ceil(-at, step)), min(hi, ceil(limit-at, step))
	case step < 0: // at-i*|step| < limit and >= 0
		lo, hi = max(lo, ceil(at-limit+1, -step)), min(hi, ceil(at+1, -step))
	case at < 0 || at >= limit:
		hi = lo
	}
	lo = min(lo, int64(to))
	return int(lo), int(max(hi, lo))
}

// interior interpolates pixels whose neighbours are all in the image.
func (p *Plan) interior(out, src []float32, sx, sy, dx, dy int64) {
	row := p.width * p.channels
	switch p.channels {
	case 1:
		for i := range out {
			at := int(sy>>32)*row + int(sx>>32)
			fx, fy := share(sx), share(sy)
			a, b := src[at:at+2:at+2], src[at+row:at+row+2:at+row+2]
			out[i] = mix(mix(a[0], a[1], fx), mix(b[0], b[1], fx), fy)
			sx, sy = sx+dx, sy+dy
		}
	case 3:
		for i := 0; i+3 <= len(out); i += 3 {
			at := int(sy>>32)*row + 3*int(sx>>32)
			fx, fy := share(sx), share(sy)
			a, b, o := src[at:at+6:at+6], src[at+row:at+row+6:at+row+6], out[i:i+3:i+3]
			o[0] = mix(mix(a[0], a[3], fx), mix(b[0], b[3], fx), fy)
			o[1] = mix(mix(a[1], a[4], fx), mix(b[1], b[4], fx), fy)
			o[2] = mix(mix(a[2], a[5], fx), mix(b[2], b[5], fx), fy)
			sx, sy = sx+dx, sy+dy
		}
	default:
		ch := p.channels
		for i := 0; i < len(out); i += ch {
			at := int(sy>>32)*row + ch*int(sx>>32)
			fx, fy := share(sx), share(sy)
			a, b := src[at:at+2*ch], src[at+row:at+row+2*ch]
			for c := range ch {
				out[i+c] = mix(mix(a[c], a[ch+c], fx), mix(b[c], b[ch+c], fx), fy)
			}
			sx, sy = sx+dx, sy+dy
		}
	}
}

// mix is a where share is 0 and towards b as it grows. The conversion forbids a
// fused multiply-add: the same bits everywhere.
func mix(a, b, share float32) float32 { return a + float32((b-a)*share) }

// border interpolates one pixel that may lie outside, or partly.
func (p *Plan) border(out, src []float32, sx, sy int64) {
	w, h, ch := p.width, p.height, p.channels
	switch p.fill {
	case fillConstant:
		if sx < 0 || sy < 0 || sx > int64(w-1)*one || sy > int64(h-1)*one {
			set(out, float32(p.cfg.FillValue))
			return
		}
		// On the last row or column the pixel behind it counts nothing.
		fallthrough
	case fillNearest:
		sx, sy = max(0, min(sx, int64(w-1)*one)), max(0, min(sy, int64(h-1)*one))
	}
	f := p.fill
	if f == fillConstant {
		f = fillNearest
	}
	x, y := int(sx>>32), int(sy>>32)
	x0, x1 := ch*f.index(x, w), ch*f.index(x+1, w)
	y0, y1 := w*ch*f.index(y, h), w*ch*f.index(y+1, h)
	fx, fy := share(sx), share(sy)
	for c := range out {
		out[c] = mix(mix(src[y0+x0+c], src[y0+x1+c], fx), mix(src[y1+x0+c], src[y1+x1+c], fx), fy)
	}
}

// nearestRow takes the nearest pixel for each of a row.
func (p *Plan) nearestRow(out, src []float32, sx, sy, dx, dy int64) {
	ch := p.channels
	for i := 0; i < len(out); i += ch {
		x, y := p.fill.index(int(sx>>32), p.width), p.fill.index(int(sy>>32), p.height)
		if x < 0 || y < 0 {
			set(out[i:i+ch], float32(p.cfg.FillValue))
		} else {
			copy(out[i:i+ch], src[(y*p.width+x)*ch:][:ch])
		}
		sx, sy = sx+dx, sy+dy
	}
}
