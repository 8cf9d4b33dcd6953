package wire

// Model is what a child says of its network.
type Model struct {
	Name string `json:"name"`
	// Hash identifies layers, shapes and parameters.
	Hash string `json:"hash"`
	// ISA is the instruction set in use, Weights the file they came from.
	ISA     string `json:"isa"`
	Weights string `json:"weights"`

	Height   int `json:"height"`
	Width    int `json:"width"`
	Channels int `json:"channels"`
	Outputs  int `json:"outputs"`
	// Batch is the most examples that are computed together.
	Batch int `json:"batch"`

	// Task is "classes", "binary" or "values"; with Logits the scores are not
	// probabilities. Labels are the names of the classes, nil for values.
	Task   string   `json:"task"`
	Logits bool     `json:"logits,omitempty"`
	Labels []string `json:"labels,omitempty"`

	// Resize: pictures of any size are brought to Height x Width. Rescale
	// multiplies values 0..255.
	Resize  bool    `json:"resize,omitempty"`
	Rescale float64 `json:"rescale,omitempty"`

	// Columns are those of a row, when the network is for tables; Targets the
	// names of the numbers that it predicts.
	Columns []Column `json:"columns,omitempty"`
	Targets []string `json:"targets,omitempty"`
}

// Column is one column of a row.
type Column struct {
	Name string `json:"name"`
	// Categories are those that training has seen, nil for a column of numbers or
	// of hashed categories.
	Categories []string `json:"categories,omitempty"`
	// Number says that the column is one of numbers. Typical is then one from the
	// middle of them, if that is known.
	Number  bool     `json:"number,omitempty"`
	Typical *float64 `json:"typical,omitempty"`
	// Missing: an empty cell is no error.
	Missing bool `json:"missing,omitempty"`
}
