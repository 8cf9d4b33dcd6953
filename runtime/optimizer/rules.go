package optimizer

import "math"

// Bounds that several rows share.
func below1(name string, value float64) Number {
	return Number{Name: name, Default: value, Lo: 0, Hi: 1, HiOpen: true}
}

func flag(name string) Number { return Number{Name: name, Lo: 0, Hi: 1} }

func atLeast0(name string, value float64) Number {
	return Number{Name: name, Default: value, Lo: 0, Hi: math.Inf(1), HiOpen: true}
}

var (
	epsilon  = Number{Name: "epsilon", Default: 1e-7, Lo: 0, Hi: 1, LoOpen: true}
	inertia  = Number{Name: "momentum", Default: 0, Lo: 0, Hi: 1}
	beta1    = below1("beta_1", 0.9)
	beta2    = below1("beta_2", 0.999)
	started  = atLeast0("initial_accumulator_value", 0.1)
	adamLike = []Number{beta1, beta2, epsilon, flag("amsgrad")}
)

// Rules is the table of optimizers, in the order of the language.
var Rules = []Rule{
	{Name: "sgd", Numbers: []Number{inertia, flag("nesterov")}, Forms: []*Form{sgd, momentumForm, nesterov}},
	{Name: "adam", Numbers: adamLike, Forms: []*Form{adam, amsgrad}},
	{Name: "adamw", Numbers: append([]Number{{Name: "weight_decay", Default: 0.004, Lo: 0, Hi: 1}}, adamLike...), Forms: []*Form{adam, amsgrad}},
	{Name: "rmsprop", Numbers: []Number{below1("rho", 0.9), inertia, epsilon, flag("centered")},
		Forms: []*Form{rmsprop(false, false), rmsprop(true, false), rmsprop(false, true), rmsprop(true, true)}},
	{Name: "adagrad", Numbers: []Number{started, epsilon}, Forms: []*Form{adagrad}},
	{Name: "adadelta", Numbers: []Number{below1("rho", 0.95), epsilon}, Forms: []*Form{adadelta}},
	{Name: "adamax", Numbers: []Number{beta1, beta2, epsilon}, Forms: []*Form{adamax}},
	{Name: "nadam", Numbers: []Number{beta1, beta2, epsilon}, Forms: []*Form{nadam}},
	{Name: "ftrl", Positive: true, Numbers: []Number{
		{Name: "learning_rate_power", Default: -0.5, Lo: -10, Hi: 0}, started,
		atLeast0("l1_regularization_strength", 0), atLeast0("l2_regularization_strength", 0),
		atLeast0("l2_shrinkage_regularization_strength", 0), atLeast0("beta", 0)},
		Forms: []*Form{ftrl(false), ftrl(true)}},
	{Name: "lion", Numbers: []Number{beta1, below1("beta_2", 0.99)}, Forms: []*Form{lion}},
	{Name: "lamb", Numbers: []Number{beta1, beta2, epsilon}, Forms: []*Form{lamb}},
}

var sgd = &Form{
	Kernel: "sgd", Factors: []string{"lr"},
	Compute: func(s *Step, f []float64) { f[0] = s.Rate },
	Element: func(s *Step, w, g float64, _ []float64) float64 { return w - s.Rate*g },
}

var momentumForm = &Form{
	Kernel: "momentum", Carries: []string{"momentum"}, Slots: []Slot{{Name: "m"}}, Factors: []string{"lr", "mu"},
	Compute: func(s *Step, f []float64) { f[0], f[1] = s.Rate, s.value("momentum") },
	Element: func(s *Step, w, g float64, m []float64) float64 {
		m[0] = s.value("momentum")*m[0] - s.Rate*g
		return w + m[0]
	},
}

var nesterov = &Form{
	Kernel: "nesterov", Flags: []string{"nesterov"}, Carries: []string{"momentum"}, Slots: []Slot{{Name: "m"}}, Factors: []string{"lr", "mu"},
	Compute: momentumForm.Compute,
	Element: func(s *Step, w, g float64, m []float64) float64 {
		mu := s.value("momentum")
		m[0] = mu*m[0] - s.Rate*g
		return w + mu*m[0] - s.Rate*g
	},
}

// moments updates the two moments of Adam and its kin.
func moments(s *Step, g float64, m []float64) {
	m[0] += (1 - s.value("beta_1")) * (g - m[0])
	m[1] += (1 - s.value("beta_2")) * (g*g - m[1])
}

var adam = &Form{
	Kernel: "adam", Slots: []Slot{{Name: "m"}, {Name: "v"}}, Factors: []string{"alpha", "rest1", "rest2", "eps"},
	Compute: func(s *Step, f []float64) {
		b1, b2 := s.value("beta_1"), s.value("beta_2")
		f[0] = s.Rate * math.Sqrt(1-s.power(b2)) / (1 - s.power(b1))
		f[1], f[2], f[3] = 1-b1, 1-b2, s.value("epsilon")
	},
	Element: func(s *Step, w, g float64, m []float64) float64 {
		moments(s, g, m)
		return w - adamStep(s, m[0], m[1])
	},
}

func adamStep(s *Step, m, v float64) float64 {
	alpha := s.Rate * math.Sqrt(1-s.power(s.value("beta_2"))) / (1 - s.power(s.value("beta_1")))
	return alpha * m / (math.Sqrt(v) + s.value("epsilon"))
}

var amsgrad = &Form{
	Kernel: "amsgrad", Flags: []string{"amsgrad"}, Slots: []Slot{{Name: "m"}, {Name: "v"}, {Name: "vh"}}, Factors: adam.Factors,
	Compute: adam.Compute,
	Element: func(s *Step, w, g float64, m []float64) float64 {
		moments(s, g, m)
		m[2] = max(m[2], m[1])
		return w - adamStep(s, m[0], m[2])
	},
}

// rmsprop has four forms, with and without momentum and centring.
func rmsprop(withMomentum, centered bool) *Form {
	f := &Form{Kernel: "rmsprop", Slots: []Slot{{Name: "v"}}, Factors: []string{"lr", "rest", "eps"}}
	if centered {
		f.Kernel += "Centered"
		f.Flags = []string{"centered"}
		f.Slots = append(f.Slots, Slot{Name: "a"})
	}
	if withMomentum {
		f.Kernel += "Momentum"
		f.Carries = []string{"momentum"}
		f.Slots = append(f.Slots, Slot{Name: "m"})
		f.Factors = append(f.Factors, "mu")
	}
	f.Compute = func(s *Step, f []float64) {
		f[0], f[1], f[2] = s.Rate, 1-s.value("rho"), s.value("epsilon")
		if withMomentum {
			f[3] = s.value("momentum")
		}
	}
	f.Element = func(s *Step, w, g float64, m []float64) float64 {
		rho, mu := s.value("rho"), s.value("momentum")
		m[0] = rho*m[0] + (1-rho)*g*g
		d := m[0] + s.value("epsilon")
		if centered {
			m[1] = rho*m[1] + (1-rho)*g
			d -= m[1] * m[1]
		}
		inc := s.Rate * g / math.Sqrt(d)
		if withMomentum {
			last := &m[len(m)-1]
			*last = mu**last + inc
			inc = *last
		}
		return w - inc
	}
	return f
}

var adagrad = &Form{
	Kernel: "adagrad", Slots: []Slot{{"a", "initial_accumulator_value"}}, Factors: []string{"lr", "eps"},
	Compute: func(s *Step, f []float64) { f[0], f[1] = s.Rate, s.value("epsilon") },
	Element: func(s *Step, w, g float64, m []float64) float64 {
		m[0] += g * g
		return w - s.Rate*g/math.Sqrt(m[0]+s.value("epsilon"))
	},
}

var adadelta = &Form{
	Kernel: "adadelta", Slots: []Slot{{Name: "a"}, {Name: "d"}}, Factors: []string{"lr", "rest", "eps"},
	Compute: func(s *Step, f []float64) { f[0], f[1], f[2] = s.Rate, 1-s.value("rho"), s.value("epsilon") },
	Element: func(s *Step, w, g float64, m []float64) float64 {
		rho, eps := s.value("rho"), s.value("epsilon")
		m[0] = rho*m[0] + (1-rho)*g*g
		u := -g * math.Sqrt(m[1]+eps) / math.Sqrt(m[0]+eps)
		m[1] = rho*m[1] + (1-rho)*u*u
		return w + s.Rate*u
	},
}

var adamax = &Form{
	Kernel: "adamax", Slots: []Slot{{Name: "m"}, {Name: "u"}}, Factors: []string{"alpha", "rest1", "beta2", "eps"},
	Compute: func(s *Step, f []float64) {
		b1 := s.value("beta_1")
		f[0], f[1], f[2], f[3] = s.Rate/(1-s.power(b1)), 1-b1, s.value("beta_2"), s.value("epsilon")
	},
	Element: func(s *Step, w, g float64, m []float64) float64 {
		b1 := s.value("beta_1")
		m[0] += (1 - b1) * (g - m[0])
		m[1] = max(s.value("beta_2")*m[1], math.Abs(g))
		return w - s.Rate*m[0]/((1-s.power(b1))*(m[1]+s.value("epsilon")))
	},
}

// momentum is u_t of Nadam.
func momentum(s *Step, t int) float64 {
	return s.value("beta_1") * (1 - 0.5*math.Pow(0.96, float64(t)))
}

var nadam = &Form{
	Kernel: "nadam", Slots: []Slot{{Name: "m"}, {Name: "v"}}, Factors: []string{"lrM", "lrG", "rest1", "rest2", "scaleV", "eps"},
	Compute: func(s *Step, f []float64) {
		next, b2 := momentum(s, s.T+1), s.value("beta_2")
		f[0] = s.Rate * next / (1 - s.Product*next)
		f[1] = s.Rate * (1 - momentum(s, s.T)) / (1 - s.Product)
		f[2], f[3], f[4], f[5] = 1-s.value("beta_1"), 1-b2, 1/(1-s.power(b2)), s.value("epsilon")
	},
	Element: func(s *Step, w, g float64, m []float64) float64 {
		moments(s, g, m)
		u, next := momentum(s, s.T), momentum(s, s.T+1)
		mh := next*m[0]/(1-s.Product*next) + (1-u)*g/(1-s.Product)
		vh := m[1] / (1 - s.power(s.value("beta_2")))
		return w - s.Rate*mh/(math.Sqrt(vh)+s.value("epsilon"))
	},
}

// ftrl has a form for the power -1/2 of the learning rate, a square root, and one
// for any other.
func ftrl(power bool) *Form {
	f := &Form{
		Kernel: "ftrl", Slots: []Slot{{"sum", "initial_accumulator_value"}, {Name: "z"}},
		Factors: []string{"inverse", "l1Strength", "twiceL2", "twiceShrinkage"},
	}
	if power {
		f.Kernel, f.Carries = "ftrlPower", []string{"learning_rate_power"}
		f.Factors = append(f.Factors, "power", "ofZero")
	}
	f.Compute = func(s *Step, f []float64) {
		f[0], f[1] = 1/s.Rate, s.value("l1_regularization_strength")
		f[2] = 2 * (s.value("l2_regularization_strength") + s.value("beta")/(2*s.Rate))
		f[3] = 2 * s.value("l2_shrinkage_regularization_strength")
		if power {
			p := -s.value("learning_rate_power")
			f[4], f[5] = p, math.Pow(0, p)
		}
	}
	f.Element = func(s *Step, w, g float64, m []float64) float64 {
		l1, p := s.value("l1_regularization_strength"), -s.value("learning_rate_power")
		l2 := s.value("l2_regularization_strength") + s.value("beta")/(2*s.Rate)
		gs := g + 2*s.value("l2_shrinkage_regularization_strength")*w
		n := m[0] + g*g
		m[1] += gs - (math.Pow(n, p)-math.Pow(m[0], p))/s.Rate*w
		m[0] = n
		return (min(max(m[1], -l1), l1) - m[1]) / (math.Pow(n, p)/s.Rate + 2*l2)
	}
	return f
}

var lion = &Form{
	Kernel: "lion", Slots: []Slot{{Name: "m"}}, Factors: []string{"lr", "beta1", "rest1", "rest2"},
	Compute: func(s *Step, f []float64) {
		b1 := s.value("beta_1")
		f[0], f[1], f[2], f[3] = s.Rate, b1, 1-b1, 1-s.value("beta_2")
	},
	Element: func(s *Step, w, g float64, m []float64) float64 {
		b1, b2 := s.value("beta_1"), s.value("beta_2")
		c := b1*m[0] + (1-b1)*g
		m[0] = b2*m[0] + (1-b2)*g
		switch {
		case c > 0:
			return w - s.Rate
		case c < 0:
			return w + s.Rate
		}
		return w
	},
}

var lamb = &Form{
	Kernel: "lamb", Trust: true, Slots: []Slot{{Name: "m"}, {Name: "v"}}, Factors: []string{"scaleM", "scaleV", "rest1", "rest2", "eps"},
	Compute: func(s *Step, f []float64) {
		b1, b2 := s.value("beta_1"), s.value("beta_2")
		f[0], f[1], f[2], f[3], f[4] = 1/(1-s.power(b1)), 1/(1-s.power(b2)), 1-b1, 1-b2, s.value("epsilon")
	},
	Element: func(s *Step, _, g float64, m []float64) float64 {
		moments(s, g, m)
		mh, vh := m[0]/(1-s.power(s.value("beta_1"))), m[1]/(1-s.power(s.value("beta_2")))
		return mh / (math.Sqrt(vh) + s.value("epsilon"))
	},
}
