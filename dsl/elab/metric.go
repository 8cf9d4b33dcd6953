package elab

import (
	"fmt"
	"strings"

	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/lang"
)

// checkMetrics checks that every metric that is watched is measured: the loss
// always is, others when the metrics setting lists them, and val_ ones when
// there are validation examples.
func (e *elaborator) checkMetrics() {
	measured := []string{"loss"}
	if m, ok := Find(e.prog.Train, "metrics"); ok {
		for _, v := range m.Args["names"].List {
			name := v.Str
			for n := 1; contains(measured, name); n++ {
				name = fmt.Sprintf("%s_%d", v.Str, n) // as the history calls a second one
			}
			measured = append(measured, name)
		}
	}
	_, validated := Find(e.prog.Data, "validate")
	hasData := validated
	if _, ok := Find(e.prog.Data, "train"); ok {
		hasData = true
	}
	for _, settings := range [][]Setting{e.prog.Train, e.prog.Tune} {
		for _, s := range settings {
			v, ok := s.Args["metric"]
			if !ok || v.Kind != Name {
				continue
			}
			base, val := strings.CutPrefix(v.Str, "val_")
			switch {
			case !contains(measured, base):
				if e.lost["metrics"] {
					continue
				}
				e.unknownMetric(v, base, measured)
			case val && hasData && !validated && !e.lost["validate"]:
				e.errorf(diag.UnknownMetric, v.Pos, "%s needs validation examples, and data has none", v.Str).
					WithHelp("add a validate setting to data, for example: validate 20%% of train")
			}
		}
	}
}

func (e *elaborator) unknownMetric(v Value, base string, measured []string) {
	d := e.errorf(diag.UnknownMetric, v.Pos, "the metric %s is not measured", v.Str)
	ent := lang.Find(lang.MetricTable, base)
	switch {
	case ent != nil && ent.Later:
		d.Msg = "the metric " + base + " is not supported by this version of cnnc"
	case ent != nil:
		d.Help = "add it to train: metrics " + base
	case lang.FindAlso(lang.MetricTable, base) != nil:
		d.Help = "it is called " + lang.FindAlso(lang.MetricTable, base).Name + " here"
	default:
		var names []string
		for _, m := range append(measured, lang.Names(lang.MetricTable)...) {
			names = append(names, m, "val_"+m)
		}
		suggest(d, v.Str, names, "measured are "+strings.Join(measured, ", "))
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
