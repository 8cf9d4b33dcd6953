package codegen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/extract"
	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

const (
	modulePath = "github.com/cnnc/cnnc"
	cpuidPath  = "github.com/klauspost/cpuid/v2"
)

// netFile writes NAME_cnn.go: what a user of the package reads first.
func (g *generator) netFile() error {
	s, err := sources()
	if err != nil {
		return err
	}
	f := g.file()
	f.Doc(g.packageDoc())
	f.Code(g.shapeConsts())
	f.Code(g.names())
	code, err := s.net.Closure("Net", "New", "Load")
	if err != nil {
		return err
	}
	g.text(f, code)
	if err := g.inputCode(f, s); err != nil {
		return err
	}
	if g.o.Embed {
		f.Blank("embed")
		f.Text(fmt.Sprintf("//go:embed %s.safetensors\nvar embedded []byte", g.base))
		code, err := s.embed.Closure("Embedded")
		if err != nil {
			return err
		}
		g.text(f, code)
	}
	return g.add(g.base+"_cnn.go", f)
}

// text adds copied code to a file, as inference packages have it.
func (g *generator) text(f *gosrc.File, code extract.Code) {
	code = code.Rename(g.renamed())
	if g.o.Inference {
		code.Imports = without(code.Imports, copied...)
	}
	f.Text(code.Text, code.Imports...)
}

// renamed are the names that copied code has in inference packages, where the
// runtime's packages are copied too.
func (g *generator) renamed() map[string]string {
	if g.o.Inference {
		return weightNames
	}
	return nil
}

// shapeConsts are the constants of the network's input and output.
func (g *generator) shapeConsts() jen.Code {
	p := g.plan
	return jen.Comment("Height, Width and Channels are those of the input image, Outputs the number").Line().
		Comment("of scores.").Line().
		Const().Defs(
		jen.Id("Height").Op("=").Lit(p.InputH),
		jen.Id("Width").Op("=").Lit(p.InputW),
		jen.Id("Channels").Op("=").Lit(p.InputC),
		jen.Id("Outputs").Op("=").Lit(p.Outputs),
	).Line().Line().
		Const().Defs(
		jen.Id("modelName").Op("=").Lit(p.Name),
		jen.Id("networkHash").Op("=").Lit(p.Hash),
		jen.Id("classCount").Op("=").Lit(max(g.o.Head.ClassCount(p.Outputs), p.Outputs)),
		jen.Id("threshold").Op("=").Lit(float64(g.o.Head.Threshold())).Comment("of a score that is one for two classes"),
	)
}

// names are the variables that describe classes and pictures.
func (g *generator) names() jen.Code {
	spec := preprocess.Spec{
		Height: g.plan.InputH, Width: g.plan.InputW, Channels: g.plan.InputC,
		Resize: g.o.Data.Resize != nil, Scale: float32(g.o.Data.Rescale),
	}
	picture := g.literal(spec)
	labels := jen.Index().String().Values()
	if g.plan.Labels == nil {
		labels = jen.Null()
	}
	if len(g.plan.Labels) > 0 {
		labels = gosrc.Literal(g.plan.Labels)
	}
	if g.o.Data.Table != nil {
		picture = nil
	}
	vars := jen.Comment("classLabels names the classes where the weights do not.").Line().Var().Id("classLabels")
	if g.plan.Labels == nil {
		vars.Index().String()
	} else {
		vars.Op("=").Add(labels)
	}
	if picture == nil {
		return vars
	}
	vars.Line().Line().
		Comment("picture says how a picture becomes an input.").Line().
		Var().Id("picture").Op("=").Add(picture)
	if s := g.o.Data.Standardize; s != nil {
		vars.Line().Line().
			Comment("standardized says how values are standardized behind that.").Line().
			Var().Id("standardized").Op("=").Add(g.literal(preprocess.Standard{Image: s.Image, Channels: s.Channels, Whiten: s.Whiten}))
	}
	return vars
}

// literal is a value of package preprocess, which inference packages have a copy of.
func (g *generator) literal(v any) *jen.Statement {
	l := gosrc.Literal(v)
	if !g.o.Inference {
		return l
	}
	name, fields, _ := strings.Cut(fmt.Sprintf("%#v", l), "{")
	return jen.Id(weightNames[name] + "{" + fields)
}

// packageDoc is the network as a table.
func (g *generator) packageDoc() []string {
	p := g.plan
	what := "trains and runs"
	if g.o.Inference {
		what = "runs"
	}
	lines := []string{
		fmt.Sprintf("Package %s %s the convolutional network of %s.", g.o.Package, what, p.File), "",
	}
	rows := [][]string{{"layer", "kind", "output", " parameters", " MFLOP", "kernels"}}
	params, flops := 0, int64(0)
	for _, l := range p.Layers {
		rows = append(rows, []string{
			l.Name, strings.TrimSpace(l.Kind + " " + l.Args), shapeText(l.Shape),
			" " + thousands(l.Params), " " + megaflops(l.FLOPs), l.Kernel,
		})
		params += l.Params
		flops += l.FLOPs
	}
	for _, line := range gosrc.Table(rows) {
		lines = append(lines, "\t"+line)
	}
	lines = append(lines, "",
		fmt.Sprintf("%s parameters%s; %s MFLOP to infer one image, a multiply-add counting 2.", thousands(params), notTrained(p), megaflops(flops)),
		fmt.Sprintf("An inference worker takes %s of memory for %s at a time.", size(p.Infer.ArenaFloats), counted(p.Infer.Micro, "image")))
	if !g.o.Inference {
		lines = append(lines, fmt.Sprintf("A training worker takes %s for %s; weights, gradients and optimizer state", size(p.Train.ArenaFloats), counted(p.Train.Micro, "image")),
			fmt.Sprintf("together take %s in %s.", size(p.ParamFloats*(1+p.Slots+p.Shards)+p.DerivedFloats), counted(p.Shards, "gradient shard")))
	}
	lines = append(lines, "",
		"The environment variable CNNC_ISA chooses the kernels: avx512, avx2 or go (portable).",
		"By default they are the widest that the machine supports; a value that cannot be had is",
		"reported on standard error, and the default stays.")
	return lines
}

// notTrained says how many of the parameters nothing trains, if any.
func notTrained(p *plan.Plan) string {
	if n := p.NotTrained(); n > 0 {
		return fmt.Sprintf(", %s of them not trained", thousands(n))
	}
	return ""
}

func shapeText(shape []int) string {
	parts := make([]string, len(shape))
	for i, n := range shape {
		parts[i] = fmt.Sprint(n)
	}
	return strings.Join(parts, "x")
}

// thousands writes a count with groups of three digits.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func megaflops(n int64) string { return fmt.Sprintf("%.3f", float64(n)/1e6) }

// size is the memory that n numbers take.
func size(n int) string { return plan.FormatBytes(4 * int64(n)) }

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func without(list []string, gone ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(gone, s) })
}
