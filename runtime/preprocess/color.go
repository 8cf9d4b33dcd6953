package preprocess

import (
	"image"
	"image/color"
)

// prepare is called once per picture, before convert.
func (s *Scratch) prepare(img image.Image) {
	m, ok := img.(*image.Paletted)
	if !ok {
		return
	}
	s.colors = [256][3]uint8{}
	for i, c := range m.Palette[:min(len(m.Palette), 256)] {
		switch c := c.(type) {
		case color.NRGBA:
			s.colors[i] = [3]uint8{c.R, c.G, c.B}
		default:
			r, g, b, a := c.RGBA()
			s.colors[i] = straight(r, g, b, a)
		}
	}
}

// straight undoes the multiplication with alpha of 16-bit channels and keeps
// their high bytes.
func straight(r, g, b, a uint32) [3]uint8 {
	switch a {
	case 0xffff:
	case 0:
		return [3]uint8{}
	default:
		r, g, b = min(r*0xffff/a, 0xffff), min(g*0xffff/a, 0xffff), min(b*0xffff/a, 0xffff)
	}
	return [3]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)}
}

// luma is Pillow's weighting of 8-bit channels (spec: data, loading and resizing).
func luma(r, g, b uint8) uint8 {
	return uint8((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 32768) >> 16)
}

// put writes pixel i of a row of 1 or 3 channels.
func put(row []float32, i, channels int, r, g, b uint8) {
	if channels == 1 {
		row[i] = float32(luma(r, g, b))
		return
	}
	p := row[3*i : 3*i+3 : 3*i+3]
	p[0], p[1], p[2] = float32(r), float32(g), float32(b)
}

// convert writes row y (in the coordinates of img) as channels values a pixel.
// Every picture type of the standard library has either a case of its own here
// or comes through the last one, which reads without allocating.
func (s *Scratch) convert(row []float32, img image.Image, y, channels int) {
	b := img.Bounds()
	w := b.Dx()
	switch m := img.(type) {
	case *image.Gray:
		pix := m.Pix[m.PixOffset(b.Min.X, y):][:w]
		if channels == 1 {
			for i, v := range pix {
				row[i] = float32(v) // luma(v,v,v) == v
			}
			return
		}
		for i, v := range pix {
			put(row, i, channels, v, v, v)
		}
	case *image.YCbCr:
		ycc(row, m, y, channels)
	case *image.NYCbCrA:
		ycc(row, &m.YCbCr, y, channels)
	case *image.NRGBA:
		pix := m.Pix[m.PixOffset(b.Min.X, y):][:4*w]
		for i := range w {
			put(row, i, channels, pix[4*i], pix[4*i+1], pix[4*i+2])
		}
	case *image.NRGBA64:
		pix := m.Pix[m.PixOffset(b.Min.X, y):][:8*w]
		for i := range w {
			put(row, i, channels, pix[8*i], pix[8*i+2], pix[8*i+4])
		}
	case *image.RGBA:
		pix := m.Pix[m.PixOffset(b.Min.X, y):][:4*w]
		for i := range w {
			p := pix[4*i : 4*i+4 : 4*i+4]
			if p[3] != 255 {
				c := straight(uint32(p[0])*0x101, uint32(p[1])*0x101, uint32(p[2])*0x101, uint32(p[3])*0x101)
				put(row, i, channels, c[0], c[1], c[2])
				continue
			}
			put(row, i, channels, p[0], p[1], p[2])
		}
	case *image.Paletted:
		pix := m.Pix[m.PixOffset(b.Min.X, y):][:w]
		for i, v := range pix {
			c := s.colors[v]
			put(row, i, channels, c[0], c[1], c[2])
		}
	case image.RGBA64Image:
		for i := range w {
			p := m.RGBA64At(b.Min.X+i, y)
			c := straight(uint32(p.R), uint32(p.G), uint32(p.B), uint32(p.A))
			put(row, i, channels, c[0], c[1], c[2])
		}
	default:
		for i := range w {
			c := straight(img.At(b.Min.X+i, y).RGBA())
			put(row, i, channels, c[0], c[1], c[2])
		}
	}
}

// ycc converts a row of a JPEG picture. Chroma samples are repeated over the
// pixels they belong to, as the standard library does.
func ycc(row []float32, m *image.YCbCr, y, channels int) {
	b := m.Rect
	if b.Min.X < 0 { // where integer division rounds the other way
		for i := range b.Dx() {
			c := m.YCbCrAt(b.Min.X+i, y)
			r, g, bl := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
			put(row, i, channels, r, g, bl)
		}
		return
	}
	share := 1 // pixels of a row to one chroma sample
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420:
		share = 2
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		share = 4
	}
	luminance := m.Y[m.YOffset(b.Min.X, y):][:b.Dx()]
	c := m.COffset(b.Min.X, y)
	cb, cr := m.Cb[c:], m.Cr[c:]
	// The first sample may lie across the left edge of the picture.
	n := min(share-b.Min.X%share, len(luminance))
	for k := 0; len(luminance) > 0; k++ {
		t := chromaOf(cb[k], cr[k])
		if channels == 1 {
			for i, l := range luminance[:n] {
				row[i] = float32(luma(color.YCbCrToRGB(l, cb[k], cr[k])))
			}
		} else {
			for i, l := range luminance[:n] {
				v := int32(l) * 0x10101
				p := row[3*i : 3*i+3 : 3*i+3]
				p[0], p[1], p[2] = clamped((v+t.r)>>16), clamped((v+t.g)>>16), clamped((v+t.b)>>16)
			}
		}
		row, luminance = row[n*channels:], luminance[n:]
		n = min(share, len(luminance))
	}
}

// chroma is what a pair of chroma samples adds to each of its pixels, in 1/65536.
// The sums are those of color.YCbCrToRGB, bit for bit.
type chroma struct{ r, g, b int32 }

func chromaOf(cb, cr uint8) chroma {
	u, v := int32(cb)-128, int32(cr)-128
	return chroma{91881 * v, -22554*u - 46802*v, 116130 * u}
}

// byteNear holds, from -256 on, the value nearest to each number that a byte can
// hold: a look-up is a third of the time of comparing and converting.
var byteNear = func() (t [1024]float32) {
	for i := range t {
		t[i] = float32(min(max(i-256, 0), 255))
	}
	return t
}()

// clamped is v, which lies between -256 and 767, within 0..255.
func clamped(v int32) float32 { return byteNear[(v+256)&1023] }
