package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

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

// BufferName is the constant of a buffer's place.
func (pr *Program) BufferName(b *plan.Buffer) string { return pr.buffers[b] }

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

// locals are the names of variables in methods, which package-level names must
// not be hidden by.
var locals = map[string]bool{
	Receiver: true, "n": true, "i": true, "r": true, "o": true, "c": true, "t": true, "e": true,
	"end": true, "x": true, "y": true, "k": true, "b": true, "s": true, "m": true, "d": true, "g": true, "h": true,
	"q": true, "first": true, "tiles": true, "step": true, "images": true, "rows": true, "skip": true, "top": true, "next": true, "u": true, "v": true, "low": true, "shift": true, "key": true, "threshold": true, "scale": true,
	"l1": true, "l2": true, "sums": true, "run": true,
}
