package lower

import (
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/metric"
)

// objective checks that the search goes where the metric is better.
func (l *lowerer) objective() {
	for _, s := range l.p.Tune {
		if s.Name != "maximize" && s.Name != "minimize" {
			continue
		}
		v := s.Args["metric"]
		d, err := metric.DirectionOf(v.Str)
		if err != nil {
			continue // reported where metrics are checked
		}
		right, better := "minimize", "smaller"
		if d == metric.Up {
			right, better = "maximize", "larger"
		}
		if s.Name != right {
			l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "%s is better when it is %s", v.Str, better)).
				WithHelp("write %s %s", right, v.Str)
		}
	}
}

// Objective is what a search is for: the metric of the tune section, else that
// of `keep best`, else val_loss, or loss without validation examples; up says
// that larger values are better.
func Objective(p *elab.Program) (name string, up bool) {
	name = "loss"
	if _, ok := elab.Find(p.Data, "validate"); ok {
		name = "val_loss"
	}
	for _, s := range p.Train {
		if v, ok := s.Args["metric"]; ok && s.Name == "keep" { // and not the forms for every epoch
			name = v.Str
		}
	}
	for _, s := range p.Tune {
		if s.Name == "maximize" || s.Name == "minimize" {
			name = s.Args["metric"].Str
		}
	}
	d, _ := metric.DirectionOf(name) // of names that are known
	return name, d == metric.Up
}
