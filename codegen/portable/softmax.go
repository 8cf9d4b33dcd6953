package portable

import (
	"math"
	"unsafe"
)

// softmaxGo turns rows of scores into probabilities.
//
//	for r < rows, with z and p at r*stride:
//	    m = max of z[0:classes]
//	    s = sum of exp(z[k]-m) over k < classes
//	    p[k] = exp(z[k]-m)/s for k < classes, 0 for classes <= k < stride
//	    stats[2*r] = m; stats[2*r+1] = s, unless stats is nil
//
// p may be z. A NaN or +Inf among the scores makes the whole row NaN.
func softmaxGo(z, p, stats *float32, rows, classes, stride int) {
	for r := range rows {
		in := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(z), 4*r*stride)), classes)
		row := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(p), 4*r*stride)), stride)
		m := in[0]
		for _, v := range in {
			if v > m {
				m = v
			}
		}
		sum := float32(0)
		out := row[:len(in)]
		for k, v := range in {
			e := float32(expOf(v - m))
			out[k] = e
			sum += e
		}
		for k := range out {
			out[k] /= sum
		}
		clear(row[classes:])
		if stats != nil {
			st := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(stats), 8*r)), 2)
			st[0], st[1] = m, sum
		}
	}
}

// softmaxLogGo turns rows of scores into logarithms of probabilities.
//
//	for r < rows, with z and p at r*stride:
//	    m = max of z[0:classes]
//	    s = sum of exp(z[k]-m) over k < classes
//	    p[k] = z[k]-m-ln(s) for k < classes, 0 for classes <= k < stride
//
// p may be z. A NaN or +Inf among the scores makes the whole row NaN.
func softmaxLogGo(z, p *float32, rows, classes, stride int) {
	for r := range rows {
		in := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(z), 4*r*stride)), classes)
		row := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(p), 4*r*stride)), stride)
		m := in[0]
		for _, v := range in {
			if v > m {
				m = v
			}
		}
		sum := float32(0)
		for _, v := range in {
			sum += float32(expOf(v - m))
		}
		log := float32(math.Log(float64(sum)))
		out := row[:len(in)]
		for k, v := range in {
			out[k] = v - m - log
		}
		clear(row[classes:])
	}
}

// softmaxBackGo is the gradient of softmax from its results y.
//
//	for r < rows, with dy, y and dx at r*stride:
//	    s = sum of dy[k]*y[k] over k < classes
//	    dx[k] = y[k]*(dy[k]-s) for k < classes, 0 for classes <= k < stride
//
// dx may be dy or y.
func softmaxBackGo(dy, y, dx *float32, rows, classes, stride int) {
	for r := range rows {
		up := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(dy), 4*r*stride)), classes)
		in := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(y), 4*r*stride)), classes)
		row := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(dx), 4*r*stride)), stride)
		sum := float32(0)
		for k, d := range up {
			sum += d * in[k]
		}
		for k, d := range up {
			row[k] = in[k] * (d - sum)
		}
		clear(row[classes:])
	}
}

// softmaxBackLogGo is the gradient of the logarithm of softmax from its results y.
//
//	for r < rows, with dy, y and dx at r*stride:
//	    s = sum of dy[k] over k < classes
//	    dx[k] = dy[k]-exp(y[k])*s for k < classes, 0 for classes <= k < stride
//
// dx may be dy or y.
func softmaxBackLogGo(dy, y, dx *float32, rows, classes, stride int) {
	for r := range rows {
		up := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(dy), 4*r*stride)), classes)
		in := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(y), 4*r*stride)), classes)
		row := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(dx), 4*r*stride)), stride)
		sum := float32(0)
		for _, d := range up {
			sum += d
		}
		for k, d := range up {
			row[k] = d - float32(expOf(in[k]))*sum
		}
		clear(row[classes:])
	}
}
