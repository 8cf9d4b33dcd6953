package diag

// Code names a kind of mistake. It is printed in brackets after the message
// and stays the same when the wording changes, so scripts may rely on it.
//
// The compiler adds codes of its own beside the checks that raise them.
type Code string

// Codes of the front end. The Example of each is a model file that raises it;
// a test runs them all. An example that does not begin with "cnn" is read with
// the two lines "cnn 1" and "model example" before it, and lines beginning
// with "--set" are command line overrides.
const (
	// Syntax: the text does not follow the grammar.
	//
	// Example:
	//  net { repeat { relu } }
	Syntax Code = "syntax"

	// BadCharacter: a character that means nothing in a model file.
	//
	// Example:
	//  # a comment begins with two slashes
	BadCharacter Code = "bad-character"

	// BadString: a string without its closing quote or with a broken escape.
	//
	// Example:
	//  data {
	//      train folder("photos)
	//  }
	BadString Code = "bad-string"

	// BadNumber: a number, size, percentage or angle that cannot be read.
	//
	// Example:
	//  data { augment { rotate 10rad } }
	BadNumber Code = "bad-number"

	// Unclosed: a brace or parenthesis without its partner.
	//
	// Example:
	//  net {
	//      input 8x8x1
	Unclosed Code = "unclosed"

	// TooLarge: the file, or what it expands to, passes a limit of the
	// language. The limits keep hostile files from using up time or memory.
	//
	// Example:
	//  net { input 8x8x1; repeat 1000000000 { relu } }
	TooLarge Code = "too-large"

	// BadVersion: the language version is missing or unknown.
	//
	// Example:
	//  cnn 99
	//  model example
	BadVersion Code = "bad-version"

	// MissingPart: a part that every model file needs is not there.
	//
	// Example:
	//  cnn 1
	//  net { input 8x8x1; flatten }
	MissingPart Code = "missing-part"

	// Misplaced: a statement that belongs somewhere else.
	//
	// Example:
	//  net { input 8x8x1; hyper n = 3; flatten }
	Misplaced Code = "misplaced"

	// Duplicate: a section, setting, option or name given twice.
	//
	// Example:
	//  train { epochs 3; epochs 4 }
	Duplicate Code = "duplicate"

	// ReservedName: a name that already means something in the language.
	//
	// Example:
	//  block conv(f) { relu }
	ReservedName Code = "reserved-name"

	// UnknownName: a name that nothing defines.
	//
	// Example:
	//  net { input 8x8x1; dense unitz }
	UnknownName Code = "unknown-name"

	// UnknownLayer: a line begins with a word that is no layer and no block.
	//
	// Example:
	//  net { input 8x8x1; convv 8 3x3 }
	UnknownLayer Code = "unknown-layer"

	// UnknownSection: a section that a model file does not have.
	//
	// Example:
	//  trian { epochs 3 }
	UnknownSection Code = "unknown-section"

	// UnknownSetting: a setting that the section does not have.
	//
	// Example:
	//  train { epoch 3 }
	UnknownSetting Code = "unknown-setting"

	// UnknownOption: a word or a key that the layer, setting or function does
	// not take.
	//
	// Example:
	//  net { input 8x8x1; conv 8 3x3 strid=2 }
	UnknownOption Code = "unknown-option"

	// Unsupported: a part of the language that this version of cnnc does not
	// compile.
	//
	// Example:
	//  net { input 8x8x1; sparsemax }
	Unsupported Code = "unsupported"

	// MissingArgument: a value that has to be given is not.
	//
	// Example:
	//  net { input 8x8x1; conv 8 }
	MissingArgument Code = "missing-argument"

	// ExtraArgument: more values than the layer, setting or function takes.
	//
	// Example:
	//  net { input 8x8x1; dense 8 9 }
	ExtraArgument Code = "extra-argument"

	// WrongForm: a setting that is not written in one of its forms.
	//
	// Example:
	//  train { stop after 10 }
	WrongForm Code = "wrong-form"

	// WrongType: a value of another type than required.
	//
	// Example:
	//  net { input 8x8x1; dense 2.5 }
	WrongType Code = "wrong-type"

	// OutOfRange: a value outside the range of its option.
	//
	// Example:
	//  net { input 8x8x1; dropout 1.5 }
	OutOfRange Code = "out-of-range"

	// BadArithmetic: a division by zero, or a number too large to be exact.
	//
	// Example:
	//  net { input 8x8x1; dense 8/0 }
	BadArithmetic Code = "bad-arithmetic"

	// BadHyper: a hyperparameter whose range or default contradicts itself.
	//
	// Example:
	//  hyper n = int(2..8) default 9
	BadHyper Code = "bad-hyper"

	// Conflict: two settings or options that exclude each other.
	//
	// Example:
	//  data { gray; rgb }
	Conflict Code = "conflict"

	// Recursion: a block that applies itself, directly or through others.
	//
	// Example:
	//  block a { b() }
	//  block b { a() }
	Recursion Code = "recursion"

	// BadNet: the lines of the net do not form one network.
	//
	// Example:
	//  net { relu }
	BadNet Code = "bad-net"

	// UnusedLayer: a layer whose result goes nowhere (a warning).
	//
	// Example:
	//  net { input 8x8x1; a = relu; tanh; from a; flatten }
	UnusedLayer Code = "unused-layer"

	// NeedsClasses: the net uses `classes`, and the number of classes in the
	// data is not known yet.
	//
	// Example:
	//  net { input 8x8x1; flatten; dense classes }
	NeedsClasses Code = "needs-classes"

	// NeedsFeatures: the net uses `features`, and how many values a row of the
	// table becomes is not known.
	//
	// Example:
	//  net { input features; dense 2 }
	NeedsFeatures Code = "needs-features"

	// UnknownMetric: a metric that is not measured in training.
	//
	// Example:
	//  train { keep best val_accuracy }
	UnknownMetric Code = "unknown-metric"

	// BadOverride: a --set argument that is not NAME=VALUE, or that names
	// nothing in the model file.
	//
	// Example:
	//  hyper filters = 32
	//  --set filtres=64
	BadOverride Code = "bad-override"
)
