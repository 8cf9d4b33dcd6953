package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
)

// weightNames are the names that the runtime's code gets in inference packages:
// none of it is part of their interface.
var weightNames = map[string]string{
	"File": "tensorFile", "weights.File": "tensorFile",
	"Tensor": "tensor", "weights.Tensor": "tensor",
	"Read": "readTensors", "weights.Read": "readTensors",
	"ReadFile": "readTensorFile", "weights.ReadFile": "readTensorFile",
	"MaxHeader": "maxHeader",
	"Spec":      "pictureSpec", "preprocess.Spec": "pictureSpec",
	"Scratch": "pictureScratch", "preprocess.Scratch": "pictureScratch",
	"Step": "pictureStep", "preprocess.Step": "pictureStep",
	"Standard": "pictureStandard", "preprocess.Standard": "pictureStandard",
	"Moments": "momentsOf", "Divisor": "divisorOf",
	"Preparation": "preparation", "weights.Preparation": "preparation",
	"TableKey": "tableKey", "weights.TableKey": "tableKey",
	"Fitted": "rowColumns", "table.Fitted": "rowColumns",
	"Column": "rowColumn", "table.Column": "rowColumn",
	"ParseFitted": "parseColumns", "table.ParseFitted": "parseColumns",
	"Numeric": "kindNumeric", "Categorical": "kindCategorical",
	"OneHot": "encodeOneHot", "Ordinal": "encodeOrdinal", "Hashing": "encodeHashing",
	"loadFile": "loadWeights", "readFrom": "readWeights",
}

// copied are the packages whose code inference packages have copies of.
var copied = []string{modulePath + "/runtime/weights", modulePath + "/runtime/preprocess", modulePath + "/runtime/data/table"}

// weightFiles writes what an inference package copies from the runtime:
// weights_cnn.go reads weight files, preprocess_cnn.go prepares pictures,
// columns_cnn.go, in its place, rows of tables.
func (g *generator) weightFiles() error {
	if !g.o.Inference {
		return nil
	}
	s, err := sources()
	if err != nil {
		return err
	}
	f := g.file()
	f.Code(g.parameterTable())
	roots := []string{"parameter", "loadFile"}
	if g.o.Embed {
		roots = append(roots, "readFrom")
	}
	code, err := s.infer.Closure(roots...)
	if err != nil {
		return err
	}
	f.Text(code.Rename(weightNames).Text, without(code.Imports, copied...)...)
	if code, err = s.weights.Closure("ReadFile"); err != nil {
		return err
	}
	f.Text(code.Rename(weightNames).Text, code.Imports...)
	if err := g.add("weights_cnn.go", f); err != nil {
		return err
	}

	f = g.file()
	name := "preprocess_cnn.go"
	if g.o.Data.Table != nil {
		name = "columns_cnn.go"
		code, err = s.table.Closure("Fitted", "ParseFitted")
	} else {
		roots := []string{"Spec", "Scratch"}
		if g.o.Data.Standardize != nil {
			roots = append(roots, "Standard")
		}
		code, err = s.preprocess.Closure(roots...)
	}
	if err != nil {
		return err
	}
	f.Text(code.Rename(weightNames).Text, code.Imports...)
	return g.add(name, f)
}

// parameterTable says where the tensors of a weight file go.
func (g *generator) parameterTable() jen.Code {
	var rows []jen.Code
	for i, p := range g.plan.Params {
		k := p.Packing
		rows = append(rows, jen.Values(jen.Lit(p.Name), gosrc.Literal(p.Shape), jen.Id(g.pk.Params[i].Name),
			jen.Lit(k.Taps), jen.Lit(k.In), jen.Lit(k.InPad), jen.Lit(k.Out)))
	}
	return jen.Comment("parameters are the tensors of a weight file, in order.").Line().
		Var().Id("parameters").Op("=").Index().Id("parameter").Custom(gosrc.Lines, rows...)
}
