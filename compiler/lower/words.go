package lower

import (
	"strings"

	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/lang"
)

// words is what stands behind the kind on a layer's line, with hyperparameters
// replaced by their values and defaults left out: "32 3x3 same relu l2=1e-05".
func words(layer *elab.Layer) string {
	e := lang.Find(lang.Layers, layer.Kind)
	if e == nil {
		return ""
	}
	var out []string
	for i := range e.Args {
		if v, ok := layer.Args[e.Args[i].Name]; ok && e.Args[i].Type != lang.Ref {
			out = append(out, text(v, &e.Args[i]))
		}
	}
	for i := range e.Options {
		o := &e.Options[i]
		v, ok := layer.Args[o.Name]
		if !ok {
			continue
		}
		t := text(v, o)
		switch {
		case o.Type == lang.Flag:
			if v.Bool {
				out = append(out, o.Name)
			}
		case t == o.Default:
		case o.Bare && v.Kind != elab.Dims:
			out = append(out, t)
		default:
			out = append(out, o.Name+"="+t)
		}
	}
	return strings.Join(out, " ")
}

// text writes a value as the language does.
func text(v elab.Value, o *lang.Option) string {
	if v.Kind == elab.Name || v.Kind == elab.Call {
		e := lang.Find(o.Of.Entries(), v.Str)
		if e == nil {
			return v.Str
		}
		var args []string
		for i := range e.Args {
			a := &e.Args[i]
			def := a.Default
			if o.Of == lang.Activations && a.InWord != "" {
				def = a.InWord
			}
			switch t := text(v.Args[a.Name], a); {
			case t == def:
			case len(args) < i: // one before it was left out
				args = append(args, a.Name+"="+t)
			default:
				args = append(args, t)
			}
		}
		for i := range e.Options {
			a := &e.Options[i]
			x, ok := v.Args[a.Name]
			switch {
			case !ok:
			case a.Type == lang.Flag:
				if x.Bool {
					args = append(args, a.Name)
				}
			case text(x, a) != a.Default:
				args = append(args, a.Name+"="+text(x, a))
			}
		}
		if len(args) == 0 {
			return v.Str
		}
		return v.Str + "(" + strings.Join(args, ", ") + ")"
	}
	if o.Type == lang.Sides && v.Kind == elab.Dims {
		return "sides(" + strings.ReplaceAll(v.String(), "x", ", ") + ")"
	}
	if o.Type == lang.Numbers && v.Kind == elab.List {
		if len(v.List) == 1 {
			return v.List[0].String()
		}
		return "list(" + strings.ReplaceAll(v.String(), " ", ", ") + ")"
	}
	return v.String()
}
