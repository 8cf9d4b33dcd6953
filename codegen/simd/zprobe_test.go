package simd

import (
	"math"
	"testing"
)

func TestProbe(t *testing.T) {
	for _, a := range activations {
		for _, isa := range []ISA{AVX2, AVX512} {
			for _, g := range []bool{false, true} {
				v := Variant{Family: "act", Func: a.name}
				build, ps := buildAct, actParams(v)
				if g {
					v.Family, build, ps = "actGrad", buildActGrad, actGradParams(v)
				}
				p, err := build(v, 0, isa)
				if err != nil {
					t.Error(a.name, isa, g, err)
					continue
				}
				p.Name, p.ISA, p.Params = Symbol(v, 0, isa), isa, ps
				if err := p.Verify(); err != nil {
					t.Error(err)
					continue
				}
				if g {
					continue
				}
				mem := &Memory{}
				xs := []float32{-4, -2.6, -1, -0.5, 0, 0.5, 1, 2.6, 100, -100, -88, 88, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 1e-30}
				for len(xs) < 16*4+8 {
					xs = append(xs, xs[len(xs)-16])
				}
				x := mem.Float32s("x", xs, Read)
				y := mem.Float32s("y", xs, Write)
				if err := p.Run(mem, x.Ptr(), y.Ptr(), len(xs), float32(1)); err != nil {
					t.Error(err)
				}
				y.GetFloat32s(xs)
				t.Log(v.Name(), isa, len(p.Insts), xs[:16])
			}
		}
	}
}
