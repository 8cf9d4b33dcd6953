package phases

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/plan"
)

// program is one of the two programs of a plan.
type program struct {
	name string // "inference" or "training"
	*plan.Program
}

// programs are those that the plan has.
func programs(p *plan.Plan) []program {
	var list []program
	for _, q := range []program{{"inference", &p.Infer}, {"training", &p.Train}} {
		if len(q.Calls()) > 0 {
			list = append(list, q)
		}
	}
	return list
}

// callsColumn is the schedule: the calls with their kernels, buffers and times.
func (p program) callsColumn(open bool) column {
	c := column{Title: "schedule, " + p.name, Doc: fmt.Sprintf("kernel calls in order, on %d examples at a time; a buffer that is written has an arrow before it", p.Micro), Open: open}
	costs := p.Costs(p.Micro)
	stage := 0
	for i, call := range p.Calls() {
		switch s := p.StageOf(i); {
		case s != stage:
			stage = s
			c.Rows = append(c.Rows, row{Head: true, Parts: []part{text(fmt.Sprintf("stage %d, with the sums of all micro-batches", s))}})
		case i == 0 && len(p.Backward) > 0:
			c.Rows = append(c.Rows, row{Head: true, Parts: []part{text("forward")}})
		case i == len(p.Forward):
			c.Rows = append(c.Rows, row{Head: true, Parts: []part{text("backward")}})
		}
		b := call.Base()
		r := row{Line: b.Line, Parts: []part{
			dim(fmt.Sprintf("%3d ", i)), keyed(callKey(p.name, b.Name), b.Name), text("  " + call.Kernel()),
		}}
		r.Parts = append(r.Parts, at(b.Line)...)
		r.Parts = append(r.Parts, text("\n    "))
		for _, a := range plan.Accesses(call) {
			arrow := ""
			if a.Write {
				arrow = "→"
			}
			if a.Read && a.Write {
				arrow = "↔"
			}
			r.Parts = append(r.Parts, text(arrow), keyed(bufferKey(p.name, a.Buffer.Name), a.Buffer.Name), text(" "))
		}
		if d := plan.Detail(call); d != "" {
			r.Parts = append(r.Parts, dim("\n    "+d))
		}
		if b.FLOPs > 0 {
			r.Parts = append(r.Parts, dim("\n    "+costs[i].String()))
		}
		c.Rows = append(c.Rows, r)
	}
	return c
}

// buffersColumn is where the buffers lie.
func (p program) buffersColumn() column {
	c := column{Title: "buffers, " + p.name, Doc: fmt.Sprintf("offsets in floats, and the calls between which they live; an arena of %s", plan.FormatBytes(4*int64(p.ArenaFloats)))}
	for _, b := range p.Buffers {
		c.Rows = append(c.Rows, row{Parts: []part{
			keyed(bufferKey(p.name, b.Name), b.Name),
			text(fmt.Sprintf("  at %d, %d floats, calls %d..%d", b.Offset, b.Floats(p.Micro), b.First, b.Last)),
			dim("\n    " + b.Layout()),
		}})
	}
	return c
}
