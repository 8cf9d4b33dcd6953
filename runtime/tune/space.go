package tune

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/runtime/rng"
)

// Space is the ordered list of hyperparameters.
type Space []Param

// Check reports the first mistake of a space: an empty range, values of mixed
// types, a logarithmic scale that reaches 0, a parent that does not come before.
func (s Space) Check() error {
	seen := map[string]bool{}
	for i := range s {
		p := &s[i]
		if p.Name == "" || seen[p.Name] {
			return fmt.Errorf("hyperparameter %d: the name %q is empty or taken", i, p.Name)
		}
		if err := p.check(); err != nil {
			return fmt.Errorf("hyperparameter %s: %w", p.Name, err)
		}
		if p.Parent != "" && (!seen[p.Parent] || len(p.ParentValues) == 0) {
			return fmt.Errorf("hyperparameter %s: its parent %s does not come before it, or no values of it are named", p.Name, p.Parent)
		}
		seen[p.Name] = true
	}
	return nil
}

// Default is the point of all defaults.
func (s Space) Default() Values {
	at := Values{}
	for i := range s {
		if p := &s[i]; p.active(at) {
			at[p.Name] = p.def()
		}
	}
	return at
}

// Text writes a point for readers, in the order of the space, numbers of ranges with
// four digits: "filters=32 rate=0.001234".
func (s Space) Text(at Values) string {
	var parts []string
	for i := range s {
		v, ok := at[s[i].Name]
		if !ok {
			continue
		}
		text := v.String()
		if s[i].Kind == Float {
			text = strconv.FormatFloat(v.Float(), 'g', 4, 64)
		}
		parts = append(parts, s[i].Name+"="+text)
	}
	return strings.Join(parts, " ")
}

// Sample draws a point. Every parameter takes one number, active or not, so that
// a choice does not shift what the others get.
func (s Space) Sample(r *rng.Rand) Values {
	return s.decode(func(int) float64 { return r.Float64() })
}

// decode is the point of a place u(i) in [0, 1) for each parameter i.
func (s Space) decode(u func(i int) float64) Values {
	at := Values{}
	for i := range s {
		x := u(i)
		if p := &s[i]; p.active(at) {
			at[p.Name] = p.FromUnit(x)
		}
	}
	return at
}

// encode is the place of a point; inactive parameters stand at their defaults.
func (s Space) encode(at Values) []float64 {
	out := make([]float64, len(s))
	for i := range s {
		v, ok := at[s[i].Name]
		if !ok {
			v = s[i].def()
		}
		out[i] = s[i].ToUnit(v)
	}
	return out
}

// maxPoints bounds the counting of a space.
const maxPoints = 1 << 40

// Points is the number of points, not counting conditions (which make it
// smaller), and 0 when a range without steps makes them uncountable.
func (s Space) Points() int {
	n := 1
	for i := range s {
		k := s[i].steps()
		if k == 0 || n > maxPoints/k {
			return 0
		}
		n *= k
	}
	return n
}

// fresh draws a point that taken does not know. After collisions points in a
// row that are known it gives up: the space is exhausted, or close to it. A
// countable space is then searched in order from where the last draw fell.
func (s Space) fresh(r *rng.Rand, taken map[uint64]bool) (Values, bool) {
	const collisions = 20
	for range collisions + 1 {
		if at := s.Sample(r); !taken[at.key()] {
			return at, true
		}
	}
	const walk = 1 << 16
	n := s.Points()
	if n == 0 || n > walk {
		return nil, false
	}
	first := r.IntN(n)
	for k := range n {
		if at := s.point((first + k) % n); !taken[at.key()] {
			return at, true
		}
	}
	return nil, false
}

// point is point k of Points(), the last parameter varying fastest.
func (s Space) point(k int) Values {
	index := make([]int, len(s))
	for i := len(s) - 1; i >= 0; i-- {
		n := s[i].steps()
		index[i], k = k%n, k/n
	}
	at := Values{}
	for i := range s {
		if p := &s[i]; p.active(at) {
			at[p.Name] = p.at(index[i])
		}
	}
	return at
}
