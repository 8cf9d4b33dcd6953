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
	// Reduce lowers the learning rate when a metric stalls; nil: never.
	Reduce *Reduce `json:",omitempty"`
	// ValidateEvery: validation follows every so many epochs; 0 stands for 1.
	// ValidateAfter are the epochs, from 1, that it follows instead.
	ValidateEvery int   `json:",omitempty"`
	ValidateAfter []int `json:",omitempty"`
	Seed          uint64
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

// Level is a value that a metric is compared with. It is a type of its own so
// that a pointer to it can say that there is none.
type Level struct{ Value float64 }

// Modes of a rule that watches a metric: what counts as better. ModeAuto is the
// metric's own direction.
const (
	ModeAuto = ""
	ModeMin  = "min"
	ModeMax  = "max"
)

// Stop ends training early.
type Stop struct {
	Metric string // "val_loss"
	Mode   string `json:",omitempty"`
	// Stall > 0: stop after this many epochs without improvement (patience of
	// early stopping), MinDelta being the least change that counts.
	Stall    int
	MinDelta float64
	// Baseline: only an improvement that is better than this as well ends the
	// waiting.
	Baseline *Level `json:",omitempty"`
	// FromEpoch is the number of epochs that pass before the rule looks.
	FromEpoch int `json:",omitempty"`
	// Restore makes the weights of the rule's best epoch those that training ends
	// with, whatever ended it. One rule can have it.
	Restore bool `json:",omitempty"`
	// Op is ">", ">=", "<" or "<=" for a threshold rule, "" otherwise.
	Op        string
	Threshold float64
}

// Reduce lowers the learning rate on a plateau.
type Reduce struct {
	Metric string
	Mode   string `json:",omitempty"`
	// Stall is the number of epochs without improvement, MinDelta the least change
	// that counts.
	Stall    int
	MinDelta float64
	// Factor, in (0, 1), multiplies the learning rate, which does not fall below
	// MinRate. Cooldown is the number of epochs before the waiting begins again.
	Factor   float64
	Cooldown int
	MinRate  float64
}

// Keep says which weights are kept in files.
type Keep struct {
	// Metric decides which epoch's weights are the result: "val_accuracy"; ""
	// takes the last.
	Metric string
	Mode   string `json:",omitempty"`
	// Threshold: an epoch has to be better than this.
	Threshold *Level `json:",omitempty"`
	// Every > 0: every so many epochs the weights go into a file of their own,
	// named after the pattern File (see ParsePattern); "" stands for
	// DefaultPattern. Last > 0 leaves the newest so many of these files.
	Every int    `json:",omitempty"`
	File  string `json:",omitempty"`
	Last  int    `json:",omitempty"`
}
