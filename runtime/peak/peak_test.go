package peak

import "testing"

func TestGFLOPS(t *testing.T) {
	if g := GFLOPS("go"); g != 0 {
		t.Errorf("plain Go: %v", g)
	}
	for _, isa := range []string{"avx2", "avx512"} {
		run, _ := kernel(isa)
		if run == nil {
			t.Logf("%s: not on this machine", isa)
			continue
		}
		// No machine with AVX2 is slower than one GFLOP/s or faster than a
		// thousand on one core.
		if g := GFLOPS(isa); g < 1 || g > 1000 {
			t.Errorf("%s: %v GFLOP/s", isa, g)
		} else {
			t.Logf("%s: %.1f GFLOP/s", isa, g)
		}
	}
}
