package schedule_test

import (
	"math"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/schedule"
)

// numbers makes a list of numbers from names and values in turn.
func numbers(pairs ...any) []config.Number {
	var list []config.Number
	for i := 0; i < len(pairs); i += 2 {
		n := config.Number{Name: pairs[i].(string)}
		switch v := pairs[i+1].(type) {
		case int:
			n.Value = float64(v)
		case float64:
			n.Value = v
		case string: // epochs
			n.Value, n.Epochs = float64(len(v)), true
		}
		list = append(list, n)
	}
	return list
}

var run = schedule.Lengths{StepsPerEpoch: 100, Epochs: 10}

// TestRates has the values of the specification (optimizers, section 7), and for
// one_cycle those that the definition gives by hand.
func TestRates(t *testing.T) {
	type rates map[int]float64
	for _, c := range []struct {
		name    string
		numbers []config.Number
		want    rates
	}{
		{"exponential", numbers("length", 1000, "rate", 0.96), rates{0: 0.1, 500: 0.0979796, 1000: 0.096, 1500: 0.0940604}},
		{"exponential", numbers("length", 1000, "rate", 0.96, "staircase", 1), rates{0: 0.1, 500: 0.1, 999: 0.1, 1000: 0.096, 1500: 0.096}},
		{"exponential", numbers("length", "2 epochs ", "rate", 0.5), rates{900: 0.05}}, // 9 epochs
		{"inverse_time", numbers("length", 1000, "rate", 0.5), rates{0: 0.1, 500: 0.08, 1000: 0.0666667, 2000: 0.05}},
		{"inverse_time", numbers("length", 1000, "rate", 0.5, "staircase", 1), rates{999: 0.1, 1500: 0.0666667}},
		{"polynomial", numbers("length", 1000), rates{0: 0.1, 500: 0.05005, 1000: 0.0001, 2000: 0.0001}},
		{"polynomial", nil, rates{500: 0.05005, 1000: 0.0001}}, // as long as the run
		{"polynomial", numbers("length", 1000, "cycle", 1), rates{0: 0.1, 500: 0.05005, 1000: 0.0001, 1001: 0.05000005, 1500: 0.025075, 2000: 0.0001}},
		{"polynomial", numbers("length", 1000, "power", 2, "end", 0), rates{500: 0.025}},
		{"piecewise", numbers("after", 10, "rate", 0.05, "after", "2.", "rate", 0.01), rates{0: 0.1, 10: 0.1, 11: 0.05, 200: 0.05, 201: 0.01, 5000: 0.01}},
		{"per_epoch", numbers("rates", 0.3, "rates", 0.2, "rates", 0.05), rates{0: 0.3, 99: 0.3, 100: 0.2, 199: 0.2, 200: 0.05, 999: 0.05}},
		{"cosine", numbers("length", 1000), rates{0: 0.1, 250: 0.0853553, 500: 0.05, 1000: 0, 2000: 0}},
		{"cosine", numbers("length", 1000, "alpha", 0.1), rates{0: 0.1, 250: 0.0868198, 500: 0.055, 1000: 0.01, 2000: 0.01}},
		{"cosine", numbers("length", 1000, "warmup", 100), rates{0: 0, 50: 0.05, 100: 0.1, 600: 0.05, 1100: 0, 3000: 0}},
		{"cosine", numbers("warmup", "1", "warmup_from", 0.05), rates{0: 0.05, 50: 0.075, 100: 0.1, 550: 0.05, 1000: 0}}, // 900 steps are left
		{"cosine_restarts", numbers("length", 1000), rates{0: 0.1, 500: 0.05, 1000: 0.1, 2000: 0.05, 2999: 6.17e-8, 3000: 0.1}},
		{"cosine_restarts", numbers("length", 1000, "t_mul", 1, "m_mul", 0.5), rates{0: 0.1, 500: 0.05, 1000: 0.05, 1500: 0.025, 2000: 0.025}},
		{"cosine_restarts", numbers("length", 1000, "alpha", 0.5), rates{0: 0.1, 500: 0.075, 1000: 0.1}},
		// 0.1/25 to 0.1 in steps 0 to 29, to 0.1/25/1e4 in step 99.
		{"one_cycle", numbers("length", 100), rates{0: 0.004, 29: 0.1, 64: 0.0500002, 99: 4e-7, 500: 4e-7}},
		{"one_cycle", numbers("length", 100, "linear", 1, "rise", 0.21), rates{0: 0.004, 10: 0.052, 20: 0.1, 99: 4e-7}},
		{"one_cycle", numbers("length", 100, "three_phases", 1), rates{0: 0.004, 29: 0.1, 58: 0.004, 99: 4e-7}},
		{"one_cycle", numbers("rise", 0.5), rates{499: 0.1, 999: 4e-7}},
	} {
		s, err := schedule.New(config.Schedule{Name: c.name, Numbers: c.numbers}, 0.1, run)
		if err != nil {
			t.Errorf("%s %v: %v", c.name, c.numbers, err)
			continue
		}
		for i, want := range c.want {
			if got := s.Rate(i); math.Abs(got-want) > 5e-8*max(1, want/0.1) {
				t.Errorf("%s %v: step %d has %.9f, want %.9f", c.name, c.numbers, i, got, want)
			}
		}
	}
}

// TestRestartsAtTheStep: a period begins at its step in spite of rounding.
func TestRestartsAtTheStep(t *testing.T) {
	for _, mul := range []float64{1, 1.5, 2, 3} {
		for _, length := range []int{1, 7, 100, 977} {
			s, err := schedule.New(config.Schedule{Name: "cosine_restarts", Numbers: numbers("length", length, "t_mul", mul, "m_mul", 0.9)}, 1, run)
			if err != nil {
				t.Fatal(err)
			}
			begin, period := 0.0, float64(length)
			for r := range 12 {
				if begin == math.Trunc(begin) {
					if got, want := s.Rate(int(begin)), math.Pow(0.9, float64(r)); math.Abs(got-want) > 1e-9 {
						t.Errorf("t_mul %v, length %d: restart %d has %v, want %v", mul, length, r, got, want)
					}
				}
				begin, period = begin+period, period*mul
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		numbers []config.Number
		want    string
	}{
		{"linear", nil, "unknown schedule"},
		{"exponential", numbers("rate", 0.5), "needs a length"},
		{"exponential", numbers("length", 0, "rate", 0.5), "length is 0"},
		{"exponential", numbers("length", 10, "rate", 0), "rate is 0"},
		{"cosine", numbers("alpha", 2), "alpha is 2"},
		{"cosine", numbers("alpha", math.NaN()), "alpha is NaN"},
		{"cosine", numbers("power", 2), "has no power"},
		{"cosine", numbers("alpha", "1"), "not a number of epochs"},
		{"cosine", numbers("warmup", 1000), "nothing is left"},
		{"piecewise", nil, "pairs"},
		{"piecewise", numbers("after", 1), "pairs"},
		{"piecewise", numbers("after", 10, "rate", 0.1, "after", 10, "rate", 0.2), "rising"},
		{"piecewise", numbers("rate", 0.1, "after", 10), "expected"},
		{"piecewise", numbers("after", 1, "rate", -1), "learning rate -1"},
		{"one_cycle", numbers("three_phases", 1, "rise", 0.6), "at most 0.5"},
	} {
		_, err := schedule.New(config.Schedule{Name: c.name, Numbers: c.numbers}, 0.1, run)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %v: %v, want %q", c.name, c.numbers, err, c.want)
		}
	}
	if _, err := schedule.New(config.Schedule{Name: "cosine"}, 0.1, schedule.Lengths{}); err == nil {
		t.Error("a run of no steps accepted")
	}
}

func TestReachesZero(t *testing.T) {
	for _, c := range []struct {
		name    string
		numbers []config.Number
		want    bool
	}{
		{"cosine", nil, true}, {"cosine", numbers("alpha", 0.1), false}, {"cosine", numbers("alpha", 0.1, "warmup", 5), true},
		{"cosine", numbers("alpha", 0.1, "warmup", 5, "warmup_from", 0.1), false},
		{"polynomial", nil, false}, {"polynomial", numbers("end", 0), true},
		{"piecewise", numbers("after", 1, "rate", 0), true}, {"piecewise", numbers("after", 1, "rate", 1), false},
		{"one_cycle", nil, false}, {"cosine_restarts", numbers("length", 5), true},
	} {
		s, err := schedule.New(config.Schedule{Name: c.name, Numbers: c.numbers}, 0.1, run)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.ReachesZero(); got != c.want {
			t.Errorf("%s %v: %v", c.name, c.numbers, got)
		}
	}
}
