package augment

import "github.com/cnnc/cnnc/runtime/rng"

// shade changes the values: channel shift, contrast, brightness.
func (p *Plan) shade(x []float32, d *draw) {
	if d.channelShift != 0 {
		lo, hi := x[0], x[0]
		for _, v := range x {
			lo, hi = min(lo, v), max(hi, v)
		}
		by := float32(d.channelShift)
		for i, v := range x {
			x[i] = min(max(v+by, lo), hi)
		}
	}
	if d.contrast != 1 {
		factor := float32(d.contrast)
		for c := range p.channels {
			sum := 0.0
			for i := c; i < len(x); i += p.channels {
				sum += float64(x[i])
			}
			mean := float32(sum / float64(p.height*p.width))
			for i := c; i < len(x); i += p.channels {
				x[i] = min(max(mean+float32((x[i]-mean)*factor), 0), 255)
			}
		}
	}
	if d.brightness != 1 {
		factor := float32(d.brightness)
		for i, v := range x {
			x[i] = min(max(v*factor, 0), 255)
		}
	}
}

// cover fills the rectangles that are covered.
func (p *Plan) cover(x []float32, d *draw) {
	if e := p.cfg.Erase; e != nil && d.erase != (rect{}) {
		var r rng.Rand
		r.Seed(d.noise)
		for y := d.erase.top; y < d.erase.bottom; y++ {
			row := x[(y*p.width+d.erase.left)*p.channels : (y*p.width+d.erase.right)*p.channels]
			if !e.Noise {
				set(row, float32(e.Value))
				continue
			}
			for i := range row {
				row[i] = 255 * r.Float32()
			}
		}
	}
	if c := p.cfg.Cutout; c != nil {
		for y := d.cutout.top; y < d.cutout.bottom; y++ {
			set(x[(y*p.width+d.cutout.left)*p.channels:(y*p.width+d.cutout.right)*p.channels], float32(c.Value))
		}
	}
}
