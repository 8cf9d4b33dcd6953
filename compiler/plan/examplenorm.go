package plan

// ExampleNorm normalizes within each example: with Groups 0 the channels of each
// pixel (layer normalization), otherwise all pixels of each group of channels. Y
// is (X - mean)/sqrt(variance + Epsilon)*gamma + beta for each channel, with relu
// when set. X and Y may be one buffer.
type ExampleNorm struct {
	Info
	X, Y *Buffer
	ReLU bool // of groups only
	// Gamma and Beta are offsets in Params, -1 for none.
	Gamma, Beta int
	Groups      int
	Epsilon     float64
}

// ExampleNormGrad is the gradient of ExampleNorm: DX, nil when nothing needs it,
// and what is added to the gradient of gamma. DX may be DY or X.
type ExampleNormGrad struct {
	Info
	DY, X, DX *Buffer
	// Gamma is the offset in Params, DGamma the one in Grads, -1 for none.
	Gamma, DGamma int
	Groups        int
	Epsilon       float64
}

// Kernel implements Call.
func (c *ExampleNorm) Kernel() string {
	switch {
	case c.Groups == 0:
		return "layernorm"
	case c.ReLU:
		return "groupnormReLU"
	}
	return "groupnorm"
}

// Kernel implements Call.
func (c *ExampleNormGrad) Kernel() string {
	if c.Groups == 0 {
		return "layernormGrad"
	}
	return "groupnormGrad"
}

func (c *ExampleNorm) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *ExampleNormGrad) accesses(a *accesses) {
	a.read(c.DY, c.X)
	a.write(c.DX)
}

func (c *ExampleNorm) check(v *verifier) {
	v.channels(c, c.X, c.Y)
	v.groups(c, c.X.C, c.Groups, c.Epsilon)
	v.channelParams(c, c.X.C, c.Gamma, c.Beta)
	if c.ReLU && c.Groups == 0 {
		v.fail("%s: a layer normalization with relu", c.Name)
	}
}

func (c *ExampleNormGrad) check(v *verifier) {
	v.channels(c, c.DY, c.X, c.DX)
	v.groups(c, c.X.C, c.Groups, c.Epsilon)
	v.channelParams(c, c.X.C, c.Gamma, c.DGamma)
	if c.DX == nil && c.DGamma < 0 {
		v.fail("%s: computes nothing", c.Name)
	}
}

// groups checks the groups of a normalization of so many channels.
func (v *verifier) groups(c Call, channels, groups int, epsilon float64) {
	if groups < 0 || groups > 0 && channels%groups != 0 || !(epsilon > 0) {
		v.fail("%s: %d channels in %d groups, epsilon %g", c.Base().Name, channels, groups, epsilon)
	}
}

// channelParams checks that parameters of one element for each channel exist, -1
// standing for none.
func (v *verifier) channelParams(c Call, channels int, at ...int) {
	for _, o := range at {
		if o < -1 || o+channels > v.plan.ParamFloats {
			v.fail("%s: %d channels of a parameter at %d of %d", c.Base().Name, channels, o, v.plan.ParamFloats)
		}
	}
}
