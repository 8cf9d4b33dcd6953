package lower_test

import (
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/lang"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/initializer"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/train"
)

// around makes a whole model file of the example of a row.
func around(example string) string {
	const small = "net { input 28x28x1; flatten; dense 10 softmax }\n"
	switch word, _, _ := strings.Cut(example, " "); word {
	case "input":
		return "net { " + example + "; flatten }"
	case "dense", "softmax":
		return "net { input 28x28x1; flatten; " + example + " }"
	case "flatten", "globalavgpool":
		return "net { input 28x28x1; " + example + " }"
	case "loss":
		end := "softmax"
		name, _, _ := strings.Cut(strings.TrimPrefix(example, "loss "), "(")
		if row := op.LookupLoss(name); row != nil && len(row.Ends) > 0 {
			if end = row.Ends[0]; end == "linear" {
				end = ""
			}
		}
		return "net { input 28x28x1; flatten; dense 10 " + end + " }\ntrain { " + example + "; optimizer sgd }"
	case "optimizer":
		return small + "train { loss mean_squared_error; " + example + " }"
	case "train":
		if strings.Contains(example, "csv") {
			example += "; numeric; class \"bought\""
		}
		return small + "data { " + example + " }"
	}
	return "net { input 28x28x1; conv 1 3x3 same; " + example + "; globalavgpool }"
}

// TestTablesAreComplete lowers the example of every row of the language's
// tables: what the language has must have a row here too, and where the runtime
// carries it out, there.
func TestTablesAreComplete(t *testing.T) {
	for _, table := range [][]lang.Entry{lang.Layers, lang.InitializerTable, lang.LossTable, lang.OptimizerTable, lang.SourceTable} {
		for _, row := range table {
			if row.Later {
				continue
			}
			src := around(row.Example)
			m, list := lower.Lower(load(t, src, elab.Options{}), lower.Options{})
			if list.HasErrors() {
				t.Errorf("%s: %v\n%s", row.Name, list, src)
				continue
			}
			for _, p := range m.Graph.Params {
				if err := initializer.Fill(make([]float32, 1), p.Init, p.FanIn, p.FanOut, 1); err != nil {
					t.Errorf("%s: %v", row.Name, err)
				}
			}
			if strings.Contains(src, "train { loss") && (m.Graph.Loss == nil || m.Train.Loss == "") {
				t.Errorf("%s: no loss", row.Name)
			}
			if strings.Contains(src, "optimizer") {
				// Behind its settings the runtime looks for examples.
				m.Train.Epochs = 1
				_, err := train.Train(t.Context(), &model.Network{Slots: 2, Train: m.Train}, nil, nil, train.Options{Config: m.Train})
				if err == nil || !strings.Contains(err.Error(), "no examples") {
					t.Errorf("%s: %v", row.Name, err)
				}
			}
			if m.Data.Train.Kind != "" {
				if _, err := data.Classes(m.Data); err != nil && strings.Contains(err.Error(), "unknown kind") {
					t.Errorf("%s: %v", row.Name, err)
				}
			}
		}
	}
}
