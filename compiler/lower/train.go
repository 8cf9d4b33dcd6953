package lower

import (
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
)

// loss is a row of the table of losses.
type loss struct {
	name   string // in the language
	config string // in config.Train.Loss
	op     string // the operation that computes it
	// vector losses compare the scores with a vector; the others compare
	// probabilities with the number of a class.
	vector bool
}

// losses has a row for every loss of the language (lang.LossTable).
var losses = []loss{
	{"categorical_crossentropy", "categorical_crossentropy", "crossentropy", false},
	{"sparse_categorical_crossentropy", "sparse_categorical_crossentropy", "crossentropy", false},
	{"mean_squared_error", "mse", "mse", true},
}

// lossOf returns the row that f accepts, nil when there is none.
func lossOf(f func(l *loss) bool) *loss {
	for i := range losses {
		if f(&losses[i]) {
			return &losses[i]
		}
	}
	return nil
}

// train turns the train section into what the runtime obeys. Without a loss
// setting a network that ends in softmax gets the crossentropy, any other none;
// without an optimizer setting, sgd with the language's defaults.
func (l *lowerer) train(data config.Data) config.Train {
	t := config.Train{Batch: data.Batch, Optimizer: config.Optimizer{Name: "sgd", LearningRate: 0.01}}
	for _, s := range l.p.Train {
		switch s.Name {
		case "loss":
			name := s.Args["name"].Str
			if row := lossOf(func(l *loss) bool { return l.name == name }); row != nil {
				t.Loss = row.config
			} else {
				l.list.Add(diag.Errorf("", s.Pos, "internal error: no operation computes the loss %s", name))
			}
		case "optimizer":
			t.Optimizer = optimizer(s.Args["name"])
		case "metrics":
			for _, m := range s.Args["names"].List {
				t.Metrics = append(t.Metrics, m.Str)
			}
		case "epochs":
			t.Epochs = s.Args["count"].Int()
		case "stop":
			stop := config.Stop{Metric: s.Args["metric"].Str}
			if p, ok := s.Args["patience"]; ok {
				stop.Stall, stop.MinDelta = p.Int(), s.Args["min_delta"].Num
			} else {
				stop.Op, stop.Threshold = s.Args["op"].Str, s.Args["threshold"].Num
			}
			t.Stop = append(t.Stop, stop)
		case "keep":
			t.Keep.Metric = s.Args["metric"].Str
		case "seed":
			t.Seed = uint64(s.Args["value"].Num)
		}
	}
	if n := len(l.p.Layers); t.Loss == "" && n > 0 && lastActivation(&l.p.Layers[n-1]) == "softmax" {
		t.Loss = "categorical_crossentropy"
	}
	return t
}

// optimizer reads optimizer(learning_rate, ...).
func optimizer(v elab.Value) config.Optimizer {
	return config.Optimizer{
		Name:         v.Str,
		LearningRate: v.Args["learning_rate"].Num,
		Momentum:     v.Args["momentum"].Num,
		Nesterov:     v.Args["nesterov"].Bool,
		Beta1:        v.Args["beta_1"].Num,
		Beta2:        v.Args["beta_2"].Num,
		Epsilon:      v.Args["epsilon"].Num,
		WeightDecay:  v.Args["weight_decay"].Num,
	}
}
