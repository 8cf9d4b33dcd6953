package emit

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// Package collects what the programs of one generated package have in common.
type Package struct {
	Plan *plan.Plan
	// Tables are the offset tables the methods use, in order of first use.
	Tables []Table
	// Kernels are the kernels the methods call, in order of first use.
	Kernels []simd.Variant
	// Rests are the igemm kernels, without MR, that methods call through the
	// function that chooses among tiles of 1 to 5 pixels.
	Rests []simd.Variant
	// Params, InferDerived and Derived are the constants of the places of
	// parameters and derived weights: those inference needs, and the others.
	Params, InferDerived, Derived []gosrc.Const

	taken  func(name string) bool // identifiers that generated code uses otherwise
	names  map[string]bool        // package-level identifiers given out
	tables map[string]string
	params map[int]string // offset to name
	deriv  map[int]string
	used   map[simd.Variant]bool
	// lanes are the numbers of channels that a kernel is called with, for each
	// instruction set; channels those of the loop being written, 0 outside of any.
	lanes    map[laneKey]bool
	channels int
}

// laneKey is a kernel for a number of channels.
type laneKey struct {
	v     simd.Variant
	isa   simd.ISA
	lanes int
}

// FoldedParams is the constant of the place of the parameters that inference
// reads, when they are not those as trained.
const FoldedParams = "foldedParams"

// Table is a package-level table of offsets.
type Table struct {
	Name  string
	Value jen.Code // an expression
}

// NewPackage names the parameters of a plan. taken reports identifiers that
// generated code uses otherwise.
func NewPackage(p *plan.Plan, taken func(name string) bool) *Package {
	pk := &Package{
		Plan: p, taken: taken, names: map[string]bool{}, tables: map[string]string{}, params: map[int]string{},
		deriv: map[int]string{}, used: map[simd.Variant]bool{},
		lanes: map[laneKey]bool{},
	}
	for _, prm := range p.Params {
		name := pk.Name(gosrc.Ident(prm.Name))
		pk.params[prm.Offset] = name
		pk.Params = append(pk.Params, gosrc.Const{Name: name, Value: prm.Offset, Comment: fmt.Sprint(prm.Shape)})
	}
	folded := false
	for _, c := range p.Derive {
		to := 0
		switch c := c.(type) {
		case *plan.Transpose:
			to = c.To
		case *plan.Arrange:
			to = c.To
		case *plan.WinogradKernel:
			to = c.To
		case *plan.NormVectors:
			to = c.To
		case *plan.Fold:
			if !folded {
				folded = true
				pk.InferDerived = append(pk.InferDerived, gosrc.Const{Name: pk.Name(FoldedParams), Value: p.FoldedAt})
			}
			continue
		default:
			continue
		}
		name := pk.Name(gosrc.Ident(c.Base().Name))
		pk.deriv[to] = name
		if to < p.InferDerivedFloats {
			pk.InferDerived = append(pk.InferDerived, gosrc.Const{Name: name, Value: to})
		} else {
			pk.Derived = append(pk.Derived, gosrc.Const{Name: name, Value: to})
		}
	}
	return pk
}

// Name returns an identifier of the package that nothing else has: the one
// given, or one made from it.
func (pk *Package) Name(want string) string {
	name := want
	for i := 2; pk.names[name] || pk.taken(name) || locals[name]; i++ {
		name = fmt.Sprintf("%sX%d", want, i)
	}
	pk.names[name] = true
	return name
}

// kernel records the use of a kernel and returns the name of its dispatching
// function.
func (pk *Package) kernel(v simd.Variant) string {
	if !pk.used[v] {
		pk.used[v] = true
		pk.Kernels = append(pk.Kernels, v)
	}
	// As function lanes of package support divides channels.
	for _, isa := range []simd.ISA{simd.AVX2, simd.AVX512} {
		for left := pk.channels; left > 0; {
			n := 8
			switch {
			case left >= 32 && isa == simd.AVX512:
				n = 32
			case left >= 16:
				n = 16
			}
			pk.lanes[laneKey{v, isa, n}] = true
			left -= n
		}
	}
	return v.Name()
}

// calledWith says that kernels named from now on are called for so many channels,
// until the function that it returns is called.
func (pk *Package) calledWith(channels int) (end func()) {
	before := pk.channels
	pk.channels = channels
	return func() { pk.channels = before }
}

// Lanes are the numbers of channels for which v is called under isa, in falling
// order; {0} for a kernel that works on whole buffers.
func (pk *Package) Lanes(v simd.Variant, isa simd.ISA) []int {
	family, ok := simd.FamilyOf(v)
	if !ok {
		return nil
	}
	if !family.HasLanes() {
		return family.Lanes[isa]
	}
	var list []int
	for _, n := range family.Lanes[isa] {
		if pk.lanes[laneKey{v, isa, n}] {
			list = append(list, n)
		}
	}
	return list
}

// Use records the use of a kernel outside the methods of calls.
func (pk *Package) Use(v simd.Variant) string { return pk.kernel(v) }

// rest records the use of the function that calls the kernel of a tile of less than
// the most pixels (kernel v but for MR), and returns its name.
func (pk *Package) rest(v simd.Variant) string {
	for mr := 1; mr < v.Tallest(); mr++ {
		v.MR = mr
		pk.kernel(v)
	}
	v.MR = 0
	if !slices.Contains(pk.Rests, v) {
		pk.Rests = append(pk.Rests, v)
	}
	return v.Name() + "Rest"
}

// table returns the name of a table: the wanted one, which both programs may
// share when it has the same content, else one with the program's prefix.
func (pr *Program) table(want string, value *jen.Statement) string {
	pk := pr.Package
	key := want + " " + fmt.Sprintf("%#v", value)
	if name, ok := pk.tables[key]; ok {
		return name
	}
	name := want
	if pk.names[name] && pr.prefix != "" {
		name = pr.prefix + gosrc.Upper(name)
	}
	name = pk.Name(name)
	pk.tables[key] = name
	pk.Tables = append(pk.Tables, Table{name, value})
	return name
}

// Program emits the calls of one of a plan's programs as methods.
type Program struct {
	*Package
	*plan.Program
	// Type is the receiver's type, "inference" or "training".
	Type string
	// Training programs compute losses and gradients.
	Training bool
	// Offsets are the constants of the buffers' places in the arena,
	// ResidentOffsets those in the memory kept from stage to stage.
	Offsets, ResidentOffsets []gosrc.Const
	// RowFloats is the length of the worker's scratch row, in elements.
	RowFloats int
	// SumFloats is the same of its scratch in float64.
	SumFloats int
	// RNG says that methods call runtime/rng.
	RNG bool
	// TablesEnd is the number of the package's tables after this program's.
	TablesEnd int

	prefix  string
	blocks  int // of shared calls, whose transformed inputs are numbered
	buffers map[*plan.Buffer]string
	methods map[string]bool
}

// Receiver is the name of the receiver in all methods.
const Receiver = "w"

// Fields of a worker that methods use, and so names that methods must not have.
const (
	FieldArena   = Receiver + ".arena"   // *[arena]float32
	FieldBits    = Receiver + ".bits"    // the arena as bytes
	FieldParams  = Receiver + ".params"  // *[paramFloats]float32
	FieldDerived = Receiver + ".derived" // *[derivedFloats]float32
	FieldGrads   = Receiver + ".grads"   // *[paramFloats]float32
	FieldX       = Receiver + ".x"       // the caller's images
	FieldScores  = Receiver + ".scores"  // the caller's scores
	FieldLabels  = Receiver + ".labels"
	FieldTargets = Receiver + ".targets"
	FieldWeights = Receiver + ".weights" // of the examples, empty for none
	FieldLoss    = Receiver + ".losses"
	FieldPenalty = Receiver + ".penalties" // of the examples, empty when not wanted
	FieldKeys    = Receiver + ".keys"
	FieldScale   = Receiver + ".scale"
	FieldScalars = Receiver + ".scalars"
	FieldStats   = Receiver + ".stats" // of softmax, two for each example
	FieldRow     = Receiver + ".row"
	// FieldScratchSums is scratch in float64.
	FieldScratchSums = Receiver + ".sums"
	FieldWhole       = Receiver + ".whole" // *model.Whole

	FieldResident     = FieldWhole + ".Resident"
	FieldResidentBits = FieldWhole + ".Bits"
	FieldSums         = FieldWhole + ".Sums"
	FieldShared       = FieldWhole + ".Shared"
)

// reservedMethods are methods and fields of workers.
var reservedMethods = []string{
	"arena", "bits", "params", "derived", "grads", "x", "scores", "labels", "targets", "weights", "losses", "penalties", "keys", "scale",
	"scalars", "stats", "row", "forward", "backward", "bind", "call", "validate", "infer", "whole", "sums",
	"scratch", "workers", "share", "together", "forwardOne", "run", "helpers",
}

// NewProgram names the buffers of a program. prefix is put before the names of
// its constants: both programs of a package have a conv1Out.
func NewProgram(pk *Package, p *plan.Program, typ, prefix string, training bool) *Program {
	pr := &Program{
		Package: pk, Program: p, Type: typ, Training: training, prefix: prefix,
		buffers: map[*plan.Buffer]string{}, methods: map[string]bool{},
	}
	for _, name := range reservedMethods {
		pr.methods[name] = true
	}
	for _, b := range p.Buffers {
		if b.Space != plan.Arena && b.Space != plan.Resident {
			continue
		}
		name := gosrc.Ident(b.Name)
		if prefix != "" {
			name = prefix + gosrc.Upper(name)
		}
		name = pk.Name(name)
		pr.buffers[b] = name
		offset := gosrc.Const{Name: name, Value: b.Offset, Comment: describe(b)}
		if b.Space == plan.Resident {
			pr.ResidentOffsets = append(pr.ResidentOffsets, offset)
		} else {
			pr.Offsets = append(pr.Offsets, offset)
		}
	}
	return pr
}

// describe says what a buffer holds, for the comment behind its constant.
func describe(b *plan.Buffer) string {
	s := fmt.Sprintf("[n %d %d %d]", b.H, b.W, b.C)
	switch {
	case b.Scratch:
		return fmt.Sprintf("%d floats of scratch", b.ImageFloats)
	case b.H == 1 && b.W == 1:
		s = fmt.Sprintf("[n %d]", b.C)
	}
	if b.MaskCells > 0 {
		return s + fmt.Sprintf(", %d bits a cell", b.MaskCells)
	}
	if b.C != b.Cp {
		s += fmt.Sprintf(", %d channels in memory", b.Cp)
	}
	if b.HasHalo() {
		s += fmt.Sprintf(", halo %d %d %d %d", b.Top, b.Left, b.Bottom, b.Right)
	}
	return s
}

// Method emits the method of one call and returns its name.
func (pr *Program) Method(c plan.Call) (name string, code *jen.Statement, err error) {
	emit, ok := lookup(c)
	info := c.Base()
	if !ok {
		return "", nil, fmt.Errorf("internal error: %s: no emitter for %T", info.Name, c)
	}
	name = gosrc.Ident(info.Name)
	for pr.methods[name] {
		name += "Call"
	}
	pr.methods[name] = true
	b := &body{Program: pr, info: info}
	stmts := emit(b, c)
	if b.err != nil {
		return "", nil, b.err
	}
	doc := info.Comment
	if doc == "" {
		doc = purpose(c)
	}
	code = jen.Comment(name + ": " + doc).Line()
	if info.Line > 0 {
		code.Comment("").Line().Comment(fmt.Sprintf("%s:%d", pr.Plan.File, info.Line)).Line()
	}
	code.Func().Params(jen.Id(Receiver).Op("*").Id(pr.Type)).Id(name).Params(jen.Id("n").Int()).Block(stmts...)
	return name, code, nil
}

// body is the emission of one method.
type body struct {
	*Program
	info *plan.Info
	err  error
	// shared is set where workers share an image: then scratch memory is the
	// worker's own, but for the planes and the strip of a block that they share.
	shared                    bool
	sharedPlanes, sharedStrip *plan.Buffer
}

// fail records the first error.
func (b *body) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("internal error: emit %s: %s", b.info.Name, fmt.Sprintf(format, args...))
	}
}

// ident makes the name of something that belongs to the call.
func (b *body) ident(suffix string) string { return gosrc.Ident(b.info.Name, suffix) }

// mem is a place in memory: an array and an offset.
type mem struct {
	array string
	terms []gosrc.Term
}

// at returns the place moved on by terms.
func (m mem) at(terms ...gosrc.Term) mem {
	return mem{m.array, append(append([]gosrc.Term(nil), m.terms...), terms...)}
}

// addr is the address of the place.
func (m mem) addr() *jen.Statement { return gosrc.Addr(m.array, m.terms...) }

// sum is the offset alone.
func (m mem) sum() *jen.Statement { return gosrc.Sum(m.terms...) }

// slice is the memory from the place on, of length n.
func (m mem) slice(n *jen.Statement) *jen.Statement {
	return m.from().Index(jen.Op(":").Add(n))
}

// from is the memory from the place on.
func (m mem) from() *jen.Statement { return jen.Id(m.array).Index(m.sum().Op(":")) }

// buffer is the start of a buffer's first image.
func (b *body) buffer(buf *plan.Buffer) mem {
	if buf == nil {
		b.fail("a buffer is missing")
		return mem{array: FieldArena}
	}
	switch buf.Space {
	case plan.Arena, plan.Resident:
		name, ok := b.buffers[buf]
		if !ok {
			b.fail("buffer %s is not of this program", buf.Name)
		}
		array := FieldArena
		switch {
		case buf.Space == plan.Resident:
			array = FieldResident
		case b.shared && buf.Scratch && buf != b.sharedPlanes && buf != b.sharedStrip:
			array = FieldScratch
		}
		return mem{array, []gosrc.Term{gosrc.Name(name)}}
	case plan.Input:
		return mem{array: FieldX}
	case plan.Scores:
		return mem{array: FieldScores}
	}
	b.fail("buffer %s lies in space %d", buf.Name, buf.Space)
	return mem{array: FieldArena}
}

// own is scratch memory of the worker's own, whether or not the rest of the buffer
// is shared.
func (b *body) own(buf *plan.Buffer) mem {
	m := b.buffer(buf)
	if b.shared {
		m.array = FieldScratch
	}
	return m
}

// image is the start of image i of a buffer.
func (b *body) image(buf *plan.Buffer) mem {
	m := b.buffer(buf)
	if buf == nil || buf.Scratch {
		return m
	}
	return m.at(gosrc.Times("i", buf.ImageFloats))
}

// pixels is pixel (0, 0) of image i of a buffer.
func (b *body) pixels(buf *plan.Buffer) mem {
	if buf == nil {
		return b.image(buf)
	}
	return b.image(buf).at(gosrc.Lit(buf.Origin()))
}

// weights is the place of packed weights.
func (b *body) weights(w plan.Weights) mem {
	array, names := FieldParams, b.params
	switch w.Space {
	case plan.Params:
	case plan.Grads:
		array = FieldGrads
	case plan.Derived:
		array, names = FieldDerived, b.deriv
	default:
		b.fail("weights in space %d", w.Space)
	}
	return b.place(array, names, w.Offset)
}

// place names an offset by what begins there or before.
func (b *body) place(array string, names map[int]string, offset int) mem {
	start := -1 // of what offset lies in
	for at := range names {
		if at <= offset {
			start = max(start, at)
		}
	}
	if start < 0 {
		return mem{array, []gosrc.Term{gosrc.Lit(offset)}}
	}
	return mem{array, []gosrc.Term{gosrc.Name(names[start]), gosrc.Lit(offset - start)}}
}

// call calls a kernel.
func (b *body) call(v simd.Variant, args ...jen.Code) *jen.Statement {
	return jen.Id(b.kernel(v)).Call(args...)
}

// perImage is the loop over the examples of a micro-batch.
func perImage(stmts ...jen.Code) *jen.Statement {
	return gosrc.For("i", jen.Id("n"), stmts...)
}

// lit is an integer constant.
func lit(n int) *jen.Statement { return jen.Lit(n) }

// nilPtr is an unused pointer argument.
func nilPtr() *jen.Statement { return jen.Nil() }

// overChannels is the loop over panels of output channels: c is the first
// channel, and lanes (the expression given to do) the number done at a time.
func (pk *Package) overChannels(outC int, do func(c gosrc.Term, lanes jen.Code) []jen.Code) []jen.Code {
	defer pk.calledWith(outC)()
	if outC <= 16 {
		return do(gosrc.Lit(0), lit(outC))
	}
	stmts := append([]jen.Code{jen.Id("step").Op(":=").Id("lanes").Call(lit(outC).Op("-").Id("c"))},
		do(gosrc.Name("c"), jen.Id("step"))...)
	stmts = append(stmts, jen.Id("c").Op("+=").Id("step"))
	return []jen.Code{jen.For(jen.Id("c").Op(":=").Lit(0), jen.Id("c").Op("<").Lit(outC), jen.Empty()).Block(stmts...)}
}

// locals are the names of variables in methods, which package-level names must
// not be hidden by.
var locals = map[string]bool{
	Receiver: true, "n": true, "i": true, "r": true, "o": true, "c": true, "t": true, "e": true,
	"end": true, "x": true, "y": true, "k": true, "b": true, "s": true, "m": true, "d": true, "g": true, "h": true,
	"q": true, "first": true, "tiles": true, "step": true, "images": true, "rows": true, "skip": true, "top": true, "next": true, "u": true, "v": true, "low": true, "shift": true, "key": true, "threshold": true, "scale": true,
	"l1": true, "l2": true, "sums": true,
}

// BufferName is the constant of a buffer's place.
func (pr *Program) BufferName(b *plan.Buffer) string { return pr.buffers[b] }
