package pass

import (
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
)

// Fuse joins operations that one kernel computes without storing what lies
// between them:
//
//	conv2d [+ bias] [+ add] [+ relu] [+ maxpool2d]   conv2d_fused
//	the maxpool2d_mask of such a pooling             conv2d_fused_mask
//	deconv2d [+ bias] [+ add] [+ relu]               deconv2d_fused
//	dense [+ bias] [+ add] [+ relu]                  dense_fused
//	act_grad relu of conv2d_dx, dense_dx             conv2d_dx_masked, dense_dx_masked
//	batchnorm with fixed statistics behind a product folded_kernel, folded_bias (inference only)
//	batchnorm [+ add] [+ relu]                       batchnorm_act
//	relu of add                                      add_act
//	relu of binary                                   binary
//	act_grad relu of maxpool2d_dx                    maxpool2d_dx with a relu mask
//
// It needs nothing and may be left out but for the bias (FuseBias), which has
// no kernel of its own. A value is swallowed only when nothing else uses it. A
// pooling is swallowed only when its windows neither overlap nor reach outside
// the image, when no value is added in between, and by a convolution of one
// group. Functions other than relu stay calls of their own. The result computes
// the same values: the mask of the last rule marks the first maximum of a window
// only if it is above zero, which is the product of both derivatives.
func Fuse(g *ir.Graph) error {
	foldNorms(g)
	f := newFuser(g)
	f.poolMasks()
	f.maskedGradients()
	f.products(true)
	f.norms()
	f.addActs()
	return f.finish()
}

// FuseBias joins convolution and dense with their bias and does nothing else:
// what a plan "without fusion" is made from.
func FuseBias(g *ir.Graph) error {
	f := newFuser(g)
	f.products(false)
	return f.finish()
}

// fuser holds the graph under rewriting and who uses what, which rewrites keep
// current, so that fusing takes time in proportion to the graph. Values that a
// rewrite left without users stay in the graph until finish.
type fuser struct {
	g     *ir.Graph
	users [][]*ir.Value // of each value by ID, once for each use
	root  []bool        // by ID
}

func newFuser(g *ir.Graph) *fuser {
	f := &fuser{g: g, users: g.Users(), root: make([]bool, len(g.Values))}
	for _, v := range g.Roots() {
		f.root[v.ID] = true
	}
	for _, v := range slices.Backward(g.Values) {
		f.drop(v) // what was dead before must not count as a user
	}
	return f
}

// dead reports whether nothing needs v.
func (f *fuser) dead(v *ir.Value) bool { return len(f.users[v.ID]) == 0 && !f.root[v.ID] }

// drop takes the operands from v when nothing needs it.
func (f *fuser) drop(v *ir.Value) {
	if f.dead(v) && len(v.Args) > 0 {
		f.setArgs(v, nil)
	}
}

// setArgs gives v other operands.
func (f *fuser) setArgs(v *ir.Value, args []*ir.Value) {
	old := v.Args
	v.Args = slices.Clone(args)
	for _, a := range v.Args {
		f.users[a.ID] = append(f.users[a.ID], v)
	}
	for _, a := range old {
		i := slices.Index(f.users[a.ID], v)
		f.users[a.ID] = slices.Delete(f.users[a.ID], i, i+1)
		f.drop(a)
	}
}

// replace makes the users of old use new.
func (f *fuser) replace(old, new *ir.Value) {
	for _, u := range slices.Clone(f.users[old.ID]) {
		args := slices.Clone(u.Args)
		for i, a := range args {
			if a == old {
				args[i] = new
			}
		}
		f.setArgs(u, args)
	}
	if f.root[old.ID] {
		f.g.Replace(old, new)
		f.root[old.ID], f.root[new.ID] = false, true
	}
	f.drop(old)
}

// finish drops the swallowed values.
func (f *fuser) finish() error {
	f.g.Values = slices.DeleteFunc(f.g.Values, f.dead)
	f.g.Renumber()
	return ir.Verify(f.g)
}

// only returns the single user of v, or nil when v has several uses or is one
// of the values the graph is for.
func (f *fuser) only(v *ir.Value) *ir.Value {
	if u := f.users[v.ID]; len(u) == 1 && !f.root[v.ID] {
		return u[0]
	}
	return nil
}

// isReLU reports whether v is op (act or act_grad) with function relu.
func isReLU(v *ir.Value, op string) bool {
	if v == nil || v.Op != op {
		return false
	}
	a, ok := v.Attr.(ir.ActAttr)
	return ok && a.Func == "relu"
}

// poolMasks moves the derivative of a relu in front of a pooling into the
// pooling's mask.
func (f *fuser) poolMasks() {
	for _, dx := range f.g.Values {
		if dx.Op != "maxpool2d_dx" || f.dead(dx) {
			continue
		}
		mask, grad := dx.Args[1], f.only(dx)
		if mask.Op != "maxpool2d_mask" || f.only(mask) != dx || !isReLU(grad, "act_grad") {
			continue
		}
		attr, x := mask.Attr.(ir.PoolMaskAttr), mask.Args[0]
		if grad.Args[0] != dx || grad.Args[1] != x || !isReLU(x, "act") {
			continue
		}
		attr.ReLU = true
		mask.Attr = attr
		f.replace(grad, dx)
	}
}

// maskedGradients joins backward-data with the derivative of the relu that made
// the layer's input. Between a dense layer and that relu a flatten may stand:
// then the mask is read through the forward flatten, which is only a view.
func (f *fuser) maskedGradients() {
	for _, dx := range f.g.Values {
		if dx.Op != "conv2d_dx" && dx.Op != "dense_dx" || f.dead(dx) {
			continue
		}
		grad := f.only(dx)
		last, y := dx, (*ir.Value)(nil)
		if grad != nil && grad.Op == "reshape" {
			last, grad = grad, f.only(grad)
			if isReLU(grad, "act_grad") && grad.Args[0] == last {
				y = f.flattened(grad.Args[1], dx)
			}
		} else if isReLU(grad, "act_grad") && grad.Args[0] == last {
			y = grad.Args[1]
		}
		if y == nil || y.ID > dx.ID {
			continue
		}
		attr := ir.MaskedAttr{}
		if conv, ok := dx.Attr.(ir.ConvAttr); ok {
			attr.Conv = conv
		}
		dx.Op += "_masked"
		dx.Attr = attr
		f.setArgs(dx, append(slices.Clone(dx.Args), y))
		f.replace(grad, last)
	}
}

// flattened returns the flatten of y of the shape of dx, or nil.
func (f *fuser) flattened(y, dx *ir.Value) *ir.Value {
	for _, u := range f.users[y.ID] {
		if u.Op == "flatten" && u.Shape.Equal(dx.Shape) {
			return u
		}
	}
	return nil
}

// products fuses forward convolutions and dense layers; with more false the
// bias only.
func (f *fuser) products(more bool) {
	for _, v := range f.g.Values {
		if isProduct(v) && !f.dead(v) {
			f.product(v, more)
		}
	}
}

// isProduct reports whether v is a product that others can be fused to.
func isProduct(v *ir.Value) bool { return v.Op == "conv2d" || v.Op == "deconv2d" || v.Op == "dense" }

// product fuses the chain that begins at v. The last operation of the chain
// becomes the fused one, so that all operands stand before it.
func (f *fuser) product(v *ir.Value, more bool) {
	args := slices.Clone(v.Args)
	attr := ir.FusedConvAttr{}
	if conv, ok := v.Attr.(ir.ConvAttr); ok {
		attr.Conv = conv
	}
	last := v
	if u := f.only(last); u != nil && u.Op == "bias" && u.Args[0] == last {
		attr.Bias, last = true, u
		args = append(args, u.Args[1])
	}
	var mask *ir.Value
	if more {
		if skip := f.skip(last); skip != nil {
			attr.Add, last = true, f.only(last)
			args = append(args, skip)
		}
		if u := f.only(last); isReLU(u, "act") {
			attr.Act, last = u.Attr.(ir.ActAttr), u
		}
		if v.Op == "conv2d" && attr.Conv.GroupCount() == 1 && !attr.Add {
			if pool, m, ok := f.pooling(last); ok {
				p := pool.Attr.(ir.PoolAttr)
				attr.Pool, last, mask = &p, pool, m
				if m != nil {
					attr.MaskReLU = m.Attr.(ir.PoolMaskAttr).ReLU
				}
			}
		}
	}
	if last == v {
		return
	}
	// The kernel's parameter says which layer the product belongs to; the value
	// keeps the layer that it is the result of.
	last.Op, last.Attr = v.Op+"_fused", attr
	if mask != nil {
		mask.Op, mask.Attr = v.Op+"_fused_mask", attr
		f.setArgs(mask, args)
	}
	f.setArgs(last, args)
}

// skip returns what an addition right after v adds, nil when there is none or
// when the other operand is a product that comes later and takes the addition
// itself.
func (f *fuser) skip(v *ir.Value) *ir.Value {
	add := f.only(v)
	if add == nil || add.Op != "add" || !add.Batched {
		return nil
	}
	other := add.Args[0]
	if other == v {
		other = add.Args[1]
	}
	if other.ID > v.ID && f.only(other) == add {
		switch end := other; {
		case end.Op == "bias":
			if a := end.Args[0]; isProduct(a) && f.only(a) == end {
				return nil
			}
		case isProduct(end):
			return nil
		}
	}
	return other
}

// pooling returns the pooling that alone reads v, with its mask in a training
// graph.
func (f *fuser) pooling(v *ir.Value) (pool, mask *ir.Value, ok bool) {
	if f.root[v.ID] {
		return nil, nil, false
	}
	for _, u := range f.users[v.ID] {
		switch {
		case u.Op == "maxpool2d" && pool == nil:
			pool = u
		case u.Op == "maxpool2d_mask" && mask == nil:
			mask = u
		default:
			return nil, nil, false
		}
	}
	if pool == nil {
		return nil, nil, false
	}
	p := pool.Attr.(ir.PoolAttr)
	if p.Pad != (ir.Pad{}) || p.SH < p.KH || p.SW < p.KW {
		return nil, nil, false
	}
	if mask != nil && mask.Attr.(ir.PoolMaskAttr).Pool != p {
		return nil, nil, false
	}
	return pool, mask, true
}

// addActs joins an addition, or another function of two values, with the relu
// after it.
func (f *fuser) addActs() {
	for _, v := range f.g.Values {
		if v.Op != "binary" || f.dead(v) {
			continue
		}
		if u := f.only(v); isReLU(u, "act") {
			a := v.Attr.(ir.BinaryAttr)
			a.ReLU = true
			u.Op, u.Attr = "binary", a
			f.setArgs(u, slices.Clone(v.Args))
		}
	}
	for _, add := range f.g.Values {
		if add.Op != "add" || !add.Batched || f.dead(add) {
			continue
		}
		if u := f.only(add); isReLU(u, "act") {
			u.Op = "add_act"
			f.setArgs(u, slices.Clone(add.Args))
		}
	}
}
