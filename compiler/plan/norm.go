package plan

import "fmt"

// Rows of a batchnorm's block in the vector of the whole batch (space Batch),
// each of Pitch elements. Forward reads mean, scale and shift, backward mean,
// scale, slope and offset.
const (
	NormMean   = iota // mean
	NormScale         // gamma/sqrt(variance+epsilon)
	NormShift         // beta
	NormSlope         // of x-mean in dx
	NormOffset        // of dx
	NormInv           // 1/sqrt(variance+epsilon)
	NormRows
)

// Rows of the block that NormVectors makes; the first three are those above.
const (
	FixedZero = 3 // zeros
	FixedRows = 4
)

// BatchNorm is a normalization with the statistics of the whole batch. Between
// two stages of the training program the shards' partial statistics are reduced,
// always in the same order, to what all of them read in the next stage.
type BatchNorm struct {
	// Layer is the layer's name.
	Layer string
	// Channels is their number, Pitch the length of a row of the block.
	Channels, Pitch int
	// Pixels is the number of values of a channel in one example.
	Pixels int
	// Moments is the stage at whose end the moments are reduced, Sums the one at
	// whose end those of the gradient are, -1 when nothing needs them.
	Moments, Sums int
	// MomentsAt is where a shard keeps its moments, float64: count, Channels means,
	// Channels sums of squared deviations; SumsAt where it keeps Channels sums of
	// dy and of dy*(x-mean).
	MomentsAt, SumsAt int
	// At is where the block begins in the vector of the whole batch.
	At int
	// Gamma, Beta, Mean and Variance are offsets in Params, -1 for none.
	Gamma, Beta, Mean, Variance int
	// Epsilon is added to the variance; the moving statistics keep Momentum of
	// their old value in each step.
	Epsilon, Momentum float64
}

// Moments adds mean and squared deviations of each channel of X over the
// micro-batch to those of the shard.
type Moments struct {
	Info
	X *Buffer
	// At is BatchNorm.MomentsAt.
	At int
}

// Norm is Y = (X - mean)*scale + shift for each channel, plus Add, with relu when
// set. The vectors begin at Mean, Scale and Shift in Space: that of the whole
// batch or derived weights. X, Add and Y may be one buffer.
type Norm struct {
	Info
	X, Add, Y          *Buffer
	ReLU               bool
	Space              Space
	Mean, Scale, Shift int
}

// NormSums adds for each channel the sums of DY and of DY*(X-mean) over the
// micro-batch to those of the shard.
type NormSums struct {
	Info
	DY, X *Buffer
	// Mean is in the vector of the whole batch; At is BatchNorm.SumsAt.
	Mean, At int
}

// NormGrad is DX = scale*DY + slope*(X-mean) + offset for each channel; the
// vectors are in that of the whole batch. DX may be DY or X.
type NormGrad struct {
	Info
	DY, X, DX                  *Buffer
	Mean, Scale, Slope, Offset int
}

// Fold remakes kernel and bias of a layer with the batchnorm behind it, in the
// copy of the parameters that inference reads (Plan.FoldedAt): kernel times
// scale for each output channel, and (bias - mean)*scale + beta, which takes the
// place of the moving mean.
type Fold struct {
	Info
	FixedNorm
	// Norm is the layer that is folded, Layer the one that takes it in.
	Norm string
	// From is the place of the kernel in Params, Floats its packed size,
	// Panel the distance of two panels. Floats is 0 for a kernel that is only read
	// as an Arrange makes it, which scales it then.
	From, Floats, Panel int
	// Bias is the layer's own, -1 for none.
	Bias int
}

// NormVectors remakes the vectors of a batchnorm with fixed statistics: mean,
// scale, shift and zeros, Pitch elements each, from To on.
type NormVectors struct {
	Info
	FixedNorm
	To, Pitch int
}

// FixedNorm is where a batchnorm with fixed statistics has its parameters; Gamma
// and Beta are -1 where there are none.
type FixedNorm struct {
	Channels                    int
	Gamma, Beta, Mean, Variance int
	Epsilon                     float64
}

// Kernel implements Call.
func (c *Moments) Kernel() string { return "moments" }

// Kernel implements Call.
func (c *Norm) Kernel() string {
	s := "norm"
	if c.Add != nil {
		s += "Add"
	}
	if c.ReLU {
		s += "ReLU"
	}
	return s
}

// Kernel implements Call.
func (c *NormSums) Kernel() string { return "normSums" }

// Kernel implements Call.
func (c *NormGrad) Kernel() string { return "normGrad" }

// Kernel implements Call.
func (c *Fold) Kernel() string { return "fold" }

// Kernel implements Call.
func (c *NormVectors) Kernel() string { return "normVectors" }

func (c *Moments) accesses(a *accesses) { a.read(c.X) }

func (c *Norm) accesses(a *accesses) {
	a.read(c.X, c.Add)
	a.write(c.Y)
}

func (c *NormSums) accesses(a *accesses) { a.read(c.DY, c.X) }

func (c *NormGrad) accesses(a *accesses) {
	a.read(c.DY, c.X)
	a.write(c.DX)
}

func (c *Fold) accesses(*accesses)        {}
func (c *NormVectors) accesses(*accesses) {}
func (c *Fold) derives()                  {}
func (c *NormVectors) derives()           {}

func (c *Moments) check(v *verifier) {
	v.channels(c, c.X)
	if end := c.At + 1 + 2*c.X.C; c.At < 0 || end > v.plan.SumFloats {
		v.fail("%s: moments at %d to %d of %d", c.Name, c.At, end, v.plan.SumFloats)
	}
}

func (c *Norm) check(v *verifier) {
	v.channels(c, c.X, c.Add, c.Y)
	size := v.plan.BatchFloats
	if c.Space == Derived {
		size = v.plan.DerivedFloats
	} else if c.Space != Batch {
		v.fail("%s: vectors in space %s", c.Name, c.Space)
	}
	v.vectorsAt(c, size, c.X.Cp, c.Mean, c.Scale, c.Shift)
}

func (c *NormSums) check(v *verifier) {
	v.channels(c, c.DY, c.X)
	v.vectorsAt(c, v.plan.BatchFloats, c.X.Cp, c.Mean)
	if end := c.At + 2*c.X.C; c.At < 0 || end > v.plan.SumFloats {
		v.fail("%s: sums at %d to %d of %d", c.Name, c.At, end, v.plan.SumFloats)
	}
}

func (c *NormGrad) check(v *verifier) {
	v.channels(c, c.DY, c.X, c.DX)
	v.vectorsAt(c, v.plan.BatchFloats, c.X.Cp, c.Mean, c.Scale, c.Slope, c.Offset)
}

func (c *Fold) check(v *verifier) {
	c.FixedNorm.check(v, c)
	if c.From < 0 || c.From+c.Floats > v.plan.ParamFloats || c.Panel < 1 || c.Floats > 0 && c.Floats/c.Panel*16 < c.Channels || c.Bias+c.Channels > v.plan.ParamFloats {
		v.fail("%s: a kernel of %d at %d in panels of %d, %d parameters", c.Name, c.Floats, c.From, c.Panel, v.plan.ParamFloats)
	}
	if v.plan.FoldedAt < 0 || v.plan.FoldedAt+v.plan.ParamFloats > v.plan.InferDerivedFloats {
		v.fail("%s: folded parameters at %d of %d", c.Name, v.plan.FoldedAt, v.plan.InferDerivedFloats)
	}
}

func (c *NormVectors) check(v *verifier) {
	c.FixedNorm.check(v, c)
	if c.To < 0 || c.Pitch < c.Channels || c.To+FixedRows*c.Pitch > v.plan.DerivedFloats {
		v.fail("%s: vectors of %d at %d of %d", c.Name, c.Pitch, c.To, v.plan.DerivedFloats)
	}
}

func (n *FixedNorm) check(v *verifier, c Call) {
	for _, at := range []int{n.Gamma, n.Beta, n.Mean, n.Variance} {
		if at < -1 || at+n.Channels > v.plan.ParamFloats {
			v.fail("%s: parameters at %d of %d", c.Base().Name, at, v.plan.ParamFloats)
		}
	}
	if n.Mean < 0 || n.Variance < 0 {
		v.fail("%s: no statistics", c.Base().Name)
	}
}

func (c *Fold) detail() string {
	return fmt.Sprintf("params %d of %d channels, statistics at %d and %d", c.From, c.Channels, c.Mean, c.Variance)
}

func (c *NormVectors) detail() string {
	return fmt.Sprintf("params %d and %d -> derived %d, %d channels", c.Mean, c.Variance, c.To, c.Channels)
}

// channels checks that buffers, nil for none, have the same pixels and channels;
// their borders may differ.
func (v *verifier) channels(c Call, bs ...*Buffer) {
	for _, b := range bs {
		if b != nil && (b.H != bs[0].H || b.W != bs[0].W || b.C != bs[0].C || b.Cp != bs[0].Cp || b.Cp%8 != 0 || b.MaskCells > 0 || b.Space == Input) {
			v.fail("%s: %s and %s differ in geometry", c.Base().Name, bs[0].Name, b.Name)
		}
	}
}

// vectorsAt checks that vectors of n elements lie within size.
func (v *verifier) vectorsAt(c Call, size, n int, at ...int) {
	for _, o := range at {
		if o < 0 || o+n > size {
			v.fail("%s: a vector of %d at %d of %d", c.Base().Name, n, o, size)
		}
	}
}

// norms checks the normalizations of the whole batch and that each is reduced
// before it is read.
func (v *verifier) norms() {
	stages := v.plan.Train.Stages()
	for _, n := range v.plan.BatchNorms {
		if n.Moments < 0 || n.Moments >= stages-1 || n.Sums >= 0 && (n.Sums <= n.Moments || n.Sums >= stages) {
			v.fail("%s: reduced behind stages %d and %d of %d", n.Layer, n.Moments, n.Sums, stages)
		}
		if n.Channels > n.Pitch || n.At < 0 || n.At+NormRows*n.Pitch > v.plan.BatchFloats {
			v.fail("%s: %d rows of %d at %d of %d", n.Layer, NormRows, n.Pitch, n.At, v.plan.BatchFloats)
		}
		f := FixedNorm{Channels: n.Channels, Gamma: n.Gamma, Beta: n.Beta, Mean: n.Mean, Variance: n.Variance}
		f.check(v, &Moments{Info: Info{Name: n.Layer}})
	}
	calls := v.plan.Train.Calls()
	for i, c := range calls {
		stage := v.plan.Train.StageOf(i)
		for _, n := range v.plan.BatchNorms {
			ready, at := -1, -1
			switch c := c.(type) {
			case *Moments:
				if c.At == n.MomentsAt && stage > n.Moments {
					v.fail("%s: moments in stage %d, reduced behind stage %d", c.Name, stage, n.Moments)
				}
			case *Norm:
				if c.Space == Batch {
					ready, at = n.Moments, c.Mean
				}
			case *NormSums:
				ready, at = n.Moments, c.Mean
				if c.At == n.SumsAt && stage > n.Sums {
					v.fail("%s: sums in stage %d, reduced behind stage %d", c.Name, stage, n.Sums)
				}
			case *NormGrad:
				ready, at = n.Sums, c.Mean
			}
			if at == n.At && stage <= ready {
				v.fail("%s: in stage %d, and its statistics come behind stage %d", c.Base().Name, stage, ready)
			}
		}
	}
}

// Folds reports whether inference reads parameters with batchnorms folded in, at
// FoldedAt.
func (p *Plan) Folds() bool {
	for _, c := range p.Derive {
		if _, ok := c.(*Fold); ok {
			return true
		}
	}
	return false
}

// Stages is the number of stages the program runs in: 1 unless it normalizes
// with statistics of the whole batch.
func (p *Program) Stages() int { return len(p.Cuts) + 1 }

// StageOf is the stage of call i, Forward and Backward counted through.
func (p *Program) StageOf(i int) int {
	s := 0
	for s < len(p.Cuts) && i >= p.Cuts[s] {
		s++
	}
	return s
}
