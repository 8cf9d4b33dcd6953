package emit

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// Package collects what the programs of one generated package have in common.
type Package struct {
	Plan *plan.Plan
	// Tables are the offset tables the methods use, in order of first use.
	Tables []Table
	// Kernels are the kernels the methods call, in order of first use.
	Kernels []simd.Variant
	// Rests are the igemm kernels, without MR, that methods call through the
	// function that chooses among tiles of 1 to 5 pixels.
	Rests []simd.Variant
	// Params, InferDerived and Derived are the constants of the places of
	// parameters and derived weights: those inference needs, and the others.
	Params, InferDerived, Derived []gosrc.Const

	taken  func(name string) bool // identifiers that generated code uses otherwise
	names  map[string]bool        // package-level identifiers given out
	tables map[string]string
	params map[int]string // offset to name
	deriv  map[int]string
	used   map[simd.Variant]bool
	// lanes are the numbers of channels that a kernel is called with, for each
	// instruction set; channels those of the loop being written, 0 outside of any.
	lanes    map[laneKey]bool
	channels int
}

// laneKey is a kernel for a number of channels.
type laneKey struct {
	v     simd.Variant
	isa   simd.ISA
	lanes int
}

// FoldedParams is the constant of the place of the parameters that inference
// reads, when they are not those as trained.
const FoldedParams = "foldedParams"

// Table is a package-level table of offsets.
type Table struct {
	Name  string
	Value jen.Code // an expression
}

// NewPackage names the parameters of a plan. taken reports identifiers that
// generated code uses otherwise.
func NewPackage(p *plan.Plan, taken func(name string) bool) *Package {
	pk := &Package{
		Plan: p, taken: taken, names: map[string]bool{}, tables: map[string]string{}, params: map[int]string{},
		deriv: map[int]string{}, used: map[simd.Variant]bool{},
		lanes: map[laneKey]bool{},
	}
	for _, prm := range p.Params {
		name := pk.Name(gosrc.Ident(prm.Name))
		pk.params[prm.Offset] = name
		pk.Params = append(pk.Params, gosrc.Const{Name: name, Value: prm.Offset, Comment: fmt.Sprint(prm.Shape)})
	}
	folded := false
	for _, c := range p.Derive {
		to := 0
		switch c := c.(type) {
		case *plan.Transpose:
			to = c.To
		case *plan.Arrange:
			to = c.To
		case *plan.WinogradKernel:
			to = c.To
		case *plan.NormVectors:
			to = c.To
		case *plan.Fold:
			if !folded {
				folded = true
				pk.InferDerived = append(pk.InferDerived, gosrc.Const{Name: pk.Name(FoldedParams), Value: p.FoldedAt})
			}
			continue
		default:
			continue
		}
		name := pk.Name(gosrc.Ident(c.Base().Name))
		pk.deriv[to] = name
		if to < p.InferDerivedFloats {
			pk.InferDerived = append(pk.InferDerived, gosrc.Const{Name: name, Value: to})
		} else {
			pk.Derived = append(pk.Derived, gosrc.Const{Name: name, Value: to})
		}
	}
	return pk
}

// Name returns an identifier of the package that nothing else has: the one
// given, or one made from it.
func (pk *Package) Name(want string) string {
	name := want
	for i := 2; pk.names[name] || pk.taken(name) || locals[name]; i++ {
		name = fmt.Sprintf("%sX%d", want, i)
	}
	pk.names[name] = true
	return name
}

// kernel records the use of a kernel and returns the name of its dispatching
// function.
func (pk *Package) kernel(v simd.Variant) string {
	if !pk.used[v] {
		pk.used[v] = true
		pk.Kernels = append(pk.Kernels, v)
	}
	// As function lanes of package support divides channels.
	for _, isa := range []simd.ISA{simd.AVX2, simd.AVX512} {
		for left := pk.channels; left > 0; {
			n := 8
			switch {
			case left >= 32 && isa == simd.AVX512:
				n = 32
			case left >= 16:
				n = 16
			}
			pk.lanes[laneKey{v, isa, n}] = true
			left -= n
		}
	}
	return v.Name()
}

// calledWith says that kernels named from now on are called for so many channels,
// until the function that it returns is called.
func (pk *Package) calledWith(channels int) (end func()) {
	before := pk.channels
	pk.channels = channels
	return func() { pk.channels = before }
}

// Lanes are the numbers of channels for which v is called under isa, in falling
// order; {0} for a kernel that works on whole buffers.
func (pk *Package) Lanes(v simd.Variant, isa simd.ISA) []int {
	family, ok := simd.FamilyOf(v)
	if !ok {
		return nil
	}
	if !family.HasLanes() {
		return family.Lanes[isa]
	}
	var list []int
	for _, n := range family.Lanes[isa] {
		if pk.lanes[laneKey{v, isa, n}] {
			list = append(list, n)
		}
	}
	return list
}

// Use records the use of a kernel outside the methods of calls.
func (pk *Package) Use(v simd.Variant) string { return pk.kernel(v) }

// rest records the use of the function that calls the kernel of a tile of less than
// the most pixels (kernel v but for MR), and returns its name.
func (pk *Package) rest(v simd.Variant) string {
	for mr := 1; mr < v.Tallest(); mr++ {
		v.MR = mr
		pk.kernel(v)
	}
	v.MR = 0
	if !slices.Contains(pk.Rests, v) {
		pk.Rests = append(pk.Rests, v)
	}
	return v.Name() + "Rest"
}
