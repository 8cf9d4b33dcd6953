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
