package page

import (
	"math"
	"strconv"
)

// axis maps values to positions: ticks are round numbers.
type axis struct {
	lo, hi float64 // values at the ends, finite, lo < hi
	log    bool
	// at and to are the positions of lo and hi.
	at, to float64
	ticks  []float64
	text   []string // of the ticks
}

// newAxis makes an axis for values, about n ticks on it, whose ends are ticks when
// round is set. Values that are not finite, and on a logarithmic axis those not
// above 0, do not count. A logarithmic axis without a value is made linear, and a
// linear one goes from 0 to 1.
func newAxis(values func(yield func(float64) bool), log, round bool, n int) *axis {
	a := &axis{log: log}
	a.span(values)
	if a.lo > a.hi && log {
		a.log = false
		a.span(values)
	}
	if a.lo > a.hi {
		a.lo, a.hi, a.log = 0, 1, false
	}
	// A range too narrow for a float64 to divide is widened to one that is not.
	switch {
	case a.log && a.hi < a.lo*1.001:
		a.lo, a.hi = a.lo/1.5, a.hi*1.5
	case !a.log && max(math.Abs(a.lo), math.Abs(a.hi)) < 1e-290:
		a.lo, a.hi = -0.5, 0.5
	case !a.log && a.hi-a.lo <= 1e-9*max(math.Abs(a.lo), math.Abs(a.hi)):
		widen := math.Abs(a.lo) * 0.1
		a.lo, a.hi = a.lo-widen, a.hi+widen
	}
	a.lo, a.hi = max(a.lo, -math.MaxFloat64/4), min(a.hi, math.MaxFloat64/4)
	if a.log {
		a.lo = max(a.lo, 1e-300)
		a.logTicks(n, round)
	} else {
		a.linearTicks(n, round)
	}
	return a
}

// span sets the ends to the smallest and the largest value; without any, lo is
// above hi.
func (a *axis) span(values func(yield func(float64) bool)) {
	a.lo, a.hi = math.Inf(1), math.Inf(-1)
	for v := range values {
		if a.has(v) {
			a.lo, a.hi = min(a.lo, v), max(a.hi, v)
		}
	}
}

// has says whether a value has a place on the axis.
func (a *axis) has(v float64) bool { return finite(v) && (!a.log || v > 0) }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// place is the position of a value that the axis has.
func (a *axis) place(v float64) float64 {
	lo, hi := a.lo, a.hi
	if a.log {
		lo, hi, v = math.Log10(lo), math.Log10(hi), math.Log10(v)
	}
	return a.at + min(max((v-lo)/(hi-lo), 0), 1)*(a.to-a.at)
}

// linearTicks takes a step of 1, 2 or 5 times a power of ten.
func (a *axis) linearTicks(n int, round bool) {
	rough := (a.hi - a.lo) / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	step := 10 * power
	for _, m := range []float64{1, 2, 5} {
		if m*power >= rough*0.999 {
			step = m * power
			break
		}
	}
	first, last := math.Ceil(a.lo/step-1e-9), math.Floor(a.hi/step+1e-9)
	if round {
		first, last = math.Floor(a.lo/step+1e-9), math.Ceil(a.hi/step-1e-9)
		a.lo, a.hi = first*step, last*step
	}
	digits := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	for i := range int(last-first) + 1 {
		v := (first + float64(i)) * step
		a.ticks = append(a.ticks, v)
		text := strconv.FormatFloat(v, 'f', digits, 64)
		if most := max(math.Abs(a.lo), math.Abs(a.hi)); digits > 5 || most >= 1e6 {
			text = strconv.FormatFloat(v, 'g', 4, 64)
		}
		if v == 0 {
			text = "0"
		}
		a.text = append(a.text, text)
	}
}

// logTicks takes powers of ten, or 1, 2 and 5 times them where they are few.
func (a *axis) logTicks(n int, round bool) {
	lo, hi := int(math.Floor(math.Log10(a.lo)+1e-9)), int(math.Ceil(math.Log10(a.hi)-1e-9))
	factors := []float64{1}
	if hi-lo <= 2 {
		factors = []float64{1, 2, 5}
	}
	every := max(1, (hi-lo+n)/(n+1))
	var all []float64
	for e := lo; e <= hi; e += every {
		for _, f := range factors {
			all = append(all, f*math.Pow(10, float64(e)))
		}
	}
	if round {
		// The nearest ticks outside of the values are the ends.
		low, high := all[0], all[len(all)-1]
		for _, v := range all {
			if v <= a.lo*(1+1e-9) {
				low = v
			}
		}
		for i := len(all) - 1; i >= 0; i-- {
			if all[i] >= a.hi*(1-1e-9) {
				high = all[i]
			}
		}
		a.lo, a.hi = min(low, a.lo), max(high, a.hi)
	}
	for _, v := range all {
		if v >= a.lo*(1-1e-9) && v <= a.hi*(1+1e-9) {
			a.ticks = append(a.ticks, v)
			a.text = append(a.text, strconv.FormatFloat(v, 'g', 4, 64))
		}
	}
}

// whole drops the ticks that are no whole numbers.
func (a *axis) whole() {
	n := 0
	for _, v := range a.ticks {
		if math.Abs(v-math.Round(v)) < 1e-6 {
			a.ticks[n], a.text[n] = math.Round(v), strconv.FormatFloat(math.Round(v), 'f', 0, 64)
			n++
		}
	}
	a.ticks, a.text = a.ticks[:n], a.text[:n]
}
