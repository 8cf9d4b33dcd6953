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
	var schedule elab.Setting
	for _, s := range l.p.Train {
		switch s.Name {
		case "optimizer":
			t.Optimizer = l.optimizer(s.Args["name"])
		case "schedule":
			schedule = s
		case "metrics":
			for _, m := range s.Args["names"].List {
				t.Metrics = append(t.Metrics, metricText(m))
			}
		case "class_weight":
			l.classWeight(&t, s)
		case "epochs":
			t.Epochs = s.Args["count"].Int()
		case "validate":
			if n, ok := s.Args["count"]; ok {
				t.ValidateEvery = n.Int()
			}
			for _, n := range s.Args["numbers"].List {
				t.ValidateAfter = append(t.ValidateAfter, n.Int())
			}
		case "stop":
			l.stop(&t, s)
		case "reduce":
			l.reduce(&t, s)
		case "keep":
			l.keep(&t, s)
		case "seed":
			t.Seed = uint64(s.Args["value"].Num)
		}
	}
	if schedule.Name != "" { // it is checked against the others
		t.Schedule = l.schedule(schedule.Args["name"], &t)
	}
	l.callbacks(&t)
	return t
}
