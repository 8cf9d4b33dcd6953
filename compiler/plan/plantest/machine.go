package plantest

import (
	"fmt"
	"math"
	"slices"

	"github.com/cnnc/cnnc/compiler/plan"
)

// Inputs are a batch of examples and the network's parameters, all row-major.
type Inputs struct {
	N int
	// X is the input [N H W C].
	X []float64
	// Labels [N] or Targets [N Outputs], as the loss wants.
	Labels  []int32
	Targets []float64
	// Keys seed the examples' dropout masks [N].
	Keys []uint64
	// Params holds a logical tensor for each of Plan.Params.
	Params [][]float64
	// Scalars replace the plan's defaults; nil keeps them.
	Scalars []float64
}

// Outputs are what a run gives.
type Outputs struct {
	Scores []float64 // [N Outputs]
	Loss   []float64 // [N]
	// Penalty is that of the activities [N].
	Penalty []float64
	// Grads are logical tensors, one for each of Plan.Params, summed over the
	// examples; training only.
	Grads [][]float64
}

// Machine runs one program of a plan. Like a worker of the generated package it
// keeps its arena from run to run.
type Machine struct {
	plan  *plan.Plan
	prog  *plan.Program
	train bool

	arena []float64
	bits  []byte // of mask buffers: byte 4*e stands where element e does
	// resident is what each micro-batch of the batch keeps from stage to stage,
	// with its bits; sums and batch are those of the whole batch.
	resident     [][]float64
	residentBits [][]byte
	slot         int // of the current micro-batch
	sums, batch  []float64
	alone        map[*plan.Buffer]bool

	params, derived, grads []float64
	scalars                []float64
	in                     Inputs
	first, n               int // examples of the current micro-batch
	scores, loss, penalty  []float64
}

// NewInfer returns a machine for the inference program.
func NewInfer(p *plan.Plan) *Machine { return newMachine(p, &p.Infer, false) }

// NewTrain returns a machine for the training program.
func NewTrain(p *plan.Plan) *Machine { return newMachine(p, &p.Train, true) }

func newMachine(p *plan.Plan, prog *plan.Program, train bool) *Machine {
	m := &Machine{plan: p, prog: prog, train: train,
		arena: make([]float64, prog.ArenaFloats), bits: make([]byte, 4*prog.ArenaFloats),
		alone: map[*plan.Buffer]bool{}}
	for _, b := range prog.Buffers {
		m.alone[b] = true
		for _, o := range prog.Buffers {
			if o != b && b.Overlaps(o, prog.Micro) {
				m.alone[b] = false
			}
		}
	}
	return m
}

// Run processes the batch in micro-batches and returns the results. It may be
// called again, with another number of examples.
func (m *Machine) Run(in Inputs) (out *Outputs, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("plan %s: %v", m.plan.Name, r)
		}
	}()
	m.in = in
	m.pack()
	m.scores = make([]float64, in.N*m.plan.Outputs)
	m.loss, m.penalty = make([]float64, in.N), make([]float64, in.N)
	m.sums, m.batch = make([]float64, m.plan.SumFloats), make([]float64, m.plan.BatchFloats)
	for len(m.resident)*m.prog.Micro < in.N {
		m.resident = append(m.resident, make([]float64, m.prog.ResidentFloats))
		m.residentBits = append(m.residentBits, make([]byte, 4*m.prog.ResidentFloats))
	}
	for stage := range m.prog.Stages() {
		m.slot = 0
		for m.first = 0; m.first < in.N; m.first += m.n {
			m.n = min(m.prog.Micro, in.N-m.first)
			for i, c := range m.prog.Calls() {
				if m.prog.StageOf(i) == stage {
					m.poison(i)
					m.call(c)
				}
			}
			m.slot++
		}
		m.endStage(stage)
	}
	out = &Outputs{Scores: m.scores}
	out.Loss, out.Penalty = m.loss, m.penalty
	if m.train {
		out.Grads, err = m.unpack()
	}
	return out, err
}

// pack lays parameters out as the plan says and makes the derived weights.
func (m *Machine) pack() {
	m.params = make([]float64, m.plan.ParamFloats)
	for i, p := range m.plan.Params {
		k, t := p.Packing, m.in.Params[i]
		for tap := range k.Taps {
			for in := range k.In {
				for out := range k.Out {
					m.params[p.Offset+k.Index(tap, in, out)] = t[(tap*k.In+in)*k.Out+out]
				}
			}
		}
	}
	m.scalars = m.in.Scalars
	if m.scalars == nil {
		for _, s := range m.plan.Scalars {
			m.scalars = append(m.scalars, s.Value)
		}
	}
	m.grads = make([]float64, m.plan.ParamFloats)
	m.derived = make([]float64, m.plan.DerivedFloats)
	if !m.train { // what inference must not read is not there
		m.derived = m.derived[:m.plan.InferDerivedFloats]
	}
	raw := m.params
	if !m.train && m.plan.Folds() {
		m.params = slices.Clone(raw)
	}
	for _, c := range m.plan.Derive {
		switch c := c.(type) {
		case *plan.Fold:
			if !m.train {
				m.fold(c, raw)
			}
		case *plan.NormVectors:
			if m.train || c.To < m.plan.InferDerivedFloats {
				m.normVectors(c, raw)
			}
		case *plan.Transpose:
			if m.train || c.To < m.plan.InferDerivedFloats {
				m.transpose(c)
			}
		case *plan.Arrange:
			if m.train || c.To < m.plan.InferDerivedFloats {
				m.arrange(c, raw)
			}
		case *plan.WinogradKernel:
			if m.train && c.Fold == nil || !m.train && c.To < m.plan.InferDerivedFloats {
				m.winogradKernel(c)
			}
		}
	}
}

// unpack returns the gradients as logical tensors, after checking that nothing
// but logical elements was touched.
func (m *Machine) unpack() ([][]float64, error) {
	var grads [][]float64
	for _, p := range m.plan.Params {
		k := p.Packing
		t := make([]float64, k.Taps*k.In*k.Out)
		for tap := range k.Taps {
			for in := range k.In {
				for out := range k.Out {
					at := p.Offset + k.Index(tap, in, out)
					t[(tap*k.In+in)*k.Out+out] = m.grads[at]
					m.grads[at] = 0
				}
			}
		}
		grads = append(grads, t)
	}
	for i, g := range m.grads {
		if g != 0 {
			return nil, fmt.Errorf("plan %s: gradient %g at %d, which belongs to no parameter", m.plan.Name, g, i)
		}
	}
	return grads, nil
}

// poison fills the buffers whose life begins with call i. The border of a buffer
// with memory of its own is never written in a run, so it keeps its zeros.
func (m *Machine) poison(i int) {
	for _, b := range m.prog.Buffers {
		if b.First != i || b.Space == plan.Input {
			continue
		}
		arena, bits := m.space(b)
		size := b.Floats(m.prog.Micro)
		for e := b.Offset * 4; e < (b.Offset+size)*4; e++ {
			bits[e] = 0xA5
		}
		if b.MaskCells == 0 && b.HasHalo() && m.alone[b] {
			m.eachPixel(b, m.prog.Micro, func(at int) {
				for c := range b.Cp {
					arena[at+c] = math.NaN()
				}
			})
			continue
		}
		for e := b.Offset; e < b.Offset+size; e++ {
			arena[e] = math.NaN()
		}
	}
}

// memory returns the elements that offsets of b count in, and where b begins.
func (m *Machine) memory(b *plan.Buffer) (mem []float64, base int) {
	if b.Space == plan.Input {
		return m.in.X, m.first * b.ImageFloats
	}
	mem, _ = m.space(b)
	return mem, b.Offset
}

// space is the memory that a buffer of the arena or of the resident ones lies in.
func (m *Machine) space(b *plan.Buffer) (mem []float64, bits []byte) {
	if b.Space == plan.Resident {
		return m.resident[m.slot], m.residentBits[m.slot]
	}
	return m.arena, m.bits
}

// image is where image i of b begins.
func (m *Machine) image(b *plan.Buffer, i int) (mem []float64, base int) {
	mem, base = m.memory(b)
	if b.Scratch {
		return mem, base
	}
	return mem, base + i*b.ImageFloats
}

// eachPixel calls f with the place of every pixel of the first n images.
func (m *Machine) eachPixel(b *plan.Buffer, n int, f func(at int)) {
	for i := range n {
		_, base := m.image(b, i)
		for y := range b.H {
			for x := range b.W {
				f(base + b.Origin() + y*b.RowFloats() + x*b.Cp)
			}
		}
	}
}

// weight returns element (k, j) of a panel array.
func (m *Machine) weight(w plan.Weights, k, j int) float64 {
	v := m.params
	if w.Space == plan.Derived {
		v = m.derived
	}
	return v[w.Offset+j/16*w.PanelFloats+k*16+j%16]
}

func (m *Machine) transpose(c *plan.Transpose) {
	panel := len(c.Taps) * c.OutPad * 16
	_, inputs, panels := c.Panels()
	for in := range c.Packing.In {
		to := c.To + in/inputs*panels*panel + in%inputs/16*panel + in%inputs%16
		for t, tap := range c.Taps {
			for out := range c.Packing.Out {
				m.derived[to+(t*c.OutPad+out)*16] = m.params[c.From+c.Packing.Index(tap, in, out)]
			}
		}
	}
}

// call executes one call on the micro-batch.
func (m *Machine) call(c plan.Call) {
	switch c := c.(type) {
	case *plan.IGEMM:
		m.igemm(c)
	case *plan.Winograd:
		m.winograd(c)
	case *plan.WinogradGrad:
		m.winogradGrad(c)
	case *plan.WGrad:
		m.wgrad(c)
	case *plan.MaxPool:
		m.maxPool(c)
	case *plan.MaxPoolGrad:
		m.maxPoolGrad(c)
	case *plan.AvgPool:
		m.avgPool(c)
	case *plan.AvgPoolGrad:
		m.avgPoolGrad(c)
	case *plan.Act:
		m.act(c)
	case *plan.ActGrad:
		m.actGrad(c)
	case *plan.CopyWindow:
		m.copyWindow(c)
	case *plan.Permute:
		m.permute(c)
	case *plan.Upsample:
		m.upsample(c)
	case *plan.UpsampleGrad:
		m.upsampleGrad(c)
	case *plan.Binary:
		m.binary(c)
	case *plan.BinaryGrad:
		m.binaryGrad(c)
	case *plan.Reduce:
		m.reduce(c)
	case *plan.Affine:
		m.affine(c)
	case *plan.PReLU:
		m.prelu(c)
	case *plan.PReLUGrad:
		m.preluGrad(c)
	case *plan.PReLUWeights:
		m.preluWeights(c)
	case *plan.GlobalMaxPoolGrad:
		m.globalMaxPoolGrad(c)
	case *plan.SpatialDropout:
		m.spatialDropout(c)
	case *plan.AlphaDropout:
		m.alphaDropout(c)
	case *plan.Noise:
		m.noise(c)
	case *plan.Dropout:
		m.dropout(c)
	case *plan.Add:
		m.add(c)
	case *plan.RepeatChannels:
		m.repeatChannels(c)
	case *plan.SumChannels:
		m.sumChannels(c)
	case *plan.ExampleNorm:
		m.exampleNorm(c)
	case *plan.ExampleNormGrad:
		m.exampleNormGrad(c)
	case *plan.Moments:
		m.moments(c)
	case *plan.Norm:
		m.norm(c)
	case *plan.NormSums:
		m.normSums(c)
	case *plan.NormGrad:
		m.normGrad(c)
	case *plan.CopyChannels:
		m.copyChannels(c)
	case *plan.Reshape:
		m.reshape(c)
	case *plan.Load:
		m.load(c)
	case *plan.Store:
		m.store(c)
	case *plan.Softmax:
		m.softmax(c)
	case *plan.SoftmaxGrad:
		m.softmaxGrad(c)
	case *plan.LossGrad:
		m.lossGrad(c)
	case *plan.LossValue:
		m.lossValue(c)
	case *plan.Activity:
		m.activity(c)
	case *plan.ActivityGrad:
		m.activityGrad(c)
	case *plan.Zero:
		m.zero(c)
	default:
		panic(fmt.Sprintf("%s: no such call: %T", c.Base().Name, c))
	}
}
