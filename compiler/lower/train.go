package lower

import (
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
)

// train turns the train section into what the runtime obeys, but for the loss,
// which depends on the end of the network (head). Without an optimizer setting it
// is sgd with the language's defaults.
func (l *lowerer) train(data config.Data) config.Train {
	t := config.Train{Batch: data.Batch, Optimizer: config.Optimizer{Name: "sgd", LearningRate: 0.01}}
	for _, s := range l.p.Train {
		switch s.Name {
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
