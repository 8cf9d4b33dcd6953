package support

// winogradKernel says how one transformed kernel of 3x3 taps, U = G g Gt in 36
// planes, or 16 of a small one, is made from packed parameters:
//
//	derived[to + q*plane() + out/16*ins*16 + in*16 + out%16] from
//	    params[from + out/16*9*in*16 + (tap*in+in)*16 + out%16]
//
// rotated kernels are those of backward-data: taps in reverse order, inputs and
// outputs exchanged. in and out are those of the packed kernel, which has whole
// panels of outputs; ins are the rows that the transformed one has.
type winogradKernel struct {
	from, to, in, out, ins int
	rotated, small         bool
}

// winogradPart makes the k-th of n parts of the transformed kernels. Parts are
// whole panels.
func winogradPart(list []winogradKernel, params, derived []float32, k, n int) {
	panels := 0
	for i := range list {
		panels += list[i].panels()
	}
	at, end := panels*k/n, panels*(k+1)/n
	first := 0 // number of the current kernel's first panel
	for i := range list {
		t := &list[i]
		for p := max(at-first, 0); p < min(end-first, t.panels()); p++ {
			if t.rotated {
				t.turned(params, derived, p)
			} else {
				t.panel(params, derived, p)
			}
		}
		first += t.panels()
	}
}

// panels is the number of panels of the transformed kernel.
func (t *winogradKernel) panels() int {
	if t.rotated {
		return (t.in + 15) / 16
	}
	return (t.out + 15) / 16
}

// plane is the distance of two of its planes: an odd number of cache lines. The
// compiler lays the planes out by the same formula: plan.WinogradKernel.PlaneFloats.
func (t *winogradKernel) plane() int { return t.ins*16*t.panels() | 16 }

// winogradRows is the most rows that one kernel call transforms.
const winogradRows = 128

// panel makes panel p: 16 outputs for each input.
func (t *winogradKernel) panel(params, derived []float32, p int) {
	tap := t.in * 16
	for i := 0; i < t.ins; i += winogradRows {
		t.rows(&params[t.from+9*tap*p+16*i], &derived[t.to+t.ins*16*p+16*i], min(winogradRows, t.ins-i), tap)
	}
}

// rows transforms n rows of 16 outputs, whose taps are tap elements apart.
func (t *winogradKernel) rows(x, y *float32, n, tap int) {
	var tmp [576]float32
	plane := t.plane()
	if t.small {
		winogradWeights2(x, y, &tmp[0], n, 16, 3*tap, tap, 16, 4*plane, plane, 16)
		return
	}
	winogradWeights(x, y, &tmp[0], n, 16, 3*tap, tap, 16, 6*plane, plane, 16)
}

// turned makes panel p of a rotated kernel: 16 inputs for each output. It first
// exchanges the two in blocks of 16 x 16; inputs that there are not stay zero.
func (t *winogradKernel) turned(params, derived []float32, p int) {
	const block = 256
	var turned [9 * block]float32
	inputs := min(16, t.in-16*p)
	fours := inputs &^ 3
	for o := 0; o < t.ins; o += 16 {
		from := t.from + o/16*9*t.in*16 + 256*p // of the first tap, which becomes the last
		transpose(&params[from], &turned[8*block], 9, fours, 16*t.in, -block)
		for tap := range 9 {
			for in := fours; in < inputs; in++ { // what the kernel leaves
				for out := range 16 {
					turned[(8-tap)*block+16*out+in] = params[from+16*(t.in*tap+in)+out]
				}
			}
		}
		t.rows(&turned[0], &derived[t.to+(p*t.ins+o)*16], min(16, t.ins-o), block)
	}
}
