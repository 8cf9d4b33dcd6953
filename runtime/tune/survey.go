package tune

import "github.com/cnnc/cnnc/runtime/rng"

// Survey returns points to look at before a search: the default, then every other
// point when there are at most n, else a sample. all tells which. A range without
// steps stands for its ends and its default where that makes n points enough; the
// points are then not all. Equal calls give equal points.
func (s Space) Survey(n int) (points []Values, all bool) {
	coarse := s.coarse()
	count := coarse.Points()
	all = s.Points() > 0 // conditions make it smaller than that
	seen := map[uint64]bool{}
	add := func(at Values) {
		if k := at.key(); !seen[k] {
			seen[k] = true
			points = append(points, at)
		}
	}
	add(s.Default())
	// Conditions may make the many points of a space few.
	const walk = 64
	if count > 0 && count <= walk*n {
		for k := range count {
			if add(coarse.point(k)); len(points) > n {
				break
			}
		}
		if len(points) <= n {
			return points, all
		}
	}
	points, seen = points[:1], map[uint64]bool{points[0].key(): true}
	for k := 0; k < 4*n && len(points) < n; k++ {
		add(s.Sample(rng.New(rng.Hash(uint64(k), rng.HashString("survey")))))
	}
	return points, false
}

// coarse is the space with every range without steps reduced to its ends and its
// default.
func (s Space) coarse() Space {
	out := append(Space(nil), s...)
	for i := range out {
		p := &out[i]
		if p.steps() > 0 {
			continue
		}
		values := []Value{p.def()}
		for _, x := range []float64{p.Min, p.Max} {
			if v := Num(x); v != values[0] {
				values = append(values, v)
			}
		}
		p.Kind, p.Values, p.Scale, p.Step = Choice, values, Linear, 0
	}
	return out
}
