package tune

// Grid proposes every point: first that of all defaults, then the last parameter
// varying fastest, each parameter's default before its other values in order. A
// range without steps stands for ten values, in the middle of ten equal parts,
// and its default (spec: tuner 4).
type Grid struct {
	// Trials is the most points, 0 for all; Train how many epochs each trains.
	Trials, Train int
}

// continuous is the number of values of a range without steps.
const continuous = 10

// Epochs implements Algorithm.
func (a Grid) Epochs() int { return a.Train }

// Next implements Algorithm.
func (a Grid) Next(h *History) Proposal {
	if a.Trials > 0 && h.count(counts) >= a.Trials {
		return Proposal{Done: true}
	}
	if len(h.Trials) == 0 {
		return Proposal{Trial: first(h.Space.Default(), a.Train)}
	}
	last := h.Trials[len(h.Trials)-1].Values
	next, ok := h.Space.after(last)
	if !ok {
		return Proposal{Done: true}
	}
	return Proposal{Trial: first(next, a.Train)}
}

// grid are the values of a parameter in the order of the search.
func (p *Param) grid() []Value {
	values := []Value{p.def()}
	add := func(v Value) {
		if v != values[0] {
			values = append(values, v)
		}
	}
	if n := p.steps(); n > 0 {
		for i := range n {
			add(p.at(i))
		}
		return values
	}
	seen := map[Value]bool{}
	for i := range continuous {
		if v := p.FromUnit((float64(i) + 0.5) / continuous); !seen[v] { // whole numbers may coincide
			seen[v] = true
			add(v)
		}
	}
	return values
}

// after is the point behind at, false when at is the last one: the last active
// parameter that has a value left takes it, and those behind it start again.
func (s Space) after(at Values) (Values, bool) {
	for i := len(s) - 1; i >= 0; i-- {
		v, ok := at[s[i].Name]
		if !ok {
			continue
		}
		values := s[i].grid()
		k := 0
		for k < len(values) && values[k] != v {
			k++
		}
		if k+1 >= len(values) {
			continue
		}
		next := Values{}
		for j := range s {
			p := &s[j]
			switch {
			case !p.active(next):
			case j < i:
				next[p.Name] = at[p.Name]
			case j == i:
				next[p.Name] = values[k+1]
			default:
				next[p.Name] = p.grid()[0]
			}
		}
		return next, true
	}
	return nil, false
}
