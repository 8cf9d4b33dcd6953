package portable

import "unsafe"

// penaltyGo adds the sums of |w| and of w*w over n weights to out[0] and out[1].
//
// Element e goes to accumulator e%16; the sixteen float64 accumulators are then
// folded in halves (k with k+8, k+4, k+2, k+1). A square of a float32 is exact in
// float64, so every instruction set produces the same bits. n is a multiple of 8.
func penaltyGo(w *float32, n int, out *float64) {
	var abs, sq [16]float64
	for i, v := range unsafe.Slice(w, n) {
		u := float64(v)
		sq[i&15] += u * u
		if u < 0 {
			u = -u
		}
		abs[i&15] += u
	}
	for half := 8; half > 0; half /= 2 {
		for k := range half {
			abs[k] += abs[k+half]
			sq[k] += sq[k+half]
		}
	}
	o := unsafe.Slice(out, 2)
	o[0] += abs[0]
	o[1] += sq[0]
}

// activityGradGo computes dx = dy + l1*sign(x) + l2*x over n elements, sign(0)
// being 0. dx may be dy.
func activityGradGo(dy, x, dx *float32, n int, l1, l2 float32) {
	ds, xs, ys := unsafe.Slice(dy, n), unsafe.Slice(x, n), unsafe.Slice(dx, n)
	xs, ys = xs[:len(ds)], ys[:len(ds)]
	for i, d := range ds {
		switch v := xs[i]; {
		case v > 0:
			d += l1
		case v < 0:
			d -= l1
		}
		ys[i] = d + l2*xs[i]
	}
}
