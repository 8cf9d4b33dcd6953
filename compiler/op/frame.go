package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// zeropad puts a border of zeros around an image, crop takes one away (spec:
// layers, padding and cropping). Each is the gradient of the other.
var zeropadDef = Def{
	Name: "zeropad", Args: []string{"x"}, Attr: ir.FrameAttr{},
	Doc: "an image with a border of zeros",
	Infer: func(v *ir.Value) (ir.Type, error) {
		h, w, c, err := image(v.Args[0])
		p := v.Attr.(ir.FrameAttr).Pad
		if err == nil && min(p.Top, p.Left, p.Bottom, p.Right) < 0 {
			err = fmt.Errorf("a border of %s", p)
		}
		return f32(h+p.Top+p.Bottom, w+p.Left+p.Right, c), err
	},
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Suffixed("crop", "dx", v.Attr, dy)}
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		frame(env.N, v.Shape, v.Args[0].Shape, v.Attr.(ir.FrameAttr).Pad, func(large, small int) { out[large] = args[0][small] })
	},
}

var cropDef = Def{
	Name: "crop", Args: []string{"x"}, Attr: ir.FrameAttr{},
	Doc: "an image without its border",
	Infer: func(v *ir.Value) (ir.Type, error) {
		h, w, c, err := image(v.Args[0])
		if err != nil {
			return ir.Type{}, err
		}
		p := v.Attr.(ir.FrameAttr).Pad
		if err := CropFits(h, w, p); err != nil {
			return ir.Type{}, err
		}
		return f32(h-p.Top-p.Bottom, w-p.Left-p.Right, c), nil
	},
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Suffixed("zeropad", "dx", v.Attr, dy)}
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		frame(env.N, v.Args[0].Shape, v.Shape, v.Attr.(ir.FrameAttr).Pad, func(large, small int) { out[small] = args[0][large] })
	},
}

// CropFits is an error with the arithmetic when a border leaves nothing of an
// image of h x w pixels.
func CropFits(h, w int, p ir.Pad) error {
	switch {
	case min(p.Top, p.Left, p.Bottom, p.Right) < 0:
		return fmt.Errorf("a border of %s", p)
	case h-p.Top-p.Bottom < 1:
		return fmt.Errorf("%d - %d - %d = %d rows are left", h, p.Top, p.Bottom, h-p.Top-p.Bottom)
	case w-p.Left-p.Right < 1:
		return fmt.Errorf("%d - %d - %d = %d columns are left", w, p.Left, p.Right, w-p.Left-p.Right)
	}
	return nil
}

// frame calls f with the places of each element of the small image in both.
func frame(n int, large, small ir.Shape, p ir.Pad, f func(large, small int)) {
	h, w, c := small[0], small[1], small[2]
	for i := range n {
		for y := range h {
			for e := range w * c {
				f(((i*large[0]+y+p.Top)*large[1]+p.Left)*c+e, (i*h+y)*w*c+e)
			}
		}
	}
}
