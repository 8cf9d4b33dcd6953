package support

// winogradKernel says how one transformed kernel of 3x3 taps, U = G g Gt in 36
// planes, is made from packed parameters:
//
//	derived[to + q*in*out + out/16*in*16 + in*16 + out%16] from
//	    params[from + out/16*9*in*16 + (tap*in+in)*16 + out%16]
//
// rotated kernels are those of backward-data: taps in reverse order, inputs and
// outputs exchanged. in and out are those of the packed kernel, multiples of 16.
type winogradKernel struct {
	from, to, in, out int
	rotated           bool
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
		return t.in / 16
	}
	return t.out / 16
}

// panel makes panel p: 16 outputs for each input.
func (t *winogradKernel) panel(params, derived []float32, p int) {
	var tmp [576]float32
	tap, plane := t.in*16, t.in*t.out
	winogradWeights(&params[t.from+9*tap*p], &derived[t.to+tap*p], &tmp[0],
		t.in, 16, 3*tap, tap, 16, 6*plane, plane, 16)
}

// turned makes panel p of a rotated kernel: 16 inputs for each output. It first
// exchanges the two in blocks of 16 x 16.
func (t *winogradKernel) turned(params, derived []float32, p int) {
	var tmp [576]float32
	var turned [9 * 256]float32
	plane := t.in * t.out
	for o := 0; o < t.out; o += 16 {
		for tap := range 9 {
			s := params[t.from+o/16*9*t.in*16+(tap*t.in+16*p)*16:][:256]
			d := turned[(8-tap)*256:][:256]
			for i := range 16 {
				for j := range 16 {
					d[16*j+i] = s[16*i+j]
				}
			}
		}
		winogradWeights(&turned[0], &derived[t.to+(p*t.out+o)*16], &tmp[0],
			16, 16, 3*256, 256, 16, 6*plane, plane, 16)
	}
}
