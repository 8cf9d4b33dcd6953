package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// Conv2D is cross-correlation of an image [H W C] with a kernel [KH KW C/G F]
// (spec: layers, Conv2D), zero outside the image, without bias or activation. G is
// the number of groups; channel f reads those of group q = f/(F/G):
//
//	y[oy,ox,f] = sum over i,j,c of x[oy*SH - Top + i*DH, ox*SW - Left + j*DW, q*C/G + c] * w[i,j,c,f]
//
// With as many groups as channels it is a depthwise convolution (spec: layers,
// DepthwiseConv2D), whose kernel may be written [KH KW C M].
var conv2dDef = Def{
	Name: "conv2d", Args: []string{"x", "w"}, Attr: ir.ConvAttr{},
	Doc:   "convolution of an image [H W C] with a kernel [KH KW C/groups F]",
	Infer: inferConv2d,
	VJP: func(b *Builder, v, dy *ir.Value, need []bool) []*ir.Value {
		x, w := v.Args[0], v.Args[1]
		g := make([]*ir.Value, 2)
		if need[0] {
			g[0] = b.Suffixed("conv2d_dx", "dx", v.Attr, dy, w)
		}
		if need[1] {
			g[1] = b.Suffixed("conv2d_dw", "dw", v.Attr, x, dy)
		}
		return g
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		x, w := args[0], args[1]
		eachTap(v.Attr.(ir.ConvAttr), env.N, v.Args[0].Shape[2], v.Shape, func(xi, wi, yi, c int) {
			y, k := out[yi:yi+c], w[wi:wi+c]
			for f := range y {
				y[f] += x[xi] * k[f]
			}
		})
	},
	FLOPs: func(v *ir.Value) int64 { return convFLOPs(v.Args[1].Shape, v.Shape) },
}

var conv2dDxDef = Def{
	Name: "conv2d_dx", Args: []string{"dy", "w"}, Attr: ir.ConvAttr{},
	Doc:   "gradient of conv2d with respect to its image",
	Infer: inferConvDx,
	Eval:  evalConvDx,
	FLOPs: convDxFLOPs,
}

var conv2dDwDef = Def{
	Name: "conv2d_dw", Args: []string{"x", "dy"}, Attr: ir.ConvAttr{},
	Doc: "gradient of conv2d with respect to its kernel, summed over the examples",
	Infer: func(v *ir.Value) (ir.Type, error) {
		a, x, dy := v.Attr.(ir.ConvAttr), v.Args[0], v.Args[1]
		c, err := convImage(a, x)
		if err != nil {
			return ir.Type{}, err
		}
		if err := convResult(a, dy, dy.Shape.Last()); err != nil {
			return ir.Type{}, err
		}
		f := dy.Shape[2]
		if err := convGroups(a, c, f); err != nil {
			return ir.Type{}, err
		}
		return ir.Type{Shape: ConvKernel(a, c, f)}, nil
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		x, dy := args[0], args[1]
		eachTap(v.Attr.(ir.ConvAttr), env.N, v.Args[0].Shape[2], v.Args[1].Shape, func(xi, wi, yi, c int) {
			y, k := dy[yi:yi+c], out[wi:wi+c]
			for f := range y {
				k[f] += x[xi] * y[f]
			}
		})
	},
	FLOPs: func(v *ir.Value) int64 { return convFLOPs(v.Shape, v.Args[1].Shape) },
}

// eachTap calls f for every product of the convolution: for every output pixel,
// kernel cell that falls on the image, and input channel, with the index of the
// input element, the index of the first of the kernel's weights for it, the index
// of the first of the pixel's outputs that it adds to, and the number of these:
// the output channels of a group. inC is the number of channels of the image, y
// the shape of the output.
func eachTap(a ir.ConvAttr, n, inC int, y ir.Shape, f func(xi, wi, yi, outC int)) {
	outH, outW, outC := y[0], y[1], y[2]
	groups := a.GroupCount()
	groupIn, groupOut := inC/groups, outC/groups
	for i := range n {
		for oy := range outH {
			for ox := range outW {
				yi := ((i*outH+oy)*outW + ox) * outC
				for kh := range a.KH {
					iy := oy*a.SH - a.Pad.Top + kh*a.DH
					if iy < 0 || iy >= a.InH {
						continue
					}
					for kw := range a.KW {
						ix := ox*a.SW - a.Pad.Left + kw*a.DW
						if ix < 0 || ix >= a.InW {
							continue
						}
						xi := ((i*a.InH+iy)*a.InW + ix) * inC
						wi := (kh*a.KW + kw) * groupIn * outC
						for q := range groups {
							for c := range groupIn {
								f(xi+q*groupIn+c, wi+c*outC+q*groupOut, yi+q*groupOut, groupOut)
							}
						}
					}
				}
			}
		}
	}
}

func inferConv2d(v *ir.Value) (ir.Type, error) {
	a, x, w := v.Attr.(ir.ConvAttr), v.Args[0], v.Args[1]
	c, err := convImage(a, x)
	if err != nil {
		return ir.Type{}, err
	}
	in, out, err := convKernel(a, w)
	if err != nil {
		return ir.Type{}, err
	}
	if in != c {
		return ir.Type{}, fmt.Errorf("a kernel for %d channels on an image of %d", in, c)
	}
	oh, ow, err := ConvOut(a)
	if err != nil {
		return ir.Type{}, err
	}
	return f32(oh, ow, out), nil
}

// inferConvDx is the shape rule of conv2d_dx and deconv2d.
func inferConvDx(v *ir.Value) (ir.Type, error) {
	a, dy, w := v.Attr.(ir.ConvAttr), v.Args[0], v.Args[1]
	in, out, err := convKernel(a, w)
	if err != nil {
		return ir.Type{}, err
	}
	if err := convResult(a, dy, out); err != nil {
		return ir.Type{}, err
	}
	return f32(a.InH, a.InW, in), nil
}

// evalConvDx is the reference of conv2d_dx and deconv2d: it scatters each element
// of dy over the cells that a convolution would have read for it.
func evalConvDx(env *Env, v *ir.Value, args [][]float64, out []float64) {
	dy, w := args[0], args[1]
	eachTap(v.Attr.(ir.ConvAttr), env.N, v.Shape[2], v.Args[0].Shape, func(xi, wi, yi, c int) {
		y, k, sum := dy[yi:yi+c], w[wi:wi+c], 0.0
		for f := range y {
			sum += y[f] * k[f]
		}
		out[xi] += sum
	})
}

func convDxFLOPs(v *ir.Value) int64 { return convFLOPs(v.Args[1].Shape, v.Args[0].Shape) }

// ConvKernel is the shape of the kernel of a convolution from in to out channels.
func ConvKernel(a ir.ConvAttr, in, out int) ir.Shape {
	if a.Multiplier > 0 {
		return ir.Shape{a.KH, a.KW, out / a.Multiplier, a.Multiplier}
	}
	return ir.Shape{a.KH, a.KW, in / a.GroupCount(), out}
}

// ConvChannels is the number of channels that a convolution with kernel shape w
// reads and writes.
func ConvChannels(a ir.ConvAttr, w ir.Shape) (in, out int) {
	if a.Multiplier > 0 {
		return w[2] * w[3], w[2] * w[3]
	}
	return w[2] * a.GroupCount(), w[3]
}

// convImage checks that x is the image the attribute speaks of and returns its
// channels.
func convImage(a ir.ConvAttr, x *ir.Value) (int, error) {
	h, w, c, err := image(x)
	if err != nil {
		return 0, err
	}
	if h != a.InH || w != a.InW {
		return 0, fmt.Errorf("operand %s is %s, the attribute says %dx%d", x.Name, x.Shape, a.InH, a.InW)
	}
	return c, nil
}

// convKernel checks that w is the kernel the attribute speaks of, and returns the
// channels it reads and writes.
func convKernel(a ir.ConvAttr, w *ir.Value) (in, out int, err error) {
	if err := weights(w, 4); err != nil {
		return 0, 0, err
	}
	if w.Shape[0] != a.KH || w.Shape[1] != a.KW {
		return 0, 0, fmt.Errorf("operand %s is %s, the attribute says %dx%d", w.Name, w.Shape, a.KH, a.KW)
	}
	if a.Multiplier > 0 && w.Shape[3] != a.Multiplier {
		return 0, 0, fmt.Errorf("operand %s is %s, the attribute says %d filters a channel", w.Name, w.Shape, a.Multiplier)
	}
	in, out = ConvChannels(a, w.Shape)
	return in, out, convGroups(a, in, out)
}

// convGroups checks that channels fall into the attribute's groups.
func convGroups(a ir.ConvAttr, in, out int) error {
	g := a.GroupCount()
	if a.Groups < 0 || in%g != 0 || out%g != 0 {
		return fmt.Errorf("%d groups of %d and %d channels", a.Groups, in, out)
	}
	if a.Multiplier < 0 || a.Multiplier > 0 && (in != g || out != g || out%a.Multiplier != 0) {
		return fmt.Errorf("%d filters a channel, %d groups of %d and %d channels", a.Multiplier, a.Groups, in, out)
	}
	return nil
}

// convResult checks that y has the shape of the convolution's output.
func convResult(a ir.ConvAttr, y *ir.Value, outC int) error {
	h, w, err := ConvOut(a)
	if err != nil {
		return err
	}
	if want := f32(h, w, outC); !y.Type().Equal(want) {
		return fmt.Errorf("operand %s is a %s, want %s", y.Name, y.Type(), want)
	}
	return nil
}

func convFLOPs(w, y ir.Shape) int64 {
	return 2 * int64(y[0]) * int64(y[1]) * int64(w.Size())
}
