package sched

import (
	"fmt"
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// geometry is the logical size of the image that a buffer holds for each
// example; vectors are 1x1xD.
type geometry struct{ h, w, c int }

func (g geometry) String() string { return fmt.Sprintf("%dx%dx%d", g.h, g.w, g.c) }

// canonical is the geometry that a value has on its own: an image its own
// size, a vector one pixel.
func canonical(s ir.Shape) geometry {
	switch len(s) {
	case 3:
		return geometry{s[0], s[1], s[2]}
	case 1:
		return geometry{1, 1, s[0]}
	}
	return geometry{1, 1, 1}
}

// form says where the elements of a value are: in the buffer of root, which
// has geometry geom. A flattened image has the root and geometry of the image:
// flatten moves nothing.
type form struct {
	root *ir.Value
	geom geometry
}

// opCopy is an operation that only this package knows: its result holds the
// elements of its argument in canonical form. legalize inserts it.
const opCopy = "copy"

// legal is a graph in which every operation can read its arguments as they lie.
type legal struct {
	*ir.Graph
	forms map[*ir.Value]form
	// dense holds the geometry of x for each dense kernel: it decides the order
	// of the kernel's rows.
	dense map[*ir.Value]geometry
	// dropouts holds the geometry of each dropout by stream.
	dropouts map[int]geometry
	// loaded is the only reader of the input when it is an affine: it is applied
	// as the images are copied, and the input's buffer holds its result.
	loaded *ir.Value
	// measured is the vector that an inference program computes the loss of, nil
	// for none.
	measured *ir.Value
	// again holds the values that recompute has made, floor the stage in which
	// they are wanted.
	again map[*ir.Value]bool
	floor map[*ir.Value]int
}

// measure is what an inference program computes the loss of: nothing, the
// scores, or the logits.
type measure int

const (
	measureNothing measure = iota
	measureScores
	measureLogits
)

// legalize works on a copy of g. It gives every batched value its form and
// inserts a copy where an operation needs a plain vector and its argument is a
// flattened image, or where two operands lie differently.
//
// measure says what an inference program computes the loss of.
func legalize(g *ir.Graph, measure measure) (*legal, error) {
	l := &legal{Graph: g.Clone(), forms: map[*ir.Value]form{}, dense: map[*ir.Value]geometry{}, dropouts: map[int]geometry{},
		again: map[*ir.Value]bool{}, floor: map[*ir.Value]int{}}
	if users := l.Users()[l.Input.ID]; len(users) == 1 && users[0].Op == "affine" && l.Input.Batched {
		l.loaded = users[0]
	}
	old := l.Values
	l.Values = nil
	for _, v := range old {
		if err := l.value(v); err != nil {
			return nil, err
		}
		l.Values = append(l.Values, v)
	}
	l.Renumber()
	if l.Scores != nil && l.forms[l.Scores].geom != canonical(ir.Shape{l.Scores.Shape.Size()}) {
		l.Scores = l.copyOf(l.Scores, ir.Shape{l.Scores.Shape.Size()})
		l.Renumber()
	}
	switch measure {
	case measureScores:
		l.measured = l.Scores
	case measureLogits:
		if l.measured = l.Logits; l.measured == nil {
			return nil, fmt.Errorf("internal error: schedule: the loss of %s is computed of logits, and there are none in inference", l.Name)
		}
		if l.forms[l.measured].geom != canonical(l.measured.Shape) {
			l.measured = l.copyOf(l.measured, l.measured.Shape)
			l.Renumber()
		}
	}
	return l, nil
}

// value gives v its form, making its arguments fit first.
func (l *legal) value(v *ir.Value) error {
	if !v.Batched || v.DType != ir.F32 && v.Op != "maxpool2d_mask" {
		// Parameters and labels have no buffers; gradients of parameters go
		// where parameters lie. Their batched arguments still must fit.
		return l.wholeBatch(v)
	}
	own := form{v, canonical(v.Shape)}
	switch v.Op {
	case "flatten", "reshape":
		src := l.forms[v.Args[0]]
		if len(v.Shape) == 3 && src.geom != own.geom {
			// The gradient of a flatten arrives as a plain vector.
			v.Op = opCopy
			break
		}
		own = src
	case "activity":
		own = l.forms[v.Args[0]]
	case "act":
		own.geom = l.forms[v.Args[0]].geom
	case "affine":
		if v == l.loaded {
			own = l.forms[v.Args[0]]
			break
		}
		if op.IsScalarAffine(v) {
			own.geom = l.forms[v.Args[0]].geom
			break
		}
		l.plain(v, 0)
	case "dropout", "alpha_dropout", "alpha_dropout_dx", "gaussian_noise", "gaussian_dropout":
		// The mask counts elements as they lie: forward and backward must agree.
		a, geom := v.Attr.(ir.DropoutAttr), l.forms[v.Args[0]].geom
		if want, ok := l.dropouts[a.Stream]; !ok {
			l.dropouts[a.Stream] = geom
		} else if want != geom {
			v.Args[0] = l.copyOf(v.Args[0], ir.Shape{want.h, want.w, want.c})
			geom = want
		}
		if geom.c != a.Channels && a.Channels == v.Shape.Size() {
			l.plain(v, 0)
			geom = canonical(v.Shape)
			l.dropouts[a.Stream] = geom
		}
		if geom.c != a.Channels {
			return internal(v, "the mask counts %d channels, the buffer has %s", a.Channels, geom)
		}
		own.geom = geom
	case "act_grad", "activity_grad", "add", "add_act":
		a, b := l.forms[v.Args[0]].geom, l.forms[v.Args[1]].geom
		if a == b {
			own.geom = a
			break
		}
		l.plain(v, 0)
		l.plain(v, 1)
	case "dense", "dense_fused":
		x, w := l.forms[v.Args[0]].geom, v.Args[1]
		if have, ok := l.dense[w]; ok && have != x {
			return internal(v, "kernel %s is applied to %s and to %s", w.Name, have, x)
		}
		l.dense[w] = x
		for i := 2; i < len(v.Args); i++ {
			l.plain(v, i)
		}
	case "dense_dx", "dense_dx_masked":
		geom, ok := l.dense[v.Args[1]]
		if !ok {
			return internal(v, "gradient of a dense layer that is not in the graph")
		}
		own.geom = geom
		l.plain(v, 0)
		if v.Op == "dense_dx_masked" && l.forms[v.Args[2]].geom != geom {
			return internal(v, "mask lies as %s, gradient as %s", l.forms[v.Args[2]].geom, geom)
		}
	default:
		for i := range v.Args {
			l.plain(v, i)
		}
	}
	l.forms[v] = own
	return nil
}

// wholeBatch legalizes the arguments of a value without a buffer.
func (l *legal) wholeBatch(v *ir.Value) error {
	if v.Op == "dense_dw" {
		l.plain(v, 1)
		return nil
	}
	for i := range v.Args {
		l.plain(v, i)
	}
	return nil
}

// plain makes argument i of v canonical.
func (l *legal) plain(v *ir.Value, i int) {
	a := v.Args[i]
	f, ok := l.forms[a]
	if ok && f.geom != canonical(a.Shape) {
		v.Args[i] = l.copyOf(a, a.Shape)
	}
}

// copyOf returns the copy of a of that shape, making it when there is none yet.
func (l *legal) copyOf(a *ir.Value, shape ir.Shape) *ir.Value {
	for _, u := range l.Values {
		if u.Op == opCopy && u.Args[0] == a && u.Shape.Equal(shape) {
			return u
		}
	}
	u := &ir.Value{
		Op: opCopy, Args: []*ir.Value{a}, Shape: slices.Clone(shape), DType: a.DType, Batched: true,
		Name: a.Name + ".copy", Layer: a.Layer, Pos: a.Pos,
	}
	l.Values = append(l.Values, u)
	l.forms[u] = form{u, canonical(shape)}
	return u
}

// internal is an error that no model file can cause.
func internal(v *ir.Value, format string, args ...any) error {
	return fmt.Errorf("internal error: schedule: %s (%s): %s", v.Name, v.Op, fmt.Sprintf(format, args...))
}
