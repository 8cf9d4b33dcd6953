package simd

import "fmt"

// Dropout with random words from Philox4x32-10 (Salmon, Moraes, Dror, Shaw:
// Parallel Random Numbers: As Easy as 1, 2, 3. SC 2011).
//
// One Philox block is four words, c0 to c3. Every 64-bit lane holds a word of
// one block in its low half, because VPMULUDQ multiplies just these and leaves
// the low and high word of the product where they are wanted; what gathers in
// the high halves does not matter. Registers a hold the even blocks, registers
// b the odd ones, so that merging the low halves of a and b in the end gives
// the words of 8 (AVX2) or 16 (AVX-512) consecutive blocks in order.
//
// Sixteen blocks make the 64 words of 64 elements: element e takes word e/16
// of block e%16. AVX-512 does that in one step, AVX2 in two of eight blocks.

func dropoutParams(v Variant) []Param {
	if v.Func == "words" {
		return params(PtrFloat32, "y", Int, "n", Uint64, "key", Uint32, "counter")
	}
	return params(PtrFloat32, "x y", Int, "n", Uint64, "key", Uint32, "counter threshold", Float32, "scale")
}

func dropoutDoc(v Variant, _ int) []string {
	if v.Func == "words" {
		return []string{"stores the random words that decide about elements, as bits:", "",
			"\ty[e] = word e%64/16 of Philox4x32-10 block counter + e/64*16 + e%16, for e < n", "",
			"The rest is as for dropout."}
	}
	return []string{"keeps elements at random:", "",
		"\tword e%64/16 of Philox4x32-10 block counter + e/64*16 + e%16 decides about e:",
		"\ty[e] = x[e]*scale if the word >= threshold, else 0       for e < n", "",
		"The counter of block i is (i, 0, 0, 0), the key (low, high half of key). n is a",
		"multiple of 8; y may be x. A call uses blocks counter to counter + (n+63)/64*16 - 1."}
}

// The constants of Philox4x32: multipliers and key increments.
const (
	philoxM0 = 0xD2511F53
	philoxM1 = 0xCD9E8D57
	philoxW0 = 0x9E3779B9
	philoxW1 = 0xBB67AE85
)

func buildDropout(v Variant, _ int, isa ISA) (*Program, error) {
	words := v.Func == "words"
	if v.Func != "" && !words {
		return nil, fmt.Errorf("dropout: no variant %q", v.Func)
	}
	if err := v.check(Variant{Family: v.Family, Func: v.Func}); err != nil {
		return nil, err
	}
	p := &Program{}
	const (
		src, dst, left = SI, DI, CX // left: elements from here to the end
		key0, key1     = R8, R9
		counter        = R11
		step           = R10 // AVX2: bytes to the next step, 32 and 224 in turn
		temp           = R13
	)
	const k0, k1, m0, m1 = 12, 13, 14, 15
	vec := isa.Vec
	xor := VPXOR
	if isa == AVX512 {
		xor = VPXORD
	}
	p.I(MOVQ, Arg("n"), left)
	p.I(TESTQ, left, left)
	p.I(JLE, Label("done"))
	if !words {
		p.I(MOVQ, Arg("x"), src)
	}
	p.I(MOVQ, Arg("y"), dst)
	p.I(MOVQ, Arg("key"), key0)
	p.I(MOVQ, key0, key1)
	p.I(SHRQ, Imm(32), key1)
	p.I(MOVL, Arg("counter"), counter)
	if isa == AVX2 {
		p.I(MOVQ, Imm(32), step)
	} else {
		p.I(MOVL, Imm(0xaaaa), temp)
		p.I(KMOVW, temp, K3).Say("the odd words")
	}
	p.I(VBROADCASTSS, p.ConstBits(philoxM0), vec(m0))
	p.I(VBROADCASTSS, p.ConstBits(philoxM1), vec(m1))
	lanes := make([]uint32, isa.Width())
	for i := range lanes {
		lanes[i] = uint32(i)
	}
	lane := p.ConstTable(lanes...)

	p.Label("step")
	p.I(VMOVD, key0, X(k0))
	p.I(VPBROADCASTD, X(k0), vec(k0))
	p.I(VMOVD, key1, X(k1))
	p.I(VPBROADCASTD, X(k1), vec(k1))
	// The registers of the four words of a and b, and of two products; they
	// change places from round to round.
	a, b, free := [4]int{0, 1, 2, 3}, [4]int{4, 5, 6, 7}, [4]int{8, 9, 10, 11}
	p.I(VMOVD, counter, X(a[0]))
	p.I(VPBROADCASTD, X(a[0]), vec(a[0]))
	p.I(VPADDD, lane, vec(a[0]), vec(a[0])).Say("even blocks in low halves")
	p.I(VPSRLQ, Imm(32), vec(a[0]), vec(b[0])).Say("odd blocks")
	for i := 1; i < 4; i++ {
		p.I(VPXOR, X(a[i]), X(a[i]), X(a[i]))
		p.I(VPXOR, X(b[i]), X(b[i]), X(b[i]))
	}
	for round := range 10 {
		p.Comment("Round %d.", round+1)
		if round > 0 {
			w := vec(free[0])
			p.I(VBROADCASTSS, p.ConstBits(philoxW0), w)
			p.I(VPADDD, w, vec(k0), vec(k0))
			p.I(VBROADCASTSS, p.ConstBits(philoxW1), w)
			p.I(VPADDD, w, vec(k1), vec(k1))
		}
		for i, c := range []*[4]int{&a, &b} {
			q0, q1 := free[2*i], free[2*i+1]
			p.I(VPMULUDQ, vec(m0), vec(c[0]), vec(q0))
			p.I(VPMULUDQ, vec(m1), vec(c[2]), vec(q1))
			p.I(xor, vec(k0), vec(c[1]), vec(c[1]))
			p.I(xor, vec(k1), vec(c[3]), vec(c[3]))
			p.I(VPSRLQ, Imm(32), vec(q1), vec(c[0]))
			p.I(VPSRLQ, Imm(32), vec(q0), vec(c[2]))
			p.I(xor, vec(c[1]), vec(c[0]), vec(c[0]))
			p.I(xor, vec(c[3]), vec(c[2]), vec(c[2]))
			free[2*i], free[2*i+1], c[1], c[3] = c[1], c[3], q1, q0
		}
	}
	p.Comment("The words decide.")
	threshold, scale := vec(k0), vec(k1)
	if !words {
		p.I(VBROADCASTSS, Arg("threshold"), threshold)
		p.I(VBROADCASTSS, Arg("scale"), scale)
	}
	for i := range 4 {
		at := 64 * i // bytes
		w, v, t := vec(a[i]), vec(free[0]), vec(free[1])
		if i > 0 {
			p.I(CMPQ, left, Imm(16*i))
			p.I(JLE, Label("next"))
		}
		p.I(VPSLLQ, Imm(32), vec(b[i]), vec(b[i]))
		if isa == AVX2 {
			p.I(VPBLENDD, Imm(0xaa), vec(b[i]), w, w)
			if words {
				p.I(VMOVUPS, w, At(dst, at))
				continue
			}
			p.I(VPMAXUD, threshold, w, t)
			p.I(VPCMPEQD, t, w, t)
			p.I(VMULPS, At(src, at), scale, v)
			p.I(VANDPS, t, v, v)
			p.I(VMOVUPS, v, At(dst, at))
			continue
		}
		full := fmt.Sprintf("full%d", i)
		p.I(MOVL, Imm(0xffff), temp)
		p.I(CMPQ, left, Imm(16*i+16))
		p.I(JGE, Label(full))
		p.I(MOVL, Imm(0xff), temp)
		p.Label(full)
		p.I(KMOVW, temp, K2).Say("the elements there are")
		p.I(VMOVDQU32, vec(b[i]), K3, w)
		if words {
			p.I(VMOVUPS, w, K2, At(dst, at))
			continue
		}
		p.I(VPCMPUD, Imm(5), threshold, w, K2, K1).Say("words >= threshold")
		p.IZ(VMULPS, At(src, at), scale, K1, v)
		p.I(VMOVUPS, v, K2, At(dst, at))
	}
	p.Label("next")
	if isa == AVX2 {
		if !words {
			p.I(ADDQ, step, src)
		}
		p.I(ADDQ, step, dst)
		p.I(ADDQ, Imm(8), counter)
		p.I(MOVQ, step, temp)
		p.I(SHRQ, Imm(2), temp)
		p.I(XORQ, Imm(32^224), step)
		p.I(SUBQ, temp, left)
	} else {
		if !words {
			p.I(ADDQ, Imm(256), src)
		}
		p.I(ADDQ, Imm(256), dst)
		p.I(ADDQ, Imm(16), counter)
		p.I(SUBQ, Imm(64), left)
	}
	p.I(JGT, Label("step"))
	p.Label("done")
	p.Return()
	return p, nil
}
