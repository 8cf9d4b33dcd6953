package simdtest

import (
	"fmt"
	"testing"

	"github.com/cnnc/cnnc/codegen/portable"
	"github.com/cnnc/cnnc/codegen/simd"
)

// TestPortableSignatures checks that every variant exists in portable Go under
// its name, with the parameters that dispatching functions have.
func TestPortableSignatures(t *testing.T) {
	for _, v := range Variants() {
		k, ok := portable.Find(v.Name())
		if !ok {
			t.Errorf("%s has no portable form", v.Name())
			continue
		}
		f, _ := simd.FamilyOf(v)
		want := f.Params(v)
		if f.HasLanes() {
			want = append([]simd.Param{{Name: "lanes", Type: simd.Int}}, want...)
		}
		got := make([]simd.Param, len(k.Params))
		for i, p := range k.Params {
			got[i] = simd.Param{Name: p.Name, Type: simd.Type(p.Type)}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: portable parameters\n\t%v\nassembly parameters\n\t%v", v.Name(), got, want)
		}
	}
}
