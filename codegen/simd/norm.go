package simd

import "fmt"

// Kernels over pixels of c channels with a vector of coefficients: normalization,
// the sums it needs and its gradient. The loop over blocks of channels is outside,
// so that coefficients and sums stay in registers while the pixels pass.
//
// Registers, of four vectors a block: 0 to 3 are temporary, 4 to 15 hold what the
// kernel wants of coefficients and sums.

// channelwise emits the loops of such a kernel.
type channelwise struct {
	*Program
	isa ISA
	// pixels are the pointers that walk over pixels, vectors those to one element
	// for each channel.
	pixels, vectors []string
	// begin loads coefficients and clears sums, each does one pixel, end stores
	// sums.
	begin, each, end func(b channelBlock)
}

// channelBlock is a block of channels done at a time.
type channelBlock struct {
	*channelwise
	vectorCount, width int
	vec                func(n int) Vec
}

// Register roles: the pixel pointers are at this block of channels and advance
// from pixel to pixel, the vectors' at this block.
var (
	channelPixels  = []GPR{SI, DI, R8}
	channelVectors = []GPR{R9, R10, R11, R12}
)

const (
	channelAt   = AX // bytes of the channels done
	channelLeft = BX // channels to do
	channelN    = CX // pixels left
	channelStep = DX // bytes of a pixel
)

// pixel is the memory of vector u of the block of the pixel at a pointer.
func (b channelBlock) pixel(name string, u int) Mem {
	return At(gprOf(b.pixels, channelPixels, name), 4*b.width*u)
}

// vector is the memory of vector u of the block of coefficients or sums.
func (b channelBlock) vector(name string, u int) Mem {
	return At(gprOf(b.vectors, channelVectors, name), 4*b.width*u)
}

func gprOf(names []string, gprs []GPR, name string) GPR {
	for i, n := range names {
		if n == name {
			return gprs[i]
		}
	}
	panic("internal error: simd: no pointer " + name)
}

// load loads coefficients into four registers from first on.
func (b channelBlock) load(name string, first int) {
	for u := range b.vectorCount {
		b.I(VMOVUPS, b.vector(name, u), b.vec(first+u))
	}
}

// clear makes four registers zero.
func (b channelBlock) clear(first int) {
	for u := range b.vectorCount {
		r := b.vec(first + u)
		b.I(VXORPS, r.Low(), r.Low(), r.Low())
	}
}

// store stores sums.
func (b channelBlock) store(first int, name string) {
	for u := range b.vectorCount {
		b.I(VMOVUPS, b.vec(first+u), b.vector(name, u))
	}
}

func (k *channelwise) build() *Program {
	k.I(MOVQ, Arg("c"), channelLeft)
	k.I(MOVQ, channelLeft, channelStep)
	k.I(SHLQ, Imm(2), channelStep)
	k.I(XORL, channelAt, channelAt)
	var blocks []channelBlock
	for _, vectors := range []int{4, 2, 1} {
		blocks = append(blocks, channelBlock{k, vectors, k.isa.Width(), k.isa.Vec})
	}
	if k.isa == AVX512 {
		blocks = append(blocks, channelBlock{k, 1, 8, Y})
	}
	for i, b := range blocks {
		channels := b.vectorCount * b.width
		name := func(s string) Label { return Label(fmt.Sprintf("%s%d", s, channels)) }
		next := Label("done")
		if i+1 < len(blocks) {
			next = Label(fmt.Sprintf("block%d", blocks[i+1].vectorCount*blocks[i+1].width))
		}
		k.Label(string(name("block")))
		k.I(CMPQ, channelLeft, Imm(channels))
		k.I(JLT, next)
		for j, p := range k.pixels {
			k.I(MOVQ, Arg(p), channelPixels[j])
			k.I(ADDQ, channelAt, channelPixels[j])
		}
		for j, p := range k.vectors {
			k.I(MOVQ, Arg(p), channelVectors[j])
			k.I(ADDQ, channelAt, channelVectors[j])
		}
		k.begin(b)
		k.I(MOVQ, Arg("n"), channelN)
		k.I(TESTQ, channelN, channelN)
		k.I(JLE, name("end"))
		k.Align(16)
		k.Label(string(name("pixel")))
		k.each(b)
		for j := range k.pixels {
			k.I(ADDQ, channelStep, channelPixels[j])
		}
		k.I(DECQ, channelN)
		k.I(JNE, name("pixel"))
		k.Label(string(name("end")))
		if k.end != nil {
			k.end(b)
		}
		k.I(ADDQ, Imm(4*channels), channelAt)
		k.I(SUBQ, Imm(channels), channelLeft)
		k.I(JMP, name("block"))
	}
	k.Label("done")
	k.Return()
	return k.Program
}

func normParams(v Variant) []Param {
	if v.Add {
		return params(PtrFloat32, "x mean scale shift add y", Int, "n c")
	}
	return params(PtrFloat32, "x mean scale shift y", Int, "n c")
}

func normDoc(v Variant, _ int) []string {
	expr := "(x[o*c+cc]-mean[cc])*scale[cc] + shift[cc]"
	if v.Add {
		expr += " + add[o*c+cc]"
	}
	what := "x"
	if v.Add {
		what = "x or add"
	}
	if v.ReLU {
		expr = "max(" + expr + ", 0)"
	}
	return []string{"normalizes n pixels of c channels:", "",
		"\tfor o < n, cc < c:",
		"\t\ty[o*c+cc] = " + expr, "",
		"c is a multiple of 8. y may be " + what + ". A NaN stays one."}
}

func buildNorm(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family, Add: v.Add, ReLU: v.ReLU}); err != nil {
		return nil, err
	}
	const t, mean, scale, zero = 0, 4, 8, 12
	k := &channelwise{Program: &Program{}, isa: isa, pixels: []string{"x", "y"}, vectors: []string{"mean", "scale", "shift"}}
	if v.Add {
		k.pixels = append(k.pixels, "add")
	}
	k.begin = func(b channelBlock) {
		b.load("mean", mean)
		b.load("scale", scale)
		if v.ReLU {
			k.I(VXORPS, X(zero), X(zero), X(zero))
		}
	}
	k.each = func(b channelBlock) {
		for u := range b.vectorCount {
			k.I(VMOVUPS, b.pixel("x", u), b.vec(t+u))
		}
		for u := range b.vectorCount {
			k.I(VSUBPS, b.vec(mean+u), b.vec(t+u), b.vec(t+u))
		}
		for u := range b.vectorCount {
			k.I(VFMADD213PS, b.vector("shift", u), b.vec(scale+u), b.vec(t+u))
		}
		if v.Add {
			for u := range b.vectorCount {
				k.I(VADDPS, b.pixel("add", u), b.vec(t+u), b.vec(t+u))
			}
		}
		for u := range b.vectorCount {
			if v.ReLU {
				k.I(VMAXPS, b.vec(t+u), b.vec(zero), b.vec(t+u))
			}
			k.I(VMOVUPS, b.vec(t+u), b.pixel("y", u))
		}
	}
	return k.build(), nil
}

func momentsParams(Variant) []Param { return params(PtrFloat32, "x pivot sum squares", Int, "n c") }

func momentsDoc(Variant, int) []string {
	return []string{"sums the deviations of n pixels of c channels from a pivot:", "",
		"\tfor cc < c:",
		"\t\tsum[cc] = sum over o < n of x[o*c+cc]-pivot[cc]",
		"\t\tsquares[cc] = sum over o < n of (x[o*c+cc]-pivot[cc])^2", "",
		"c is a multiple of 8."}
}

func buildMoments(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	const t, pivot, sum, squares = 0, 4, 8, 12
	k := &channelwise{Program: &Program{}, isa: isa, pixels: []string{"x"}, vectors: []string{"pivot", "sum", "squares"}}
	k.begin = func(b channelBlock) {
		b.load("pivot", pivot)
		b.clear(sum)
		b.clear(squares)
	}
	k.each = func(b channelBlock) {
		for u := range b.vectorCount {
			k.I(VMOVUPS, b.pixel("x", u), b.vec(t+u))
		}
		for u := range b.vectorCount {
			k.I(VSUBPS, b.vec(pivot+u), b.vec(t+u), b.vec(t+u))
		}
		for u := range b.vectorCount {
			k.I(VADDPS, b.vec(t+u), b.vec(sum+u), b.vec(sum+u))
			k.I(VFMADD231PS, b.vec(t+u), b.vec(t+u), b.vec(squares+u))
		}
	}
	k.end = func(b channelBlock) {
		b.store(sum, "sum")
		b.store(squares, "squares")
	}
	return k.build(), nil
}

func normSumsParams(Variant) []Param { return params(PtrFloat32, "dy x mean sum products", Int, "n c") }

func normSumsDoc(Variant, int) []string {
	return []string{"sums what the gradient of a normalization needs over n pixels of c channels:", "",
		"\tfor cc < c:",
		"\t\tsum[cc] = sum over o < n of dy[o*c+cc]",
		"\t\tproducts[cc] = sum over o < n of dy[o*c+cc]*(x[o*c+cc]-mean[cc])", "",
		"c is a multiple of 8."}
}

func buildNormSums(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	const t, mean, sum, products = 0, 4, 8, 12
	k := &channelwise{Program: &Program{}, isa: isa, pixels: []string{"dy", "x"}, vectors: []string{"mean", "sum", "products"}}
	k.begin = func(b channelBlock) {
		b.load("mean", mean)
		b.clear(sum)
		b.clear(products)
	}
	k.each = func(b channelBlock) {
		for u := range b.vectorCount {
			k.I(VMOVUPS, b.pixel("x", u), b.vec(t+u))
		}
		for u := range b.vectorCount {
			k.I(VSUBPS, b.vec(mean+u), b.vec(t+u), b.vec(t+u))
		}
		for u := range b.vectorCount {
			k.I(VADDPS, b.pixel("dy", u), b.vec(sum+u), b.vec(sum+u))
			k.I(VFMADD231PS, b.pixel("dy", u), b.vec(t+u), b.vec(products+u))
		}
	}
	k.end = func(b channelBlock) {
		b.store(sum, "sum")
		b.store(products, "products")
	}
	return k.build(), nil
}

func normGradParams(Variant) []Param {
	return params(PtrFloat32, "dy x mean scale slope offset dx", Int, "n c")
}

func normGradDoc(Variant, int) []string {
	return []string{"is the gradient of a normalization for n pixels of c channels:", "",
		"\tfor o < n, cc < c:",
		"\t\tdx[o*c+cc] = scale[cc]*dy[o*c+cc] + slope[cc]*(x[o*c+cc]-mean[cc]) + offset[cc]", "",
		"c is a multiple of 8. dx may be dy or x."}
}

func buildNormGrad(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	const t, mean, scale, slope = 0, 4, 8, 12
	k := &channelwise{Program: &Program{}, isa: isa, pixels: []string{"dy", "x", "dx"}, vectors: []string{"mean", "scale", "slope", "offset"}}
	k.begin = func(b channelBlock) {
		b.load("mean", mean)
		b.load("scale", scale)
		b.load("slope", slope)
	}
	k.each = func(b channelBlock) {
		for u := range b.vectorCount {
			k.I(VMOVUPS, b.pixel("x", u), b.vec(t+u))
		}
		for u := range b.vectorCount {
			k.I(VSUBPS, b.vec(mean+u), b.vec(t+u), b.vec(t+u))
		}
		for u := range b.vectorCount {
			k.I(VFMADD213PS, b.vector("offset", u), b.vec(slope+u), b.vec(t+u))
			k.I(VFMADD231PS, b.pixel("dy", u), b.vec(scale+u), b.vec(t+u))
		}
		for u := range b.vectorCount {
			k.I(VMOVUPS, b.vec(t+u), b.pixel("dx", u))
		}
	}
	return k.build(), nil
}
