package phases

import (
	"fmt"
	"strings"

	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/ir"
)

// graphColumns are the graphs that the passes left. A pass compares with the graph
// before it of the same program; the first of a program with the one that both
// start from.
func graphColumns(stages []compiler.Stage) []column {
	var columns []column
	for i, s := range stages {
		if s.Graph == nil {
			continue
		}
		before, after := neighbour(stages, i, -1), neighbour(stages, i, +1)
		c := column{Title: s.Name, Doc: s.Doc, Open: before == nil}
		if s.Program != "" {
			c.Title += ", " + s.Program
		}
		changes := 0
		c.Rows, changes = graphRows(s.Graph, before, after)
		if before != nil {
			c.Doc += fmt.Sprintf("; %d new or changed, %d removed", changes, removed(before, s.Graph))
			c.Open = changes > 0 && s.Name != "inference"
		}
		columns = append(columns, c)
	}
	return columns
}

// neighbour is the graph before or after stage i of its program, nil for none.
func neighbour(stages []compiler.Stage, i, step int) *ir.Graph {
	for j := i + step; j >= 0 && j < len(stages); j += step {
		t := stages[j]
		if t.Graph != nil && (t.Program == stages[i].Program || t.Program == "" && step < 0) {
			return t.Graph
		}
	}
	return nil
}

func removed(before, after *ir.Graph) int {
	n := 0
	for _, v := range before.Values {
		if after.Named(v.Name) == nil {
			n++
		}
	}
	return n
}

// graphRows are the values of g, and how many are new or changed.
func graphRows(g, before, after *ir.Graph) (rows []row, changes int) {
	old, next := lines(before), lines(after)
	for _, v := range g.Values {
		r := row{Line: v.Pos.Line, Parts: []part{dim(fmt.Sprintf("%%%d ", v.ID)), keyed(valueKey(v.Name), v.Name), text(" = " + v.Op)}}
		for _, a := range v.Args {
			r.Parts = append(r.Parts, text(" "), keyed(valueKey(a.Name), fmt.Sprintf("%%%d", a.ID)))
		}
		if v.Attr != nil {
			r.Parts = append(r.Parts, text(fmt.Sprintf(" {%v}", v.Attr)))
		}
		r.Parts = append(r.Parts, dim(fmt.Sprintf(" : %s", v.Type())))
		r.Parts = append(r.Parts, at(v.Pos.Line)...)
		if before != nil {
			switch line, was := old[v.Name]; {
			case !was:
				r.Mark = "new"
			case line != signature(v):
				r.Mark = "changed"
			}
			if r.Mark != "" {
				changes++
			}
		}
		if _, stays := next[v.Name]; after != nil && !stays {
			r.Mark = strings.TrimSpace(r.Mark + " dead")
		}
		rows = append(rows, r)
	}
	root := func(what string, v *ir.Value) {
		if v != nil {
			rows = append(rows, row{Line: v.Pos.Line, Parts: []part{dim(what + " "), keyed(valueKey(v.Name), v.Name)}})
		}
	}
	root("scores", g.Scores)
	root("logits", g.Logits)
	root("loss", g.Loss)
	for i, v := range g.Grads {
		if v != nil {
			rows = append(rows, row{Line: v.Pos.Line, Parts: []part{
				dim("gradient of "), keyed(valueKey(g.Params[i].Value.Name), g.Params[i].Value.Name), dim(" is "), keyed(valueKey(v.Name), v.Name),
			}})
		}
	}
	return rows, changes
}

// lines are the values of a graph by name.
func lines(g *ir.Graph) map[string]string {
	if g == nil {
		return nil
	}
	m := make(map[string]string, len(g.Values))
	for _, v := range g.Values {
		m[v.Name] = signature(v)
	}
	return m
}

// signature is what a value is, without the numbers that a pass renews.
func signature(v *ir.Value) string {
	s := v.Op
	for _, a := range v.Args {
		s += " " + a.Name
	}
	return fmt.Sprintf("%s {%v} %s", s, v.Attr, v.Type())
}
