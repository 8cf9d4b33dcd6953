package schedule

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/runtime/config"
)

// Lengths are those of a training run.
type Lengths struct {
	// StepsPerEpoch is the number of updates of an epoch, Epochs that of epochs.
	StepsPerEpoch, Epochs int
}

// Schedule is a learning rate that changes from update to update.
type Schedule struct {
	kind    *Kind
	base    float64
	lengths Lengths
	numbers []config.Number
	// steps is the length of the decay.
	steps float64
}

// Kind is one row of the table.
type Kind struct {
	Name string
	// Rate is the learning rate of update i, from 0.
	Rate func(s *Schedule, i float64) float64
	// Numbers are the names that may be given, besides those of Lists.
	Numbers []Number
	// Lists says that the numbers are any number of pairs "after" and "rate".
	Lists bool
	// Table says that the numbers are one learning rate for each epoch, all of the
	// same name.
	Table bool
	// Zero says whether the rate can become 0; nil: never.
	Zero func(s *Schedule) bool
	// Timeless schedules need a length: there is no sense in that of the run.
	Timeless bool
}

// Number is one number of a schedule.
type Number struct {
	Name    string
	Default float64
	// Lo and Hi are the bounds; LoOpen says that Lo itself is outside.
	Lo, Hi float64
	LoOpen bool
	// Length numbers count steps or epochs.
	Length bool
}

// Lookup returns the row of that name, nil when there is none.
func Lookup(name string) *Kind {
	for i := range Kinds {
		if Kinds[i].Name == name {
			return &Kinds[i]
		}
	}
	return nil
}

func (k *Kind) number(name string) *Number {
	for i := range k.Numbers {
		if k.Numbers[i].Name == name {
			return &k.Numbers[i]
		}
	}
	return nil
}

// New makes a schedule that starts from the learning rate base. Without a length
// of its own it lasts as long as the run.
func New(c config.Schedule, base float64, l Lengths) (*Schedule, error) {
	s := &Schedule{kind: Lookup(c.Name), base: base, lengths: l, numbers: c.Numbers}
	if s.kind == nil {
		return nil, fmt.Errorf("unknown schedule %q", c.Name)
	}
	if l.StepsPerEpoch < 1 || l.Epochs < 1 {
		return nil, fmt.Errorf("%s: %d steps an epoch, %d epochs", c.Name, l.StepsPerEpoch, l.Epochs)
	}
	if s.kind.Lists {
		return s, s.checkPairs()
	}
	for _, x := range c.Numbers {
		n := s.kind.number(x.Name)
		switch {
		case n == nil:
			return nil, fmt.Errorf("%s has no %s", c.Name, x.Name)
		case !(x.Value >= n.Lo && x.Value <= n.Hi) || n.LoOpen && x.Value == n.Lo:
			return nil, fmt.Errorf("%s: %s is %v, want a number from %v to %v", c.Name, x.Name, x.Value, n.Lo, n.Hi)
		case x.Epochs && !n.Length:
			return nil, fmt.Errorf("%s: %s is not a number of epochs", c.Name, x.Name)
		}
	}
	if s.kind.Table {
		if len(c.Numbers) == 0 {
			return nil, fmt.Errorf("%s needs a learning rate", c.Name)
		}
		return s, nil
	}
	var given bool
	if s.steps, given = s.length("length"); !given {
		if s.kind.Timeless {
			return nil, fmt.Errorf("%s needs a length", c.Name)
		}
		warmup, _ := s.length("warmup")
		s.steps = float64(l.StepsPerEpoch*l.Epochs) - warmup
		if s.steps < 1 {
			return nil, fmt.Errorf("%s: the warm-up takes %g steps of the %d of the run, and nothing is left to decay", c.Name, warmup, l.StepsPerEpoch*l.Epochs)
		}
	}
	if s.value("three_phases") != 0 && s.value("rise") > 0.5 {
		return nil, fmt.Errorf("%s: rise is %v, and with three phases the fall takes as long: at most 0.5", c.Name, s.value("rise"))
	}
	if s.steps < 1 {
		return nil, fmt.Errorf("%s takes %g steps, want at least 1", c.Name, s.steps)
	}
	return s, nil
}

// Resolved says how many steps the schedule takes: what a run that goes on must
// have in common with the one that began.
func (s *Schedule) Resolved() float64 { return s.steps }

// Rate is the learning rate of update i, from 0.
func (s *Schedule) Rate(i int) float64 { return s.kind.Rate(s, float64(i)) }

// ReachesZero says whether the learning rate can become 0.
func (s *Schedule) ReachesZero() bool { return s.kind.Zero != nil && s.kind.Zero(s) }

// value is a number as given, or its default.
func (s *Schedule) value(name string) float64 {
	if n, ok := config.Find(s.numbers, name); ok {
		return n.Value
	}
	if n := s.kind.number(name); n != nil {
		return n.Default
	}
	return 0
}

// length is a number of steps, whole, and whether it is given.
func (s *Schedule) length(name string) (steps float64, given bool) {
	n, given := config.Find(s.numbers, name)
	return s.inSteps(n), given
}

func (s *Schedule) inSteps(n config.Number) float64 {
	if n.Epochs {
		return math.Round(n.Value * float64(s.lengths.StepsPerEpoch))
	}
	return n.Value
}

// checkPairs checks the pairs of piecewise.
func (s *Schedule) checkPairs() error {
	if len(s.numbers) == 0 || len(s.numbers)%2 != 0 {
		return fmt.Errorf("%s needs pairs of a time and a learning rate", s.kind.Name)
	}
	last := math.Inf(-1)
	for i := 0; i < len(s.numbers); i += 2 {
		at, rate := s.numbers[i], s.numbers[i+1]
		if at.Name != "after" || rate.Name != "rate" {
			return fmt.Errorf("%s: %s and %s where a time and a learning rate are expected", s.kind.Name, at.Name, rate.Name)
		}
		t := s.inSteps(at)
		if !(t > last) || t < 0 {
			return fmt.Errorf("%s: step %g follows step %g, want rising steps", s.kind.Name, t, last)
		}
		if !(rate.Value >= 0) || math.IsInf(rate.Value, 0) {
			return fmt.Errorf("%s: the learning rate %v is not a number of at least 0", s.kind.Name, rate.Value)
		}
		last = t
	}
	return nil
}
