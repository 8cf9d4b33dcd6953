package support

// arrangement says how one kernel's derived weights are made from its packed
// parameters for a product of count groups of in input and out output channels, or
// of a single one. Output channels stand in panels of 16; the rows of a tap are the
// inputs, of which a unit of output channels reads span, from base on:
//
//	derived[to + o/16*len(taps)*rows*16 + (t*rows + q*in + i - base(o))*16 + o%16] =
//	    params[from + f/16*panelFloats + (taps[t]*inPad+c)*16 + f%16]
//
// for output channel o of group q = o/out and its i-th input. Forward c is i and f
// is o; backward, from the kernel's outputs to its inputs, c is o - q*out and f is
// q*in + i, all times the scale of a batchnorm that inference folds into the kernel.
// With alongK each output channel has a row instead: derived[to + o*len(taps)*rows +
// t*rows + i]. Other cells are not written: they are zero for ever.
type arrangement struct {
	from, to           int
	taps               []int
	count, in, out     int
	unit, span, rows   int
	inPad, panelFloats int // of the packed parameters
	backward, alongK   bool
	norm               *fixedNorm // scales the output channels, nil for none
}

// base is the first input channel that output channel o reads.
func (a *arrangement) base(o int) int { return groupBase(o, a.count, a.in, a.out, a.unit, a.span) }

// groupBase is the first input channel of the unit of output channel o.
func groupBase(o, count, in, out, unit, span int) int {
	return min(o/unit*unit/out*in, count*in-span)
}

// arrangePart makes the k-th of n parts of the derived weights. Parts are output
// channels.
func arrangePart(list []arrangement, params, derived []float32, k, n int) {
	channels := 0
	for i := range list {
		channels += list[i].count * list[i].out
	}
	at, end := channels*k/n, channels*(k+1)/n
	first := 0 // number of the current kernel's first channel
	for i := range list {
		a := &list[i]
		count := a.count * a.out
		for o := max(at-first, 0); o < min(end-first, count); o++ {
			a.channel(params, derived, o)
		}
		first += count
	}
}

// channel makes the weights of output channel o.
func (a *arrangement) channel(params, derived []float32, o int) {
	q, scale := o/a.out, float32(1)
	if a.norm != nil {
		scale = float32(a.norm.scale(params, o))
	}
	for t, tap := range a.taps {
		at, step := o/16*len(a.taps)*a.rows*16+(t*a.rows+q*a.in-a.base(o))*16+o%16, 16
		if a.alongK {
			at, step = (o*len(a.taps)+t)*a.rows, 1
		}
		dst := derived[a.to+at:]
		if !a.backward {
			src := params[a.from+o/16*a.panelFloats+tap*a.inPad*16+o%16:]
			for i := range a.in {
				dst[step*i] = src[16*i] * scale
			}
			continue
		}
		row := params[a.from+(tap*a.inPad+o-q*a.out)*16:]
		for i := range a.in {
			f := q*a.in + i
			dst[step*i] = row[f/16*a.panelFloats+f%16] * scale
		}
	}
}

// addGroupSums adds to the gradient dw of a kernel in groups the sums that belong to
// it. Rows of dw are taps and the in inputs of a group; rows of sums are taps and the
// span inputs of a unit of 8 output channels.
func addGroupSums(dw, sums []float32, taps, count, in, out, span int) {
	for o := range count * out {
		base := groupBase(o, count, in, out, 8, span)
		for t := range taps {
			d := dw[o/16*taps*in*16+t*in*16+o%16:]
			s := sums[o/16*taps*span*16+(t*span+o/out*in-base)*16+o%16:]
			for i := range in {
				d[16*i] += s[16*i]
			}
		}
	}
}

// addNarrowSums adds to the gradient dw of a kernel with n output channels, fewer than a
// panel, its sums: a row for each channel, of taps times cp channels of inputs. A tap
// has in rows of dw, inPad apart.
func addNarrowSums(dw, sums []float32, taps, in, inPad, cp, n int) {
	for t := range taps {
		for i := range in {
			d, s := dw[(t*inPad+i)*16:], sums[t*cp+i:]
			for j := range n {
				d[j] += s[j*taps*cp]
			}
		}
	}
}

// clearLanes zeroes the lanes from one on in n rows of a panel: they belong to no
// weight, and are to stay zero.
func clearLanes(panel []float32, n, lane int) {
	for r := range n {
		clear(panel[16*r+lane : 16*r+16])
	}
}
