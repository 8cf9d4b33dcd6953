package sched

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/plan"
)

// layers makes the table of the network from the graph and the calls: a row for
// each layer of the model file, in order. Kind and Args say what the graph
// knows; a caller that has the model file at hand writes its words instead.
func layers(g *ir.Graph, p *plan.Plan) []plan.Layer {
	var rows []plan.Layer
	at := map[string]int{} // name -> index in rows
	params := map[string]int{}
	for _, q := range g.Params {
		params[q.Value.Layer] += q.Value.Shape.Size()
	}
	l := &legal{Graph: g}
	after := l.dependsOnLoss()
	for _, v := range g.Values {
		if after[v] || !v.Batched || v.DType != ir.F32 || v.Op == "target" || len(v.Shape) == 0 {
			continue
		}
		i, ok := at[v.Layer]
		if !ok {
			i = len(rows)
			at[v.Layer] = i
			rows = append(rows, plan.Layer{Name: v.Layer, Kind: kind(v), Line: v.Pos.Line, Params: params[v.Layer]})
		}
		row := &rows[i]
		// An image at the end is a vector for the loss: the layer gives an image all the
		// same.
		if len(row.Shape) != 3 || len(v.Shape) != 1 || v.Args[0].Layer != v.Layer || ir.Shape(row.Shape).Size() != v.Shape.Size() {
			row.Shape = slices.Clone(v.Shape)
		}
		row.FLOPs += op.FLOPs(v)
		if row.Args == "" {
			row.Args = args(v)
		}
	}
	infer, train := kernels(p.Infer.Calls()), kernels(p.Train.Forward)
	for _, c := range p.Derive {
		if f, ok := c.(*plan.Fold); ok && infer[f.Norm] == "" {
			infer[f.Norm] = "in " + f.Layer
		}
	}
	for i, r := range rows {
		k := infer[r.Name]
		if k == "" {
			k = train[r.Name] // dropout
		}
		rows[i].Kernel = k
	}
	return rows
}

// kind is the model-file word for the operation of v.
func kind(v *ir.Value) string {
	if a, ok := v.Attr.(ir.BinaryAttr); ok {
		return a.Func
	}
	op := strings.TrimSuffix(v.Op, "_fused")
	switch op {
	case "conv2d":
		return "conv"
	case "deconv2d":
		return "deconv"
	case "maxpool2d", "avgpool2d":
		return strings.TrimSuffix(op, "2d")
	case "add_act":
		return "add"
	}
	return op
}

// args is what a reader wants to know of v besides its shape.
func args(v *ir.Value) string {
	switch a := v.Attr.(type) {
	case ir.ConvAttr:
		return fmt.Sprintf("%d %s", v.Shape.Last(), convText(a))
	case ir.FusedConvAttr:
		s := fmt.Sprint(v.Shape.Last())
		if a.Conv.KH > 0 {
			s += " " + convText(a.Conv)
		}
		if t := fusedText(a); t != "" {
			s += ", " + t
		}
		return s
	case ir.PoolAttr:
		return fmt.Sprintf("%dx%d", a.KH, a.KW)
	case ir.ActAttr:
		return a.Func
	}
	return ""
}

// kernels names the kernels that compute each layer; what only moves or clears
// memory is not worth a word.
func kernels(calls []plan.Call) map[string]string {
	names := map[string]string{}
	add := func(c plan.Call, name string) {
		l := c.Base().Layer
		if names[l] == "" {
			names[l] = name
		} else if !strings.Contains(names[l], name) {
			names[l] += ", " + name
		}
	}
	for _, c := range calls {
		switch c := c.(type) {
		case *plan.Zero, *plan.Load, *plan.Store, *plan.LossValue:
		case *plan.IGEMM:
			add(c, c.Kernel())
			if c.Pool != nil {
				add(c.Pool, "in "+c.Name)
			}
		case *plan.Winograd:
			add(c, c.Kernel())
			if c.Pool != nil {
				add(c.Pool, "in "+c.Name)
			}
		default:
			add(c, c.Kernel())
		}
	}
	return names
}
