package op

import "github.com/cnnc/cnnc/compiler/ir"

// Deconv2D is the transposed convolution of an image [H W C] with a kernel
// [KH KW F C], output channels before input channels (spec: layers,
// Conv2DTranspose), without bias or activation. It is backward-data of the
// convolution that the attribute describes, whose input has the size of deconv2d's
// result: each input element is scattered over the cells that this convolution
// would have read for it.
//
//	y[oy*SH - Top + i*DH, ox*SW - Left + j*DW, f] += x[oy,ox,c] * w[i,j,f,c]
//
// So its own backward-data is that convolution, and the gradient of its kernel
// that convolution's, with the roles of image and gradient exchanged.
var deconv2dDef = Def{
	Name: "deconv2d", Args: []string{"x", "w"}, Attr: ir.ConvAttr{},
	Doc:   "transposed convolution of an image [H W C] with a kernel [KH KW F C]",
	Infer: inferConvDx,
	VJP: func(b *Builder, v, dy *ir.Value, need []bool) []*ir.Value {
		x, w := v.Args[0], v.Args[1]
		g := make([]*ir.Value, 2)
		if need[0] {
			g[0] = b.Suffixed("conv2d", "dx", v.Attr, dy, w)
		}
		if need[1] {
			g[1] = b.Suffixed("conv2d_dw", "dw", v.Attr, dy, x)
		}
		return g
	},
	Eval:  evalConvDx,
	FLOPs: convDxFLOPs,
}

// deconv2d_fused is act(deconv2d(x, w) + b + skip); the attribute says which of
// the parts are there. It has no pooling.
var deconv2dFusedDef = Def{
	Name: "deconv2d_fused", Args: []string{"x", "w", "b?", "skip?"}, Attr: ir.FusedConvAttr{},
	Doc: "transposed convolution with bias, addition and activation in one",
	Expand: func(b *Builder, v *ir.Value) *ir.Value {
		a := v.Attr.(ir.FusedConvAttr)
		return expandEpilogue(b, v, b.Op("deconv2d", "deconv", a.Conv, v.Args[0], v.Args[1]))
	},
}

// DeconvAxis returns the output length of a transposed convolution along one axis
// of length n, and what is cut off of the full result before and after it (spec:
// layers, Conv2DTranspose): the padding of the convolution that it is the
// backward-data of. extra is the output padding, negative when none is given.
func DeconvAxis(n, k, s, d, extra int, same bool) (out, before, after int) {
	span := (k-1)*d + 1
	full := (n-1)*s + span
	if !same {
		if extra < 0 {
			extra = max(span, s) - span
		}
		return full + extra, 0, 0
	}
	pad := s + span - 2
	if extra >= 0 {
		pad = span + span%2 - 2 + extra
	}
	left := min(pad/2+pad%2, span-1)
	before, after = span-1-left, span-1-(pad-left)
	// A negative cut extends the result with zeros, which no padding says.
	return full - before - after, before, max(0, after)
}
