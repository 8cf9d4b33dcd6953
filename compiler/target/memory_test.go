package target

import "testing"

// TestReuse: which level still holds what was touched so long ago.
func TestReuse(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		name   string
		d      Distance
		common bool
		cores  int
		want   [len(Levels)]float64
	}{
		{"just now", Distance{}, false, 1, [...]float64{1, 0, 0}},
		{"half forgotten by the second", Distance{Own: 3 * mb / 2}, false, 1, [...]float64{0.5, 0.5, 0}},
		{"in the third", Distance{Own: 10 * mb}, false, 1, [...]float64{0, 1, 0}},
		{"beside another core", Distance{Own: 12 * mb}, false, 2, [...]float64{0, 0.5, 0.5}},
		{"common data are there once", Distance{Own: 6 * mb, Common: 4 * mb}, false, 2, [...]float64{0, 1, 0}},
		{"and kept by whoever reads them", Distance{Own: 12 * mb}, true, 2, [...]float64{0, 1, 0}},
		{"the second level is not shared", Distance{Own: mb}, false, 8, [...]float64{1, 0, 0}},
		{"long ago", Distance{Own: 100 * mb}, false, 1, [...]float64{0, 0, 1}},
	} {
		if got := Reuse(c.d, c.common, c.cores); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
