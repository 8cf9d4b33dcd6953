package simd

import "fmt"

// Sums over pixels, channel by channel, and over channels, pixel by pixel.

func reduceParams(Variant) []Param {
	return params(PtrFloat32, "a b y", Int, "n c aStep bStep")
}

func reduceDoc(v Variant, _ int) []string {
	term := "a[p*aStep+cc] * b[p*bStep+cc]"
	if v.Func == "prelu" {
		term = "a[p*aStep+cc] * min(b[p*bStep+cc], 0)"
	}
	return []string{"sums over n pixels of c channels, a multiple of 8:", "",
		"\ty[cc] += sum over p < n of " + term, "", "in the order of the pixels."}
}

// buildReduce keeps the sums of a block of channels in registers while it walks
// over the pixels.
func buildReduce(v Variant, _ int, isa ISA) (*Program, error) {
	if v.Func != "product" && v.Func != "prelu" {
		return nil, fmt.Errorf("reduce: no function %q", v.Func)
	}
	if err := v.check(Variant{Family: v.Family, Func: v.Func}); err != nil {
		return nil, err
	}
	p := &Program{}
	const (
		a, b, y        = SI, DI, R8
		aAt, bAt, left = R9, R10, CX
		channels       = DX
		aStep, bStep   = R11, R12
		zero           = 15
	)
	p.I(MOVQ, Arg("n"), left)
	p.I(TESTQ, left, left)
	p.I(JLE, Label("done"))
	p.I(MOVQ, Arg("a"), a)
	p.I(MOVQ, Arg("b"), b)
	p.I(MOVQ, Arg("y"), y)
	p.I(MOVQ, Arg("aStep"), aStep)
	p.I(MOVQ, Arg("bStep"), bStep)
	p.I(SHLQ, Imm(2), aStep)
	p.I(SHLQ, Imm(2), bStep)
	p.I(MOVQ, Arg("c"), channels)
	if v.Func == "prelu" {
		p.I(VXORPS, X(zero), X(zero), X(zero))
	}
	type block struct {
		vectors, width int
		vec            func(int) Vec
	}
	var blocks []block
	for _, vectors := range []int{4, 2, 1} {
		blocks = append(blocks, block{vectors, isa.Width(), isa.Vec})
	}
	if isa == AVX512 {
		blocks = append(blocks, block{1, 8, Y})
	}
	const sum, temp = 0, 4
	for i, k := range blocks {
		size := k.vectors * k.width
		head, next := fmt.Sprintf("channels%d", size), "done"
		if i+1 < len(blocks) {
			next = fmt.Sprintf("channels%d", blocks[i+1].vectors*blocks[i+1].width)
		}
		p.Label(head)
		p.I(CMPQ, channels, Imm(size))
		p.I(JLT, Label(next))
		for u := range k.vectors {
			p.I(VMOVUPS, At(y, 4*k.width*u), k.vec(sum+u))
		}
		p.I(MOVQ, a, aAt)
		p.I(MOVQ, b, bAt)
		p.I(MOVQ, Arg("n"), left)
		p.Align(16)
		pixel := fmt.Sprintf("pixel%d", size)
		p.Label(pixel)
		for u := range k.vectors {
			p.I(VMOVUPS, At(bAt, 4*k.width*u), k.vec(temp+u))
		}
		for u := range k.vectors {
			if v.Func == "prelu" {
				p.I(VMINPS, k.vec(zero), k.vec(temp+u), k.vec(temp+u))
			}
			p.I(VFMADD231PS, At(aAt, 4*k.width*u), k.vec(temp+u), k.vec(sum+u))
		}
		p.I(ADDQ, aStep, aAt)
		p.I(ADDQ, bStep, bAt)
		p.I(DECQ, left)
		p.I(JNE, Label(pixel))
		for u := range k.vectors {
			p.I(VMOVUPS, k.vec(sum+u), At(y, 4*k.width*u))
		}
		for _, r := range []GPR{a, b, y} {
			p.I(ADDQ, Imm(4*size), r)
		}
		p.I(SUBQ, Imm(size), channels)
		p.I(JMP, Label(head))
	}
	p.Label("done")
	p.Return()
	return p, nil
}

func reduceChannelsParams(v Variant) []Param {
	if v.Func == "product" {
		return params(PtrFloat32, "a b y", Int, "n c aStep bStep yStep")
	}
	return params(PtrFloat32, "a y", Int, "n c aStep yStep")
}

func reduceChannelsDoc(v Variant, _ int) []string {
	term := "a[p*aStep+cc]"
	if v.Func == "product" {
		term += " * b[p*bStep+cc]"
	}
	return []string{"sums over the c channels of each of n pixels:", "",
		"\ty[p*yStep] = sum over cc < c of " + term + "; y[p*yStep+1] to y[p*yStep+7] = 0", "",
		"Channel cc goes to accumulator cc%8; the eight are folded in halves. The pixels have",
		"memory for whole vectors of 8 channels. The bits are the same under AVX2 and AVX-512."}
}

// buildReduceChannels makes one 256-bit kernel for both ISAs: pixels have few
// channels.
func buildReduceChannels(v Variant, _ int, _ ISA) (*Program, error) {
	product := v.Func == "product"
	if v.Func != "" && !product {
		return nil, fmt.Errorf("reduceChannels: no function %q", v.Func)
	}
	if err := v.check(Variant{Family: v.Family, Func: v.Func}); err != nil {
		return nil, err
	}
	p := &Program{}
	const (
		a, b, y, left    = SI, DI, R8, CX
		whole, rest, at  = R10, R11, AX // bytes in whole vectors, channels beyond
		sum, x, mask, z  = 0, 1, 2, 3
		other, firstLane = 4, 5
	)
	p.I(MOVQ, Arg("n"), left)
	p.I(TESTQ, left, left)
	p.I(JLE, Label("done"))
	p.I(MOVQ, Arg("a"), a)
	p.I(MOVQ, Arg("y"), y)
	p.I(SHLQ, Imm(2), Arg("aStep"))
	p.I(SHLQ, Imm(2), Arg("yStep"))
	if product {
		p.I(MOVQ, Arg("b"), b)
		p.I(SHLQ, Imm(2), Arg("bStep"))
	}
	p.I(MOVQ, Arg("c"), whole)
	p.I(MOVQ, whole, rest)
	p.I(ANDQ, Imm(7), rest)
	p.I(SUBQ, rest, whole)
	p.I(SHLQ, Imm(2), whole)
	p.I(VMOVD, rest, X(mask))
	p.I(VPBROADCASTD, X(mask), Y(mask))
	p.I(VPCMPGTD, p.ConstTable(0, 1, 2, 3, 4, 5, 6, 7), Y(mask), Y(mask)).Say("rest > lane")
	p.I(VMOVUPS, p.ConstTable(1<<32-1, 0, 0, 0, 0, 0, 0, 0), Y(firstLane))
	p.Label("pixel")
	p.I(XORL, at, at)
	p.I(VXORPS, X(sum), X(sum), X(sum))
	p.I(TESTQ, whole, whole)
	p.I(JEQ, Label("rest"))
	p.Label("eight")
	p.I(VMOVUPS, AtIndex(a, at, 1, 0), Y(x))
	add := func() {
		if product {
			p.I(VFMADD231PS, Y(other), Y(x), Y(sum))
		} else {
			p.I(VADDPS, Y(x), Y(sum), Y(sum))
		}
	}
	if product {
		p.I(VMOVUPS, AtIndex(b, at, 1, 0), Y(other))
	}
	add()
	p.I(ADDQ, Imm(32), at)
	p.I(CMPQ, at, whole)
	p.I(JLT, Label("eight"))
	p.Label("rest")
	p.I(TESTQ, rest, rest)
	p.I(JEQ, Label("fold"))
	p.I(VMASKMOVPS, AtIndex(a, at, 1, 0), Y(mask), Y(x))
	if product {
		p.I(VMASKMOVPS, AtIndex(b, at, 1, 0), Y(mask), Y(other))
	}
	add()
	p.Label("fold")
	foldVec(p, VADDPS, Y(sum), Y(z))
	p.I(VANDPS, Y(firstLane), Y(sum), Y(sum))
	p.I(VMOVUPS, Y(sum), At(y, 0))
	p.I(ADDQ, Arg("aStep"), a)
	if product {
		p.I(ADDQ, Arg("bStep"), b)
	}
	p.I(ADDQ, Arg("yStep"), y)
	p.I(DECQ, left)
	p.I(JNE, Label("pixel"))
	p.Label("done")
	p.Return()
	return p, nil
}
