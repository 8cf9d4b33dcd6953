package lower

import (
	"slices"
	"strings"

	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/optimizer"
)

// mode reads the option mode of a rule that watches a metric.
func mode(s elab.Setting) string {
	if m := s.Args["mode"].Str; m != "auto" {
		return m
	}
	return config.ModeAuto
}

// level reads an optional value that a metric is compared with.
func level(v elab.Value, ok bool) *config.Level {
	if !ok {
		return nil
	}
	return &config.Level{Value: v.Num}
}

// stop reads a stop setting in either form.
func (l *lowerer) stop(t *config.Train, s elab.Setting) {
	stop := config.Stop{Metric: s.Args["metric"].Str}
	if p, ok := s.Args["patience"]; !ok {
		stop.Op, stop.Threshold = s.Args["op"].Str, s.Args["threshold"].Num
	} else {
		base, based := s.Args["baseline"]
		stop.Mode, stop.Stall, stop.MinDelta = mode(s), p.Int(), s.Args["min_delta"].Num
		stop.Baseline, stop.FromEpoch, stop.Restore = level(base, based), s.Args["from_epoch"].Int(), s.Args["restore"].Bool
	}
	if stop.Restore && slices.ContainsFunc(t.Stop, func(o config.Stop) bool { return o.Restore }) {
		l.list.Add(diag.Errorf(diag.Duplicate, s.Pos, "two stop rules restore weights")).
			WithHelp("training can end with the weights of one epoch; take restore out of one of them")
	}
	t.Stop = append(t.Stop, stop)
}

// reduce reads the reduce setting.
func (l *lowerer) reduce(t *config.Train, s elab.Setting) {
	t.Reduce = &config.Reduce{
		Metric: s.Args["metric"].Str, Mode: mode(s), Stall: s.Args["patience"].Int(), MinDelta: s.Args["min_delta"].Num,
		Factor: s.Args["factor"].Num, Cooldown: s.Args["cooldown"].Int(), MinRate: s.Args["min_rate"].Num,
	}
}

// keep reads a keep setting in any form.
func (l *lowerer) keep(t *config.Train, s elab.Setting) {
	k := &t.Keep
	if m, ok := s.Args["metric"]; ok {
		if k.Metric != "" {
			l.list.Add(diag.Errorf(diag.Duplicate, s.Pos, "keep best is set twice")).
				WithHelp("one metric decides which epoch is the result; keep every 1 epochs keeps all of them")
			return
		}
		from, given := s.Args["threshold"]
		k.Metric, k.Mode, k.Threshold = m.Str, mode(s), level(from, given)
		return
	}
	if k.Every > 0 {
		l.list.Add(diag.Errorf(diag.Duplicate, s.Pos, "files for epochs are asked for twice")).
			WithHelp("write keep every N epochs last=M for both")
		return
	}
	k.Every = 1
	if name := s.Args["name"].Str; name != config.DefaultPattern {
		k.File = name
	}
	if n, ok := s.Args["count"]; ok {
		k.Every = n.Int()
	}
	for _, name := range []string{"last", "newest"} {
		if n, ok := s.Args[name]; ok {
			k.Last = n.Int()
		}
	}
}

// callbacks checks the rules against the rest of the train section.
func (l *lowerer) callbacks(t *config.Train) {
	for _, s := range l.p.Train {
		switch rule := optimizer.Lookup(t.Optimizer.Name); {
		case s.Name == "reduce" && rule != nil && rule.Positive && t.Reduce.MinRate == 0:
			l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "%s divides by the learning rate, and reduce brings it close to 0", rule.Name)).
				WithHelp("give it a min_rate")
		case s.Name == "reduce" && t.Reduce.MinRate >= t.Optimizer.LearningRate && len(s.Args["min_rate"].Hypers) == 0 && t.Optimizer.LearningRate > 0:
			l.list.Add(diag.Errorf(diag.Conflict, s.Args["min_rate"].Pos, "min_rate is %v, and the learning rate is not above it from the beginning: %v", t.Reduce.MinRate, t.Optimizer.LearningRate)).
				WithHelp("min_rate is where it ends, the argument of the optimizer where it starts")
		case s.Name == "validate" && !l.validated():
			l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "there are no validation examples")).
				WithHelp("add a validate setting to data, for example: validate 20%% of train")
		case s.Name == "keep" && t.Keep.Every > 0:
			l.fileName(t, s)
		}
	}
}

// validated says whether the data section, if there is one, has validation
// examples.
func (l *lowerer) validated() bool {
	_, ok := elab.Find(l.p.Data, "validate")
	_, some := elab.Find(l.p.Data, "train")
	return ok || !some
}

// fileName checks the pattern of keep every and keep last.
func (l *lowerer) fileName(t *config.Train, s elab.Setting) {
	v, ok := s.Args["name"]
	if !ok {
		return
	}
	p, err := config.ParsePattern(v.Str)
	if err != nil {
		l.list.Add(diag.Errorf(diag.OutOfRange, v.Pos, "%v", err)).WithHelp("for example: %q", config.DefaultPattern+"-{loss:.3f}")
		return
	}
	known := []string{"loss"}
	for _, m := range t.Metrics {
		name, _, _ := strings.Cut(m, "(")
		known = append(known, name)
	}
	if l.validated() {
		for _, name := range slices.Clone(known) {
			known = append(known, "val_"+name)
		}
	}
	if t.Reduce != nil || t.Schedule.Name != "" {
		known = append(known, "learning_rate")
	}
	for _, name := range p.Names() {
		if !slices.Contains(known, name) && !numbered(name, known) {
			d := l.list.Add(diag.Errorf(diag.UnknownMetric, v.Pos, "file name %q: %s is not measured", v.Str, name))
			if near := diag.Nearest(name, known); near != "" {
				d.WithHelp("did you mean %s?", near)
			} else {
				d.WithHelp("there are epoch, %s", strings.Join(known, ", "))
			}
		}
	}
}

// numbered says whether name is that of a second metric of a known name, such as
// precision_1, of which there are at least two.
func numbered(name string, known []string) bool {
	i := strings.LastIndexByte(name, '_')
	if i < 0 {
		return false
	}
	count := 0
	for _, k := range known {
		if k == name[:i] {
			count++
		}
	}
	return count > 1 && len(name) == i+2 && name[i+1] >= '1' && int(name[i+1]-'0') < count
}
