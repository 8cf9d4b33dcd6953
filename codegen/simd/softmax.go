package simd

import "fmt"

// Softmax and its gradient over rows. Rows of classifiers are short, so one 256-bit
// kernel serves both ISAs, and both get the same bits.

// checkSoftmax is an error for functions other than softmax and its logarithm.
func checkSoftmax(v Variant) error {
	if v.Func != "" && v.Func != "log" {
		return fmt.Errorf("%s: no such variant", v.Family)
	}
	return v.check(Variant{Family: v.Family, Func: v.Func})
}

func softmaxParams(v Variant) []Param {
	if v.Func == "log" {
		return params(PtrFloat32, "z p", Int, "rows classes stride")
	}
	return params(PtrFloat32, "z p stats", Int, "rows classes stride")
}

func softmaxDoc(v Variant, _ int) []string {
	head, result := "turns rows of scores into probabilities:", []string{
		"\t\tp[k] = exp(z[k]-m)/s for k < classes, 0 for classes <= k < stride",
		"\t\tstats[2*r] = m; stats[2*r+1] = s, unless stats is nil"}
	if v.Func == "log" {
		head, result = "turns rows of scores into logarithms of probabilities:", []string{
			"\t\tp[k] = z[k]-m-ln(s) for k < classes, 0 for classes <= k < stride"}
	}
	doc := append([]string{head, "",
		"\tfor r < rows, with z and p at r*stride:",
		"\t\tm = max of z[0:classes]; s = sum of exp(z[k]-m) over k < classes"}, result...)
	return append(doc, "",
		"stride is a multiple of 8, classes at least 1. p may be z. A NaN or +Inf among",
		"the scores makes the whole row NaN.")
}

// rowsOf is the frame of kernels over rows: the pointers by name, each a stride from
// row to row, and loops over the classes of one.
type rowsOf struct {
	*Program
	*body
	pointers []string
}

const (
	rowsCount  = R9
	rowsWhole  = R10 // bytes of the classes in whole vectors
	rowsRest   = R11 // classes beyond them, 0 to 7
	rowsStride = R12 // bytes
	rowsAt     = AX  // byte offset in the row
	rowsMask   = 9   // register: the lanes of the last, partial vector
)

// rowPointers hold the pointers in their order.
var rowPointers = []GPR{SI, DI, R8}

// newRows begins a kernel; spend names the constants of its body that get registers.
func newRows(spend func(b *body), pointers ...string) rowsOf {
	p := &Program{}
	b := &body{Program: p, isa: AVX2, vec: Y, unroll: 1, scratch: 6, first: 10, dry: true}
	spend(b)
	b.dry, b.resident = false, b.collect[:min(6, len(b.collect))]
	return rowsOf{p, b, pointers}
}

// pointer is the register of the pointer of that name.
func (w *rowsOf) pointer(name string) GPR {
	for i, p := range w.pointers {
		if p == name {
			return rowPointers[i]
		}
	}
	panic("internal error: no pointer " + name)
}

// begin reads the parameters and ends at the label of the loop over rows.
func (w *rowsOf) begin() {
	p := w.Program
	p.I(MOVQ, Arg("rows"), rowsCount)
	p.I(TESTQ, rowsCount, rowsCount)
	p.I(JLE, Label("done"))
	for _, name := range w.pointers {
		p.I(MOVQ, Arg(name), w.pointer(name))
	}
	p.I(MOVQ, Arg("stride"), rowsStride)
	p.I(SHLQ, Imm(2), rowsStride)
	p.I(MOVQ, Arg("classes"), rowsWhole)
	p.I(MOVQ, rowsWhole, rowsRest)
	p.I(ANDQ, Imm(7), rowsRest)
	p.I(SUBQ, rowsRest, rowsWhole)
	p.I(SHLQ, Imm(2), rowsWhole)
	p.I(VMOVD, rowsRest, X(rowsMask))
	p.I(VPBROADCASTD, X(rowsMask), Y(rowsMask))
	p.I(VPCMPGTD, p.ConstTable(0, 1, 2, 3, 4, 5, 6, 7), Y(rowsMask), Y(rowsMask)).Say("rest > lane")
	for i, c := range w.resident {
		w.load(c, Y(w.first+i))
	}
	p.Label("row")
}

// over calls do for the classes of a row, eight at a time, the last ones with part
// set; names tells the loops apart.
func (w *rowsOf) over(name string, do func(part bool)) {
	p := w.Program
	p.I(XORL, rowsAt, rowsAt)
	p.I(TESTQ, rowsWhole, rowsWhole)
	p.I(JEQ, Label(name+"Rest"))
	p.Label(name)
	do(false)
	p.I(ADDQ, Imm(32), rowsAt)
	p.I(CMPQ, rowsAt, rowsWhole)
	p.I(JLT, Label(name))
	p.Label(name + "Rest")
	p.I(TESTQ, rowsRest, rowsRest)
	p.I(JEQ, Label(name+"End"))
	do(true)
	p.I(ADDQ, Imm(32), rowsAt)
	p.Label(name + "End")
}

// get loads classes from where over is, zeros beyond the last.
func (w *rowsOf) get(part bool, pointer string, to value) {
	if part {
		w.Program.I(VMASKMOVPS, AtIndex(w.pointer(pointer), rowsAt, 1, 0), Y(rowsMask), Y(int(to)))
		return
	}
	w.Program.I(VMOVUPS, AtIndex(w.pointer(pointer), rowsAt, 1, 0), Y(int(to)))
}

// put stores classes where over is, zeros beyond the last.
func (w *rowsOf) put(part bool, from value, pointer string) {
	if part {
		w.Program.I(VANDPS, Y(rowsMask), Y(int(from)), Y(int(from)))
	}
	w.Program.I(VMOVUPS, Y(int(from)), AtIndex(w.pointer(pointer), rowsAt, 1, 0))
}

// zeros fills the row from where over has ended to the stride. It spoils t.
func (w *rowsOf) zeros(pointer string, t value) {
	p := w.Program
	p.I(MOVQ, rowsAt, BX)
	p.I(VXORPS, X(int(t)), X(int(t)), X(int(t)))
	p.I(CMPQ, BX, rowsStride)
	p.I(JGE, Label("filled"))
	p.Label("zeros")
	p.I(VMOVUPS, Y(int(t)), AtIndex(w.pointer(pointer), BX, 1, 0))
	p.I(ADDQ, Imm(32), BX)
	p.I(CMPQ, BX, rowsStride)
	p.I(JLT, Label("zeros"))
	p.Label("filled")
}

// end goes on to the next row.
func (w *rowsOf) end() (*Program, error) {
	p := w.Program
	for _, name := range w.pointers {
		p.I(ADDQ, rowsStride, w.pointer(name))
	}
	p.I(DECQ, rowsCount)
	p.I(JNE, Label("row"))
	p.Label("done")
	p.Return()
	return p, w.err
}

func buildSoftmax(v Variant, _ int, _ ISA) (*Program, error) {
	if err := checkSoftmax(v); err != nil {
		return nil, err
	}
	const top, x, e, n, sum, t = 0, 1, 2, 3, 4, 5 // values and registers
	log := v.Func == "log"
	w := newRows(func(b *body) { b.exp(e, x, n) }, "z", "p")
	p, b := w.Program, w.body
	const stats = R8
	if !log {
		p.I(MOVQ, Arg("stats"), stats)
	}
	w.begin()
	p.Comment("The maximum.")
	p.I(VBROADCASTSS, At(SI, 0), Y(top))
	w.over("max", func(part bool) {
		w.get(part, "z", x)
		if part {
			p.I(VBLENDVPS, Y(rowsMask), Y(x), Y(top), Y(x))
		}
		p.I(VMAXPS, Y(top), Y(x), Y(top)) // a NaN in front stays
	})
	foldVec(p, VMAXPS, Y(top), Y(x))
	keep := func(from int, at int) {
		if !log {
			p.I(TESTQ, stats, stats)
			p.I(JEQ, Label(fmt.Sprint("kept", at)))
			p.I(VMOVSS, X(from), At(stats, at))
			p.Label(fmt.Sprint("kept", at))
		}
	}
	keep(top, 0)
	p.I(VBROADCASTSS, X(top), Y(top))

	p.Comment("Exponentials and their sum.")
	p.I(VXORPS, X(sum), X(sum), X(sum))
	w.over("exp", func(part bool) {
		w.get(part, "z", x)
		b.sub(x, value(x), value(top))
		b.exp(e, x, n)
		if !log {
			w.put(part, e, "p")
		} else if part {
			p.I(VANDPS, Y(rowsMask), Y(e), Y(e))
		}
		p.I(VADDPS, Y(e), Y(sum), Y(sum))
	})
	foldVec(p, VADDPS, Y(sum), Y(x))
	keep(sum, 4)
	p.I(VBROADCASTSS, X(sum), Y(sum))
	if log {
		p.Comment("The logarithm of the sum, which is at least 1; a NaN is one still.")
		b.log(e, sum, x, n, t)
		p.I(VSUBPS, Y(sum), Y(sum), Y(sum))
		b.add(sum, value(sum), value(e))
	}

	p.Comment("Results, and zeros from there to the end of the row.")
	w.over("result", func(part bool) {
		if log {
			w.get(part, "z", x)
			b.sub(x, value(x), value(top))
			b.sub(x, value(x), value(sum))
		} else {
			p.I(VMOVUPS, AtIndex(DI, rowsAt, 1, 0), Y(x))
			p.I(VDIVPS, Y(sum), Y(x), Y(x))
		}
		w.put(part, x, "p") // 0/NaN is not 0
	})
	w.zeros("p", x)
	if !log {
		p.I(TESTQ, stats, stats)
		p.I(JEQ, Label("next"))
		p.I(ADDQ, Imm(8), stats)
		p.Label("next")
	}
	return w.end()
}

func softmaxBackParams(Variant) []Param {
	return params(PtrFloat32, "dy y dx", Int, "rows classes stride")
}

func softmaxBackDoc(v Variant, _ int) []string {
	of, sum, result := "softmax", "dy[k]*y[k]", "y[k]*(dy[k]-s)"
	if v.Func == "log" {
		of, sum, result = "the logarithm of softmax", "dy[k]", "dy[k]-exp(y[k])*s"
	}
	return []string{"is the gradient of " + of + " from its results y:", "",
		"\tfor r < rows, with dy, y and dx at r*stride:",
		"\t\ts = sum of " + sum + " over k < classes",
		"\t\tdx[k] = " + result + " for k < classes, 0 for classes <= k < stride", "",
		"stride is a multiple of 8, classes at least 1. dx may be dy or y."}
}

func buildSoftmaxBack(v Variant, _ int, _ ISA) (*Program, error) {
	if err := checkSoftmax(v); err != nil {
		return nil, err
	}
	const sum, d, y, e, n = 0, 1, 2, 3, 4 // values and registers
	log := v.Func == "log"
	w := newRows(func(b *body) {
		if log {
			b.exp(e, y, n)
		}
	}, "dy", "y", "dx")
	p, b := w.Program, w.body
	w.begin()
	p.I(VXORPS, X(sum), X(sum), X(sum))
	w.over("sum", func(part bool) {
		w.get(part, "dy", d)
		if log {
			p.I(VADDPS, Y(d), Y(sum), Y(sum))
			return
		}
		w.get(part, "y", y)
		b.accumulate(sum, value(d), value(y))
	})
	foldVec(p, VADDPS, Y(sum), Y(d))
	p.I(VBROADCASTSS, X(sum), Y(sum))
	w.over("result", func(part bool) {
		w.get(part, "dy", d)
		w.get(part, "y", y)
		if log {
			b.exp(e, y, n)
			b.deduct(d, value(e), value(sum))
		} else {
			b.sub(d, value(d), value(sum))
			b.mul(d, value(d), value(y))
		}
		w.put(part, d, "dx")
	})
	w.zeros("dx", y)
	return w.end()
}

// foldVec combines the eight float32 of a 256-bit v with op; the result is in
// its lowest one (and, for 128 bits, in all). It spoils t.
func foldVec(p *Program, op Op, v, t Vec) {
	p.I(VEXTRACTF128, Imm(1), v, t.Low())
	p.I(op, t.Low(), v.Low(), v.Low())
	p.I(VPSHUFD, Imm(0x4e), v.Low(), t.Low())
	p.I(op, t.Low(), v.Low(), v.Low())
	p.I(VPSHUFD, Imm(0xb1), v.Low(), t.Low())
	p.I(op, t.Low(), v.Low(), v.Low())
}
