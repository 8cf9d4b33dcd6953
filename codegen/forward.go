package codegen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/emit"
	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// forwardFile writes NAME_forward_cnn.go: the inference program.
func (g *generator) forwardFile() error {
	f := g.file()
	p := g.plan
	f.Code(gosrc.Consts("Sizes of the inference program: images taken at a time, and float32 elements of\na worker's memory and of the packed parameters.", []gosrc.Const{
		{Name: "inferMicro", Value: p.Infer.Micro},
		{Name: "inferFloats", Value: p.Infer.ArenaFloats},
		{Name: "paramFloats", Value: p.ParamFloats},
		{Name: "inferDerivedFloats", Value: p.InferDerivedFloats},
	}))
	f.Code(gosrc.Consts("Where the activations begin in a worker's memory.", g.infer.Offsets))
	f.Code(gosrc.Consts("Where the parameters begin in the packed vector, with their logical shapes.", g.pk.Params))
	if len(g.pk.InferDerived) > 0 {
		f.Code(gosrc.Consts("Where the transformed kernels begin that inference needs.", g.pk.InferDerived))
	}
	transform, err := g.transformKernels()
	if err != nil {
		return err
	}
	f.Code(transform)
	g.tables(f, g.infer)
	imports := g.worker(f, g.infer)
	f.Code(g.order(g.infer, "forward", g.infer.forward))
	f.Code(g.runMethod())
	for _, m := range g.infer.forward {
		f.Code(m.code, imports...)
	}
	if g.infer.one != nil {
		s, err := sources()
		if err != nil {
			return err
		}
		f.Code(g.oneImage())
		for _, m := range g.infer.parts {
			f.Code(m)
		}
		code, err := s.together.Closure("crew", "inference")
		if err != nil {
			return err
		}
		f.Text(code.Text, code.Imports...)
	}
	if !g.o.Inference {
		f.Code(g.calls(g.infer))
		f.Code(g.bufferMethod(g.infer), modelPath)
	}
	return g.add(g.base+"_forward_cnn.go", f)
}

// tables writes the offset tables that are not written yet.
func (g *generator) tables(f *gosrc.File, pr *program) {
	from, to := 0, pr.Program.TablesEnd
	if pr == g.train {
		from = g.infer.TablesEnd
	}
	if from == to {
		return
	}
	f.Code(jen.Comment("Offsets of pixels, of input runs (segs) and of weight rows, for the kernels.").Line().
		Var().DefsFunc(func(d *jen.Group) {
		for _, t := range g.pk.Tables[from:to] {
			d.Id(t.Name).Op("=").Add(t.Value)
		}
	}))
}

// worker writes the type of a program's worker and its constructor.
func (g *generator) worker(f *gosrc.File, pr *program) []string {
	floats, micro := "inferFloats", "inferMicro"
	if pr.Training {
		floats, micro = "trainFloats", "trainMicro"
	}
	usesBits := false
	for _, b := range pr.Buffers {
		usesBits = usesBits || b.MaskCells > 0
	}
	array := func(n string) *jen.Statement { return jen.Op("*").Index(jen.Id(n)).Float32() }
	fields := []jen.Code{
		jen.Id("arena").Add(array(floats)).Comment("activations, 64-byte aligned"),
	}
	if usesBits {
		fields = append(fields, jen.Id("bits").Op("*").Index(jen.Lit(4).Op("*").Id(floats)).Byte().Comment("the arena as bytes: pooling masks"))
	}
	derived := "inferDerivedFloats"
	if pr.Training {
		derived = "derivedFloats"
	}
	fields = append(fields, jen.Id("params").Add(array("paramFloats")).Comment("packed, shared"))
	fields = append(fields, jen.Id("derived").Add(array(derived)).Comment("transposed and transformed weights, shared"))
	if pr.Training {
		fields = append(fields,
			jen.Id("grads").Add(array("paramFloats")).Comment("packed as params, the caller's"))
	}
	fields = append(fields,
		jen.Line().Comment("The caller's micro-batch."),
		jen.Id("x").Index().Float32().Comment("images [n][Height][Width][Channels]"),
		jen.Id("scores").Index().Float32().Comment("[n][Outputs]"))
	if !g.o.Inference {
		fields = append(fields,
			jen.Id("labels").Index().Int32(),
			jen.Id("targets").Index().Float32(),
			jen.Id("losses").Index().Float64().Comment("empty when not wanted"),
			jen.Id("penalties").Index().Float64().Comment("of activities, likewise"),
			jen.Id("scalars").Index().Float32().Comment("run-time numbers: dropout rates, penalties"))
	}
	if pr.Training {
		fields = append(fields,
			jen.Id("weights").Index().Float32().Comment("of the examples, empty for none"),
			jen.Id("keys").Index().Uint64().Comment("of random masks"),
			jen.Id("scale").Float32().Comment("of the loss gradient: 1/batch"),
			jen.Id("whole").Op("*").Qual(modelPath, "Whole").Comment("of networks that run in stages"))
	}
	if !pr.Training {
		fields = append(fields, jen.Line(), jen.Id("workers").Int().Comment("that share an image; up to so many if negative, 0 for up to GOMAXPROCS"))
		if pr.one != nil {
			fields = append(fields,
				jen.Id("helpers").Int().Comment("that may help with this image"),
				jen.Id("prepared").Int().Comment("number of the block whose transformed inputs are in scratch"),
				jen.Id("scratch").Add(array(floats)).Comment("arena, of a helper its own: for scratch memory"))
		}
	}
	if g.usesStats(pr) {
		fields = append(fields, jen.Line(), jen.Id("stats").Index(jen.Lit(2).Op("*").Id(micro)).Float32().Comment("of softmax: largest logit, sum of exponentials"))
	}
	if pr.RowFloats > 0 {
		fields = append(fields, jen.Id("row").Index(jen.Lit(pr.RowFloats)).Float32().Comment("scratch"))
	}
	if pr.SumFloats > 0 {
		fields = append(fields, jen.Id("sums").Index(jen.Lit(pr.SumFloats)).Float64().Comment("scratch"))
	}
	if pr.Training {
		fields = append(fields, jen.Id("infer").Op("*").Id("inference").Comment("made by Infer"))
	}
	f.Code(jen.Commentf("%s runs the %s on at most %s images at a time.", pr.Type, map[bool]string{false: "network forward", true: "network forward and backward"}[pr.Training], micro).Line().
		Type().Id(pr.Type).Struct(fields...))

	ctor := "new" + gosrc.Upper(pr.Type)
	params := []jen.Code{jen.List(jen.Id("params"), jen.Id("derived")).Index().Float32()}
	values := []jen.Code{
		jen.Id("arena").Op(":").Parens(array(floats)).Parens(jen.Id("arena")),
	}
	if usesBits {
		values = append(values, jen.Id("bits").Op(":").Parens(jen.Op("*").Index(jen.Lit(4).Op("*").Id(floats)).Byte()).Parens(jen.Id("unsafe.Pointer").Call(jen.Op("&").Id("arena").Index(jen.Lit(0)))))
	}
	trained := jen.Id("params")
	if !pr.Training && g.plan.Folds() {
		trained = jen.Id("derived").Index(jen.Id(emit.FoldedParams).Op(":"))
	}
	values = append(values, jen.Id("params").Op(":").Parens(array("paramFloats")).Parens(trained))
	values = append(values, jen.Id("derived").Op(":").Parens(array(derived)).Parens(jen.Id("derived")))
	f.Code(jen.Commentf("%s makes a worker on shared parameters.", ctor).Line().
		Func().Id(ctor).Params(params...).Op("*").Id(pr.Type).Block(
		jen.Id("arena").Op(":=").Id("alignedFloats").Call(jen.Id(floats)),
		jen.Return(jen.Op("&").Id(pr.Type).Custom(gosrc.Lines, values...)),
	))
	var imports []string
	if usesBits {
		imports = append(imports, "unsafe")
	}
	if pr.RNG {
		imports = append(imports, modulePath+"/runtime/rng")
	}
	return imports
}

// transformKernels are the tables of the derived weights that inference needs, too,
// and the function that makes them: kernels transformed for Winograd's algorithm,
// and those arranged for groups, transposed convolutions and few output channels.
func (g *generator) transformKernels() (jen.Code, error) {
	code := jen.Null()
	function := jen.Func().Id("transformKernels").Params(jen.List(jen.Id("params"), jen.Id("derived")).Index().Float32(),
		jen.Id("inference").Bool(), jen.List(jen.Id("k"), jen.Id("n")).Int())
	var stmts []jen.Code
	add := func(name, doc, make string, table jen.Code, infer int) {
		if table == nil {
			return
		}
		code.Commentf("%s are the kernels %s, those", name, doc).Line().
			Comment("inference needs first.").Line().
			Var().Id(name).Op("=").Add(table).Line().Line()
		list := "list"
		if len(stmts) > 0 {
			list = "more"
		}
		stmts = append(stmts,
			jen.Id(list).Op(":=").Id(name),
			jen.If(jen.Id("inference")).Block(jen.Id(list).Op("=").Id(list).Index(jen.Op(":").Lit(infer))),
			jen.Id(make).Call(jen.Id(list), jen.Id("params"), jen.Id("derived"), jen.Id("k"), jen.Id("n")))
	}
	transposes, n, err := g.pk.Transposes(true)
	if err != nil {
		return nil, err
	}
	table, infer := g.pk.WinogradKernels()
	add("winogradKernels", "transformed for Winograd's algorithm", "winogradPart", table, infer)
	if table != nil {
		g.useWinogradKernels()
	}
	table, infer = g.pk.Arrangements()
	add("arrangements", "arranged for groups, transposed convolutions and few outputs", "arrangePart", table, infer)
	folds, transformed := g.pk.Folds()
	rest := []jen.Code{jen.Id("params"), jen.Id("derived"), jen.Id("k"), jen.Id("n")}
	declare := func(name, doc string, table jen.Code) {
		code.Comment(name + " are " + doc + ".").Line().Var().Id(name).Op("=").Add(table).Line().Line()
	}
	if folds != nil {
		declare("folds", "the kernels that take in the batchnorm behind them, for inference", folds)
		stmts = append(stmts, jen.Id("foldPart").Call(jen.Id("folds"), jen.Id("params"),
			jen.Id("derived").Index(jen.Id(emit.FoldedParams).Op(":").Id(emit.FoldedParams).Op("+").Id("paramFloats")), jen.Id("k"), jen.Id("n")))
	}
	if transformed != nil {
		g.useWinogradKernels()
		declare("foldedKernels", "those of them that are transformed for Winograd's algorithm", transformed)
		stmts = append(stmts, jen.Id("foldedWinogradPart").Call(append([]jen.Code{jen.Id("foldedKernels")}, rest...)...))
	}
	if vectors, infer := g.pk.NormVectors(); vectors != nil {
		declare("normVectors", "the batchnorms with fixed statistics, those inference needs first", vectors)
		stmts = append(stmts,
			jen.Id("vectors").Op(":=").Id("normVectors"),
			jen.If(jen.Id("inference")).Block(jen.Id("vectors").Op("=").Id("vectors").Index(jen.Op(":").Lit(infer))),
			jen.Id("normVectorPart").Call(append([]jen.Code{jen.Id("vectors")}, rest...)...))
	}
	if n > 0 {
		g.pk.Use(simd.Variant{Family: "transpose"})
		declare("inferTransposes", "the kernels that inference reads transposed", transposes)
		stmts = append(stmts, jen.Id("transposePart").Call(append([]jen.Code{jen.Id("inferTransposes")}, rest...)...))
	}
	if stmts == nil {
		return jen.Comment("transformKernels has nothing to do: no layer needs its kernel in another form.").Line().Add(function.Block()), nil
	}
	return code.Comment("transformKernels makes part k of n of the transformed kernels: those of inference").Line().
		Comment("or all.").Line().Add(function.Block(stmts...)), nil
}

// useWinogradKernels records the kernels that transform kernels.
func (g *generator) useWinogradKernels() {
	g.pk.Use(simd.Variant{Family: "winograd", Func: "weights"})
	g.pk.Use(simd.Variant{Family: "winograd", Func: "weights2"})
	g.pk.Use(simd.Variant{Family: "transpose"})
}

// runMethod is what callers of the inference program use.
func (g *generator) runMethod() jen.Code {
	doc := "run is forward."
	var stmts []jen.Code
	if g.infer.one != nil {
		doc = "run is forward; one image is computed by several workers, if there are."
		stmts = append(stmts, jen.If(jen.Id("n").Op("==").Lit(1).Op("&&").Id(emit.Receiver).Dot("together").Call()).Block(jen.Return()))
	}
	stmts = append(stmts, jen.Id(emit.Receiver).Dot("forward").Call(jen.Id("n")))
	return jen.Comment(doc).Line().
		Func().Params(jen.Id(emit.Receiver).Op("*").Id(g.infer.Type)).Id("run").Params(jen.Id("n").Int()).
		Block(stmts...)
}

// oneImage is the forward program of one image in parts.
func (g *generator) oneImage() jen.Code {
	return jen.Comment("forwardOne is forward for one image. The parts of large layers are computed by all").Line().
		Comment("workers that are there; each waits for the one before.").Line().
		Func().Params(jen.Id(emit.Receiver).Op("*").Id(g.infer.Type)).Id("forwardOne").Params().Block(g.infer.one...)
}

// usesStats says whether a program needs what the softmax kernel leaves behind.
func (g *generator) usesStats(pr *program) bool {
	for _, list := range [][]plan.Call{pr.Forward, pr.Backward} {
		for _, c := range list {
			if c, ok := c.(*plan.LossGrad); ok && c.Loss.Softmax {
				return true
			}
		}
	}
	return false
}

// order is the method that calls the layers in order.
func (g *generator) order(pr *program, name string, methods []method) jen.Code {
	doc := fmt.Sprintf("%s is the network, layer by layer, on n images.", name)
	if name == "backward" {
		doc = "backward adds the gradients of the parameters, from the loss to the first layer."
	}
	if pr.Stages() > 1 {
		return g.stages(pr, name, doc, methods)
	}
	return jen.Comment(doc).Line().
		Func().Params(jen.Id(emit.Receiver).Op("*").Id(pr.Type)).Id(name).Params(jen.Id("n").Int()).BlockFunc(func(b *jen.Group) {
		for _, m := range methods {
			b.Id(emit.Receiver).Dot(m.name).Call(jen.Id("n"))
		}
	})
}
