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

// next is the value behind v in the order of a grid: the default first, then the
// others in their order; false when v is the last. Nothing is listed, for a range of
// whole numbers may have a billion of them.
func (p *Param) next(v Value) (Value, bool) {
	def := p.def()
	n, at := p.steps(), p.at
	if n == 0 {
		n, at = continuous, func(i int) Value { return p.FromUnit((float64(i) + 0.5) / continuous) }
	}
	i := 0
	if v != def {
		i = int(p.ToUnit(v)*float64(n)) + 1
	}
	for ; i < n; i++ {
		if w := at(i); w != def && w != v { // whole numbers may coincide
			return w, true
		}
	}
	return Value{}, false
}

// after is the point behind at, false when at is the last one: the last active
// parameter that has a value left takes it, and those behind it start again.
func (s Space) after(at Values) (Values, bool) {
	for i := len(s) - 1; i >= 0; i-- {
		v, ok := at[s[i].Name]
		if !ok {
			continue
		}
		w, ok := s[i].next(v)
		if !ok {
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
				next[p.Name] = w
			default:
				next[p.Name] = p.def()
			}
		}
		return next, true
	}
	return nil, false
}
