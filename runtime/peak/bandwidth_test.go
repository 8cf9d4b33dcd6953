package peak

import "testing"

// TestGBs: a speed that a machine can have. What it is belongs to the machine.
func TestGBs(t *testing.T) {
	for _, size := range []int{0, 1 << 10, 1 << 20} {
		if v := GBs(size); !(v > 0.01 && v < 1e5) {
			t.Errorf("%d bytes: %v GB/s", size, v)
		}
	}
}
