package simdtest

import (
	"bytes"
	"fmt"
	"go/format"
	"strings"
	"unicode"

	"github.com/cnnc/cnnc/codegen/simd"
)

// fileName is a family's name in the style of file names: pack_panel.
func fileName(family string) string {
	var b strings.Builder
	for _, r := range family {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// table is a Go file with the variable <family>Asm: a map from kernels to
// functions of the family's signature. Families whose variants differ in
// the types of their parameters get one map for each list of types, named <family>Asm, <family>Asm2, ...
func table(f simd.Family, kernels []simd.Kernel) []byte {
	var w bytes.Buffer
	fmt.Fprintf(&w, "// %s\n\npackage simdtest\n\nimport \"github.com/cnnc/cnnc/codegen/simd\"\n", Header)
	var signatures []string
	bySignature, names := map[string][]simd.Kernel{}, map[string]string{}
	for _, k := range kernels {
		sig, named := "", "func("
		for i, p := range f.Params(k.Variant) {
			if i > 0 {
				named += ", "
			}
			sig += string(p.Type) + " "
			named += p.Name + " " + string(p.Type)
		}
		if bySignature[sig] == nil {
			signatures = append(signatures, sig)
			names[sig] = named + ")"
		}
		bySignature[sig] = append(bySignature[sig], k)
	}
	for i, sig := range signatures {
		name := f.Name + "Asm"
		if i > 0 {
			name += fmt.Sprint(i + 1)
		}
		fmt.Fprintf(&w, "\n// %s has the assembled kernels of family %s.\n", name, f.Name)
		fmt.Fprintf(&w, "var %s = map[simd.Kernel]%s{\n", name, names[sig])
		for _, k := range bySignature[sig] {
			fmt.Fprintf(&w, "{Variant: simd.%s, Lanes: %d, ISA: simd.%v}: %s,\n",
				strings.TrimPrefix(fmt.Sprintf("%#v", k.Variant), "simd."), k.Lanes, k.ISA, k.Symbol())
		}
		w.WriteString("}\n")
	}
	src, err := format.Source(w.Bytes())
	if err != nil {
		panic(fmt.Sprintf("internal error: table of %s: %v", f.Name, err))
	}
	return src
}
