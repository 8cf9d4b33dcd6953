package config

// Train is the train section of a model file.
type Train struct {
	// Loss is the name of the loss in the language: "categorical_crossentropy".
	Loss      string
	Optimizer Optimizer
	Schedule  Schedule
	// Metrics besides the loss: names, with options where they are not the
	// defaults, as "fbeta(beta=2)".
	Metrics []string
	Epochs  int
	Batch   int // examples a step
	Stop    []Stop
	Keep    Keep
	Seed    uint64
	// ClassWeight says how much the examples of classes count in the loss; 1
	// where it does not say. BalancedClasses makes all classes count the same.
	ClassWeight     []ClassWeight `json:",omitempty"`
	BalancedClasses bool          `json:",omitempty"`
}

// ClassWeight is how much the examples of a class count.
type ClassWeight struct {
	Class  string // its name
	Weight float64
}

// Optimizer names an update rule (spec: optimizers) and its numbers.
type Optimizer struct {
	Name         string // a row of package optimizer: "sgd", "adam", ...
	LearningRate float64
	// Numbers are the other hyperparameters in the order of the language; those
	// that are missing have their defaults. A flag that is set is 1.
	Numbers []Number `json:",omitempty"`
}

// Number is a named number.
type Number struct {
	Name  string
	Value float64
	// Epochs says that the value counts epochs, where steps are counted otherwise.
	Epochs bool `json:",omitempty"`
}

// Find returns the number of that name.
func Find(list []Number, name string) (n Number, ok bool) {
	for _, n := range list {
		if n.Name == name {
			return n, true
		}
	}
	return Number{}, false
}

// Number returns the number of that name, given or not.
func (o *Optimizer) Number(name string) (value float64, given bool) {
	n, ok := Find(o.Numbers, name)
	return n.Value, ok
}

// Schedule says how the learning rate changes from step to step. It starts from
// that of the optimizer. No name: it stays the same.
type Schedule struct {
	Name    string   `json:",omitempty"` // a row of package schedule: "cosine", ...
	Numbers []Number `json:",omitempty"`
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
