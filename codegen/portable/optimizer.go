package portable

import (
	"math"
	"unsafe"
)

// All optimizer kernels share their first steps (spec: optimizers, section 1; weight
// decay is applied to the weight that the gradient was taken at):
//
//	g' = dw + l1*sign(w) + l2*w       sign(0) = 0; l2 is passed already doubled
//	w' = w - decay*w                 decay is weight_decay times the learning rate
//
// and store zeros for subnormal results: weights and state that nothing renews decay
// to them.

// regularized returns dw + l1*sign(w) + l2*w.
func regularized(w, dw, l1, l2 float32) float32 {
	if w < 0 {
		l1 = -l1
	} else if w == 0 {
		l1 = 0
	}
	return dw + l1 + l2*w
}

// sgdGo is one step of gradient descent over n weights (spec: optimizers, SGD).
//
//	w = w' - lr*g'
func sgdGo(w, dw *float32, n int, lr, l1, l2, decay float32) {
	ws, gs := unsafe.Slice(w, n), unsafe.Slice(dw, n)
	gs = gs[:len(ws)]
	for i, v := range ws {
		d := regularized(v, gs[i], l1, l2)
		ws[i] = flushTiny(v - decay*v - lr*d)
	}
}

// momentumGo is one step with momentum over n weights (spec: optimizers, SGD).
//
//	m = mu*m - lr*g'; w = w' + m
func momentumGo(w, dw, m *float32, n int, lr, mu, l1, l2, decay float32) {
	ws, gs, ms := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(m, n)
	gs, ms = gs[:len(ws)], ms[:len(ws)]
	for i, v := range ws {
		d := regularized(v, gs[i], l1, l2)
		u := mu*ms[i] - lr*d
		ms[i] = flushTiny(u)
		ws[i] = flushTiny(v - decay*v + u)
	}
}

// nesterovGo is one step with Nesterov momentum over n weights (spec: optimizers, SGD).
//
//	m = mu*m - lr*g'; w = w' + mu*m - lr*g'
func nesterovGo(w, dw, m *float32, n int, lr, mu, l1, l2, decay float32) {
	ws, gs, ms := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(m, n)
	gs, ms = gs[:len(ws)], ms[:len(ws)]
	for i, v := range ws {
		d := lr * regularized(v, gs[i], l1, l2)
		u := mu*ms[i] - d
		ms[i] = flushTiny(u)
		ws[i] = flushTiny(v - decay*v + (mu*u - d))
	}
}

// adamGo is one step of Adam over n weights (spec: optimizers, Adam).
//
//	m += (1-beta1)*(g' - m); v += (1-beta2)*(g'^2 - v)
//	w = w' - alpha*m/(sqrt(v) + eps)
//
// alpha is lr*sqrt(1-beta2^t)/(1-beta1^t).
func adamGo(w, dw, m, v *float32, n int, alpha, beta1, beta2, eps, l1, l2, decay float32) {
	ws, gs, ms, vs := unsafe.Slice(w, n), unsafe.Slice(dw, n), unsafe.Slice(m, n), unsafe.Slice(v, n)
	gs, ms, vs = gs[:len(ws)], ms[:len(ws)], vs[:len(ws)]
	r1, r2 := 1-beta1, 1-beta2
	for i, t := range ws {
		d := regularized(t, gs[i], l1, l2)
		a := ms[i] + r1*(d-ms[i])
		b := vs[i] + r2*(d*d-vs[i])
		ms[i] = flushTiny(a)
		vs[i] = flushTiny(b)
		ws[i] = flushTiny(t - decay*t - alpha*a/(float32(math.Sqrt(float64(b)))+eps))
	}
}
