package config

// Train is the train section of a model file.
type Train struct {
	// Loss is "categorical_crossentropy", "sparse_categorical_crossentropy" or "mse".
	Loss      string
	Optimizer Optimizer
	Metrics   []string // "accuracy", "mse", ... besides the loss
	Epochs    int
	Batch     int // examples a step
	Stop      []Stop
	Keep      Keep
	Seed      uint64
}

// Optimizer names an update rule (spec: optimizers) and its numbers.
type Optimizer struct {
	Name         string // "sgd", "adam", "adamw"
	LearningRate float64
	Momentum     float64
	Nesterov     bool
	Beta1, Beta2 float64
	Epsilon      float64
	WeightDecay  float64
}

// Stop ends training early.
type Stop struct {
	Metric string // "val_loss"
	// Stall > 0: stop after this many epochs without improvement (patience of
	// early stopping), MinDelta being the least change that counts.
	Stall    int
	MinDelta float64
	// Op is ">", ">=", "<" or "<=" for a threshold rule, "" otherwise.
	Op        string
	Threshold float64
}

// Keep says which epoch's weights are the result.
type Keep struct {
	Metric string // "val_accuracy"; "" keeps the last
}
