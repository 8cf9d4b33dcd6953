package portable

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/op"
)

// variants are the names of all kernels, with two of the endless constant forms.
func variants() []string {
	out := []string{"packPanel", "colSum", "maxpool", "maxpoolReLU", "maxpoolBits", "maxpoolReLUBits",
		"maxpoolGrad", "maxpoolGradAdd", "avgpool", "avgpoolGrad", "avgpoolGradAdd", "softmax",
		"add", "addReLU", "axpy", "scale", "dropout", "sgd", "momentum", "nesterov", "adam", "penalty", "fmaPeak",
		"igemmBiasReLU6K3x3p30", "igemm1K5x25p160"}
	for mr := 1; mr <= 6; mr++ {
		out = append(out, fmt.Sprint("wgrad", mr))
		for _, bias := range []string{"", "Bias"} {
			for _, add := range []string{"", "Add"} {
				for _, end := range []string{"", "ReLU", "Mask"} {
					out = append(out, fmt.Sprint("igemm", bias, add, end, mr))
				}
			}
		}
	}
	for _, f := range op.Activations() {
		out = append(out, simd.Variant{Family: "act", Func: f.Name}.Name(), simd.Variant{Family: "actGrad", Func: f.Name}.Name())
	}
	return out
}

// dispatchers is a package of one function per variant that calls the portable
// kernel, with the kernels it needs: what a generated package looks like on a
// machine without assembly.
func dispatchers(t *testing.T, names []string) []byte {
	t.Helper()
	var funcs []string
	var text bytes.Buffer
	for _, name := range names {
		k, ok := Find(name)
		if !ok {
			t.Fatalf("no kernel %s", name)
		}
		if k.Name != name {
			t.Errorf("%s is called %s", name, k.Name)
		}
		funcs = append(funcs, k.Func)
		fmt.Fprintf(&text, "func %s%s { %s }\n\n", name, k.Signature(), k.Call())
	}
	decls, imports, err := Sources(funcs...)
	if err != nil {
		t.Fatal(err)
	}
	head := "package p\n\nimport (\n"
	for _, path := range imports {
		head += "\t\"" + path + "\"\n"
	}
	return append([]byte(head+")\n\n"+text.String()), decls...)
}

// TestFindAndSources type-checks dispatchers for every variant, all together and each
// one alone with just the sources it needs.
func TestFindAndSources(t *testing.T) {
	importer := importer.ForCompiler(token.NewFileSet(), "source", nil)
	check := func(src []byte) error {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "p.go", src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		conf := types.Config{Importer: importer}
		_, err = conf.Check("p", fset, []*ast.File{file}, nil)
		return err
	}
	all := dispatchers(t, variants())
	if err := check(all); err != nil {
		t.Error(err)
	}
	for _, name := range variants() {
		if err := check(dispatchers(t, []string{name})); err != nil {
			t.Errorf("%s alone: %v", name, err)
		}
	}
	if formatted, err := format.Source(all[bytes.Index(all, []byte("// igemmGo")):]); err != nil {
		t.Error(err)
	} else if !bytes.Contains(formatted, []byte("func tile2x4")) {
		t.Error("igemmGo came without its helpers")
	}
}

func TestFindRefuses(t *testing.T) {
	for _, name := range []string{"", "igemm", "igemm7", "igemmReLUMask4", "igemmAddBias4", "maxpoolBitsReLU", "actNothing", "wgrad", "addGo", "Xadd", "addX", "maxpoolAdd"} {
		if k, ok := Find(name); ok {
			t.Errorf("found %q: %+v", name, k)
		}
	}
}

func TestCalls(t *testing.T) {
	for _, c := range []struct{ name, prefix string }{
		{"igemm4", "igemmGo(4, 0, 0, lanes, x, "},
		{"igemmBiasAddReLU6", "igemmGo(6, igemmBias|igemmAdd|igemmReLU, 0, lanes, x, "},
		{"igemmMask2K3x9p90", "igemmGo(2, igemmMask, 90, lanes, x, "},
		{"wgrad5", "wgradGo(5, lanes, x, dy, "},
		{"maxpool", "maxpoolGo(0, x, y, bits, "},
		{"maxpoolGradAdd", "maxpoolGradGo(true, dp, bits, "},
		{"actGradLeakyRelu", "actGradLeakyReluGo(dy, r, dx, n, alpha)"},
	} {
		k, _ := Find(c.name)
		if !strings.HasPrefix(k.Call(), c.prefix) {
			t.Errorf("%s is called as %s, want %s...", c.name, k.Call(), c.prefix)
		}
	}
	k, _ := Find("dropout")
	if want := "(x, y *float32, n int, key uint64, counter, threshold uint32, scale float32)"; k.Signature() != want {
		t.Errorf("signature %s, want %s", k.Signature(), want)
	}
}

func TestSourcesAreMinimalAndOrdered(t *testing.T) {
	a, imports, err := Sources("softmaxGo", "addGo", "wgradGo")
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := Sources("wgradGo", "softmaxGo", "addGo", "addGo")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("the order of names changes the text")
	}
	for _, want := range []string{"func expParts(", "// softmaxGo turns rows", "//	    m = max of"} {
		if !bytes.Contains(a, []byte(want)) {
			t.Errorf("missing %q", want)
		}
	}
	for _, not := range []string{"igemm", "normalTail", "addReLUGo"} {
		if bytes.Contains(a, []byte(not)) {
			t.Errorf("contains %q, which nothing needs", not)
		}
	}
	if !slices.Equal(imports, []string{"math", "unsafe"}) {
		t.Errorf("imports %v", imports)
	}
	if _, _, err := Sources("noSuchGo"); err == nil || !strings.Contains(err.Error(), "noSuchGo") {
		t.Errorf("unknown function: %v", err)
	}
}

func TestNames(t *testing.T) {
	names := Names()
	for _, want := range []string{"igemmGo", "igemmBias", "maxpoolWithBits", "tile2x4", "philox", "actGeluGo"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is missing", want)
		}
	}
}
