package portable

import (
	"math"
	"unsafe"
)

// All optimizer kernels share their first steps (spec: optimizers, section 1; weight
// decay is applied to the weight that the gradient was taken at):
//
//	g' = min(max((dw + l1*sign(w) + l2*w)*scale, low), high)      sign(0) = 0
//	w' = w - decay*w
//
// l2 comes already doubled; decay is weight_decay times the learning rate. f points to
// the numbers of the step: decay, low and high, then those that a kernel's comment
// names, as package optimizer of the runtime computes them.
//
// All store zeros for subnormal results: weights and state that nothing renews decay
// to them.

// adjusted is g'.
func adjusted(w, dw, l1, l2, scale, low, high float32) float32 {
	if w < 0 {
		l1 = -l1
	} else if w == 0 {
		l1 = 0
	}
	g := (dw + l1 + l2*w) * scale
	if g < low {
		return low
	}
	if g > high {
		return high
	}
	return g
}

// root is the square root, rounded once.
func root(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// sgdGo is one step of gradient descent over n weights (spec: optimizers, SGD). f goes on with
// lr.
//
//	w = w' - lr*g'
func sgdGo(w, dw *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs := unsafe.Slice(w, n), unsafe.Slice(dw, n)
	gs = gs[:len(ws)]
	k := unsafe.Slice(f, 4)
	decay, low, high := k[0], k[1], k[2]
	lr := k[3]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		ws[i] = flushTiny(t - decay*t - lr*g)
	}
}

// momentumGo is one step with momentum over n weights (spec: optimizers, SGD). f goes on with
// lr mu.
//
//	m = mu*m - lr*g'; w = w' + m
func momentumGo(w, dw, m *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, ms := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(m, n)
	gs, ms = gs[:len(ws)], ms[:len(ws)]
	k := unsafe.Slice(f, 5)
	decay, low, high := k[0], k[1], k[2]
	lr, mu := k[3], k[4]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		u := mu*ms[i] - lr*g
		ms[i] = flushTiny(u)
		ws[i] = flushTiny(t - decay*t + u)
	}
}

// nesterovGo is one step with Nesterov momentum over n weights (spec: optimizers, SGD). f goes on with
// lr mu.
//
//	m = mu*m - lr*g'; w = w' + mu*m - lr*g'
func nesterovGo(w, dw, m *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, ms := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(m, n)
	gs, ms = gs[:len(ws)], ms[:len(ws)]
	k := unsafe.Slice(f, 5)
	decay, low, high := k[0], k[1], k[2]
	lr, mu := k[3], k[4]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		d := lr * g
		u := mu*ms[i] - d
		ms[i] = flushTiny(u)
		ws[i] = flushTiny(t - decay*t + (mu*u - d))
	}
}

// adamGo is one step of Adam over n weights (spec: optimizers, Adam). f goes on with
// alpha rest1 rest2 eps.
//
//	m += rest1*(g' - m); v += rest2*(g'^2 - v)
//	w = w' - alpha*m/(sqrt(v) + eps)
func adamGo(w, dw, m, v *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, ms, vs := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(m, n), unsafe.Slice(v, n)
	gs, ms, vs = gs[:len(ws)], ms[:len(ws)], vs[:len(ws)]
	k := unsafe.Slice(f, 7)
	decay, low, high := k[0], k[1], k[2]
	alpha, rest1, rest2, eps := k[3], k[4], k[5], k[6]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		a := ms[i] + rest1*(g-ms[i])
		b := vs[i] + rest2*(g*g-vs[i])
		ms[i], vs[i] = flushTiny(a), flushTiny(b)
		ws[i] = flushTiny(t - decay*t - alpha*a/(root(b)+eps))
	}
}

// amsgradGo is one step of Adam whose second moment never shrinks over n weights (spec: optimizers, Adam). f goes on with
// alpha rest1 rest2 eps.
//
//	m += rest1*(g' - m); v += rest2*(g'^2 - v); vh = max(vh, v)
//	w = w' - alpha*m/(sqrt(vh) + eps)
func amsgradGo(w, dw, m, v, vh *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, ms, vs, vhs := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(m, n), unsafe.Slice(v, n), unsafe.Slice(vh, n)
	gs, ms, vs, vhs = gs[:len(ws)], ms[:len(ws)], vs[:len(ws)], vhs[:len(ws)]
	k := unsafe.Slice(f, 7)
	decay, low, high := k[0], k[1], k[2]
	alpha, rest1, rest2, eps := k[3], k[4], k[5], k[6]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		a := ms[i] + rest1*(g-ms[i])
		b := vs[i] + rest2*(g*g-vs[i])
		ms[i], vs[i] = flushTiny(a), flushTiny(b)
		vhs[i] = flushTiny(max(vhs[i], b))
		ws[i] = flushTiny(t - decay*t - alpha*a/(root(vhs[i])+eps))
	}
}

// rmspropGo is one step of RMSprop over n weights (spec: optimizers, RMSprop). f goes on with
// lr rest eps.
//
//	v += rest*(g'^2 - v)
//	w = w' - lr*g'/sqrt(v + eps)
func rmspropGo(w, dw, v *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, vs := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(v, n)
	gs, vs = gs[:len(ws)], vs[:len(ws)]
	k := unsafe.Slice(f, 6)
	decay, low, high := k[0], k[1], k[2]
	lr, rest, eps := k[3], k[4], k[5]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		b := vs[i] + rest*(g*g-vs[i])
		vs[i] = flushTiny(b)
		u := lr * g / root(b+eps)
		ws[i] = flushTiny(t - decay*t - u)
	}
}

// rmspropMomentumGo is one step of RMSprop, with momentum over n weights (spec: optimizers, RMSprop). f goes on with
// lr rest eps mu.
//
//	v += rest*(g'^2 - v)
//	m = mu*m + lr*g'/sqrt(v + eps)
//	w = w' - m
func rmspropMomentumGo(w, dw, v, m *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, vs, ms := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(v, n), unsafe.Slice(m, n)
	gs, vs, ms = gs[:len(ws)], vs[:len(ws)], ms[:len(ws)]
	k := unsafe.Slice(f, 7)
	decay, low, high := k[0], k[1], k[2]
	lr, rest, eps, mu := k[3], k[4], k[5], k[6]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		b := vs[i] + rest*(g*g-vs[i])
		vs[i] = flushTiny(b)
		u := lr * g / root(b+eps)
		u += mu * ms[i]
		ms[i] = flushTiny(u)
		ws[i] = flushTiny(t - decay*t - u)
	}
}

// rmspropCenteredGo is one step of RMSprop, centred over n weights (spec: optimizers, RMSprop). f goes on with
// lr rest eps.
//
//	v += rest*(g'^2 - v); a += rest*(g' - a)
//	w = w' - lr*g'/sqrt(v - a^2 + eps)
func rmspropCenteredGo(w, dw, v, a *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, vs, as := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(v, n), unsafe.Slice(a, n)
	gs, vs, as = gs[:len(ws)], vs[:len(ws)], as[:len(ws)]
	k := unsafe.Slice(f, 6)
	decay, low, high := k[0], k[1], k[2]
	lr, rest, eps := k[3], k[4], k[5]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		b := vs[i] + rest*(g*g-vs[i])
		vs[i] = flushTiny(b)
		a := as[i] + rest*(g-as[i])
		as[i] = flushTiny(a)
		u := lr * g / root(b+eps-a*a)
		ws[i] = flushTiny(t - decay*t - u)
	}
}

// rmspropCenteredMomentumGo is one step of RMSprop, centred, with momentum over n weights (spec: optimizers, RMSprop). f goes on with
// lr rest eps mu.
//
//	v += rest*(g'^2 - v); a += rest*(g' - a)
//	m = mu*m + lr*g'/sqrt(v - a^2 + eps)
//	w = w' - m
func rmspropCenteredMomentumGo(w, dw, v, a, m *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, vs, as, ms := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(v, n), unsafe.Slice(a, n), unsafe.Slice(m, n)
	gs, vs, as, ms = gs[:len(ws)], vs[:len(ws)], as[:len(ws)], ms[:len(ws)]
	k := unsafe.Slice(f, 7)
	decay, low, high := k[0], k[1], k[2]
	lr, rest, eps, mu := k[3], k[4], k[5], k[6]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		b := vs[i] + rest*(g*g-vs[i])
		vs[i] = flushTiny(b)
		a := as[i] + rest*(g-as[i])
		as[i] = flushTiny(a)
		u := lr * g / root(b+eps-a*a)
		u += mu * ms[i]
		ms[i] = flushTiny(u)
		ws[i] = flushTiny(t - decay*t - u)
	}
}

// adagradGo is one step of Adagrad over n weights (spec: optimizers, Adagrad). f goes on with
// lr eps.
//
//	a += g'^2; w = w' - lr*g'/sqrt(a + eps)
func adagradGo(w, dw, a *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, as := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(a, n)
	gs, as = gs[:len(ws)], as[:len(ws)]
	k := unsafe.Slice(f, 5)
	decay, low, high := k[0], k[1], k[2]
	lr, eps := k[3], k[4]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		a := as[i] + g*g
		as[i] = flushTiny(a)
		ws[i] = flushTiny(t - decay*t - lr*g/root(a+eps))
	}
}

// adadeltaGo is one step of Adadelta over n weights (spec: optimizers, Adadelta). f goes on with
// lr rest eps.
//
//	a += rest*(g'^2 - a); u = g'*sqrt((d + eps)/(a + eps))
//	d += rest*(u^2 - d); w = w' - lr*u
func adadeltaGo(w, dw, a, d *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, as, ds := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(a, n), unsafe.Slice(d, n)
	gs, as, ds = gs[:len(ws)], as[:len(ws)], ds[:len(ws)]
	k := unsafe.Slice(f, 6)
	decay, low, high := k[0], k[1], k[2]
	lr, rest, eps := k[3], k[4], k[5]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		a := as[i] + rest*(g*g-as[i])
		u := g * root((ds[i]+eps)/(a+eps))
		as[i] = flushTiny(a)
		ds[i] = flushTiny(ds[i] + rest*(u*u-ds[i]))
		ws[i] = flushTiny(t - decay*t - lr*u)
	}
}

// adamaxGo is one step of Adamax over n weights (spec: optimizers, Adamax). f goes on with
// alpha rest1 beta2 eps.
//
//	m += rest1*(g' - m); u = max(beta2*u, |g'|); w = w' - alpha*m/(u + eps)
func adamaxGo(w, dw, m, u *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, ms, us := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(m, n), unsafe.Slice(u, n)
	gs, ms, us = gs[:len(ws)], ms[:len(ws)], us[:len(ws)]
	k := unsafe.Slice(f, 7)
	decay, low, high := k[0], k[1], k[2]
	alpha, rest1, beta2, eps := k[3], k[4], k[5], k[6]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		a := ms[i] + rest1*(g-ms[i])
		if g < 0 {
			g = -g
		}
		b := max(beta2*us[i], g)
		ms[i], us[i] = flushTiny(a), flushTiny(b)
		ws[i] = flushTiny(t - decay*t - alpha*a/(b+eps))
	}
}

// nadamGo is one step of Nadam over n weights (spec: optimizers, Nadam). f goes on with
// lrM lrG rest1 rest2 scaleV eps.
//
//	m += rest1*(g' - m); v += rest2*(g'^2 - v)
//	w = w' - (lrM*m + lrG*g')/(sqrt(scaleV*v) + eps)
func nadamGo(w, dw, m, v *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, ms, vs := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(m, n), unsafe.Slice(v, n)
	gs, ms, vs = gs[:len(ws)], ms[:len(ws)], vs[:len(ws)]
	k := unsafe.Slice(f, 9)
	decay, low, high := k[0], k[1], k[2]
	lrM, lrG, rest1, rest2, scaleV, eps := k[3], k[4], k[5], k[6], k[7], k[8]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		a := ms[i] + rest1*(g-ms[i])
		b := vs[i] + rest2*(g*g-vs[i])
		ms[i], vs[i] = flushTiny(a), flushTiny(b)
		ws[i] = flushTiny(t - decay*t - (lrM*a+lrG*g)/(root(scaleV*b)+eps))
	}
}

// ftrlGo is one step of FTRL with the learning-rate power -1/2 over n weights (spec: optimizers, Ftrl). f goes on with
// inverse l1Strength twiceL2 twiceShrinkage.
//
//	gs = g' + twiceShrinkage*w'; p = sqrt(sum); sum += g'^2; q = sqrt(sum)
//	z += gs - (q - p)*inverse*w'
//	w = (clip(z, -l1Strength, l1Strength) - z)/(q*inverse + twiceL2)
func ftrlGo(w, dw, sum, z *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, sums, zs := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(sum, n), unsafe.Slice(z, n)
	gs, sums, zs = gs[:len(ws)], sums[:len(ws)], zs[:len(ws)]
	k := unsafe.Slice(f, 7)
	decay, low, high := k[0], k[1], k[2]
	inverse, l1Strength, twiceL2, twiceShrinkage := k[3], k[4], k[5], k[6]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		t -= decay * t
		p := root(sums[i])
		sums[i] = flushTiny(sums[i] + g*g)
		q := root(sums[i])
		z := zs[i] + (g + twiceShrinkage*t) - (q-p)*inverse*t
		zs[i] = flushTiny(z)
		ws[i] = flushTiny((min(max(z, -l1Strength), l1Strength) - z) / (q*inverse + twiceL2))
	}
}

// ftrlPowerGo is one step of FTRL with any learning-rate power over n weights (spec: optimizers, Ftrl). f goes on with
// inverse l1Strength twiceL2 twiceShrinkage power ofZero.
//
//	as ftrl, with p = sum^power instead of sqrt(sum); ofZero is the power of 0
func ftrlPowerGo(w, dw, sum, z *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, sums, zs := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(sum, n), unsafe.Slice(z, n)
	gs, sums, zs = gs[:len(ws)], sums[:len(ws)], zs[:len(ws)]
	k := unsafe.Slice(f, 9)
	decay, low, high := k[0], k[1], k[2]
	inverse, l1Strength, twiceL2, twiceShrinkage, power, ofZero := k[3], k[4], k[5], k[6], k[7], k[8]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		t -= decay * t
		p := raised(sums[i], power, ofZero)
		sums[i] = flushTiny(sums[i] + g*g)
		q := raised(sums[i], power, ofZero)
		z := zs[i] + (g + twiceShrinkage*t) - (q-p)*inverse*t
		zs[i] = flushTiny(z)
		ws[i] = flushTiny((min(max(z, -l1Strength), l1Strength) - z) / (q*inverse + twiceL2))
	}
}

// raised is x to the power p, ofZero for x = 0.
func raised(x, p, ofZero float32) float32 {
	if x == 0 {
		return ofZero
	}
	return float32(math.Pow(float64(x), float64(p)))
}

// lionGo is one step of Lion over n weights (spec: optimizers, Lion). f goes on with
// lr beta1 rest1 rest2.
//
//	w = w' - lr*sign(beta1*m + rest1*g'); m += rest2*(g' - m)
func lionGo(w, dw, m *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, ms := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(m, n)
	gs, ms = gs[:len(ws)], ms[:len(ws)]
	k := unsafe.Slice(f, 7)
	decay, low, high := k[0], k[1], k[2]
	lr, beta1, rest1, rest2 := k[3], k[4], k[5], k[6]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		c := beta1*ms[i] + rest1*g
		ms[i] = flushTiny(ms[i] + rest2*(g-ms[i]))
		u := lr
		if c < 0 {
			u = -lr
		} else if c == 0 {
			u = 0
		}
		ws[i] = flushTiny(t - decay*t - u)
	}
}

// lambGo is the first pass of LAMB over n weights (spec: optimizers, Lamb). f goes on with
// scaleM scaleV rest1 rest2 eps.
//
//	m += rest1*(g' - m); v += rest2*(g'^2 - v)
//	dw = scaleM*m/(sqrt(scaleV*v) + eps)
//
// w is not changed: a step of sgd with this direction follows.
func lambGo(w, dw, m, v *float32, n int, f *float32, l1, l2, scale float32) {
	ws, gs, ms, vs := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(m, n), unsafe.Slice(v, n)
	gs, ms, vs = gs[:len(ws)], ms[:len(ws)], vs[:len(ws)]
	k := unsafe.Slice(f, 8)
	low, high := k[1], k[2]
	scaleM, scaleV, rest1, rest2, eps := k[3], k[4], k[5], k[6], k[7]
	for i, t := range ws {
		g := adjusted(t, gs[i], l1, l2, scale, low, high)
		a := ms[i] + rest1*(g-ms[i])
		b := vs[i] + rest2*(g*g-vs[i])
		ms[i], vs[i] = flushTiny(a), flushTiny(b)
		gs[i] = flushTiny(scaleM * a / (root(scaleV*b) + eps))
	}
}
