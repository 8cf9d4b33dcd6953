package simd

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

// TestConst checks that constants are shared, printed before the function, and read
// by the simulator at the width of the instruction.
func TestConst(t *testing.T) {
	p := &Program{Name: "k", ISA: AVX2, Params: params(PtrFloat32, "y")}
	one := p.Const(1)
	if again := p.ConstBits(0x3f800000); again != one {
		t.Errorf("equal constants are %d and %d", one, again)
	}
	var words []uint32
	for i := range 8 {
		words = append(words, math.Float32bits(float32(10+i)))
	}
	table := p.ConstTable(words...)
	p.I(MOVQ, Arg("y"), DI)
	p.I(VBROADCASTSS, one, Y(0))
	p.I(VADDPS, table, Y(0), Y(1))
	p.I(VMOVUPS, Y(1), At(DI, 0))
	p.Return()
	if err := p.Verify(); err != nil {
		t.Fatal(err)
	}
	var m Memory
	y := m.Float32s("y", make([]float32, 8), Write)
	if err := p.Run(&m, y.Ptr()); err != nil {
		t.Fatal(err)
	}
	out := make([]float32, 8)
	y.GetFloat32s(out)
	for i, v := range out {
		if v != float32(11+i) {
			t.Errorf("y[%d] = %v, want %v", i, v, 11+i)
		}
	}
	var w bytes.Buffer
	p.writeAsm(&w)
	for _, want := range []string{
		"DATA kConsts<>+0(SB)/4, $0x3f800000", "DATA kConsts<>+32(SB)/4, $0x41880000",
		"GLOBL kConsts<>(SB), RODATA|NOPTR, $36\n", "VBROADCASTSS kConsts<>+0(SB), Y0", "kConsts<>+4(SB), Y0, Y1",
	} {
		if !strings.Contains(w.String(), want) {
			t.Errorf("the assembly lacks %q:\n%s", want, w.String())
		}
	}
}

func TestVerifyRefusesConstants(t *testing.T) {
	for _, c := range []struct {
		name, want string
		build      func(p *Program)
	}{
		{"too short for the vector", "constants have 8 bytes, the instruction reads 32", func(p *Program) {
			p.I(VMOVUPS, p.ConstTable(1, 2), Y(0))
		}},
		{"past the end", "reads 4 at 4", func(p *Program) {
			p.I(VBROADCASTSS, p.Const(1)+1, Y(0))
		}},
		{"as a destination", "a constant is not allowed", func(p *Program) {
			p.I(VBROADCASTSS, p.Const(1), Y(0))
			p.I(VMOVSS, X(0), p.Const(1))
		}},
		{"as an address", "a constant is not allowed", func(p *Program) {
			p.I(LEAQ, p.Const(1), AX)
		}},
	} {
		p := &Program{Name: "k", ISA: AVX2}
		c.build(p)
		p.Return()
		if err := p.Verify(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestLanewiseLimits checks that a body that does not fit is an error, not a kernel
// that loses a value.
func TestLanewiseLimits(t *testing.T) {
	k := lanewise{in: []string{"x"}, out: []output{{"y", 0}}, temps: 6, unroll: 2, body: func(b *body) {}}
	if _, err := k.build(AVX2); err == nil {
		t.Error("14 registers of values and 3 of scratch fit into 16")
	}
	if _, err := k.build(AVX512); err != nil {
		t.Error(err)
	}
	k = lanewise{in: []string{"x"}, out: []output{{"y", 0}}, temps: 5, unroll: 2, body: func(b *body) {
		b.choose(0, cmpGT, number(1), number(2), number(3), number(4))
	}}
	if _, err := k.build(AVX2); err == nil {
		t.Error("four constants fit into one register and two scratch registers")
	}
}

func TestUnknownVariants(t *testing.T) {
	for _, v := range []Variant{
		{Family: "act", Func: "no_such"}, {Family: "actGrad"}, {Family: "act", Func: "relu", ReLU: true},
		{Family: "maxpool", Mask: true}, {Family: "maxpoolGrad", Bits: true}, {Family: "avgpool", Add: true},
		{Family: "softmax", MR: 2}, {Family: "dropout", Bias: true}, {Family: "adam", Func: "relu"},
		{Family: "penalty", ReLU: true}, {Family: "add", Add: true}, {Family: "axpy", ReLU: true},
	} {
		if _, err := (Kernel{Variant: v, ISA: AVX2}).Program(); err == nil {
			t.Errorf("%+v was built", v)
		}
	}
}

// TestScalef checks the rounding of VSCALEFPS at both ends of the range.
func TestScalef(t *testing.T) {
	for _, c := range []struct{ a, b, want float32 }{
		{1, 3, 8}, {1, 3.9, 8}, {-3, -1, -1.5}, {1.5, -149, 0x1p-148}, {1.25, -149, 0x1p-149},
		{1, -150, 0}, {1.5, -150, 0x1p-149}, {1, 128, float32(math.Inf(1))}, {0, 1e30, 0}, {1, -1e30, 0},
	} {
		if got := scalef32(c.a, c.b); got != c.want {
			t.Errorf("%v * 2^%v = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
