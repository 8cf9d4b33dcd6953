package codegen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/emit"
	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/runtime/model"
)

const (
	modelPath  = modulePath + "/runtime/model"
	configPath = modulePath + "/runtime/config"
)

// trainFile writes NAME_train_cnn.go: the training program and what the runtime
// wants to know of the network.
func (g *generator) trainFile() error {
	if g.o.Inference {
		return nil
	}
	s, err := sources()
	if err != nil {
		return err
	}
	p := g.plan
	f := g.file()
	network, err := g.network()
	if err != nil {
		return err
	}
	f.Code(network, modelPath, configPath)
	code, err := s.train.Closure("_", "Network", "Train", "Net", "readWeights", "loadWeights", "inference", "training", "derive")
	if err != nil {
		return err
	}
	if !g.o.Embed {
		if code, err = s.train.Closure("_", "Network", "Train", "Net", "loadWeights", "inference", "training", "derive"); err != nil {
			return err
		}
	}
	f.Text(code.Text, code.Imports...)
	transposes, _, err := g.pk.Transposes(false)
	if err != nil {
		return err
	}
	g.pk.Use(simd.Variant{Family: "transpose"})
	f.Code(jen.Comment("transposes are the kernels as backward-data wants them.").Line().
		Var().Id("transposes").Op("=").Add(transposes))
	update, err := g.update()
	if err != nil {
		return err
	}
	f.Code(update)
	if err := g.add(g.base+"_train_cnn.go", f); err != nil {
		return err
	}

	f = g.file()
	f.Code(gosrc.Consts("Sizes of the training program, as those of the inference program.", []gosrc.Const{
		{Name: "trainMicro", Value: p.Train.Micro},
		{Name: "trainFloats", Value: p.Train.ArenaFloats},
		{Name: "derivedFloats", Value: p.DerivedFloats},
	}))
	if len(p.BatchNorms) > 0 {
		f.Code(g.wholeSizes())
		f.Code(gosrc.Consts("Where what a micro-batch keeps from stage to stage begins in its memory.", g.train.ResidentOffsets))
	}
	f.Code(gosrc.Consts("Where activations, their gradients and pooling masks begin in a worker's memory.", g.train.Offsets))
	f.Code(gosrc.Consts("Where the other derived weights begin.", g.pk.Derived))
	g.tables(f, g.train)
	imports := g.worker(f, g.train)
	f.Code(g.order(g.train, "forward", g.train.forward))
	f.Code(g.order(g.train, "backward", g.train.backward))
	for _, list := range [][]method{g.train.forward, g.train.backward} {
		for _, m := range list {
			f.Code(m.code, imports...)
		}
	}
	f.Code(g.calls(g.train), modelPath)
	f.Code(g.bufferMethod(g.train))
	return g.add(g.base+"_backward_cnn.go", f)
}

// network is the descriptor of the network.
func (g *generator) network() (jen.Code, error) {
	p := g.plan
	field := func(name string, value jen.Code) jen.Code { return jen.Id(name).Op(":").Add(value) }
	layers := make([]model.Layer, len(p.Layers))
	for i, l := range p.Layers {
		layers[i] = model.Layer{
			Name: l.Name, Kind: l.Kind, Args: l.Args, Shape: l.Shape, Params: l.Params, FLOPs: l.FLOPs, Kernel: l.Kernel, Line: l.Line,
		}
	}
	params := make([]model.Param, len(p.Params))
	for i, q := range p.Params {
		params[i] = model.Param{
			Name: q.Name, Shape: q.Shape, Offset: q.Offset, Packing: model.Packing(q.Packing),
			Init: q.Init, FanIn: q.FanIn, FanOut: q.FanOut, L1: q.L1, L2: q.L2, Frozen: q.Frozen,
			Constraint: model.Constraint(q.Constraint),
		}
	}
	scalars := make([]model.Scalar, len(p.Scalars))
	for i, s := range p.Scalars {
		scalars[i] = model.Scalar(s)
	}
	worker := func(ctor string, params ...jen.Code) jen.Code {
		return jen.Func().Params(jen.List(params...).Index().Float32()).Qual(modelPath, "Worker").Block(
			jen.Return(jen.Id(ctor).Call(params...)))
	}
	fields := []jen.Code{
		field("Name", jen.Id("modelName")),
		field("Hash", jen.Id("networkHash")),
		field("Source", jen.Id("source")),
		field("Labels", jen.Id("classLabels")),
		field("Height", jen.Id("Height")), field("Width", jen.Id("Width")), field("Channels", jen.Id("Channels")),
		field("Outputs", jen.Id("Outputs")),
		field("Layers", gosrc.Literal(layers)),
		field("Params", gosrc.Literal(params)),
		field("ParamFloats", jen.Id("paramFloats")),
		field("DerivedFloats", jen.Id("derivedFloats")),
		field("Shards", jen.Lit(p.Shards)),
		field("InferMicro", jen.Id("inferMicro")), field("TrainMicro", jen.Id("trainMicro")),
		field("InferArenaBytes", jen.Lit(4).Op("*").Id("inferFloats")),
		field("TrainArenaBytes", jen.Lit(4).Op("*").Id("trainFloats")),
		field("Optimizer", jen.Lit(p.Optimizer)), field("Slots", jen.Lit(p.Slots)),
	}
	if len(p.BatchNorms) > 0 {
		fields = append(fields, g.normFields()...)
	}
	if len(scalars) > 0 {
		fields = append(fields, field("Scalars", gosrc.Literal(scalars)))
	}
	head := g.o.Head
	head.Vector = p.Loss.Vector
	fields = append(fields, field("Loss", jen.Lit(p.Loss.Kind)), field("Head", gosrc.Literal(head)))
	// The folder of the model file is a matter of the command, not of the code.
	data := g.o.Data
	data.Base = ""
	fields = append(fields,
		field("Data", gosrc.Literal(data)), field("Train", gosrc.Literal(g.o.Train)),
		field("ISA", jen.Func().Params().String().Block(jen.Return(jen.Id("isaNames").Index(jen.Id("isa"))))),
		field("NewInfer", worker("newInference", jen.Id("params"), jen.Id("derived"))),
		field("NewTrain", worker("newTraining", jen.Id("params"), jen.Id("derived"))),
		field("Derive", jen.Id("derive")),
		field("Update", jen.Id("update")),
	)
	if g.o.Timed {
		fields = append(fields, field("TimeKernels", jen.Id("timeKernels")))
	}
	text := jen.Lit(p.Source)
	if strconv.CanBackquote(strings.ReplaceAll(p.Source, "\n", "")) {
		text = jen.Op("`" + p.Source + "`")
	}
	return jen.Commentf("source is the text of %s.", p.File).Line().
		Const().Id("source").Op("=").Add(text).Line().Line().
		Comment("network describes this network to the runtime.").Line().
		Var().Id("network").Op("=").Qual(modelPath, "Network").Custom(gosrc.Lines, fields...), nil
}

// calls lists the kernel calls of a program for benchmarks.
func (g *generator) calls(pr *program) jen.Code {
	var rows []jen.Code
	for _, m := range slices.Concat(pr.forward, pr.backward) {
		rows = append(rows, jen.Id(emit.Receiver).Dot("call").Call(
			jen.Lit(m.info.Name), jen.Lit(m.info.Layer), jen.Lit(m.info.Pass),
			jen.Id(fmt.Sprint(m.info.FLOPs)), jen.Id(fmt.Sprint(m.info.Work)), jen.Id(fmt.Sprint(m.info.Bytes)),
			jen.Id(fmt.Sprintf("%.1f", m.info.Near)), jen.Id(fmt.Sprintf("%.1f", m.info.Far)), jen.Id(emit.Receiver).Dot(m.name)))
	}
	return jen.Comment("Calls implements model.Worker: name, layer, pass; of one example FLOPs, work, bytes").Line().
		Comment("and the nanoseconds predicted beside the work and in addition to it.").Line().
		Func().Params(jen.Id(emit.Receiver).Op("*").Id(pr.Type)).Id("Calls").Params().Index().Qual(modelPath, "Call").Block(
		jen.Return(jen.Index().Qual(modelPath, "Call").Custom(gosrc.Lines, rows...)))
}

// bufferMethod gives access to activations and gradients, by the name of the
// buffer or of the call whose result it holds.
func (g *generator) bufferMethod(pr *program) jen.Code {
	results := map[*plan.Buffer][]jen.Code{}
	seen := map[string]bool{}
	add := func(b *plan.Buffer, name string) {
		if b != nil && !seen[name] {
			seen[name] = true
			results[b] = append(results[b], jen.Lit(name))
		}
	}
	for _, c := range pr.Forward {
		add(result(c), c.Base().Name)
	}
	var cases []jen.Code
	for _, b := range pr.Buffers {
		if b.Space == plan.Input || b.Scratch || b.MaskCells > 0 {
			continue
		}
		array := emit.FieldArena
		if b.Space == plan.Resident {
			array = emit.FieldResident
		}
		add(b, b.Name)
		if len(results[b]) == 0 {
			continue
		}
		cases = append(cases, jen.Case(results[b]...).Block(jen.Return(jen.Id("unpadded").Call(
			jen.Id(array).Index(gosrc.Sum(gosrc.Name(pr.BufferName(b)), gosrc.Lit(b.Origin()), gosrc.Times("i", b.ImageFloats)).Op(":")),
			jen.Lit(b.H), jen.Lit(b.W), jen.Lit(b.C), jen.Lit(b.RowFloats()), jen.Lit(b.Cp)))))
	}
	return jen.Comment("Buffer implements model.Worker. Memory is shared: a value is there from the call").Line().
		Comment("that computes it to the next one that takes its place.").Line().
		Func().Params(jen.Id(emit.Receiver).Op("*").Id(pr.Type)).Id("Buffer").Params(jen.Id("name").String(), jen.Id("i").Int()).Index().Float32().Block(
		jen.Switch(jen.Id("name")).Block(cases...), jen.Return(jen.Nil()))
}

// result is the buffer that a forward call computes, the last that it writes
// besides masks; nil when that is the caller's, or when it only clears one.
func result(c plan.Call) *plan.Buffer {
	if _, clears := c.(*plan.Zero); clears {
		return nil
	}
	for _, a := range slices.Backward(plan.Accesses(c)) {
		if a.Write && a.Buffer.MaskCells == 0 {
			return a.Buffer
		}
	}
	return nil
}
