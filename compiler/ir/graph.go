package ir

// Append adds v at the end of the graph and gives it its ID.
func (g *Graph) Append(v *Value) {
	v.ID = len(g.Values)
	g.Values = append(g.Values, v)
}

// Renumber restores Value.ID == position after a pass has removed or moved
// values.
func (g *Graph) Renumber() {
	for i, v := range g.Values {
		v.ID = i
	}
}

// Named returns the value of that name, or nil.
func (g *Graph) Named(name string) *Value {
	for _, v := range g.Values {
		if v.Name == name {
			return v
		}
	}
	return nil
}

// ParamIndex returns the index in Params of the parameter whose value is v, or
// -1.
func (g *Graph) ParamIndex(v *Value) int {
	for i, p := range g.Params {
		if p.Value == v {
			return i
		}
	}
	return -1
}

// Users lists, for each value by ID, the values that have it as an argument, in
// order, once for each time they use it. IDs must be valid (Renumber).
func (g *Graph) Users() [][]*Value {
	users := make([][]*Value, len(g.Values))
	for _, v := range g.Values {
		for _, a := range v.Args {
			users[a.ID] = append(users[a.ID], v)
		}
	}
	return users
}

// Roots lists the values that a graph is for, nil fields left out: its inputs
// (which stay part of its interface even when nothing reads them), parameters,
// scores, logits, loss and gradients.
func (g *Graph) Roots() []*Value {
	var roots []*Value
	add := func(v *Value) {
		if v != nil {
			roots = append(roots, v)
		}
	}
	add(g.Input)
	add(g.Target)
	for _, p := range g.Params {
		add(p.Value)
	}
	add(g.Scores)
	add(g.Logits)
	add(g.Loss)
	for _, v := range g.Grads {
		add(v)
	}
	return roots
}

// Replace makes every user of old, and every field of the graph that names it,
// refer to new instead. It leaves old in Values; dce removes it.
func (g *Graph) Replace(old, new *Value) {
	for _, v := range g.Values {
		if v == new {
			continue // new may well be computed from old
		}
		for i, a := range v.Args {
			if a == old {
				v.Args[i] = new
			}
		}
	}
	for _, f := range []**Value{&g.Scores, &g.Logits, &g.Loss} {
		if *f == old {
			*f = new
		}
	}
	for i, v := range g.Grads {
		if v == old {
			g.Grads[i] = new
		}
	}
}

// Clone copies the graph with all its values and parameters, so that passes may
// make an inference and a training graph from one. Attributes are shared: they
// are never changed in place.
func (g *Graph) Clone() *Graph {
	c := *g
	m := make(map[*Value]*Value, len(g.Values))
	c.Values = make([]*Value, len(g.Values))
	for i, v := range g.Values {
		w := *v
		w.Args = make([]*Value, len(v.Args))
		for j, a := range v.Args {
			w.Args[j] = m[a]
		}
		if len(w.Args) == 0 {
			w.Args = nil
		}
		w.Shape = append(Shape(nil), v.Shape...)
		m[v] = &w
		c.Values[i] = &w
	}
	c.Input, c.Target = m[g.Input], m[g.Target]
	c.Scores, c.Logits, c.Loss = m[g.Scores], m[g.Logits], m[g.Loss]
	c.Params = make([]*Param, len(g.Params))
	for i, p := range g.Params {
		q := *p
		q.Value = m[p.Value]
		c.Params[i] = &q
	}
	c.Scalars = append([]Scalar(nil), g.Scalars...)
	c.Labels = append([]string(nil), g.Labels...)
	if g.Grads != nil {
		c.Grads = make([]*Value, len(g.Grads))
		for i, v := range g.Grads {
			c.Grads[i] = m[v]
		}
	}
	return &c
}
