package simd

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

// tiny is a small valid kernel that the tests of Verify spoil in one place.
func tiny(isa ISA) *Program {
	p := &Program{Name: "tiny", ISA: isa, Params: params(PtrFloat32, "x", Int, "n", Float32, "a")}
	p.I(MOVQ, Arg("x"), SI)
	p.I(MOVQ, Arg("n"), CX)
	p.I(VBROADCASTSS, Arg("a"), isa.Vec(0))
	return p
}

func TestVerifyRefuses(t *testing.T) {
	for _, c := range []struct {
		name, want string
		isa        ISA
		build      func(p *Program)
	}{
		{"AVX-512 register under AVX2", "Y16 needs AVX512", AVX2, func(p *Program) {
			p.I(VADDPS, Y(0), Y(0), Y(16))
			p.Return()
		}},
		{"Z register under AVX2", "Z0 needs AVX512", AVX2, func(p *Program) {
			p.I(VADDPS, Z(0), Z(0), Z(1))
			p.Return()
		}},
		{"EVEX instruction under AVX2", "needs AVX512", AVX2, func(p *Program) {
			p.I(VPXORD, Y(1), Y(1), Y(1))
			p.Return()
		}},
		{"mask under AVX2", "write masks need AVX512", AVX2, func(p *Program) {
			p.I(VADDPS, Y(0), Y(0), K1, Y(1))
			p.Return()
		}},
		{"mask result under AVX2", "K1 is not allowed", AVX2, func(p *Program) {
			p.I(VCMPPS, Imm(cmpLT), Y(0), Y(0), K1)
			p.Return()
		}},
		{"K0 as write mask", "other than K0", AVX512, func(p *Program) {
			p.I(VADDPS, Z(0), Z(0), K0, Z(1))
			p.Return()
		}},
		{"VEX instruction with a high register", "VEX encoding only", AVX512, func(p *Program) {
			p.I(VROUNDPS, Imm(8), Y(0), Y(20))
			p.Return()
		}},
		{"vector read before written", "Y7 is not set", AVX2, func(p *Program) {
			p.I(VADDPS, Y(7), Y(0), Y(1))
			p.Return()
		}},
		{"accumulator never started", "Z3 is not set", AVX512, func(p *Program) {
			p.I(VFMADD231PS, Z(0), Z(0), Z(3))
			p.Return()
		}},
		{"merging into nothing", "Z9 is not set", AVX512, func(p *Program) {
			p.I(VCMPPS, Imm(cmpLT), Z(0), Z(0), K1)
			p.I(VADDPS, Z(0), Z(0), K1, Z(9))
			p.Return()
		}},
		{"mask read before written", "K2 is not set", AVX512, func(p *Program) {
			p.IZ(VMOVUPS, Z(0), K2, Z(1))
			p.Return()
		}},
		{"address register not set", "DI is not set", AVX2, func(p *Program) {
			p.I(VMOVUPS, At(DI, 0), Y(1))
			p.Return()
		}},
		{"index register not set", "R9 is not set", AVX2, func(p *Program) {
			p.I(VMOVUPS, AtIndex(SI, R9, 4, 0), Y(1))
			p.Return()
		}},
		{"set on one path only", "Y1 is not set", AVX2, func(p *Program) {
			p.I(TESTQ, CX, CX)
			p.I(JEQ, Label("skip"))
			p.I(VMOVUPS, At(SI, 0), Y(1))
			p.Label("skip")
			p.I(VMOVUPS, Y(1), At(SI, 0))
			p.Return()
		}},
		{"flags not set", "flags are not set", AVX2, func(p *Program) {
			p.Label("loop")
			p.I(JNE, Label("loop"))
			p.Return()
		}},
		{"stack pointer", "SP is reserved", AVX2, func(p *Program) {
			p.I(MOVQ, SI, SP)
			p.Return()
		}},
		{"goroutine register as base", "R14 is reserved", AVX2, func(p *Program) {
			p.I(VMOVUPS, At(R14, 8), Y(1))
			p.Return()
		}},
		{"frame pointer as index", "BP is reserved", AVX2, func(p *Program) {
			p.I(VMOVUPS, AtIndex(SI, BP, 1, 8), Y(1))
			p.Return()
		}},
		{"unknown label", "label gone is not defined", AVX2, func(p *Program) {
			p.I(JMP, Label("gone"))
			p.Return()
		}},
		{"unused label", "label here is never used", AVX2, func(p *Program) {
			p.Label("here")
			p.Return()
		}},
		{"label twice", "label here is defined twice", AVX2, func(p *Program) {
			p.Label("here")
			p.Label("here")
			p.Return()
		}},
		{"no return", "runs past its end", AVX2, func(p *Program) {}},
		{"unreachable", "is never reached", AVX2, func(p *Program) {
			p.Return()
			p.I(MOVQ, SI, DI)
			p.Return()
		}},
		{"unknown parameter", "no parameter y", AVX2, func(p *Program) {
			p.I(MOVQ, Arg("y"), DI)
			p.Return()
		}},
		{"parameter called like a register", "takes the name for a register", AVX2, func(p *Program) {
			p.Params[1].Name = "g"
			p.Insts[1].Args[0] = Arg("g")
			p.Return()
		}},
		{"parameter of another size", "parameter a has 4 bytes", AVX2, func(p *Program) {
			p.I(MOVQ, Arg("a"), DI)
			p.Return()
		}},
		{"two memory operands", "two memory operands", AVX2, func(p *Program) {
			p.I(MOVQ, At(SI, 0), At(SI, 8))
			p.Return()
		}},
		{"operand missing", "has 2 operands, takes 3", AVX2, func(p *Program) {
			p.I(VADDPS, Y(0), Y(1))
			p.Return()
		}},
		{"scale", "scale 3", AVX2, func(p *Program) {
			p.I(VMOVUPS, AtIndex(SI, CX, 3, 0), Y(1))
			p.Return()
		}},
		{"broadcast where there is none", "cannot broadcast", AVX512, func(p *Program) {
			p.IB(VBROADCASTSS, At(SI, 0), Z(1))
			p.Return()
		}},
		{"zeroing without mask", "zeroing without a mask", AVX512, func(p *Program) {
			p.IZ(VMOVUPS, Z(0), Z(1))
			p.Return()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := tiny(c.isa)
			c.build(p)
			err := p.Verify()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Verify: %v, want an error with %q", err, c.want)
			}
		})
	}
	for _, isa := range []ISA{AVX2, AVX512} {
		p := tiny(isa)
		p.I(XORL, DI, DI).Say("reads nothing")
		p.Return()
		if err := p.Verify(); err != nil {
			t.Errorf("the kernel that the cases spoil: %v", err)
		}
	}
}

// TestEveryOpHasARow walks the table.
func TestEveryOpHasARow(t *testing.T) {
	for op := opLabel; op < opCount; op++ {
		row := &opTable[op]
		if row.name == "" || row.sim == nil || row.args == nil {
			t.Errorf("op %d (%s) lacks name, operands or simulation", op, row.name)
		}
	}
}

// TestFMA32 compares with exact arithmetic, on operands chosen so that the sum
// is often close to halfway between two float32.
func TestFMA32(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	naive := 0
	for range 200000 {
		// Products of 12 by 13 bits have 25, so half of them lie halfway.
		x := math.Float32frombits(r.Uint32()&0x807ff000 | uint32(120+r.IntN(14))<<23)
		y := math.Float32frombits(r.Uint32()&0x807ff800 | uint32(120+r.IntN(14))<<23)
		z := math.Float32frombits(r.Uint32()&0x80ffffff | uint32(60+r.IntN(80))<<23)
		want, _ := new(big.Float).SetPrec(400).Add(
			new(big.Float).SetPrec(400).Mul(big.NewFloat(float64(x)), big.NewFloat(float64(y))),
			big.NewFloat(float64(z))).Float32()
		if got := fma32(x, y, z); got != want {
			t.Fatalf("fma32(%v, %v, %v) = %v, want %v", x, y, z, got, want)
		}
		if float32(math.FMA(float64(x), float64(y), float64(z))) != want {
			naive++
		}
	}
	if naive == 0 {
		t.Error("no operands on which rounding twice goes wrong: the test is too weak")
	}
	inf := float32(math.Inf(1))
	for _, c := range [][4]float32{{inf, 1, -1, inf}, {math.MaxFloat32, 2, 0, inf},
		{0x1p-126, 0x1p-20, 0, 0x1p-146}, {0x1p-100, 0x1p-100, 0x1p-149, 0x1p-149}} {
		if got := fma32(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("fma32(%v, %v, %v) = %v, want %v", c[0], c[1], c[2], got, c[3])
		}
	}
	if got := fma32(inf, 0, 1); got == got {
		t.Errorf("fma32(Inf, 0, 1) = %v, want NaN", got)
	}
}

// TestRunCatches shows that the simulator stops at the accesses it is there
// to catch.
func TestRunCatches(t *testing.T) {
	run := func(build func(p *Program), access Access) error {
		p := tiny(AVX2)
		build(p)
		p.Return()
		if err := p.Verify(); err != nil {
			t.Fatal(err)
		}
		var m Memory
		x := m.Float32s("x", make([]float32, 8), access)
		return p.Run(&m, x.Ptr(), 1, float32(2))
	}
	load := func(disp int) func(p *Program) {
		return func(p *Program) { p.I(VMOVUPS, At(SI, disp), Y(1)) }
	}
	store := func(p *Program) { p.I(VMOVUPS, Y(0), At(SI, 0)) }
	for _, c := range []struct {
		name   string
		build  func(p *Program)
		access Access
		want   string // "" for no error
	}{
		{"inside", load(0), Read, ""},
		{"one byte past the end", load(1), Read, "access of 32 bytes at byte 1 of x"},
		{"before the start", load(-4), Read, "at byte -4 of x"},
		{"read of a gap", load(0), None, "may not be touched"},
		{"write to an input", store, Read, "write of 32 bytes"},
		{"write", store, ReadWrite, ""},
		{"wild", func(p *Program) { p.I(MOVQ, At(CX, 0), DI) }, Read, "wild access"},
	} {
		err := run(c.build, c.access)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestSymbol(t *testing.T) {
	for _, c := range []struct {
		v     Variant
		lanes int
		isa   ISA
		want  string
	}{
		{Variant{Family: "igemm", MR: 6, Bias: true, ReLU: true}, 16, AVX2, "igemmBiasReLU6x16AVX2"},
		{Variant{Family: "igemm", MR: 4, Bias: true, ConstSegs: 5, ConstSegLen: 5, ConstPitch: 32}, 32, AVX512, "igemmBias4K5x5p32x32AVX512"},
		{Variant{Family: "wgrad", MR: 6}, 8, AVX2, "wgrad6x8AVX2"},
		{Variant{Family: "maxpool", ReLU: true, Bits: true}, 0, AVX512, "maxpoolReLUBitsAVX512"},
		{Variant{Family: "act", Func: "leaky_relu"}, 0, AVX2, "actLeakyReluAVX2"},
		{Variant{Family: "igemm", MR: 1}, 0, Go, "igemm1Go"},
	} {
		if got := Symbol(c.v, c.lanes, c.isa); got != c.want {
			t.Errorf("Symbol(%+v, %d, %v) = %s, want %s", c.v, c.lanes, c.isa, got, c.want)
		}
	}
}

func TestProgramErrors(t *testing.T) {
	for _, k := range []Kernel{
		{Variant{Family: "nothing"}, 0, AVX2},
		{Variant{Family: "igemm", MR: 7}, 16, AVX2},
		{Variant{Family: "igemm", MR: 0}, 16, AVX2},
		{Variant{Family: "igemm", MR: 6, ReLU: true, Mask: true}, 16, AVX2},
		{Variant{Family: "igemm", MR: 6}, 32, AVX2},
		{Variant{Family: "igemm", MR: 6}, 16, Go},
		{Variant{Family: "igemm", MR: 6, ConstSegs: 9, ConstSegLen: 99, ConstPitch: 1}, 16, AVX2},
		{Variant{Family: "igemm", MR: 6, ConstSegLen: 9}, 16, AVX2},
		{Variant{Family: "wgrad", MR: 6, Bias: true}, 16, AVX2},
		{Variant{Family: "packPanel", MR: 1}, 16, AVX2},
	} {
		if _, err := k.Program(); err == nil {
			t.Errorf("%s: no error", k.Symbol())
		}
	}
}

// TestWriteAsm pins the printed form on the smallest kernel.
func TestWriteAsm(t *testing.T) {
	kernels := []Kernel{{Variant: Variant{Family: "fmaPeak"}, ISA: AVX512}}
	asm, err := WriteAsm("Code generated by a test. DO NOT EDIT.", kernels)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"// Code generated by a test. DO NOT EDIT.\n\n#include \"textflag.h\"\n",
		"// func fmaPeakAVX512(n int)\n// Requires: AVX512F, AVX512BW, AVX512DQ, AVX512VL\nTEXT ·fmaPeakAVX512(SB), NOSPLIT, $0-8\n\tMOVQ         n+0(FP), AX\n",
		"\n\tPCALIGN      $32\nloop:\n",
		"\tDECQ         AX\n\tJNE          loop\n\tVZEROUPPER\n\tRET\n",
	} {
		if !strings.Contains(string(asm), want) {
			t.Errorf("no %q in\n%s", want, asm)
		}
	}
	stubs, err := WriteStubs("Code generated by a test. DO NOT EDIT.", "p", kernels)
	if err != nil {
		t.Fatal(err)
	}
	want := `// Code generated by a test. DO NOT EDIT.

package p

// fmaPeakAVX512 does n times 48 independent vector FMAs, n at least 1, to measure the peak rate.
//
//go:noescape
func fmaPeakAVX512(n int)
`
	if string(stubs) != want {
		t.Errorf("stubs:\n%s\nwant:\n%s", stubs, want)
	}
}
