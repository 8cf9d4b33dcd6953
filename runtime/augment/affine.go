package augment

import "math"

// affine maps pixel (x, y) of the result to a point of the source:
// (a x + b y + c, d x + e y + f), x counting columns and y rows.
type affine struct{ a, b, c, d, e, f float64 }

// mul is m after n. The conversions forbid fused multiply-adds: the same bits on
// every machine.
func (m affine) mul(n affine) affine {
	dot := func(a, b, x, y float64) float64 { return float64(a*x) + float64(b*y) }
	return affine{
		dot(m.a, m.b, n.a, n.d), dot(m.a, m.b, n.b, n.e), dot(m.a, m.b, n.c, n.f) + m.c,
		dot(m.d, m.e, n.a, n.d), dot(m.d, m.e, n.b, n.e), dot(m.d, m.e, n.c, n.f) + m.f,
	}
}

func translation(x, y float64) affine { return affine{1, 0, x, 0, 1, y} }

func scaling(x, y float64) affine { return affine{x, 0, 0, 0, y, 0} }

// matrix is the product of all that moves pixels, about the point (cx, cy): the
// window, then rotation, shift, shear and zoom in the order of spec: data, section
// 1.3, the flips last.
func (d *draw) matrix(cx, cy float64) affine {
	m := translation(cx+d.wx, cy+d.wy).mul(scaling(d.window, d.window))
	if d.theta != 0 {
		sin, cos := math.Sincos(d.theta)
		m = m.mul(affine{cos, -sin, 0, sin, cos, 0})
	}
	m = m.mul(translation(d.tx, d.ty))
	if d.shear != 0 {
		sin, cos := math.Sincos(d.shear)
		m = m.mul(affine{1, -sin, 0, 0, cos, 0})
	}
	zx, zy := d.zx, d.zy
	if d.flipX {
		zx = -zx
	}
	if d.flipY {
		zy = -zy
	}
	return m.mul(scaling(zx, zy)).mul(translation(-cx, -cy))
}

// plain says that pixels are only mirrored and shifted by whole numbers.
func (d *draw) plain() bool {
	return d.theta == 0 && d.shear == 0 && d.zx == 1 && d.zy == 1 && d.window == 1 &&
		d.tx == math.Trunc(d.tx) && d.ty == math.Trunc(d.ty)
}
