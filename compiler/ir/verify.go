package ir

import "fmt"

// Verify checks what must hold for every graph whatever its operations mean:
// positions and IDs, arguments before users, unique names, and that the fields
// of the graph refer to values in it. op.Verify adds arity, attribute types and
// shapes. An error is a bug in cnnc, never a mistake in a model file.
func Verify(g *Graph) error {
	names := make(map[string]*Value, len(g.Values))
	for i, v := range g.Values {
		if v == nil {
			return fmt.Errorf("graph %s: value %d is nil", g.Name, i)
		}
		if v.ID != i {
			return fmt.Errorf("graph %s: value %s (%s) is at position %d", g.Name, v, v.Op, i)
		}
		for j, a := range v.Args {
			if a == nil {
				return fmt.Errorf("graph %s: %s: argument %d is nil", g.Name, v.Name, j)
			}
			if a.ID < 0 || a.ID >= i || g.Values[a.ID] != a {
				return fmt.Errorf("graph %s: %s: argument %d (%s) does not stand before its user", g.Name, v, j, a.Name)
			}
		}
		if v.Name == "" {
			return fmt.Errorf("graph %s: %s has no name", g.Name, v)
		}
		if w := names[v.Name]; w != nil {
			return fmt.Errorf("graph %s: %%%d and %%%d are both named %s", g.Name, w.ID, v.ID, v.Name)
		}
		names[v.Name] = v
		for _, d := range v.Shape {
			if d <= 0 {
				return fmt.Errorf("graph %s: %s has shape %s", g.Name, v, v.Shape)
			}
		}
	}
	if err := g.verifyRoots(); err != nil {
		return err
	}
	return g.verifyParams()
}

// has reports whether v is a value of the graph. IDs must have been checked.
func (g *Graph) has(v *Value) bool {
	return v != nil && v.ID >= 0 && v.ID < len(g.Values) && g.Values[v.ID] == v
}

func (g *Graph) verifyRoots() error {
	for _, f := range []struct {
		name     string
		v        *Value
		op       string // "" for any
		optional bool
	}{
		{"Input", g.Input, "input", false},
		{"Target", g.Target, "target", true},
		{"Scores", g.Scores, "", false},
		{"Logits", g.Logits, "", true},
		{"Loss", g.Loss, "", true},
	} {
		switch {
		case f.v == nil && f.optional:
		case f.v == nil:
			return fmt.Errorf("graph %s: no %s", g.Name, f.name)
		case !g.has(f.v):
			return fmt.Errorf("graph %s: %s (%s) is not a value of the graph", g.Name, f.name, f.v.Name)
		case f.op != "" && f.v.Op != f.op:
			return fmt.Errorf("graph %s: %s is a %s", g.Name, f.name, f.v.Op)
		case !f.v.Batched:
			return fmt.Errorf("graph %s: %s (%s) is not batched", g.Name, f.name, f.v.Name)
		}
	}
	if l := g.Loss; l != nil && (len(l.Shape) != 0 || l.DType != F32) {
		return fmt.Errorf("graph %s: the loss %s is a %s, want one number for each example", g.Name, l.Name, l.Type())
	}
	return nil
}

func (g *Graph) verifyParams() error {
	listed := make(map[*Value]bool, len(g.Params))
	for i, p := range g.Params {
		v := p.Value
		if !g.has(v) || v.Op != "param" {
			return fmt.Errorf("graph %s: parameter %d is not a param value of the graph", g.Name, i)
		}
		if listed[v] {
			return fmt.Errorf("graph %s: parameter %s is listed twice", g.Name, v.Name)
		}
		listed[v] = true
		for _, s := range []int{p.L1, p.L2} {
			if s < -1 || s >= len(g.Scalars) {
				return fmt.Errorf("graph %s: parameter %s refers to scalar %d of %d", g.Name, v.Name, s, len(g.Scalars))
			}
		}
	}
	for _, v := range g.Values {
		if v.Op == "param" && !listed[v] {
			return fmt.Errorf("graph %s: param %s is not in Params", g.Name, v.Name)
		}
	}
	if g.Grads == nil {
		return nil
	}
	if len(g.Grads) != len(g.Params) {
		return fmt.Errorf("graph %s: %d gradients for %d parameters", g.Name, len(g.Grads), len(g.Params))
	}
	for i, d := range g.Grads {
		p := g.Params[i]
		switch {
		case p.Frozen && d != nil:
			return fmt.Errorf("graph %s: frozen parameter %s has a gradient", g.Name, p.Value.Name)
		case p.Frozen:
		case !g.has(d):
			return fmt.Errorf("graph %s: parameter %s has no gradient", g.Name, p.Value.Name)
		case !d.Type().Equal(p.Value.Type()):
			return fmt.Errorf("graph %s: gradient of %s is a %s, want %s", g.Name, p.Value.Name, d.Type(), p.Value.Type())
		}
	}
	return nil
}
