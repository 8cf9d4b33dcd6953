package lower

import (
	"slices"
	"strings"

	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/lang"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/metric"
	"github.com/cnnc/cnnc/runtime/model"
)

// metricText writes a metric as config.Train.Metrics has it: the name, and the
// options that the file gives.
func metricText(v elab.Value) string {
	row := lang.Find(lang.MetricTable, v.Str)
	if row == nil {
		return v.Str
	}
	var options []string
	for _, list := range [][]lang.Option{row.Args, row.Options} {
		for i := range list {
			if x, ok := v.Args[list[i].Name]; ok && x.Pos.IsValid() {
				options = append(options, list[i].Name+"="+x.String())
			}
		}
	}
	if options == nil {
		return v.Str
	}
	return v.Str + "(" + strings.Join(options, ", ") + ")"
}

// metrics reports metrics that do not fit the scores.
func (l *lowerer) metrics(h model.Head) {
	set, ok := elab.Find(l.p.Train, "metrics")
	if !ok || l.graph.Scores == nil || h.Task == model.Values && l.graph.Loss == nil {
		return
	}
	var before []string
	for _, v := range set.Args["names"].List {
		text := metricText(v)
		if _, err := metric.New(text, h, l.graph.Scores.Shape[0]); err != nil {
			d := l.list.Add(diag.Errorf(MetricHead, v.Pos, "%v", err))
			if fit := fitting(h, l.graph.Scores.Shape[0]); fit != "" {
				d.WithHelp("those that fit are %s", fit)
			}
			continue
		}
		if _, err := metric.List(append(before, text), h, l.graph.Scores.Shape[0]); err != nil {
			l.list.Add(diag.Errorf(diag.Duplicate, v.Pos, "%v", err))
			continue
		}
		before = append(before, text)
	}
}

// fitting lists the metrics of the language that fit a network.
func fitting(h model.Head, outputs int) string {
	var names []string
	for _, row := range lang.MetricTable {
		if row.Later {
			continue
		}
		if _, err := metric.New(row.Name, h, outputs); err == nil {
			names = append(names, row.Name)
		}
	}
	return strings.Join(names, ", ")
}

// classWeight reads one class_weight setting.
func (l *lowerer) classWeight(t *config.Train, s elab.Setting) {
	class, named := s.Args["class"]
	switch {
	case !named && t.BalancedClasses:
		l.list.Add(diag.Errorf(diag.Duplicate, s.Pos, "class_weight balanced is set twice"))
	case !named:
		t.BalancedClasses = true
	default:
		for _, c := range t.ClassWeight {
			if c.Class == class.Str {
				l.list.Add(diag.Errorf(diag.Duplicate, class.Pos, "the class %q has two weights", class.Str))
			}
		}
		t.ClassWeight = append(t.ClassWeight, config.ClassWeight{Class: class.Str, Weight: s.Args["weight"].Num})
	}
	if t.BalancedClasses && len(t.ClassWeight) > 0 {
		l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "weights of single classes and balanced ones exclude each other"))
	}
}

// classWeights checks the class weights against the classes.
func (l *lowerer) classWeights(h model.Head) {
	for _, s := range l.p.Train {
		if s.Name != "class_weight" {
			continue
		}
		if l.targets > 0 || h.Task == model.Values {
			l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "class_weight is about classes, and the net is to predict numbers"))
			return
		}
		class, named := s.Args["class"]
		if names := l.graph.Labels; named && len(names) > 0 && !slices.Contains(names, class.Str) {
			d := l.list.Add(diag.Errorf(diag.UnknownName, class.Pos, "the data has no class %q", class.Str))
			if near := diag.Nearest(class.Str, names); near != "" {
				d.WithHelp("did you mean %q?", near)
			} else {
				d.WithHelp("the classes are %s", strings.Join(names, ", "))
			}
		}
	}
}
