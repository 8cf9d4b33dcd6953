package simd_test

import (
	"fmt"

	"github.com/cnnc/cnnc/codegen/simd"
)

// A kernel is looked up by variant, lanes and ISA, and can be executed without
// the processor it is for.
func Example() {
	k := simd.Kernel{Variant: simd.Variant{Family: "colSum"}, Lanes: 16, ISA: simd.AVX512}
	p, err := k.Program()
	if err != nil {
		fmt.Println(err)
		return
	}
	// Three pixels of 16 channels.
	dy := make([]float32, 3*16)
	for i := range dy {
		dy[i] = float32(i)
	}
	var mem simd.Memory
	in := mem.Float32s("dy", dy, simd.Read)
	out := mem.Float32s("db", make([]float32, 16), simd.ReadWrite)
	if err := p.Run(&mem, in.Ptr(), out.Ptr(), 1, 1, 3, 48, 48, 16); err != nil {
		fmt.Println(err)
		return
	}
	db := make([]float32, 16)
	out.GetFloat32s(db)
	fmt.Println(p.Name, db[:4])
	// Output: colSumx16AVX512 [48 51 54 57]
}
