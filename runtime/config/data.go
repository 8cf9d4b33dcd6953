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

	// Target is what the network's scores are compared with: "" for classes, or the
	// numbers that Table names; "input" for the input itself, prepared as the network
	// gets it. The data need no classes then.
	Target string `json:",omitempty"`

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
	// Standardize follows rescaling; nil: it does not.
	Standardize *Standardize `json:",omitempty"`

	// Augment says how training images are changed at random, nil not at all. No
	// other part is ever changed.
	Augment *Augment `json:",omitempty"`

	// Cache keeps decoded images during a run.
	Cache Cache `json:",omitzero"`

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

// Cache says where decoded images are kept during a run: "memory", "file" (one
// file on disk), or "" for nowhere; and how many bytes they may take, of each
// part of the data.
type Cache struct {
	Where string
	Bytes int64
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
	//	"quickdraw" drawings, one file a class: Paths is their folder, Drawings
	//	           how they are drawn
	//	"cifar"    CIFAR-10 or CIFAR-100 binary files: Paths are files, or one
	//	           folder that holds them under their names
	//	"files"    pictures that a CSV file lists: Paths is that file, and
	//	           optionally the folder where its paths start; Files its columns
	//	"split"    Fraction of the part Of, which loses those examples; or, with
	//	           Paths, the members that a file lists
	Kind  string
	Paths []string `json:",omitempty"`

	// Classes selects these classes, in this order; examples of others are left out.
	Classes []string `json:",omitempty"`

	// Arrays are the names of the examples and the labels in an archive of kind
	// "npy"; "" where a file holds one array only.
	Arrays [2]string `json:",omitzero"`
	// CSV belongs to Kind "csv".
	CSV CSV `json:",omitzero"`

	// Drawings belongs to Kind "quickdraw".
	Drawings Drawings `json:",omitzero"`
	// Coarse: the 20 classes of CIFAR-100, not its 100.
	Coarse bool `json:",omitempty"`
	// Files belongs to Kind "files".
	Files Files `json:",omitzero"`

	// Fraction (0 < Fraction < 1) and Of ("train", "validate", "test") belong
	// to Kind "split".
	Fraction float64 `json:",omitempty"`
	Of       string  `json:",omitempty"`

	// Limit is the most examples taken, in the proportions of the classes.
	Limit int `json:",omitempty"`
	// PerClass is the most examples taken of each class; for doodles, the
	// number that is drawn. 0: all; doodles: 600 to train with, else 100.
	PerClass int `json:",omitempty"`
}

// Drawings says which drawings are used and how strokes become pictures.
type Drawings struct {
	// First is the most drawings taken of a class, from the beginning of its
	// file; the rest of it is not read. 0: all.
	First int `json:",omitempty"`
	// Recognized is "yes" or "no" for the drawings that the game did or did not
	// recognize, "" for all.
	Recognized string `json:",omitempty"`
	// Line is the width of a line and Padding the space around the drawing, both
	// for a drawing of 256 units. Line 0: both as the bitmaps of the data set.
	Line, Padding float64 `json:",omitempty"`
	// Hard: no anti-aliasing.
	Hard bool `json:",omitempty"`
	// Paper: black lines on white paper, not white on black.
	Paper bool `json:",omitempty"`
}

// Files says how a CSV file lists pictures.
type Files struct {
	Path, Class string // columns of the header
	CSV         CSV
}

// Standardize says how values are brought to mean 0 and deviation 1 behind
// rescaling: the steps of preprocess.Standard, of which Channels and Whiten learn
// of the training images.
type Standardize struct {
	// Image and Channels are "", "center" or "scale".
	Image    string `json:",omitempty"`
	Channels string `json:",omitempty"`
	// Whiten, not with Channels, has Epsilon added to the deviations.
	Whiten  bool    `json:",omitempty"`
	Epsilon float64 `json:",omitempty"`
}
