package schedule

import (
	"math"
	"slices"

	"github.com/cnnc/cnnc/runtime/config"
)

var (
	inf      = math.Inf(1)
	length   = Number{Name: "length", Lo: 0, Hi: 1 << 53, LoOpen: true, Length: true}
	decay    = Number{Name: "rate", Lo: 0, Hi: inf, LoOpen: true}
	steps    = Number{Name: "staircase", Lo: 0, Hi: 1}
	fraction = Number{Name: "alpha", Lo: 0, Hi: 1}
)

// Kinds is the table of schedules, in the order of the language.
var Kinds = []Kind{
	{Name: "exponential", Rate: exponential, Timeless: true, Numbers: []Number{decay, length, steps}},
	{Name: "inverse_time", Rate: inverseTime, Timeless: true, Numbers: []Number{decay, length, steps}},
	{Name: "polynomial", Rate: polynomial, Zero: func(s *Schedule) bool { return s.value("end") == 0 }, Numbers: []Number{length, {Name: "end", Default: 1e-4, Lo: 0, Hi: inf},
		{Name: "power", Default: 1, Lo: 0, Hi: inf, LoOpen: true}, {Name: "cycle", Lo: 0, Hi: 1}}},
	{Name: "piecewise", Rate: piecewise, Zero: piecewiseZero, Lists: true},
	{Name: "per_epoch", Rate: perEpoch, Zero: perEpochZero, Table: true, Numbers: []Number{{Name: "rates", Lo: 0, Hi: inf}}},
	{Name: "cosine", Rate: cosine, Zero: cosineZero, Numbers: []Number{length, fraction,
		{Name: "warmup", Lo: 0, Hi: 1 << 53, Length: true}, {Name: "warmup_from", Lo: 0, Hi: inf}}},
	{Name: "cosine_restarts", Rate: cosineRestarts, Zero: func(s *Schedule) bool { return s.value("alpha") == 0 }, Timeless: true, Numbers: []Number{length,
		{Name: "t_mul", Default: 2, Lo: 1, Hi: inf}, {Name: "m_mul", Default: 1, Lo: 0, Hi: inf, LoOpen: true}, fraction}},
	{Name: "one_cycle", Rate: oneCycle, Numbers: []Number{length, {Name: "rise", Default: 0.3, Lo: 0, Hi: 1},
		{Name: "divisor", Default: 25, Lo: 1, Hi: inf}, {Name: "final_divisor", Default: 1e4, Lo: 1, Hi: inf},
		{Name: "linear", Lo: 0, Hi: 1}, {Name: "three_phases", Lo: 0, Hi: 1}}},
}

// stairs is x, or the whole number below it where the schedule goes in stairs.
func (s *Schedule) stairs(x float64) float64 {
	if s.value("staircase") != 0 {
		return math.Floor(x)
	}
	return x
}

func exponential(s *Schedule, i float64) float64 {
	return s.base * math.Pow(s.value("rate"), s.stairs(i/s.steps))
}

func inverseTime(s *Schedule, i float64) float64 {
	return s.base / (1 + s.value("rate")*s.stairs(i/s.steps))
}

func polynomial(s *Schedule, i float64) float64 {
	end, d := s.value("end"), s.steps
	if s.value("cycle") != 0 {
		d *= max(math.Ceil(i/d), 1)
	} else {
		i = min(i, d)
	}
	return (s.base-end)*math.Pow(1-i/d, s.value("power")) + end
}

// piecewise keeps the old rate at the boundary itself.
func piecewise(s *Schedule, i float64) float64 {
	rate := s.base
	for k := 0; k < len(s.numbers) && i > s.inSteps(s.numbers[k]); k += 2 {
		rate = s.numbers[k+1].Value
	}
	return rate
}

// perEpoch has the rate of each epoch in a table (spec: training,
// LearningRateScheduler).
func perEpoch(s *Schedule, i float64) float64 {
	return s.numbers[min(int(i)/s.lengths.StepsPerEpoch, len(s.numbers)-1)].Value
}

func perEpochZero(s *Schedule) bool {
	return slices.ContainsFunc(s.numbers, func(n config.Number) bool { return n.Value == 0 })
}

func piecewiseZero(s *Schedule) bool {
	for k := 1; k < len(s.numbers); k += 2 {
		if s.numbers[k].Value == 0 {
			return true
		}
	}
	return false
}

func cosineZero(s *Schedule) bool {
	warmup, _ := s.length("warmup")
	return s.value("alpha") == 0 || warmup > 0 && s.value("warmup_from") == 0
}

// cosine rises from warmup_from to the learning rate, then follows half a wave
// down to alpha of it (I. Loshchilov and F. Hutter, ICLR 2017).
func cosine(s *Schedule, i float64) float64 {
	warmup, _ := s.length("warmup")
	if i < warmup {
		from := s.value("warmup_from")
		return from + (s.base-from)*i/warmup
	}
	alpha := s.value("alpha")
	return s.base * ((1-alpha)*0.5*(1+math.Cos(math.Pi*min(i-warmup, s.steps)/s.steps)) + alpha)
}

func cosineRestarts(s *Schedule, i float64) float64 {
	t, m, alpha := s.value("t_mul"), s.value("m_mul"), s.value("alpha")
	done := i / s.steps
	restarts := math.Floor(done)
	part := done - restarts
	if t != 1 {
		// Rounding must not take the first step of a period for the last of the
		// one before it, or the other way round.
		begin := func(r float64) float64 { return (1 - math.Pow(t, r)) / (1 - t) }
		restarts = math.Floor(math.Log(1-done*(1-t)) / math.Log(t))
		for begin(restarts+1) <= done {
			restarts++
		}
		for restarts > 0 && begin(restarts) > done {
			restarts--
		}
		part = (done - begin(restarts)) / math.Pow(t, restarts)
	}
	return s.base * ((1-alpha)*0.5*math.Pow(m, restarts)*(1+math.Cos(math.Pi*part)) + alpha)
}

// oneCycle is that of PyTorch (torch.optim.lr_scheduler.OneCycleLR, after L. N.
// Smith and N. Topin, "Super-convergence", 2018), without its momentum: the
// learning rate is the largest; divisor, final_divisor, rise, linear and
// three_phases are div_factor, final_div_factor, pct_start, anneal_strategy and
// three_phase. Behind the last step the rate stays the smallest.
func oneCycle(s *Schedule, i float64) float64 {
	first := s.base / s.value("divisor")
	last := first / s.value("final_divisor")
	rates := []float64{first, s.base, last}
	ends := []float64{s.value("rise")*s.steps - 1, s.steps - 1}
	if s.value("three_phases") != 0 {
		rates = []float64{first, s.base, first, last}
		ends = []float64{ends[0], 2*s.value("rise")*s.steps - 2, s.steps - 1}
	}
	begin := 0.0
	for k, end := range ends {
		if i > end && k < len(ends)-1 {
			begin = end
			continue
		}
		if i >= end {
			return rates[k+1]
		}
		part := (i - begin) / (end - begin)
		if s.value("linear") != 0 {
			return rates[k] + (rates[k+1]-rates[k])*part
		}
		return rates[k+1] + (rates[k]-rates[k+1])/2*(1+math.Cos(math.Pi*part))
	}
	return last
}
