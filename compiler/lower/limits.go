package lower

import (
	"fmt"
	"math"
	"strings"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/dsl/diag"
)

// Limits on a network. They are far above what a machine of today trains in
// reasonable time, and low enough that offsets in memory, in elements and with
// padding, stay within 32 bits, as the kernels' tables need.
const (
	// MaxParams is the most trained numbers of a network: 1 GiB of float32.
	MaxParams = 1 << 28
	// MaxActivations is the most values that the layers of a network may have
	// together for one example: 1 GiB of float32.
	MaxActivations = 1 << 28
)

// countParams adds the shape of a new parameter, before anything is made of it,
// and reports whether the network still fits.
func (l *lowerer) countParams(layer int, what string, s ir.Shape) bool {
	l.params = add(l.params, s.Size())
	if l.params <= MaxParams {
		return true
	}
	if l.tooManyParams {
		return false
	}
	l.tooManyParams = true
	d := l.errorf(layer, diag.TooLarge, "%s would have %s weights in its %s; a network may have %d",
		l.p.Layers[layer].Name, product(s), what, MaxParams)
	if s.Size() <= MaxParams {
		d.Msg = fmt.Sprintf("with %s weights in the %s of %s the network has %d; it may have %d",
			product(s), what, l.p.Layers[layer].Name, l.params, MaxParams)
	}
	return false
}

// countValues adds the result of a layer.
func (l *lowerer) countValues(layer int, s ir.Shape) bool {
	l.values = add(l.values, s.Size())
	if l.values <= MaxActivations {
		return true
	}
	if l.tooManyValues {
		return false
	}
	l.tooManyValues = true
	d := l.errorf(layer, diag.TooLarge, "%s would have %s values for each example; a network may have %d",
		l.p.Layers[layer].Name, product(s), MaxActivations)
	if s.Size() <= MaxActivations {
		d.Msg = fmt.Sprintf("with %s values in %s the layers have %d for each example; they may have %d",
			product(s), l.p.Layers[layer].Name, l.values, MaxActivations)
	}
	return false
}

// product is the size of s as arithmetic: "3*3*1*32 = 288".
func product(s ir.Shape) string {
	factors := make([]string, len(s))
	for i, d := range s {
		factors[i] = fmt.Sprint(d)
	}
	size := fmt.Sprint(s.Size())
	if s.Size() == math.MaxInt {
		size = "more than 2^63"
	}
	if len(s) == 1 {
		return size
	}
	return strings.Join(factors, "*") + " = " + size
}

// add saturates.
func add(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}
