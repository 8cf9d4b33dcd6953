package phases

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/compiler/plan"
)

// sourceColumn is the model file.
func sourceColumn(source string) column {
	c := column{Title: "source", Doc: "the model file", Open: true}
	lines := strings.Split(strings.TrimRight(source, "\n"), "\n")
	width := len(strconv.Itoa(len(lines)))
	for i, line := range lines {
		n := i + 1
		c.Rows = append(c.Rows, row{Line: n, Parts: []part{
			{Text: fmt.Sprintf("%*d", width, n), Key: lineKey(n), Dim: true}, text("  " + strings.ReplaceAll(line, "\t", "    ")),
		}})
	}
	return c
}

// layersColumn is the file with blocks and repetitions expanded: a row for each
// layer, with the shape of its result.
func layersColumn(p *plan.Plan) column {
	c := column{Title: "layers", Doc: "blocks, repetitions and hyperparameters expanded; shapes inferred", Open: true}
	for _, l := range p.Layers {
		r := row{Line: l.Line, Parts: []part{keyed(valueKey(l.Name), l.Name), text(" = " + strings.TrimSpace(l.Kind+" "+l.Args) + "  "), dim(dims(l.Shape))}}
		if l.Params > 0 {
			r.Parts = append(r.Parts, dim(fmt.Sprintf("  %d parameters", l.Params)))
		}
		r.Parts = append(r.Parts, at(l.Line)...)
		c.Rows = append(c.Rows, r)
	}
	return c
}

func dims(shape []int) string {
	parts := make([]string, len(shape))
	for i, d := range shape {
		parts[i] = strconv.Itoa(d)
	}
	return strings.Join(parts, "x")
}
