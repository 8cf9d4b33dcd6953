package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// axis is the sliding of one window along one axis of an image (spec: layers,
// output length of one axis).
type axis struct {
	n             int // input length
	k, s, d       int // kernel, stride, dilation
	before, after int // padding
}

// span is the reach of the dilated kernel: k_eff.
func (a axis) span() int { return (a.k-1)*a.d + 1 }

// out is the output length, which is not positive when the window does not fit.
func (a axis) out() int { return floorDiv(a.n+a.before+a.after-a.span(), a.s) + 1 }

// arithmetic is the computation of out as text.
func (a axis) arithmetic() string {
	n, k := fmt.Sprint(a.n), fmt.Sprint(a.k)
	if p := a.before + a.after; p > 0 {
		n = fmt.Sprintf("%d + %d", a.n, p)
	}
	if a.d > 1 {
		k = fmt.Sprintf("(%d*%d + 1)", a.k-1, a.d)
	}
	return fmt.Sprintf("floor((%s - %s) / %d) + 1 = %d", n, k, a.s, a.out())
}

// valid reports what no shape of the input could repair.
func (a axis) valid() error {
	switch {
	case a.k < 1:
		return fmt.Errorf("kernel of %d", a.k)
	case a.s < 1:
		return fmt.Errorf("stride of %d", a.s)
	case a.d < 1:
		return fmt.Errorf("dilation of %d", a.d)
	case a.before < 0 || a.after < 0:
		return fmt.Errorf("padding of %d and %d", a.before, a.after)
	}
	return nil
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// SamePad returns the padding before and after an axis of length n for which
// the output has ceil(n/s) elements (spec: layers, the exact same padding). When
// the sum is odd the cell after gets the extra one.
func SamePad(n, k, s, d int) (before, after int) {
	out := (n + s - 1) / s
	total := max(0, (out-1)*s+(k-1)*d+1-n)
	return total / 2, total - total/2
}

// OutLength is the output length along one axis of length n with a window of k, and
// its computation as text.
func OutLength(n, k, s, d, pad int) (out int, arithmetic string) {
	a := axis{n, k, s, d, 0, pad}
	return a.out(), a.arithmetic()
}

func convAxes(a ir.ConvAttr) (h, w axis) {
	return axis{a.InH, a.KH, a.SH, a.DH, a.Pad.Top, a.Pad.Bottom},
		axis{a.InW, a.KW, a.SW, a.DW, a.Pad.Left, a.Pad.Right}
}

func poolAxes(a ir.PoolAttr) (h, w axis) {
	return axis{a.InH, a.KH, a.SH, 1, a.Pad.Top, a.Pad.Bottom},
		axis{a.InW, a.KW, a.SW, 1, a.Pad.Left, a.Pad.Right}
}

// ConvOut returns the output height and width of a convolution, or an error
// with the arithmetic.
func ConvOut(a ir.ConvAttr) (h, w int, err error) {
	ah, aw := convAxes(a)
	return outSize(ah, aw)
}

// PoolOut returns the output height and width of a pooling, or an error with
// the arithmetic.
func PoolOut(a ir.PoolAttr) (h, w int, err error) {
	ah, aw := poolAxes(a)
	if h, w, err = outSize(ah, aw); err != nil {
		return 0, 0, err
	}
	// A window that lies in the padding alone would have no maximum and no mean.
	for _, x := range []axis{ah, aw} {
		if last := (x.out()-1)*x.s - x.before; x.before >= x.k || last >= x.n {
			return 0, 0, fmt.Errorf("padding %s: a window of %d would lie outside the image", a.Pad, x.k)
		}
	}
	return h, w, nil
}

func outSize(h, w axis) (int, int, error) {
	for _, a := range []axis{h, w} {
		if err := a.valid(); err != nil {
			return 0, 0, err
		}
	}
	oh, ow := h.out(), w.out()
	if oh >= 1 && ow >= 1 {
		return oh, ow, nil
	}
	var where string
	switch {
	case oh < 1 && ow < 1 && h == w:
		where = h.arithmetic()
	case oh < 1 && ow < 1:
		where = "height " + h.arithmetic() + ", width " + w.arithmetic()
	case oh < 1:
		where = "height " + h.arithmetic()
	default:
		where = "width " + w.arithmetic()
	}
	return 0, 0, fmt.Errorf("output would be %dx%d: %s", max(oh, 0), max(ow, 0), where)
}

// image checks that v is a batched float image and returns its axes.
func image(v *ir.Value) (h, w, c int, err error) {
	if len(v.Shape) != 3 || v.DType != ir.F32 || !v.Batched {
		return 0, 0, 0, fmt.Errorf("operand %s is a %s, want an image f32[n H W C]", v.Name, v.Type())
	}
	return v.Shape[0], v.Shape[1], v.Shape[2], nil
}

// vector checks that v is a batched float vector and returns its length.
func vector(v *ir.Value) (int, error) {
	if len(v.Shape) != 1 || v.DType != ir.F32 || !v.Batched {
		return 0, fmt.Errorf("operand %s is a %s, want a vector f32[n D]", v.Name, v.Type())
	}
	return v.Shape[0], nil
}

// weights checks that v is a whole-batch float tensor of the rank.
func weights(v *ir.Value, rank int) error {
	if len(v.Shape) != rank || v.DType != ir.F32 || v.Batched {
		return fmt.Errorf("operand %s is a %s, want weights of rank %d", v.Name, v.Type(), rank)
	}
	return nil
}

// batched checks that v is a batched float value of any shape.
func batched(v *ir.Value) error {
	if v.DType != ir.F32 || !v.Batched {
		return fmt.Errorf("operand %s is a %s, want a batched f32", v.Name, v.Type())
	}
	return nil
}

// same checks that a and b have the same type.
func same(a, b *ir.Value) error {
	if !a.Type().Equal(b.Type()) {
		return fmt.Errorf("operands %s and %s differ: %s and %s", a.Name, b.Name, a.Type(), b.Type())
	}
	return nil
}

// f32 is the type of a batched float value.
func f32(dims ...int) ir.Type { return ir.Type{Shape: dims, Batched: true} }
