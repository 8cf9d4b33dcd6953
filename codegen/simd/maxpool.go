package simd

// Maximum pooling over windows of one row of output pixels, and its gradient.
//
// Where the maximum was is recorded as one bit per window position and
// channel. AVX2 keeps "no maximum met yet" as vectors and packs comparison
// results with VMOVMSKPS; under AVX-512 both are mask registers, and a masked
// comparison does in one instruction what takes AVX2 three.

func maxpoolParams(Variant) []Param {
	return params(PtrFloat32, "x y", PtrByte, "bits",
		Int, "n c kh kw xRow xCol xStep yStep bitsStep bitsRow bitsCol")
}

func maxpoolDoc(v Variant, _ int) []string {
	doc := []string{"takes the maximum over windows of one row of n output pixels:", "",
		"\tfor o < n, cc < c:",
		"\t\tm = max over i < kh, j < kw of x[o*xStep+i*xRow+j*xCol+cc]"}
	if v.ReLU {
		doc = append(doc, "\t\tm = max(m, 0)")
	}
	doc = append(doc, "\t\ty[o*yStep+cc] = m")
	if v.Bits {
		which := "\t\t\t(i, j) is the first position in row-major order with x == m"
		if v.ReLU {
			which += ", and m > 0"
		}
		doc = append(doc, "\t\tbit cc%8 of bits[o*bitsStep+i*bitsRow+j*bitsCol+cc/8] =", which)
	}
	return append(doc, "", "c is a multiple of 8; kh and kw are at least 1; bit strides count bytes. A NaN",
		"stays if it is the first element of its window and is ignored elsewhere.")
}

func buildMaxpool(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family, ReLU: v.ReLU, Bits: v.Bits}); err != nil {
		return nil, err
	}
	k := &pool{Program: &Program{}, isa: isa, window: "x", pixel: "y", bits: v.Bits}
	const best, open, temp, zero = 0, 4, 8, 15 // vector registers; best, open and temp are four each
	if v.ReLU {
		k.I(VXORPS, X(zero), X(zero), X(zero))
	}
	k.each(func(b poolBlock) {
		for u := range b.vectors {
			k.I(VMOVUPS, b.at(poolWindow, u), b.vec(best+u))
		}
		k.walk(false, true, func() {
			// The running maximum is the second operand: it survives a NaN.
			for u := range b.vectors {
				k.I(VMOVUPS, b.at(poolAt, u), b.vec(temp+u))
			}
			for u := range b.vectors {
				k.I(VMAXPS, b.vec(best+u), b.vec(temp+u), b.vec(best+u))
			}
		})
		if v.Bits {
			k.markInit(v, b, best, open, zero)
			k.walk(true, false, func() { k.mark(b, best, open, temp) })
		}
		for u := range b.vectors {
			if v.ReLU {
				k.I(VMAXPS, b.vec(best+u), b.vec(zero), b.vec(best+u))
			}
			k.I(VMOVUPS, b.vec(best+u), b.at(poolPixel, u))
		}
	})
	return k.Program, nil
}

// markInit opens the channels whose maximum is to be found: all, or with ReLU
// those with a positive one. Under AVX-512 they are in K1 and the following.
func (k *pool) markInit(v Variant, b poolBlock, best, open, zero int) {
	for u := range b.vectors {
		switch {
		case v.ReLU && k.isa == AVX512:
			k.I(VCMPPS, Imm(cmpGT), b.vec(zero), b.vec(best+u), K1+KReg(u))
		case v.ReLU:
			k.I(VCMPPS, Imm(cmpGT), b.vec(zero), b.vec(best+u), b.vec(open+u))
		case k.isa == AVX512:
			k.I(VPCMPEQD, b.vec(best+u), b.vec(best+u), K1+KReg(u))
		default:
			k.I(VPCMPEQD, b.vec(open+u), b.vec(open+u), b.vec(open+u))
		}
	}
}

// mark writes the bits of one window position: open channels that equal their
// maximum, which are closed then.
func (k *pool) mark(b poolBlock, best, open, temp int) {
	for u := range b.vectors {
		bits := At(poolBitsAt, u*b.width/8)
		if k.isa == AVX512 {
			channels := K1 + KReg(u)
			k.I(VCMPPS, Imm(cmpEQ), b.at(poolAt, u), b.vec(best+u), channels, K5)
			if b.width == 16 {
				k.I(KMOVW, K5, bits)
			} else {
				k.I(KMOVB, K5, bits)
			}
			k.I(KXORW, K5, channels, channels)
			continue
		}
		k.I(VCMPPS, Imm(cmpEQ), b.at(poolAt, u), b.vec(best+u), b.vec(temp))
		k.I(VANDPS, b.vec(temp), b.vec(open+u), b.vec(temp+1))
		k.I(VMOVMSKPS, b.vec(temp+1), poolTemp)
		k.I(MOVB, poolTemp, bits)
		k.I(VANDNPS, b.vec(open+u), b.vec(temp), b.vec(open+u))
	}
}

func maxpoolGradParams(Variant) []Param {
	return params(PtrFloat32, "dp", PtrByte, "bits", PtrFloat32, "dx",
		Int, "n c kh kw dxRow dxCol dxStep dpStep bitsStep bitsRow bitsCol")
}

func maxpoolGradDoc(v Variant, _ int) []string {
	op := "="
	if v.Add {
		op = "+="
	}
	return []string{"sends the gradient of pooled pixels to where their maximum was:", "",
		"\tfor o < n, i < kh, j < kw, cc < c:",
		"\t\tdx[o*dxStep+i*dxRow+j*dxCol+cc] " + op,
		"\t\t\tdp[o*dpStep+cc] if bit cc%8 of bits[o*bitsStep+i*bitsRow+j*bitsCol+cc/8], else 0", "",
		"c is a multiple of 8; kh and kw are at least 1; bit strides count bytes."}
}

func buildMaxpoolGrad(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family, Add: v.Add}); err != nil {
		return nil, err
	}
	k := &pool{Program: &Program{}, isa: isa, window: "dx", pixel: "dp", bits: true}
	const up, temp, lane = 0, 4, 15 // vector registers; up and temp are four each
	if isa == AVX2 {
		k.I(VMOVUPS, k.ConstTable(1, 2, 4, 8, 16, 32, 64, 128), Y(lane)).Say("the bit of each lane")
	}
	k.each(func(b poolBlock) {
		for u := range b.vectors {
			k.I(VMOVUPS, b.at(poolPixel, u), b.vec(up+u))
		}
		k.walk(true, false, func() {
			for u := range b.vectors {
				bits, t := At(poolBitsAt, u*b.width/8), b.vec(temp+u)
				switch {
				case isa == AVX2:
					k.I(VPBROADCASTB, bits, t)
					k.I(VPAND, Y(lane), t, t)
					k.I(VPCMPEQD, Y(lane), t, t)
					k.I(VANDPS, b.vec(up+u), t, t)
					if v.Add {
						k.I(VADDPS, b.at(poolAt, u), t, t)
					}
				default:
					if b.width == 16 {
						k.I(KMOVW, bits, K1)
					} else {
						k.I(KMOVB, bits, K1)
					}
					if v.Add {
						k.I(VMOVUPS, b.at(poolAt, u), t)
						k.I(VADDPS, b.vec(up+u), t, K1, t)
					} else {
						k.IZ(VMOVUPS, b.vec(up+u), K1, t)
					}
				}
				k.I(VMOVUPS, t, b.at(poolAt, u))
			}
		})
	})
	return k.Program, nil
}
