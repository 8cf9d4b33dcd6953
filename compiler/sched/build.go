package sched

import (
	"fmt"
	"go/token"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/plan"
)

// builder turns the steps of one graph into calls.
type builder struct {
	*layout
	steps  []step
	params []plan.Param
	index  map[*ir.Value]int // parameter -> its place in params
	target map[*ir.Value]int // gradient -> parameter

	last    map[*ir.Value]int          // root -> last step that reads it
	bufs    map[*ir.Value]*plan.Buffer // by root
	masks   map[*ir.Value]*plan.Buffer // by mask value
	buffers []*plan.Buffer             // in order of first use

	// loss is what a measuring step computes.
	loss plan.Loss

	forward, backward []plan.Call
	stage             map[plan.Call]int
	level             int // of the step under way
	norms             norms
	derive            []plan.Derivation
	derivedFloats     int

	// blocks are run once the micro-batch is known.
	blocks []func(micro int)

	bufferNames, callNames map[string]bool
}

func newBuilder(y *layout, steps []step, params []plan.Param) *builder {
	b := &builder{
		layout: y, steps: steps, params: params, target: y.targets(),
		last: map[*ir.Value]int{}, bufs: map[*ir.Value]*plan.Buffer{}, masks: map[*ir.Value]*plan.Buffer{},
		index: map[*ir.Value]int{}, bufferNames: map[string]bool{}, callNames: map[string]bool{},
		stage: map[plan.Call]int{},
	}
	for i, p := range y.Params {
		b.index[p.Value] = i
	}
	for i, s := range steps {
		for _, a := range s.reads() {
			if r := y.root(a); r != nil {
				b.last[r] = i
			} else {
				b.last[a] = i // a mask
			}
		}
	}
	return b
}

// build makes all calls.
func (b *builder) build() error {
	b.planNorms()
	b.planFolds()
	b.input()
	for i, s := range b.steps {
		if s.level < b.level {
			return internal(s.out, "it belongs to a stage that is over")
		}
		b.level = s.level
		if err := b.step(i, s); err != nil {
			return err
		}
	}
	return nil
}

// input makes the buffer of the images: the caller's own memory or, when a
// border or padded channels are needed, a copy.
func (b *builder) input() {
	if _, used := b.last[b.Input]; !used {
		return
	}
	x := b.newBuffer(b.Input, goName(b.Input.Name))
	if !b.direct {
		c := &plan.Load{Info: b.info(b.Input, "load"+title(goName(b.Input.Name)), "forward"), Y: x}
		if b.loaded != nil {
			a := b.loaded.Attr.(ir.AffineAttr)
			c.Scale, c.Offset = a.Scale, a.Offset
			c.Comment = "the images, " + b.loaded.Name + " applied"
		}
		b.call(false, c)
	}
}

// step makes the calls of one step.
func (b *builder) step(i int, s step) error {
	v := s.out
	if s.measure {
		b.call(false, &plan.LossValue{Info: b.reader(v, "loss"), Loss: b.loss, X: b.buf(v)})
		return nil
	}
	if s.store {
		b.call(false, &plan.Store{Info: b.reader(v, "storeScores"), X: b.buf(v)})
		return nil
	}
	kind := v.Op
	if s.product != nil {
		kind = s.product.Op
	}
	switch kind {
	case "conv2d", "conv2d_fused":
		b.conv(i, s)
	case "dense", "dense_fused":
		b.dense(i, s)
	case "deconv2d", "deconv2d_fused":
		b.deconv(i, s)
	case "repeat_channels", "sum_channels":
		b.channels(s)
	case "conv2d_dx", "conv2d_dx_masked":
		b.convDx(i, s)
	case "dense_dx", "dense_dx_masked":
		b.denseDx(i, s)
	case "conv2d_dw", "dense_dw", "bias_grad":
		return b.weightGrad(s)
	case "maxpool2d":
		b.maxPool(s)
	case "maxpool2d_dx":
		return b.maxPoolGrad(s)
	case "avgpool2d", "globalavgpool":
		b.avgPool(s)
	case "avgpool2d_dx", "globalavgpool_dx":
		b.avgPoolGrad(s)
	case "activity":
		b.activity(s)
	case "act", "act_grad", "activity_grad", "dropout", "add", "add_act":
		return b.elementwise(i, s)
	case "zeropad", "crop":
		b.frame(s)
	case "permute":
		b.permute(s)
	case "upsample", "upsample_dx":
		b.upsample(s)
	case "globalmaxpool":
		b.globalMaxPool(s)
	case "globalmaxpool_dx":
		b.globalMaxPoolGrad(s)
	case "reduce":
		b.reduce(s)
	case "binary", "binary_grad", "affine", "prelu", "prelu_dx", "spatial_dropout", "alpha_dropout", "alpha_dropout_dx",
		"gaussian_noise", "gaussian_dropout":
		b.pointwise(i, s)
	case "prelu_dw":
		return b.slopeGrad(s)
	case "batch_stats", "batchnorm", "batchnorm_act", "batchnorm_sums", "batchnorm_dx", "batchnorm_fixed_dx":
		return b.norm(i, s)
	case "layernorm", "groupnorm":
		b.exampleNorm(i, s)
	case "layernorm_dx", "groupnorm_dx", "layernorm_dgamma", "groupnorm_dgamma":
		return b.exampleNormGrad(i, s)
	case "concat":
		b.concat(s)
	case "slice":
		b.slice(s)
	case opCopy:
		y := b.output(s)
		b.call(s.backward, &plan.Reshape{Info: b.info(v, callName(s, "Copy"), pass(s)), X: b.buf(v.Args[0]), Y: y})
	case "softmax", "softmax_grad", "log_softmax", "log_softmax_grad":
		b.softmax(i, s)
	case "bias":
		return internal(v, "a bias stands alone: FuseBias has not run, or its layer is not a product")
	default:
		if !op.IsLossGrad(v) {
			return internal(v, "no kernel computes it")
		}
		b.lossGrad(i, s)
	}
	return nil
}

// buf is the buffer of v.
func (b *builder) buf(v *ir.Value) *plan.Buffer {
	if m := b.masks[v]; m != nil {
		return m
	}
	return b.bufs[b.root(v)]
}

// output makes a buffer of its own for the result of s. It is named after the
// value: conv1Out, or for "conv2.dx", the gradient of what conv2 reads,
// conv2InGrad.
func (b *builder) output(s step) *plan.Buffer {
	name := goName(s.out.Name) + "Out"
	if s.backward {
		if layer, ok := strings.CutSuffix(s.out.Name, ".dx"); ok {
			name = goName(layer) + "InGrad"
		} else {
			name = goName(s.out.Name) + "Grad"
		}
	}
	return b.newBuffer(s.out, name)
}

// inPlace returns the buffer of one of the candidates when its value is not
// read after step i, and makes it the buffer of the step's result; otherwise a
// new one.
func (b *builder) inPlace(i int, s step, candidates ...*ir.Value) *plan.Buffer {
	own := b.layout.buffer(s.out, "")
	for _, c := range candidates {
		have := b.buf(c)
		if b.last[b.root(c)] != i || have.Space != plan.Arena || !have.Like(own) || have.C != own.C || have.ImageFloats != own.ImageFloats {
			continue
		}
		b.bufs[b.root(s.out)] = have
		return have
	}
	return b.output(s)
}

func (b *builder) newBuffer(v *ir.Value, name string) *plan.Buffer {
	buf := b.layout.buffer(v, unique(b.bufferNames, name))
	b.bufs[b.root(v)] = buf
	b.buffers = append(b.buffers, buf)
	return buf
}

// scratch makes a buffer that only one call uses.
func (b *builder) scratch(name string, h, w, c int) *plan.Buffer {
	buf := &plan.Buffer{Name: unique(b.bufferNames, name), H: h, W: w, C: c, Cp: pad8(c), Scratch: true}
	buf.ImageFloats = pad16(h * buf.RowFloats())
	b.buffers = append(b.buffers, buf)
	return buf
}

// mask makes the buffer of the pooling mask of s, nil when there is none.
func (b *builder) mask(s step, out *plan.Buffer, kh, kw int) *plan.Buffer {
	if s.mask == nil {
		return nil
	}
	buf := maskBuffer(out, unique(b.bufferNames, goName(s.out.Name)+"Mask"), kh, kw)
	b.masks[s.mask] = buf
	b.buffers = append(b.buffers, buf)
	return buf
}

// call appends a call to the program.
func (b *builder) call(backward bool, c plan.Call) {
	b.stage[c] = b.level
	if backward {
		b.backward = append(b.backward, c)
	} else {
		b.forward = append(b.forward, c)
	}
}

// info describes a call that computes v; the call's name is name, made unique.
func (b *builder) info(v *ir.Value, name, pass string) plan.Info {
	return plan.Info{
		Name: unique(b.callNames, name), Layer: v.Layer, Pass: pass, Line: v.Pos.Line,
		FLOPs: op.FLOPs(v),
	}
}

// reader describes a call that only reads v, whose computation is another call's.
func (b *builder) reader(v *ir.Value, name string) plan.Info {
	i := b.info(v, name, "forward")
	i.FLOPs = 0
	return i
}

// productInfo describes a product with kernel w: it belongs to the layer of the
// kernel, whatever is fused to it.
func (b *builder) productInfo(v, w *ir.Value, suffix, pass string) plan.Info {
	i := b.info(v, goName(w.Layer)+suffix, pass)
	i.Layer, i.Line = w.Layer, w.Pos.Line
	return i
}

// pass is the Pass of a step's calls.
func pass(s step) string {
	switch {
	case s.weightGrad():
		return "backward-weights"
	case s.backward:
		return "backward-data"
	}
	return "forward"
}

// callName is the layer's name and what is done there.
func callName(s step, what string) string {
	if s.backward && !s.weightGrad() {
		what += "Grad"
	}
	return goName(s.out.Layer) + what
}

// unique returns name, with a number behind it when it is taken or a keyword of
// Go.
func unique(taken map[string]bool, name string) string {
	n := name
	for i := 2; taken[n] || token.IsKeyword(n); i++ {
		n = fmt.Sprintf("%s%d", name, i)
	}
	taken[n] = true
	return n
}

// goName turns a name of the model file or of a value ("conv1.relu",
// "my_layer") into a Go identifier (conv1Relu, myLayer).
func goName(name string) string {
	parts := strings.FieldsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	})
	for i := range parts {
		if i > 0 {
			parts[i] = title(parts[i])
		}
	}
	id := strings.Join(parts, "")
	if id == "" || id[0] >= '0' && id[0] <= '9' {
		id = "x" + id
	}
	return strings.ToLower(id[:1]) + id[1:]
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// size is a buffer's size as comments write it.
func size(b *plan.Buffer) string {
	if b.H == 1 && b.W == 1 {
		return fmt.Sprintf("[n %d]", b.C)
	}
	return fmt.Sprintf("[n %d %d %d]", b.H, b.W, b.C)
}

// arrow is the comment of a call: from, to, and what happens on the way.
func arrow(x, y *plan.Buffer, what ...string) string {
	what = slices.DeleteFunc(what, func(s string) bool { return s == "" })
	s := size(x) + " -> " + size(y)
	if len(what) > 0 {
		s += ", " + strings.Join(what, ", ")
	}
	return s
}
