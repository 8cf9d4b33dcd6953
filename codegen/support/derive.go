package support

// transposition says how the derived weights of one kernel are made from its
// packed parameters: for its panels of 16 input channels,
//
//	derived[to + in/16*len(taps)*outPad*16 + (t*outPad+out)*16 + in%16] =
//	    params[from + out/16*panelFloats + (taps[t]*inPad+in)*16 + out%16]
//
// for the inputs below in and the outputs below out. Other cells of derived
// are not written: they are zero for ever. With run > 0 every run of so many
// inputs begins a panel.
type transposition struct {
	from, to                            int
	taps                                []int
	in, inPad, out, outPad, panelFloats int
	run                                 int
}

// panels are the number of runs, and the inputs and panels of each.
func (t *transposition) panels() (runs, inputs, panels int) {
	inputs = t.in
	if t.run > 0 {
		inputs = t.run
	}
	return t.in / inputs, inputs, (inputs + 15) / 16
}

// transposePart makes the k-th of n parts of the derived weights. Parts are
// whole panels.
func transposePart(list []transposition, params, derived []float32, k, n int) {
	panels := 0
	for i := range list {
		runs, _, each := list[i].panels()
		panels += runs * each
	}
	at, end := panels*k/n, panels*(k+1)/n
	first := 0 // number of the current kernel's first panel
	for i := range list {
		t := &list[i]
		runs, _, each := t.panels()
		count := runs * each
		for p := max(at-first, 0); p < min(end-first, count); p++ {
			t.panel(params, derived, p)
		}
		first += count
	}
}

// panel makes panel p of a kernel.
func (t *transposition) panel(params, derived []float32, p int) {
	_, inputs, each := t.panels()
	width := min(16, inputs-16*(p%each))
	first := p/each*inputs + 16*(p%each)
	dst := derived[t.to+p*len(t.taps)*t.outPad*16:]
	whole, fours := t.out/16, width&^3 // blocks of outputs, and their inputs, for the kernel
	for i, tap := range t.taps {
		from := params[t.from+(tap*t.inPad+first)*16:]
		to := dst[i*t.outPad*16:]
		transpose(&from[0], &to[0], whole, fours, t.panelFloats, 256)
		for o := range t.out { // what the kernel leaves: the last inputs, and outputs of no whole block
			left := fours
			if o >= 16*whole {
				left = 0
			}
			for in := left; in < width; in++ {
				to[16*o+in] = from[o/16*t.panelFloats+16*in+o%16]
			}
		}
	}
}
