package main

import (
	"slices"

	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/tune"
)

// spaceOf is the search space of a model file: its hyperparameters but plain
// values and those that --set or --values decide.
func spaceOf(p *elab.Program) tune.Space {
	var s tune.Space
	for i := range p.Hypers {
		h := &p.Hypers[i]
		if h.Kind == elab.Fixed || h.Set {
			continue
		}
		parent, values, ok := condition(p, h)
		if !ok {
			continue
		}
		param := tune.Param{
			Name: h.Name, Min: h.Min, Max: h.Max, Step: h.Step, Default: pointValue(h.Default),
			Parent: parent, ParentValues: pointValues(values),
		}
		switch h.Kind {
		case elab.Choice:
			param.Kind, param.Values = tune.Choice, pointValues(h.Choices)
		case elab.IntRange:
			param.Kind = tune.Int
		case elab.FloatRange:
			param.Kind = tune.Float
		case elab.BoolSpace:
			param.Kind = tune.Bool
		}
		switch {
		case h.Log:
			param.Scale = tune.Log
		case h.ReverseLog:
			param.Scale = tune.ReverseLog
		}
		s = append(s, param)
	}
	return s
}

// condition is what of a hyperparameter's condition is left to the search: no
// parent when it holds whatever is chosen. ok is false when it cannot hold.
func condition(p *elab.Program, h *elab.Hyper) (parent string, values []elab.Value, ok bool) {
	for h.Parent != "" {
		i := slices.IndexFunc(p.Hypers, func(o elab.Hyper) bool { return o.Name == h.Parent })
		up := &p.Hypers[i]
		if up.Kind != elab.Fixed && !up.Set {
			return h.Parent, h.ParentValues, true
		}
		// The parent is decided; what is left is its own condition.
		if !h.Holds {
			return "", nil, false
		}
		h = up
	}
	return "", nil, true
}

// pointValue is a value of the language as one of a point. Sizes, percentages and
// texts in quotes are words, written as in the file.
func pointValue(v elab.Value) tune.Value {
	switch v.Kind {
	case elab.Num:
		return tune.Num(v.Num)
	case elab.Bool:
		return tune.Truth(v.Bool)
	case elab.Unknown:
		return tune.Value{}
	}
	return tune.Word(v.String())
}

func pointValues(list []elab.Value) []tune.Value {
	var out []tune.Value
	for _, v := range list {
		out = append(out, pointValue(v))
	}
	return out
}

// overridesOf are the values of a point as the compiler takes them, in the order
// of the space.
func overridesOf(s tune.Space, at tune.Values) []elab.Override {
	var out []elab.Override
	for i := range s {
		if v, ok := at[s[i].Name]; ok {
			out = append(out, elab.Override{Text: s[i].Name + "=" + v.String()})
		}
	}
	return out
}
