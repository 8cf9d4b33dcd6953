package ir

import "fmt"

// NormAttr belongs to batchnorm, layernorm, groupnorm and their gradients and
// folded forms. Which of gamma, beta and other optional operands are there
// follows from the flags.
type NormAttr struct {
	Epsilon       float64
	Scale, Center bool // gamma and beta are there
	// Groups is the number of channel groups of groupnorm, 0 for the others.
	Groups int
	// Bias, of folded_bias: the layer in front has one.
	Bias bool
	// Inner, of folded_kernel: the number of elements of the kernel that follow each
	// other and belong to one output channel, the inputs of a transposed convolution;
	// 0 for 1.
	Inner int
}

// NormActAttr belongs to batchnorm_act: relu of the normalized value, plus
// another one with Add.
type NormActAttr struct {
	Norm NormAttr
	Add  bool
	ReLU bool
}

// MomentAttr belongs to batch_stats: what the moving statistics keep of their
// old value in each step.
type MomentAttr struct{ Momentum float64 }

// String is "eps 0.001 gamma beta", with the groups where there are any.
func (a NormAttr) String() string {
	s := "eps " + number(a.Epsilon)
	if a.Scale {
		s += " gamma"
	}
	if a.Center {
		s += " beta"
	}
	if a.Groups > 0 {
		s += fmt.Sprintf(" %d groups", a.Groups)
	}
	if a.Bias {
		s += " bias"
	}
	return s
}

// String lists the parts of the fused operation in the order they apply.
func (a NormActAttr) String() string {
	s := a.Norm.String()
	if a.Add {
		s += "; add"
	}
	if a.ReLU {
		s += "; relu"
	}
	return s
}

// String is "momentum 0.99".
func (a MomentAttr) String() string { return "momentum " + number(a.Momentum) }
