package simd

import "fmt"

// Kernel fmaPeak measures what the FMA units can do: independent accumulators
// and no memory. Its rate is the "peak" of all percentages in this package.
const (
	peakChains = 12
	peakUnroll = 4
)

// PeakFLOPs is the number of floating point operations of fmaPeak(n) for an
// ISA: an FMA counts as two per element.
func PeakFLOPs(isa ISA, n int) float64 {
	return 2 * peakChains * peakUnroll * float64(isa.Width()) * float64(n)
}

func peakParams(Variant) []Param { return params(Int, "n") }

func peakDoc(Variant, int) []string {
	return []string{fmt.Sprintf("does n times %d independent vector FMAs, n at least 1, to measure the peak rate.", peakChains*peakUnroll)}
}

func buildPeak(v Variant, _ int, isa ISA) (*Program, error) {
	if v != (Variant{Family: "fmaPeak"}) {
		return nil, fmt.Errorf("fmaPeak: no such variant")
	}
	p := &Program{}
	p.I(MOVQ, Arg("n"), AX)
	for i := range peakChains + 2 {
		zeroVec(p, isa.Vec(i))
	}
	p.Align(32)
	p.Label("loop")
	for range peakUnroll {
		for i := range peakChains {
			p.I(VFMADD231PS, isa.Vec(peakChains), isa.Vec(peakChains+1), isa.Vec(i))
		}
	}
	p.I(DECQ, AX)
	p.I(JNE, Label("loop"))
	p.Return()
	return p, nil
}
