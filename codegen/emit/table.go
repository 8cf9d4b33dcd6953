package emit

import (
	"reflect"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/compiler/plan"
)

// emitter writes the statements of a call's method.
type emitter func(b *body, c plan.Call) []jen.Code

// table has a row for every kind of call. Transpose and other Derivations are not
// here: they are no part of a program but of the making of derived weights
// (transpose.go, arrange.go, norm.go).
var table = []struct {
	kind reflect.Type
	emit emitter
}{
	row(load),
	row(igemm),
	row(maxpool),
	row(avgpool),
	row(act),
	row(dropout),
	row(add),
	row(binary),
	row(affine),
	row(prelu),
	row(upsample),
	row(copyWindow),
	row(permute),
	row(spatialDropout),
	row(alphaDropout),
	row(noise),
	row(repeatChannels),
	row(sumChannels),
	row(norm),
	row(exampleNorm),
	row(exampleNormGrad),
	row(moments),
	row(normSums),
	row(normGrad),
	row(copyChannels),
	row(reshape),
	row(softmax),
	row(store),
	row(lossGrad),
	row(lossValue),
	row(softmaxGrad),
	row(winograd),
	row(winogradGrad),
	row(wgrad),
	row(maxpoolGrad),
	row(avgpoolGrad),
	row(actGrad),
	row(binaryGrad),
	row(reduce),
	row(preluGrad),
	row(preluWeights),
	row(upsampleGrad),
	row(globalmaxpoolGrad),
	row(activity),
	row(activityGrad),
	row(zero),
}

// row makes a row for one kind of call.
func row[C plan.Call](emit func(b *body, c C) []jen.Code) struct {
	kind reflect.Type
	emit emitter
} {
	return struct {
		kind reflect.Type
		emit emitter
	}{reflect.TypeFor[C](), func(b *body, c plan.Call) []jen.Code { return emit(b, c.(C)) }}
}

// lookup finds the emitter of a call.
func lookup(c plan.Call) (emitter, bool) {
	for _, r := range table {
		if r.kind == reflect.TypeOf(c) {
			return r.emit, true
		}
	}
	return nil, false
}
