package augment

import (
	"math"

	"github.com/cnnc/cnnc/runtime/rng"
)

// Mix is how an image is mixed with another one.
type Mix struct {
	Other int // the number of the other one
	// Share is what remains of the image and of its target, in [0, 1].
	Share float32
	patch rect // of cutmix
}

// Mixes says that images are mixed with others, by Mix and Blend.
func (p *Plan) Mixes() bool { return p.cfg.Mixup > 0 || p.cfg.Cutmix > 0 }

// Mix draws which of n images the one with that key is mixed with, and how:
// mixup and cutmix draw the share from Beta(alpha, alpha); that of cutmix is
// then that of the pixels that remain. A share of 1 leaves the image alone.
func (p *Plan) Mix(key uint64, n int) Mix {
	var r rng.Rand
	r.Seed(rng.Hash(key, uint64(ofMix)))
	m := Mix{Other: r.IntN(n), Share: 1}
	if p.cfg.Mixup > 0 {
		m.Share = float32(beta(&r, p.cfg.Mixup))
		return m
	}
	side := math.Sqrt(1 - beta(&r, p.cfg.Cutmix))
	h, w := int(side*float64(p.height)), int(side*float64(p.width))
	m.patch = p.about(r.IntN(p.height), r.IntN(p.width), h, w)
	if area := (m.patch.bottom - m.patch.top) * (m.patch.right - m.patch.left); area > 0 {
		m.Share = 1 - float32(area)/float32(p.height*p.width)
	}
	return m
}

// Blend mixes other into x, both of them as Apply left them.
func (p *Plan) Blend(x, other []float32, m Mix) {
	if p.cfg.Mixup > 0 {
		for i, v := range other {
			x[i] = mix(v, x[i], m.Share)
		}
		return
	}
	for y := m.patch.top; y < m.patch.bottom; y++ {
		from, to := (y*p.width+m.patch.left)*p.channels, (y*p.width+m.patch.right)*p.channels
		copy(x[from:to], other[from:to])
	}
}

// beta draws from Beta(a, a): the ratio of two gamma variates, in logarithms,
// for those of a small a underflow.
func beta(r *rng.Rand, a float64) float64 {
	x, y := logGamma(r, a), logGamma(r, a)
	return 1 / (1 + math.Exp(y-x))
}

// logGamma draws the logarithm of a variate of Gamma(a, 1) by the method of
// Marsaglia and Tsang, "A simple method for generating gamma variables", 2000;
// for a < 1 that of a+1 times u^(1/a).
func logGamma(r *rng.Rand, a float64) float64 {
	boost := 0.0
	if a < 1 {
		boost = math.Log(1-r.Float64()) / a
		a++
	}
	d := a - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.Normal()
		v := 1 + float64(c*x)
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-r.Float64()) < float64(0.5*x*x)+d-float64(d*v)+float64(d*math.Log(v)) {
			return math.Log(d) + math.Log(v) + boost
		}
	}
}
