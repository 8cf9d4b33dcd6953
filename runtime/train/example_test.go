package train_test

import (
	"context"
	"fmt"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/train"
)

// Training a network on data in memory, with the history at the end.
func ExampleTrain() {
	cfg := config.Train{
		Loss:      "categorical_crossentropy",
		Optimizer: config.Optimizer{Name: "adam", LearningRate: 0.02},
		Metrics:   []string{"accuracy"},
		Epochs:    20,
		Stop:      []config.Stop{{Metric: "val_accuracy", Op: ">=", Threshold: 0.9}},
		Seed:      7,
	}
	net := mlp(cfg) // usually a generated package: quickdraw.Network()
	res, err := train.Train(context.Background(), net, points(300, 16, 7, true), points(99, 16, 7, false), train.Options{Config: cfg})
	if err != nil {
		fmt.Println(err)
		return
	}
	accuracy, _ := res.History.Last().Lookup("val_accuracy")
	fmt.Println(res.Reason, accuracy >= 0.9)
	// Output: stopped true
}

// Hooks of one's own: a table of learning rates, and an end to training once it is
// good enough.
func ExampleHooks() {
	cfg := config.Train{
		Loss:      "categorical_crossentropy",
		Optimizer: config.Optimizer{Name: "adam", LearningRate: 0.02},
		Metrics:   []string{"accuracy"},
		Epochs:    100,
		Seed:      7,
	}
	halves := train.EpochRate(func(epoch int, rate float64) float64 {
		if epoch%10 == 9 {
			return rate / 2
		}
		return rate
	})
	enough := train.Hooks{
		OnEpochEnd: func(c *train.Control) error {
			if v, ok := c.Lookup("val_accuracy"); ok && v > 0.9 {
				c.Stop("more than nine in ten are right")
			}
			return nil
		},
		OnTrainEnd: func(c *train.Control) error {
			fmt.Println(c.Epoch() < c.Epochs())
			return nil
		},
	}
	res, err := train.Train(context.Background(), mlp(cfg), points(300, 16, 7, true), points(99, 16, 7, false),
		train.Options{Config: cfg, Hooks: []train.Hooks{halves, enough}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Reason, "-", res.Why)
	// Output:
	// true
	// stopped - more than nine in ten are right
}
