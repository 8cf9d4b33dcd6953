package plan

// Call is one kernel call on a whole micro-batch. Each kind is a struct with a
// file of its own in this package: what it computes, which buffers it touches,
// what must hold, what reports say of it.
type Call interface {
	// Base returns what the call is for.
	Base() *Info
	// Kernel names the kernel family as reports do: igemmBiasReLU.
	Kernel() string
	// Arithmetic is what the call computes for one example, in units of FLOPs at
	// the peak. It is Info.FLOPs but for algorithms that compute the same with
	// fewer.
	Arithmetic() int64
	// accesses lists the buffers that the call touches, operands first.
	accesses(a *accesses)
	// check reports the first thing that does not fit.
	check(v *verifier)
	// detail is the call's second line in the text form: the numbers that tiles
	// and blocks are made of. It may be empty.
	detail() string
}

// Detail is the call's second line in the text form: the numbers that tiles and
// blocks are made of. It may be empty.
func Detail(c Call) string { return c.detail() }

// Derivation is a call that remakes derived weights: it stands in Plan.Derive,
// never in a program.
type Derivation interface {
	Call
	derives()
}

// Info is common to all calls.
type Info struct {
	// Name is a Go identifier unique in the program: conv1, conv1Dx, conv1Dw.
	Name string
	// Layer is the model-file layer, Pass "forward", "backward-data",
	// "backward-weights", "update".
	Layer, Pass string
	// Line is the layer's line in the model file.
	Line int
	// Comment is one line for a reader: "[n 28 28 32] -> [n 14 14 32], 3x3 same, relu, max 2x2".
	Comment string
	// FLOPs for one example (0 for what is bound by memory), Bytes moved.
	FLOPs, Bytes int64
	// Work, Near and Far are the predicted arithmetic, in FLOPs at the peak, and the
	// nanoseconds that go on beside it and that add to it, for one example (Cost).
	Work      int64
	Near, Far float64
}

// Base implements Call.
func (i *Info) Base() *Info { return i }

// Arithmetic implements Call.
func (i *Info) Arithmetic() int64 { return i.FLOPs }

func (i *Info) detail() string { return "" }
