package simd

// The optimizer steps (spec: optimizers, section 5), each one pass over weights,
// gradients and state. All begin with
//
//	g' = dw + l1*sign(w) + l2*w       sign(0) = 0; l2 is passed already doubled
//	w' = w - decay*w                 decay is weight_decay times the learning rate
//
// Values are numbered in the order of the pointer parameters: 0 w, 1 dw, 2 m, 3 v.

// optimizer is one row of optimizers.
type optimizer struct {
	family  string
	state   string // further pointer parameters
	scalars string // float32 parameters that come before l1, l2, decay
	doc     []string
	temps   int
	setup   func(b *body)
	step    func(b *body)
}

var optimizers = []optimizer{
	{family: "sgd", scalars: "lr", temps: 1,
		doc: []string{"\tw = w' - lr*g'"},
		step: func(b *body) {
			b.regularize(2)
			b.deduct(0, scalar("lr"), value(1))
		}},
	{family: "momentum", state: " m", scalars: "lr mu", temps: 1,
		doc: []string{"\tm = mu*m - lr*g'", "\tw = w' + m"},
		step: func(b *body) {
			b.regularize(3)
			b.mul(2, value(2), scalar("mu"))
			b.deduct(2, scalar("lr"), value(1))
			b.add(0, value(0), value(2))
		}},
	{family: "nesterov", state: " m", scalars: "lr mu", temps: 1,
		doc: []string{"\tm = mu*m - lr*g'", "\tw = w' + mu*m - lr*g'"},
		step: func(b *body) {
			b.regularize(3)
			b.mul(1, value(1), scalar("lr"))
			b.op(VFMSUB213PS, 2, value(1), scalar("mu")) // m*mu - lr*g'
			b.accumulate(0, scalar("mu"), value(2))
			b.sub(0, value(0), value(1))
		}},
	{family: "adam", state: " m v", scalars: "alpha beta1 beta2 eps", temps: 1,
		doc: []string{"\tm += (1-beta1)*(g' - m); v += (1-beta2)*(g'^2 - v)", "\tw = w' - alpha*m/(sqrt(v) + eps)"},
		setup: func(b *body) {
			// The body wants the complements of the betas: they replace them.
			b.I(VMOVSS, b.Const(1), X(0))
			for _, beta := range []Arg{"beta1", "beta2"} {
				b.I(VSUBSS, beta, X(0), X(1))
				b.I(VMOVSS, X(1), beta)
			}
		},
		step: func(b *body) {
			b.regularize(4)
			b.sub(4, value(1), value(2))
			b.accumulate(2, scalar("beta1"), value(4))
			b.op(VFMSUB213PS, 1, value(3), value(1)) // g'^2 - v
			b.accumulate(3, scalar("beta2"), value(1))
			b.op(VSQRTPS, 1, value(3))
			b.add(1, value(1), scalar("eps"))
			b.mul(4, value(2), scalar("alpha"))
			b.div(4, value(4), value(1))
			b.sub(0, value(0), value(4))
		}},
}

// regularize turns dw (value 1) into g' and w (value 0) into w'. It spoils t.
func (b *body) regularize(t value) {
	b.and(t, value(0), signBit)
	b.xor(t, value(t), scalar("l1"))
	b.keep(t, cmpUNEQ, value(0), number(0), value(t))
	b.add(1, value(1), value(t))
	b.accumulate(1, scalar("l2"), value(0))
	b.set(t, value(0))
	b.deduct(0, scalar("decay"), value(t))
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

func optimizerParams(v Variant) []Param {
	o := optimizerOf(v)
	return params(PtrFloat32, "w dw"+o.state, Int, "n", Float32, o.scalars+" l1 l2 decay")
}

func optimizerDoc(v Variant, _ int) []string {
	return append([]string{"updates n weights, n a multiple of 8:", "",
		"\tg' = dw + l1*sign(w) + l2*w; w' = w - decay*w"}, optimizerOf(v).doc...)
}

func buildOptimizer(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family}); err != nil {
		return nil, err
	}
	o := optimizerOf(v)
	k := lanewise{in: fields("w dw" + o.state), temps: o.temps, unroll: 1, setup: o.setup, body: o.step}
	k.out = []output{{"w", 0}}
	for i, name := range fields(o.state) {
		k.out = append(k.out, output{name, value(2 + i)})
	}
	return k.build(isa)
}
