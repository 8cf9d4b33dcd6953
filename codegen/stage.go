package codegen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/emit"
	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/runtime/model"
)

// stages is the method forward or backward of a training program in stages: it
// does what belongs to the stage of the batch.
func (g *generator) stages(pr *program, name, doc string, methods []method) jen.Code {
	at := 0 // of the first call among all of the program
	if name == "backward" {
		at = len(pr.forward)
	}
	var cases []jen.Code
	for s := range pr.Stages() {
		var calls []jen.Code
		for i, m := range methods {
			if pr.StageOf(at+i) == s {
				calls = append(calls, jen.Id(emit.Receiver).Dot(m.name).Call(jen.Id("n")))
			}
		}
		if calls != nil {
			cases = append(cases, jen.Case(jen.Lit(s)).Block(calls...))
		}
	}
	return jen.Comment(doc).Line().
		Comment(fmt.Sprintf("It runs in %d stages: each begins where statistics of the whole batch are wanted.", pr.Stages())).Line().
		Func().Params(jen.Id(emit.Receiver).Op("*").Id(pr.Type)).Id(name).Params(jen.Id("n").Int()).Block(
		jen.Switch(jen.Id(emit.FieldWhole).Dot("Stage")).Block(cases...))
}

// wholeSizes are the sizes of what a network in stages keeps.
func (g *generator) wholeSizes() jen.Code {
	p := g.plan
	return gosrc.Consts("Sizes of what is kept for the whole batch: by each micro-batch from stage to stage,\nby each shard (float64), and by all together.", []gosrc.Const{
		{Name: "residentFloats", Value: p.Train.ResidentFloats},
		{Name: "sumFloats", Value: p.SumFloats},
		{Name: "sharedFloats", Value: p.BatchFloats},
	})
}

// normFields are the fields of the network's descriptor for networks in stages.
func (g *generator) normFields() []jen.Code {
	p := g.plan
	norms := make([]model.Norm, len(p.BatchNorms))
	for i, n := range p.BatchNorms {
		norms[i] = model.Norm{
			Layer: n.Layer, Channels: n.Channels, Pitch: n.Pitch, Pixels: n.Pixels, Moments: n.Moments, Sums: n.Sums,
			MomentsAt: n.MomentsAt, SumsAt: n.SumsAt, SharedAt: n.At,
			Gamma: n.Gamma, Beta: n.Beta, Mean: n.Mean, Variance: n.Variance, Epsilon: n.Epsilon, Momentum: n.Momentum,
		}
	}
	field := func(name string, value jen.Code) jen.Code { return jen.Id(name).Op(":").Add(value) }
	return []jen.Code{
		field("Norms", gosrc.Literal(norms)), field("Stages", jen.Lit(p.Train.Stages())),
		field("ResidentFloats", jen.Id("residentFloats")), field("SumFloats", jen.Id("sumFloats")), field("SharedFloats", jen.Id("sharedFloats")),
	}
}
