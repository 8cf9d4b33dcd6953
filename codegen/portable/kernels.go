package portable

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"sync"
)

// Kernel says how generated code reaches one kernel variant in portable Go.
type Kernel struct {
	Name   string   // variant: the name of the dispatch function, such as igemmBiasReLU6
	Func   string   // function of this package to copy (Sources) and to call, such as igemmGo
	Lead   []string // constant arguments that come first and choose the variant
	Params []Param  // dispatch parameters, which are the remaining ones of Func
}

// Param is one parameter of a dispatch function.
type Param struct {
	Name string
	Type string // as in Go source: int, float32, *float32, *byte, ...
}

// Call is the call of the portable function from a dispatch function whose
// parameters have the names in Params.
func (k Kernel) Call() string {
	args := append([]string(nil), k.Lead...)
	for _, p := range k.Params {
		args = append(args, p.Name)
	}
	return k.Func + "(" + strings.Join(args, ", ") + ")"
}

// Signature is the parameter list of the dispatch function, in parentheses.
func (k Kernel) Signature() string {
	var b strings.Builder
	b.WriteByte('(')
	for i, p := range k.Params {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.Name)
		if i+1 == len(k.Params) || k.Params[i+1].Type != p.Type {
			b.WriteByte(' ')
			b.WriteString(p.Type)
		}
	}
	b.WriteByte(')')
	return b.String()
}

// family is a row of the table of kernel names.
type family struct {
	pattern *regexp.Regexp            // all names of the family; must match as a whole
	fn      string                    // function; empty means the name with Go appended
	lead    func(m []string) []string // leading arguments, from the submatches; nil means none
}

var families = []family{
	{name(`igemm(Bias)?(Add)?(ReLU|Mask)?([1-6])(?:K\d+x\d+p(\d+))?`), "igemmGo", func(m []string) []string {
		pitch := "0"
		if m[5] != "" {
			pitch = m[5]
		}
		return []string{m[4], flags("igemm", m[1:4]), pitch}
	}},
	{name(`narrow(\d)c(Bias)?(Add)?(ReLU|Mask)?(\d)`), "narrowGo", func(m []string) []string {
		return []string{m[1], m[5], flags("igemm", m[2:5])}
	}},
	{name(`narrowRow(\d)s(\d)(Bias)?(Add)?(ReLU|Mask)?(\d+)`), "narrowRowGo", func(m []string) []string {
		return []string{m[1], m[2], m[6], flags("igemm", m[3:6])}
	}},
	{name(`narrowGrad(\d)c`), "narrowGradGo", func(m []string) []string { return m[1:] }},
	{name(`depthwise(Bias)?(Add)?(ReLU|Mask)?([1-6])`), "depthwiseGo", func(m []string) []string {
		return []string{m[4], flags("igemm", m[1:4])}
	}},
	{name(`depthwiseRow(\d)s(\d)(Bias)?(Add)?(ReLU|Mask)?(\d+)`), "depthwiseRowGo", func(m []string) []string {
		return []string{m[1], m[2], m[6], flags("igemm", m[3:6])}
	}},
	{name(`depthwiseRowGrad(\d+)x(\d)s(\d)(Bias)?(\d+)`), "depthwiseRowGradGo", func(m []string) []string {
		return []string{m[1], m[2], m[3], m[5], fmt.Sprint(m[4] != "")}
	}},
	{name(`depthwiseGrad([1-6])`), "depthwiseGradGo", func(m []string) []string { return m[1:] }},
	{name(`gatherSum|transpose`), "", nil},
	{name(`wgrad([1-6])`), "wgradGo", func(m []string) []string { return m[1:] }},
	{name(`wgradBias([1-5])`), "wgradBiasGo", func(m []string) []string { return m[1:] }},
	{name(`packPanel|colSum`), "", nil},
	{name(`maxpool(ReLU)?(Bits)?`), "maxpoolGo", func(m []string) []string { return []string{flags("maxpoolWith", m[1:])} }},
	{name(`maxpoolGrad(Add)?`), "maxpoolGradGo", boolean},
	{name(`avgpool`), "", nil},
	{name(`layernorm(?:Grad)?`), "", nil},
	{name(`norm(?:Add)?(?:ReLU)?|moments|normSums|normGrad`), "", nil},
	{name(`avgpoolGrad(Add)?`), "avgpoolGradGo", boolean},
	{name(`act(?:Grad)?[A-Z][A-Za-z0-9]*`), "", nil}, // the functions of activation.go, actsmooth.go, actgrad.go
	{name(`softmax(?:Back)?(?:Log)?`), "", nil},
	{name(`add|addReLU|axpy|scale`), "", nil},
	{name(`dropout(?:Words)?`), "", nil},
	{name(`binary(Add|Subtract|SubtractFrom|Multiply|Maximum|Minimum)(ReLU)?(Splat)?`), "binaryGo", func(m []string) []string {
		return []string{"binaryTo" + m[1], fmt.Sprint(m[2] != ""), fmt.Sprint(m[3] != "")}
	}},
	{name(`select(Ge|Gt|Le|Lt)(Splat)?`), "selectGo", func(m []string) []string {
		return []string{"selectBy" + m[1], fmt.Sprint(m[2] != "")}
	}},
	{name(`reduce(?:Product|Prelu)|reduceChannels(?:Product)?|affine(?:Channels)?|prelu(?:Grad)?`), "", nil},
	{name(`blend(?:Grad)?|globalmaxpoolGrad|noise(?:Add|Multiply)`), "", nil},
	{name(`sgd|momentum|nesterov|adam|amsgrad|rmsprop(?:Centered)?(?:Momentum)?|adagrad|adadelta|adamax|nadam|ftrl|ftrlPower|lion|lamb`), "", nil},
	{name(`penalty|activityGrad`), "", nil},
	{name(`winograd(?:Input|Weights|Gradient|Delta)2?`), "", nil},
	{name(`winogradGradient2?Bias`), "", nil},
	{name(`winogradOutput(Bias)?(Add)?(ReLU|Mask)?`), "winogradOutputGo", func(m []string) []string {
		return []string{flags("winograd", m[1:4])}
	}},
	{name(`winogradOutput2(Bias)?(Add)?(ReLU|Mask)?`), "winogradOutput2Go", func(m []string) []string {
		return []string{flags("winograd", m[1:4])}
	}},
	{name(`winogradPoolOutput(Bias)?(ReLU)?(Bits)?`), "winogradPoolOutputGo", func(m []string) []string {
		return []string{flags("winograd", m[1:])}
	}},
	{name(`winogradPoolOutput2(Bias)?(ReLU)?(Bits)?`), "winogradPoolOutput2Go", func(m []string) []string {
		return []string{flags("winograd", m[1:])}
	}},
	{name(`fmaPeak`), "", nil},
}

func name(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + pattern + `)$`) }

// flags is the Go expression for the flag constants prefix+part of the parts present.
func flags(prefix string, parts []string) string {
	var set []string
	for _, p := range parts {
		if p != "" {
			set = append(set, prefix+p)
		}
	}
	if len(set) == 0 {
		return "0"
	}
	return strings.Join(set, "|")
}

// boolean is the leading argument of functions with a flag that is there or not.
func boolean(m []string) []string { return []string{fmt.Sprint(m[1] != "")} }

// Find returns the kernel of that variant name; ok is false if there is none.
func Find(variant string) (k Kernel, ok bool) {
	for _, f := range families {
		m := f.pattern.FindStringSubmatch(variant)
		if m == nil {
			continue
		}
		k = Kernel{Name: variant, Func: f.fn}
		if k.Func == "" {
			k.Func = variant + "Go"
		}
		if f.lead != nil {
			k.Lead = f.lead(m)
		}
		params, err := kernelParams()
		if _, declared := params[k.Func]; err != nil || !declared || len(params[k.Func]) < len(k.Lead) {
			return Kernel{}, false
		}
		k.Params = params[k.Func][len(k.Lead):]
		return k, true
	}
	return Kernel{}, false
}

// kernelParams are the parameters of all functions of the kernel files.
var kernelParams = sync.OnceValues(func() (map[string][]Param, error) {
	names, err := kernelFileNames()
	if err != nil {
		return nil, err
	}
	out := map[string][]Param{}
	for _, name := range names {
		src, err := kernelFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			out[fn.Name.Name] = nil
			for _, field := range fn.Type.Params.List {
				for _, id := range field.Names {
					out[fn.Name.Name] = append(out[fn.Name.Name], Param{id.Name, typeText(field.Type)})
				}
			}
		}
	}
	return out, nil
})

// typeText is the source text of a parameter type; kernels take only named types and
// pointers to them.
func typeText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return "*" + typeText(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
