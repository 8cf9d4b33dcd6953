package simd

// winogradTransform is one of the matrices.
type winogradTransform struct {
	name    string // Variant.Func
	formula string
	in, out int // size of the square before and after
	// consts are kept in registers behind the line's inputs.
	consts []float32
	// line emits one product with the matrix: d are its inputs, which it may
	// overwrite, c the constants, t the registers left. It hands each output to
	// put as soon as it is there; d[2] and d[4] are free by then in Aᵀ.
	line func(k *winograd, d, c, t []Vec, put func(i int, v Vec))
}

// Interpolation points and their powers; all exact in float32.
const (
	winoA  = 5.0 / 8
	winoB  = 3.0 / 2
	winoA2 = winoA * winoA
	winoB2 = winoB * winoB
	// Denominators of G: the product of the distances to the other points.
	winoF0 = winoA2 * winoB2
	winoFA = 2 * winoA2 * (winoA2 - winoB2)
	winoFB = 2 * winoB2 * (winoB2 - winoA2)
)

// winogradTaps are the elements of G but for zeros, signs and the last row.
var winogradTaps = []float32{1 / winoF0, 1 / winoFA, winoA / winoFA, winoA2 / winoFA, 1 / winoFB, winoB / winoFB, winoB2 / winoFB}

var winogradTransforms = []winogradTransform{
	{"input", "Bt d B", 6, 6, []float32{winoF0, winoA2 + winoB2, winoB2, winoA2, winoA, winoB}, (*winograd).lineBt},
	{"output", "At d A", 6, 4, []float32{winoA, winoB, winoA2, winoB2, winoA * winoA2, winoB * winoB2}, (*winograd).lineAt},
	{"weights", "G d Gt", 3, 6, winogradTaps, (*winograd).lineG},
	{"gradient", "A d At", 4, 6, []float32{winoA, winoB, winoA2, winoB2}, (*winograd).lineA},
	{"delta", "Gt d G", 6, 3, winogradTaps, (*winograd).lineGt},
	{"input2", "Bt d B", 4, 4, nil, (*winograd).lineBt2},
	{"output2", "At d A", 4, 2, nil, (*winograd).lineAt2},
	{"weights2", "G d Gt", 3, 4, []float32{0.5}, (*winograd).lineG2},
	{"gradient2", "A d At", 2, 4, nil, (*winograd).lineA2},
	{"delta2", "Gt d G", 4, 3, []float32{0.5}, (*winograd).lineGt2},
}

// is reports whether the transform is the one of that name, of either size.
func (t *winogradTransform) is(name string) bool { return t.name == name || t.name == name+"2" }

func winogradOf(v Variant) (*winogradTransform, bool) {
	for i := range winogradTransforms {
		if winogradTransforms[i].name == v.Func {
			return &winogradTransforms[i], true
		}
	}
	return nil, false
}

// add, sub and mul are c = a+b, c = a-b and c = a*b; muladd and mulsub add a*b
// to c and subtract it.
func (k *winograd) add(a, b, c Vec)    { k.I(VADDPS, b, a, c) }
func (k *winograd) sub(a, b, c Vec)    { k.I(VSUBPS, b, a, c) }
func (k *winograd) mul(a, b, c Vec)    { k.I(VMULPS, a, b, c) }
func (k *winograd) muladd(a, b, c Vec) { k.I(VFMADD231PS, a, b, c) }
func (k *winograd) mulsub(a, b, c Vec) { k.I(VFNMADD231PS, a, b, c) }

// copyOf is a in register t.
func (k *winograd) copyOf(a, t Vec) Vec {
	k.I(VMOVUPS, a, t)
	return t
}

// both hands e+c*o and e-c*o to put as i and i+1; it overwrites e.
func (k *winograd) both(e, o, c, t Vec, i int, put func(int, Vec)) {
	r := k.copyOf(e, t)
	k.muladd(c, o, r)
	put(i, r)
	k.mulsub(c, o, e)
	put(i+1, e)
}

// lineBt is Bᵀ d:
//
//	r0 = a²b² d0 - (a²+b²) d2 + d4         r5 = a²b² d1 - (a²+b²) d3 + d5
//	r1, r2 = (d4 - b² d2) ± a (d3 - b² d1)  r3, r4 = (d4 - a² d2) ± b (d3 - a² d1)
func (k *winograd) lineBt(d, c, t []Vec, put func(int, Vec)) {
	f0, sum, b2, a2, a, b := c[0], c[1], c[2], c[3], c[4], c[5]
	k.muladd(f0, d[1], d[5])
	k.mulsub(sum, d[3], d[5])
	put(5, d[5])
	r0 := k.copyOf(d[4], t[0])
	k.muladd(f0, d[0], r0)
	k.mulsub(sum, d[2], r0)
	put(0, r0)
	e, o := k.copyOf(d[4], t[1]), k.copyOf(d[3], t[2])
	k.mulsub(b2, d[2], e)
	k.mulsub(b2, d[1], o)
	k.mulsub(a2, d[2], d[4])
	k.mulsub(a2, d[1], d[3])
	k.both(e, o, a, t[3], 1, put)
	k.both(d[4], d[3], b, d[0], 3, put)
}

// lineAt is Aᵀ m, with s1, t1 = m1 ± m2 and s2, t2 = m3 ± m4:
//
//	y0 = m0 + s1 + s2    y1 = a t1 + b t2    y2 = a² s1 + b² s2    y3 = m5 + a³ t1 + b³ t2
func (k *winograd) lineAt(m, c, t []Vec, put func(int, Vec)) {
	a, b, a2, b2, a3, b3 := c[0], c[1], c[2], c[3], c[4], c[5]
	s1, t1, s2, t2 := t[0], m[1], t[1], m[3]
	k.add(m[1], m[2], s1)
	k.sub(m[1], m[2], t1)
	k.add(m[3], m[4], s2)
	k.sub(m[3], m[4], t2)
	k.add(m[0], s1, m[0])
	k.add(m[0], s2, m[0])
	put(0, m[0])
	k.mul(a, t1, t[2])
	k.muladd(b, t2, t[2])
	put(1, t[2])
	k.mul(a2, s1, t[3])
	k.muladd(b2, s2, t[3])
	put(2, t[3])
	k.muladd(a3, t1, m[5])
	k.muladd(b3, t2, m[5])
	put(3, m[5])
}

// lineG is G g:
//
//	u0 = g0/f0    u1, u2 = (g0 + a² g2 ± a g1)/fa    u3, u4 = (g0 + b² g2 ± b g1)/fb    u5 = g2
func (k *winograd) lineG(g, c, t []Vec, put func(int, Vec)) {
	for i, base := range []int{1, 4} {
		e := t[i]
		k.mul(c[base], g[0], e)
		k.muladd(c[base+2], g[2], e)
		k.both(e, g[1], c[base+1], t[2+i], base/3*2+1, put)
	}
	k.mul(c[0], g[0], g[0])
	put(0, g[0])
	put(5, g[2])
}

// lineA is A y, the transpose of lineAt:
//
//	r0 = y0    r1, r2 = y0 + a² y2 ± a (y1 + a² y3)    r3, r4 = y0 + b² y2 ± b (y1 + b² y3)    r5 = y3
func (k *winograd) lineA(y, c, t []Vec, put func(int, Vec)) {
	put(0, y[0])
	put(5, y[3])
	for i := range 2 {
		e, o := k.copyOf(y[0], t[3*i]), k.copyOf(y[1], t[3*i+1])
		k.muladd(c[2+i], y[2], e)
		k.muladd(c[2+i], y[3], o)
		k.both(e, o, c[i], t[3*i+2], 1+2*i, put)
	}
}

// lineGt is Gᵀ u, the transpose of lineG.
func (k *winograd) lineGt(u, c, t []Vec, put func(int, Vec)) {
	k.add(u[1], u[2], t[0])
	k.sub(u[1], u[2], u[1])
	k.add(u[3], u[4], t[1])
	k.sub(u[3], u[4], u[3])
	k.mul(c[0], u[0], u[0])
	k.muladd(c[1], t[0], u[0])
	k.muladd(c[4], t[1], u[0])
	put(0, u[0])
	k.mul(c[2], u[1], u[1])
	k.muladd(c[5], u[3], u[1])
	put(1, u[1])
	k.muladd(c[3], t[0], u[5])
	k.muladd(c[6], t[1], u[5])
	put(2, u[5])
}

// lineBt2 is Bᵀ d: r0 = d0 - d2, r1, r2 = d2 ± d1, r3 = d3 - d1.
func (k *winograd) lineBt2(d, _, t []Vec, put func(int, Vec)) {
	k.sub(d[0], d[2], d[0])
	put(0, d[0])
	k.add(d[2], d[1], t[0])
	put(1, t[0])
	k.sub(d[2], d[1], t[1])
	put(2, t[1])
	k.sub(d[3], d[1], d[3])
	put(3, d[3])
}

// lineAt2 is Aᵀ m: y0 = m0 + m1 + m2, y1 = m1 - m2 + m3.
func (k *winograd) lineAt2(m, _, _ []Vec, put func(int, Vec)) {
	k.add(m[0], m[1], m[0])
	k.add(m[0], m[2], m[0])
	k.sub(m[1], m[2], m[1])
	k.add(m[1], m[3], m[1])
	put(0, m[0])
	put(1, m[1])
}

// lineG2 is G g: u0 = g0, u1, u2 = (g0 + g2 ± g1)/2, u3 = g2.
func (k *winograd) lineG2(g, c, t []Vec, put func(int, Vec)) {
	k.add(g[0], g[2], t[0])
	k.mul(c[0], t[0], t[0])
	k.both(t[0], g[1], c[0], t[1], 1, put)
	put(0, g[0])
	put(3, g[2])
}

// lineA2 is A y: r0 = y0, r1, r2 = y0 ± y1, r3 = y1.
func (k *winograd) lineA2(y, _, t []Vec, put func(int, Vec)) {
	put(0, y[0])
	put(3, y[1])
	k.add(y[0], y[1], t[0])
	put(1, t[0])
	k.sub(y[0], y[1], t[1])
	put(2, t[1])
}

// lineGt2 is Gᵀ u: g0 = u0 + (u1 + u2)/2, g1 = (u1 - u2)/2, g2 = (u1 + u2)/2 + u3.
func (k *winograd) lineGt2(u, c, t []Vec, put func(int, Vec)) {
	k.add(u[1], u[2], t[0])
	k.sub(u[1], u[2], u[1])
	k.muladd(c[0], t[0], u[0])
	put(0, u[0])
	k.mul(c[0], u[1], u[1])
	put(1, u[1])
	k.muladd(c[0], t[0], u[3])
	put(2, u[3])
}
