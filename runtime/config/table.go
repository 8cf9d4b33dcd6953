package config

// Table says what the columns of CSV files mean to a network (spec: data,
// sections 6 and 7). Columns are called by the names in the header; in files
// without one, by their numbers from 1.
type Table struct {
	// Class is the column of class names; "" for regression.
	Class string `json:",omitempty"`
	// Targets are the columns that a regression predicts, in the order of the
	// outputs: Kind "numeric" with Missing "error" or "drop".
	Targets []Column `json:",omitempty"`
	// Columns are the features in the order of the network's input. One with no
	// name stands for every column that is not named anywhere, in file order.
	Columns []Column
	// Ignored columns are not used.
	Ignored []string `json:",omitempty"`
}

// Column says how the cells of a column become values of the input. All that is
// learned of the data is learned of the training rows.
type Column struct {
	Name string `json:",omitempty"`
	Kind string // "numeric" or "categorical"

	// Missing is what to do where there is no value: "error" (also ""), "drop"
	// the row, or put in its place the "mean", the "median", the "most_frequent"
	// value (of several the smallest), or a "constant": Fill or FillText.
	Missing  string  `json:",omitempty"`
	Fill     float64 `json:",omitempty"`
	FillText string  `json:",omitempty"`
	// Indicator adds a value that is 1 where there was none.
	Indicator bool `json:",omitempty"`

	// Outliers is what to do with numbers far from the others: "" nothing, "clip"
	// them to the bounds, or "remove" the row from the training part. Rule gives
	// the bounds: "iqr" Q1 - Factor*IQR and Q3 + Factor*IQR, "zscore" mean +-
	// Factor*deviation, "mad" |0.6745*(x-median)/MAD| <= Factor.
	Outliers string  `json:",omitempty"`
	Rule     string  `json:",omitempty"`
	Factor   float64 `json:",omitempty"`
	// Scale of numbers: "none" (also ""), "minmax" to Low..High, "zscore",
	// "robust" (x-median)/IQR, "quartile" (x-Q1)/IQR, "maxabs" x/max|x|.
	Scale     string `json:",omitempty"`
	Low, High float64

	// Encode of categories: "onehot" (also ""), "ordinal", or "hashing" into
	// Buckets. DropFirst leaves out the first value of onehot. Unknown is "error"
	// (also "") or "other", which makes a category that the training rows do not
	// have all zeros, or -1 as an ordinal.
	Encode    string `json:",omitempty"`
	Buckets   int    `json:",omitempty"`
	DropFirst bool   `json:",omitempty"`
	Unknown   string `json:",omitempty"`
}

// CSV says how a CSV file is written.
type CSV struct {
	Separator    string `json:",omitempty"` // one character; "" is a comma
	DecimalComma bool   `json:",omitempty"` // 1,5
	NoHeader     bool   `json:",omitempty"` // the first line is a row
}
