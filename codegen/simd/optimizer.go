package simd

import "fmt"

// The optimizer steps (spec: optimizers, section 5), each one pass over weights,
// gradients and state. All begin with
//
//	g' = min(max((dw + l1*sign(w) + l2*w)*scale, low), high)      sign(0) = 0
//	w' = w - decay*w
//
// l2 comes already doubled; decay is weight_decay times the learning rate. The
// numbers of a step stand in an array that f points to, in the order of the row's
// factors behind the common ones; package optimizer of the runtime computes them.
//
// Values are numbered in the order of the pointer parameters: 0 w, 1 dw, then the
// state from 2 on, then temporary ones.

// optimizer is one row of optimizers.
type optimizer struct {
	family  string
	state   string // further pointer parameters
	factors string // behind the common ones
	doc     []string
	temps   int // values behind the state; the first is spoilt by the common steps
	step    func(b *body)
	// direction rows leave their result where the gradient was.
	direction bool
}

// commonFactors come first in the array of every kernel.
const commonFactors = "decay low high"

var optimizers = []optimizer{
	{family: "sgd", factors: "lr", temps: 1,
		doc: []string{"\tw = w' - lr*g'"},
		step: func(b *body) {
			b.deduct(0, factor("lr"), value(1))
		}},
	{family: "momentum", state: " m", factors: "lr mu", temps: 1,
		doc: []string{"\tm = mu*m - lr*g'", "\tw = w' + m"},
		step: func(b *body) {
			b.mul(2, value(2), factor("mu"))
			b.deduct(2, factor("lr"), value(1))
			b.add(0, value(0), value(2))
		}},
	{family: "nesterov", state: " m", factors: "lr mu", temps: 1,
		doc: []string{"\tm = mu*m - lr*g'", "\tw = w' + mu*m - lr*g'"},
		step: func(b *body) {
			b.mul(1, value(1), factor("lr"))
			b.op(VFMSUB213PS, 2, value(1), factor("mu")) // m*mu - lr*g'
			b.accumulate(0, factor("mu"), value(2))
			b.sub(0, value(0), value(1))
		}},
	{family: "adam", state: " m v", factors: "alpha rest1 rest2 eps", temps: 1,
		doc: []string{"\tm += rest1*(g' - m); v += rest2*(g'^2 - v)", "\tw = w' - alpha*m/(sqrt(v) + eps)"},
		step: func(b *body) {
			b.moments(4)
			b.adamStep(3, 4)
		}},
	{family: "amsgrad", state: " m v vh", factors: "alpha rest1 rest2 eps", temps: 1,
		doc: []string{"\tm += rest1*(g' - m); v += rest2*(g'^2 - v); vh = max(vh, v)", "\tw = w' - alpha*m/(sqrt(vh) + eps)"},
		step: func(b *body) {
			b.moments(5)
			b.max(4, value(4), value(3))
			b.adamStep(4, 5)
		}},
	rmspropKernel(false, false),
	rmspropKernel(true, false),
	rmspropKernel(false, true),
	rmspropKernel(true, true),
	{family: "adagrad", state: " a", factors: "lr eps", temps: 1,
		doc: []string{"\ta += g'^2", "\tw = w' - lr*g'/sqrt(a + eps)"},
		step: func(b *body) {
			b.accumulate(2, value(1), value(1))
			b.add(3, value(2), factor("eps"))
			b.op(VSQRTPS, 3, value(3))
			b.mul(1, value(1), factor("lr"))
			b.div(1, value(1), value(3))
			b.sub(0, value(0), value(1))
		}},
	{family: "adadelta", state: " a d", factors: "lr rest eps", temps: 2,
		doc: []string{"\ta += rest*(g'^2 - a)", "\tu = g'*sqrt((d + eps)/(a + eps))", "\td += rest*(u^2 - d)", "\tw = w' - lr*u"},
		step: func(b *body) {
			b.decayed(2, 4, 1)
			b.add(4, value(3), factor("eps"))
			b.add(5, value(2), factor("eps"))
			b.div(4, value(4), value(5))
			b.op(VSQRTPS, 4, value(4))
			b.mul(1, value(1), value(4))
			b.decayed(3, 4, 1)
			b.deduct(0, factor("lr"), value(1))
		}},
	{family: "adamax", state: " m u", factors: "alpha rest1 beta2 eps", temps: 1,
		doc: []string{"\tm += rest1*(g' - m); u = max(beta2*u, |g'|)", "\tw = w' - alpha*m/(u + eps)"},
		step: func(b *body) {
			b.sub(4, value(1), value(2))
			b.accumulate(2, factor("rest1"), value(4))
			b.abs(1, value(1))
			b.mul(3, value(3), factor("beta2"))
			b.max(3, value(3), value(1))
			b.add(1, value(3), factor("eps"))
			b.mul(4, value(2), factor("alpha"))
			b.div(4, value(4), value(1))
			b.sub(0, value(0), value(4))
		}},
	{family: "nadam", state: " m v", factors: "lrM lrG rest1 rest2 scaleV eps", temps: 2,
		doc: []string{"\tm += rest1*(g' - m); v += rest2*(g'^2 - v)", "\tw = w' - (lrM*m + lrG*g')/(sqrt(scaleV*v) + eps)"},
		step: func(b *body) {
			b.mul(5, value(1), factor("lrG"))
			b.moments(4)
			b.accumulate(5, factor("lrM"), value(2))
			b.mul(4, value(3), factor("scaleV"))
			b.op(VSQRTPS, 4, value(4))
			b.add(4, value(4), factor("eps"))
			b.div(5, value(5), value(4))
			b.sub(0, value(0), value(5))
		}},
	{family: "ftrl", state: " sum z", factors: "inverse l1Strength twiceL2 twiceShrinkage", temps: 2,
		doc: ftrlDoc("sqrt(sum)"),
		step: func(b *body) {
			b.op(VSQRTPS, 5, value(2))
			b.accumulate(2, value(1), value(1))
			b.op(VSQRTPS, 4, value(2))
			b.ftrl(4, 5)
		}},
	{family: "ftrlPower", state: " sum z", factors: "inverse l1Strength twiceL2 twiceShrinkage power ofZero", temps: 5,
		doc: ftrlDoc("sum^power (ofZero where sum is 0)"),
		step: func(b *body) {
			raise := func(d value) {
				b.pow(d, 2, factor("power"), 6, 7, 8)
				b.choose(d, cmpUNEQ, value(2), number(0), value(d), factor("ofZero"))
			}
			raise(5)
			b.accumulate(2, value(1), value(1))
			raise(4)
			b.ftrl(4, 5)
		}},
	{family: "lion", state: " m", factors: "lr beta1 rest1 rest2", temps: 2,
		doc: []string{"\tw = w' - lr*sign(beta1*m + rest1*g')", "\tm += rest2*(g' - m)"},
		step: func(b *body) {
			b.mul(3, value(2), factor("beta1"))
			b.accumulate(3, factor("rest1"), value(1))
			b.and(4, value(3), signBit)
			b.xor(4, value(4), factor("lr"))
			b.keep(4, cmpUNEQ, value(3), number(0), value(4))
			b.sub(0, value(0), value(4))
			b.sub(1, value(1), value(2))
			b.accumulate(2, factor("rest2"), value(1))
		}},
	{family: "lamb", state: " m v", factors: "scaleM scaleV rest1 rest2 eps", temps: 1, direction: true,
		doc: []string{"\tm += rest1*(g' - m); v += rest2*(g'^2 - v)", "\tdw = scaleM*m/(sqrt(scaleV*v) + eps)", "",
			"w is not changed: a step of sgd with this direction follows."},
		step: func(b *body) {
			b.moments(4)
			b.mul(4, value(3), factor("scaleV"))
			b.op(VSQRTPS, 4, value(4))
			b.add(4, value(4), factor("eps"))
			b.mul(1, value(2), factor("scaleM"))
			b.div(1, value(1), value(4))
		}},
}

// rmspropKernel is one of the four forms of RMSprop. The state is v, then a with
// centring, then m with momentum.
func rmspropKernel(momentum, centered bool) optimizer {
	o := optimizer{family: "rmsprop", state: " v", factors: "lr rest eps", temps: 1,
		doc: []string{"\tv += rest*(g'^2 - v)"}}
	d := "v"
	if centered {
		o.family += "Centered"
		o.state += " a"
		o.doc = append(o.doc, "\ta += rest*(g' - a)")
		d = "v - a^2"
	}
	step := "lr*g'/sqrt(" + d + " + eps)"
	if momentum {
		o.family += "Momentum"
		o.state += " m"
		o.factors += " mu"
		o.doc = append(o.doc, "\tm = mu*m + "+step)
		step = "m"
	}
	o.doc = append(o.doc, "\tw = w' - "+step)
	m := value(3)
	if centered {
		m = 4
	}
	t := m
	if momentum {
		t++
	}
	o.step = func(b *body) {
		b.decayed(2, t, 1)
		if centered {
			b.sub(t, value(1), value(3))
			b.accumulate(3, factor("rest"), value(t))
		}
		b.add(t, value(2), factor("eps"))
		if centered {
			b.deduct(t, value(3), value(3))
		}
		b.op(VSQRTPS, t, value(t))
		b.mul(1, value(1), factor("lr"))
		b.div(1, value(1), value(t))
		if momentum {
			b.mul(m, value(m), factor("mu"))
			b.add(m, value(m), value(1))
			b.set(1, value(m))
		}
		b.sub(0, value(0), value(1))
	}
	return o
}

func ftrlDoc(power string) []string {
	return []string{"\tgs = g' + twiceShrinkage*w'; p = " + power, "\tsum += g'^2; q = the same of the new sum",
		"\tz += gs - (q - p)*inverse*w'", "\tw = (clip(z, -l1Strength, l1Strength) - z)/(q*inverse + twiceL2)"}
}

// ftrl is the step behind the powers q of the new n and p of the old one. It
// spoils p.
func (b *body) ftrl(q, p value) {
	b.sub(p, value(q), value(p))
	b.mul(p, value(p), factor("inverse"))
	b.accumulate(1, factor("twiceShrinkage"), value(0))
	b.add(3, value(3), value(1))
	b.deduct(3, value(p), value(0))
	b.mul(q, value(q), factor("inverse"))
	b.add(q, value(q), factor("twiceL2"))
	// clip(z, -l, l) - z is -(z - l) above l, -(z + l) below -l, and 0 between:
	// minus the sign of z times what |z| exceeds l by.
	b.abs(p, value(3))
	b.sub(p, value(p), factor("l1Strength"))
	b.max(p, number(0), value(p))
	b.and(0, value(3), signBit)
	b.xor(0, value(0), signBit)
	b.xor(0, value(0), value(p))
	b.div(0, value(0), value(q))
	b.add(0, value(0), number(0)) // not -0
}

// decayed is v += rest*(x^2 - v). It spoils t.
func (b *body) decayed(v, t, x value) {
	b.set(t, value(x))
	b.op(VFMSUB213PS, t, value(v), value(x)) // x*x - v
	b.accumulate(v, factor("rest"), value(t))
}

// moments updates m and v, values 2 and 3. It spoils t and the gradient.
func (b *body) moments(t value) {
	b.sub(t, value(1), value(2))
	b.accumulate(2, factor("rest1"), value(t))
	b.op(VFMSUB213PS, 1, value(3), value(1)) // g'^2 - v
	b.accumulate(3, factor("rest2"), value(1))
}

// adamStep is w = w' - alpha*m/(sqrt(v) + eps). It spoils t and the gradient.
func (b *body) adamStep(v, t value) {
	b.op(VSQRTPS, 1, value(v))
	b.add(1, value(1), factor("eps"))
	b.mul(t, value(2), factor("alpha"))
	b.div(t, value(t), value(1))
	b.sub(0, value(0), value(t))
}

// regularize turns dw (value 1) into g' and w (value 0) into w'. It spoils t.
func (b *body) regularize(t value) {
	b.and(t, value(0), signBit)
	b.xor(t, value(t), scalar("l1"))
	b.keep(t, cmpUNEQ, value(0), number(0), value(t))
	b.add(1, value(1), value(t))
	b.accumulate(1, scalar("l2"), value(0))
	b.mul(1, value(1), scalar("scale"))
	b.max(1, factor("low"), value(1))
	b.min(1, factor("high"), value(1))
	b.set(t, value(0))
	b.deduct(0, factor("decay"), value(t))
}

// optimizerOf is the row of a family.
func optimizerOf(v Variant) optimizer {
	for _, o := range optimizers {
		if o.family == v.Family {
			return o
		}
	}
	return optimizer{}
}

// Optimizer is what the table says of an optimizer kernel: the names of its state
// vectors and of the numbers that f points to.
type Optimizer struct {
	Kernel         string
	State, Factors []string
	// Direction kernels leave their result where the gradient was.
	Direction bool
}

// Optimizers lists the optimizer kernels.
func Optimizers() []Optimizer {
	var list []Optimizer
	for _, o := range optimizers {
		list = append(list, Optimizer{o.family, fields(o.state), fields(commonFactors + " " + o.factors), o.direction})
	}
	return list
}

// optimizerFamilies are the rows of the kernels in Families.
func optimizerFamilies() []Family {
	var list []Family
	for _, o := range optimizers {
		list = append(list, Family{o.family, optimizerParams, optimizerDoc, noLanes, buildOptimizer})
	}
	return list
}

func optimizerParams(v Variant) []Param {
	o := optimizerOf(v)
	return params(PtrFloat32, "w dw"+o.state, Int, "n", PtrFloat32, "f", Float32, "l1 l2 scale")
}

func optimizerDoc(v Variant, _ int) []string {
	o := optimizerOf(v)
	return append([]string{"updates n weights, n a multiple of 8; f has the numbers " + commonFactors + " " + o.factors + ":", "",
		"\tg' = min(max((dw + l1*sign(w) + l2*w)*scale, low), high); w' = w - decay*w"}, o.doc...)
}

func buildOptimizer(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	o := optimizerOf(v)
	if o.step == nil {
		return nil, fmt.Errorf("%s: no such optimizer", v.Family)
	}
	state := fields(o.state)
	k := lanewise{in: fields("w dw" + o.state), temps: o.temps, unroll: 1, factors: fields(commonFactors + " " + o.factors)}
	k.body = func(b *body) {
		b.regularize(value(2 + len(state)))
		o.step(b)
	}
	k.out = []output{{"w", 0}}
	if o.direction {
		k.out = []output{{"dw", 1}}
	}
	for i, name := range state {
		k.out = append(k.out, output{name, value(2 + i)})
	}
	return k.build(isa)
}
