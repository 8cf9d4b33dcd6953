package config

// Data is the data section of a model file (spec: data). The zero value of
// every field means "as the file says nothing about it".
type Data struct {
	// Base is the folder that relative paths of the sources start from: the
	// folder of the model file. A path that the user gave on the command line
	// must be made absolute before it is put here. Empty: the working folder.
	Base string `json:",omitempty"`

	Train    Source
	Validate Source
	Test     Source

	// Height, Width and Channels are those of the network's input.
	Height, Width, Channels int

	// Classes are the class names in label order when they are fixed: by the
	// model file, or because weights were trained with them. A source with a
	// class that is not here is refused. Empty: taken from the training source.
	Classes []string `json:",omitempty"`

	// Table says what the columns of CSV files mean. Nil: the data are pictures.
	Table *Table `json:",omitempty"`
	// Fitted is how rows are prepared, when weights were trained with it: the JSON
	// of a table.Fitted. Empty: learned from the training part.
	Fitted string `json:",omitempty"`

	// Resize is the size every picture is brought to. Nil: pictures must have
	// the size of the network's input already.
	Resize *Size `json:",omitempty"`
	// Color is "gray" (luma), "rgb", or "" for what Channels says: 1 gray, 3 rgb.
	Color string `json:",omitempty"`
	// Rescale multiplies the values 0..255. 0: none, the network sees 0..255.
	Rescale float64 `json:",omitempty"`

	// Batch is the number of examples a step.
	Batch int
	// OnError is "stop" (also ""), which ends the run at the first unreadable
	// example, or "skip", which leaves it out of its batch and counts it.
	OnError string `json:",omitempty"`
	// Seed chooses the members of splits and limits and the figures of doodles.
	// It is not the seed of the training run: runs that differ only in that are
	// compared on the same validation set.
	Seed uint64 `json:",omitempty"`
	// MaxPixels is the largest picture that is decoded, in pixels. 0: 2^26.
	MaxPixels int `json:",omitempty"`
}

// Size is the size of a picture in pixels.
type Size struct{ Height, Width int }

// Source says where the examples of one part come from.
type Source struct {
	// Kind is one of
	//
	//	""         the part does not exist
	//	"folder"   class folders of pictures: Paths are the roots
	//	"idx"      Paths are an images file and a labels file, or one folder
	//	           that holds both under their MNIST names
	//	"doodles"  stroke figures drawn by the program itself
	//	"csv"      rows of a table: Paths is the file, CSV how it is written, and
	//	           Data.Table what its columns mean
	//	"npy"      NumPy arrays: Paths are a file of examples [N ...] and one of
	//	           labels [N]; or one archive that holds both
	//	"split"    Fraction of the part Of, which loses those examples
	Kind  string
	Paths []string `json:",omitempty"`

	// Classes selects these classes of a folder or of doodles, in this order.
	Classes []string `json:",omitempty"`

	// Arrays are the names of the examples and the labels in an archive of kind
	// "npy"; "" where a file holds one array only.
	Arrays [2]string `json:",omitzero"`
	// CSV belongs to Kind "csv".
	CSV CSV `json:",omitzero"`

	// Fraction (0 < Fraction < 1) and Of ("train", "validate", "test") belong
	// to Kind "split".
	Fraction float64 `json:",omitempty"`
	Of       string  `json:",omitempty"`

	// Limit is the most examples taken, in the proportions of the classes.
	Limit int `json:",omitempty"`
	// PerClass is the most examples taken of each class; for doodles, the
	// number that is drawn. 0: all; doodles: 600 to train with, else 100.
	PerClass int `json:",omitempty"`

	// Augment: examples are changed at random in training. Meaningful for the
	// training part only.
	Augment bool `json:",omitempty"`
}
