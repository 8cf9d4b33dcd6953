package lower

import (
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/lang"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/optimizer"
	"github.com/cnnc/cnnc/runtime/schedule"
)

// optimizer reads optimizer(learning_rate, ...): the numbers in the order of the
// language's row.
func (l *lowerer) optimizer(v elab.Value) config.Optimizer {
	o := config.Optimizer{Name: v.Str, LearningRate: v.Args["learning_rate"].Num}
	if e := lang.Find(lang.OptimizerTable, v.Str); e != nil {
		o.Numbers = numbers(e.Options, v.Args)
	}
	if c := optimizer.Conflict(&o); c != "" {
		l.list.Add(diag.Errorf(diag.Conflict, v.Pos, "%s: %s", v.Str, c))
		return o
	}
	if mu, _ := o.Number("momentum"); v.Args["nesterov"].Bool && mu == 0 && len(v.Args["momentum"].Hypers) == 0 {
		l.list.Add(diag.Errorf(diag.Conflict, v.Pos, "nesterov looks ahead along the momentum, which is 0")).
			WithHelp("write %s(momentum=0.9, nesterov)", v.Str)
	}
	if rule := optimizer.Lookup(o.Name); rule != nil && rule.Positive && o.LearningRate == 0 {
		l.list.Add(diag.Errorf(diag.OutOfRange, v.Pos, "%s divides by the learning rate, which is 0", v.Str))
	}
	return o
}

// numbers are the options that have a value; flags that are set are 1.
func numbers(options []lang.Option, args map[string]elab.Value) []config.Number {
	var list []config.Number
	for i := range options {
		v, ok := args[options[i].Name]
		switch {
		case !ok:
		case v.Kind == elab.Bool && v.Bool:
			list = append(list, config.Number{Name: options[i].Name, Value: 1})
		case v.Kind == elab.Bool:
		case v.Kind == elab.List:
			for _, x := range v.List {
				list = append(list, number(options[i].Name, x))
			}
		default:
			list = append(list, number(options[i].Name, v))
		}
	}
	return list
}

func number(name string, v elab.Value) config.Number {
	return config.Number{Name: name, Value: v.Num, Epochs: v.Kind == elab.Epochs}
}

// schedule reads a schedule. How many steps an epoch has is known when the data is
// read only; what can be wrong without that is found here.
func (l *lowerer) schedule(v elab.Value, t *config.Train) config.Schedule {
	s := config.Schedule{Name: v.Str}
	e := lang.Find(lang.ScheduleTable, v.Str)
	if e == nil {
		l.list.Add(diag.Errorf("", v.Pos, "internal error: no schedule %s", v.Str))
		return s
	}
	if k := schedule.Lookup(v.Str); k != nil && k.Lists {
		s.Numbers = l.pairs(v)
	} else {
		s.Numbers = append(numbers(e.Args, v.Args), numbers(e.Options, v.Args)...)
	}
	if l.list.HasErrors() {
		return s
	}
	// Any number of steps an epoch shows what does not fit together; a large one
	// does not make a warm-up too long.
	x, err := schedule.New(s, t.Optimizer.LearningRate, schedule.Lengths{StepsPerEpoch: 1 << 20, Epochs: max(t.Epochs, 1)})
	if err != nil {
		l.list.Add(diag.Errorf(diag.Conflict, v.Pos, "%v", err))
		return s
	}
	if rule := optimizer.Lookup(t.Optimizer.Name); rule != nil && rule.Positive && x.ReachesZero() {
		l.list.Add(diag.Errorf(diag.Conflict, v.Pos, "%s divides by the learning rate, and %s brings it to 0", rule.Name, v.Str)).
			WithHelp("let it end at a small number")
	}
	return s
}

// pairs reads the times and rates of piecewise.
func (l *lowerer) pairs(v elab.Value) []config.Number {
	values := v.Args["values"].List
	var list []config.Number
	for i, x := range values {
		name := "after"
		if i%2 == 1 {
			name = "rate"
		}
		switch n := number(name, x); {
		case name == "rate" && (n.Epochs || n.Value < 0):
			l.list.Add(diag.Errorf(diag.WrongType, x.Pos, "%s: a learning rate is expected here, got %s", v.Str, x)).
				WithHelp("times and learning rates take turns: %s", lang.Find(lang.ScheduleTable, v.Str).Example)
			return nil
		case name == "after" && !n.Epochs && (!x.IsInt || n.Value < 0):
			l.list.Add(diag.Errorf(diag.WrongType, x.Pos, "%s: a number of steps or epochs is expected here, got %s", v.Str, x)).
				WithHelp("times and learning rates take turns: %s", lang.Find(lang.ScheduleTable, v.Str).Example)
			return nil
		default:
			list = append(list, n)
		}
	}
	if len(values)%2 != 0 {
		l.list.Add(diag.Errorf(diag.MissingArgument, v.Pos, "%s: %s has no learning rate behind it", v.Str, values[len(values)-1])).
			WithHelp("for example: %s", lang.Find(lang.ScheduleTable, v.Str).Example)
		return nil
	}
	return list
}
