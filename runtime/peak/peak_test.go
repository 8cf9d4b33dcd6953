package peak

import "testing"

func TestGFLOPS(t *testing.T) {
	if g := GFLOPS("sse"); g != 0 {
		t.Errorf("an instruction set that cnnc does not know: %v", g)
	}
	for _, isa := range []string{"go", "avx2", "avx512"} {
		run, _ := vector(isa)
		if run == nil && isa != "go" {
			t.Logf("%s: not on this machine", isa)
			continue
		}
		// One core does between a tenth of and a thousand GFLOP/s.
		if g := GFLOPS(isa); g < 0.1 || g > 1000 {
			t.Errorf("%s: %v GFLOP/s", isa, g)
		} else {
			t.Logf("%s: %.1f GFLOP/s", isa, g)
		}
	}
}
