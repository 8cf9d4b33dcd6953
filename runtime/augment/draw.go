package augment

import (
	"math"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/rng"
)

// purpose separates the random numbers of the transforms of an image, so that
// each has its own whatever else is on. The values are part of every result:
// append, never renumber.
type purpose uint64

const (
	ofRotate purpose = iota + 1
	ofRows
	ofColumns
	ofShear
	ofZoom
	ofCrop
	ofHorizontal
	ofVertical
	ofChannelShift
	ofBrightness
	ofContrast
	ofErase
	ofCutout
	ofMix
)

// draw is what happens to one image.
type draw struct {
	theta, shear float64 // radians
	tx, ty       float64 // pixels; positive moves the picture left and up
	zx, zy       float64
	flipX, flipY bool
	// window is the share of the sides that is cut out, its centre wx, wy pixels
	// off that of the image.
	window, wx, wy float64

	channelShift, brightness, contrast float64
	erase, cutout                      rect
	noise                              uint64 // key of the values in erase
}

// rect is rows top..bottom-1 and columns left..right-1; empty when zero.
type rect struct{ top, left, bottom, right int }

// same is a draw that changes nothing.
func same() draw { return draw{zx: 1, zy: 1, window: 1, brightness: 1, contrast: 1} }

func (p *Plan) draw(key uint64) draw {
	d, c := same(), &p.cfg
	var r rng.Rand
	seed := func(of purpose) *rng.Rand {
		r.Seed(rng.Hash(key, uint64(of)))
		return &r
	}
	if c.Rotate > 0 {
		d.theta = seed(ofRotate).Uniform(-c.Rotate, c.Rotate) * math.Pi / 180
	}
	if c.Shear > 0 {
		d.shear = seed(ofShear).Uniform(-c.Shear, c.Shear) * math.Pi / 180
	}
	if p.rows.most > 0 {
		d.ty = p.rows.draw(seed(ofRows))
	}
	if p.columns.most > 0 {
		d.tx = p.columns.draw(seed(ofColumns))
	}
	if c.Zoom != (config.Range{}) {
		r := seed(ofZoom)
		d.zx = r.Uniform(c.Zoom.Low, c.Zoom.High)
		if d.zy = d.zx; !c.ZoomUniform {
			d.zy = r.Uniform(c.Zoom.Low, c.Zoom.High)
		}
	}
	if c.Crop > 0 && c.Crop < 1 {
		r := seed(ofCrop)
		d.window = r.Uniform(c.Crop, 1)
		room := (1 - d.window) / 2
		d.wx = r.Uniform(-room, room) * float64(p.width)
		d.wy = r.Uniform(-room, room) * float64(p.height)
	}
	d.flipX = (c.Flip == "horizontal" || c.Flip == "both") && seed(ofHorizontal).Bool(0.5)
	d.flipY = (c.Flip == "vertical" || c.Flip == "both") && seed(ofVertical).Bool(0.5)
	if c.ChannelShift > 0 {
		d.channelShift = seed(ofChannelShift).Uniform(-c.ChannelShift, c.ChannelShift)
	}
	if c.Brightness != (config.Range{}) {
		d.brightness = seed(ofBrightness).Uniform(c.Brightness.Low, c.Brightness.High)
	}
	if c.Contrast != (config.Range{}) {
		d.contrast = seed(ofContrast).Uniform(c.Contrast.Low, c.Contrast.High)
	}
	if e := c.Erase; e != nil && e.Probability > 0 {
		r := seed(ofErase)
		if r.Bool(e.Probability) {
			d.erase = p.rectangle(r, e)
			d.noise = r.Uint64()
		}
	}
	if c.Cutout != nil {
		r := seed(ofCutout)
		d.cutout = p.about(r.IntN(p.height), r.IntN(p.width), c.Cutout.Height, c.Cutout.Width)
	}
	return d
}

func (s shift) draw(r *rng.Rand) float64 {
	if s.whole {
		n := int(s.most)
		return float64(r.IntN(2*n+1) - n)
	}
	return r.Uniform(-s.most, s.most)
}

// rectangle draws one of a random area and aspect that lies in the image, or
// none when ten draws do not fit.
func (p *Plan) rectangle(r *rng.Rand, e *config.Erase) rect {
	for range 10 {
		area := r.Uniform(e.Area.Low, e.Area.High) * float64(p.height*p.width)
		aspect := math.Exp(r.Uniform(math.Log(e.Aspect.Low), math.Log(e.Aspect.High)))
		h, w := int(math.Round(math.Sqrt(area*aspect))), int(math.Round(math.Sqrt(area/aspect)))
		if h < 1 || w < 1 || h > p.height || w > p.width {
			continue
		}
		top, left := r.IntN(p.height-h+1), r.IntN(p.width-w+1)
		return rect{top, left, top + h, left + w}
	}
	return rect{}
}

// about is a rectangle about a pixel, cut at the border.
func (p *Plan) about(row, column, h, w int) rect {
	top, left := row-h/2, column-w/2
	return rect{max(top, 0), max(left, 0), min(top+h, p.height), min(left+w, p.width)}
}
