package op

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/compiler/ir"
)

// Def is one row of the table: all that the compiler knows of an operation.
type Def struct {
	Name string
	// Doc is one line: what the result is.
	Doc string
	// Args names the operands. A name ending in "?" is optional (the attribute
	// says whether it is there), one ending in "..." stands for one or more.
	Args []string
	// Attr is the zero value of the attribute type, nil for none.
	Attr any
	// Infer is the shape rule: the type of v from its operands and attribute.
	// Arity and attribute type have been checked. Its errors begin with what the
	// operation was asked to do and contain the arithmetic; the caller puts the
	// layer in front.
	Infer func(v *ir.Value) (ir.Type, error)
	// VJP builds the vector-Jacobian product: from the gradient dy of the loss
	// with respect to v, the gradient with respect to each operand i with
	// need[i]; other entries are ignored. It is nil where no gradient is ever
	// asked for (gradient and fused operations) or possible.
	VJP func(b *Builder, v, dy *ir.Value, need []bool) []*ir.Value
	// Eval is the reference: it fills out from args. Tensors are row-major; a
	// batched one holds env.N examples. out is zeroed before. It is nil for
	// leaves and for operations with Expand.
	Eval func(env *Env, v *ir.Value, args [][]float64, out []float64)
	// Expand defines a fused operation by the plain operations it stands for;
	// its type and reference follow from that.
	Expand func(b *Builder, v *ir.Value) *ir.Value
	// FLOPs counts one example's floating-point operations, a multiply-add as
	// two. It is nil for what is bound by memory.
	FLOPs func(v *ir.Value) int64
	// Leaf operations have no operands: their values come from outside, and
	// their type is declared, not inferred.
	Leaf bool
	// Loss is the row of a loss, nil for other operations. Losses are the last of
	// a training graph: their VJP assumes dy = 1 and ignores it.
	Loss *Loss
	// LossGrad is the row of the loss that the operation is the gradient of.
	LossGrad *Loss
}

// Env is what a reference sees besides its operands.
type Env struct {
	// N is the number of examples.
	N int
	// Scalars are the values of Graph.Scalars.
	Scalars []float64
	// Keys seed each example's random masks. Needed by dropout only.
	Keys []uint64
	// Penalty takes the penalties of activities, a sum for each example; nil drops
	// them.
	Penalty []float64
}

// rows is in the order in which a network is usually written: sources, layers,
// losses (lossTable), then gradients in the same order, then fused operations.
func rows() []Def {
	return slices.Concat([]Def{
		inputDef, paramDef, targetDef,
		conv2dDef, deconv2dDef, repeatChannelsDef, biasDef, actDef,
		maxpool2dDef, avgpool2dDef, globalavgpoolDef, globalmaxpoolDef,
		flattenDef, denseDef, dropoutDef,
		spatialDropoutDef, gaussianNoiseDef, gaussianDropoutDef, alphaDropoutDef,
		addDef, concatDef, softmaxDef, logSoftmaxDef,
		binaryDef, affineDef, preluDef,
		batchStatsDef, movingStatsDef, batchnormDef, layernormDef, groupnormDef,
		zeropadDef, cropDef, upsampleDef, permuteDef,
		activityDef,
	}, lossDefs(), []Def{
		conv2dDxDef, conv2dDwDef, sumChannelsDef, biasGradDef, actGradDef,
		maxpool2dMaskDef, maxpool2dDxDef, avgpool2dDxDef, globalavgpoolDxDef,
		reshapeDef, denseDxDef, denseDwDef,
		sliceDef, softmaxGradDef, logSoftmaxGradDef,
		batchnormSumsDef, sumsRowDef, batchnormDxDef, batchnormFixedDxDef,
		layernormDxDef, layernormDgammaDef, groupnormDxDef, groupnormDgammaDef,
		globalmaxpoolDxDef, alphaDropoutDxDef, binaryGradDef, reduceDef, preluDxDef, preluDwDef, upsampleDxDef,
		activityGradDef,
	}, lossGradDefs(), []Def{
		conv2dFusedDef, conv2dFusedMaskDef, denseFusedDef,
		conv2dDxMaskedDef, denseDxMaskedDef, addActDef,
		deconv2dFusedDef,
		batchnormActDef, foldedKernelDef, foldedBiasDef,
	})
}

// The table is filled when the package is loaded, but not by initializers:
// rows build values through the Builder, which looks operations up in the table,
// and the language would call that an initialization cycle.
var (
	table     []Def
	tableByOp map[string]*Def
)

func init() {
	table = rows()
	tableByOp = make(map[string]*Def, len(table))
	for i := range table {
		tableByOp[table[i].Name] = &table[i]
	}
}

// Table returns all operations in their fixed order. It must not be changed.
func Table() []Def { return table }

// Lookup returns the row of an operation, or nil when there is none.
func Lookup(name string) *Def { return tableByOp[name] }

// Infer applies the shape rule of v.Op to v's operands and attribute, after
// checking that the operation exists and gets as many operands and the kind of
// attribute that its row asks for. v.Shape, v.DType and v.Batched are read only
// by operations whose type is declared (leaves, reshape, globalavgpool_dx).
func Infer(v *ir.Value) (ir.Type, error) {
	d := Lookup(v.Op)
	if d == nil {
		return ir.Type{}, fmt.Errorf("no operation %q", v.Op)
	}
	lo, hi := d.arity()
	if n := len(v.Args); n < lo || n > hi {
		return ir.Type{}, fmt.Errorf("%s has %d operands, want %s", v.Op, n, strings.Join(d.Args, ", "))
	}
	if got, want := reflect.TypeOf(v.Attr), reflect.TypeOf(d.Attr); got != want {
		return ir.Type{}, fmt.Errorf("%s has attribute %v, want %v", v.Op, got, want)
	}
	if d.Expand != nil {
		return inferExpanded(d, v)
	}
	return d.Infer(v)
}

// arity returns the least and the greatest number of operands.
func (d *Def) arity() (lo, hi int) {
	for _, a := range d.Args {
		hi++
		switch {
		case strings.HasSuffix(a, "?"):
		case strings.HasSuffix(a, "..."):
			lo, hi = lo+1, 1<<30
		default:
			lo++
		}
	}
	return lo, hi
}

// Run evaluates v with its reference: args are the operands' tensors, out
// receives the result and need not be zeroed.
func Run(env *Env, v *ir.Value, args [][]float64, out []float64) error {
	d := Lookup(v.Op)
	if d == nil {
		return fmt.Errorf("no operation %q", v.Op)
	}
	clear(out)
	if d.Expand != nil {
		return runExpanded(d, env, v, args, out)
	}
	if d.Eval == nil {
		return fmt.Errorf("%s has no reference", v.Op)
	}
	d.Eval(env, v, args, out)
	return nil
}

// Floats is the number of elements of v's tensor for n examples.
func Floats(v *ir.Value, n int) int {
	if v.Batched {
		return n * v.Shape.Size()
	}
	return v.Shape.Size()
}

// FLOPs counts the floating-point operations of v for one example, a
// multiply-add as two.
func FLOPs(v *ir.Value) int64 {
	d := Lookup(v.Op)
	switch {
	case d == nil:
		return 0
	case d.Expand != nil:
		return flopsExpanded(d, v)
	case d.FLOPs == nil:
		return 0
	}
	return d.FLOPs(v)
}

// Verify checks a graph against ir.Verify and the table: every operation known,
// operands and attributes as its row says, types equal to what the shape rules
// give, scalars within bounds.
func Verify(g *ir.Graph) error {
	if err := ir.Verify(g); err != nil {
		return err
	}
	for _, v := range g.Values {
		t, err := Infer(v)
		if err != nil {
			return fmt.Errorf("graph %s: %s: %w", g.Name, v, err)
		}
		if !t.Equal(v.Type()) {
			return fmt.Errorf("graph %s: %s has type %s, its shape rule says %s", g.Name, v, v.Type(), t)
		}
		if a, ok := v.Attr.(ir.DropoutAttr); ok && (a.Rate < 0 || a.Rate >= len(g.Scalars)) {
			return fmt.Errorf("graph %s: %s refers to scalar %d of %d", g.Name, v, a.Rate, len(g.Scalars))
		}
	}
	return nil
}
