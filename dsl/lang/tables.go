package lang

import (
	"strings"
	"sync"
)

// Version is the language version that this table describes: the number after
// `cnn` on the first line of a model file.
const Version = 1

// Table names a table of functions.
type Table int

// The tables of functions.
const (
	None Table = iota
	Activations
	Initializers
	Losses
	Optimizers
	Metrics
	Sources
	Schedules
	Constraints
)

// Entries returns the rows of the table. Activations are the activation layers
// and linear.
func (t Table) Entries() []Entry {
	switch t {
	case Activations:
		return activations()
	case Initializers:
		return InitializerTable
	case Losses:
		return LossTable
	case Optimizers:
		return OptimizerTable
	case Metrics:
		return MetricTable
	case Sources:
		return SourceTable
	case Schedules:
		return ScheduleTable
	case Constraints:
		return ConstraintTable
	}
	return nil
}

// Noun names one entry of the table with its article, as in "the name of a loss".
func (t Table) Noun() string {
	if s := t.String(); strings.ContainsAny(s[:1], "aeiou") {
		return "an " + s
	}
	return "a " + t.String()
}

// String names one entry of the table, as in "unknown loss".
func (t Table) String() string {
	return [...]string{"name", "activation", "initializer", "loss", "optimizer", "metric", "data source", "schedule", "constraint"}[t]
}

var activations = sync.OnceValue(func() []Entry {
	out := []Entry{{Name: "linear", Doc: "no activation", Formula: "x"}}
	for i := range Layers {
		if Layers[i].Activation {
			out = append(out, Layers[i])
		}
	}
	return out
})

// Section is a body with settings of its own.
type Section struct {
	Name     string
	Doc      string
	Settings []Entry
	// Inline sections allow several settings on a line without semicolons:
	// none of their settings takes the name of another one as a value.
	Inline bool
	// Inner sections stand inside another section, not at the top of a file.
	Inner bool
}

// FindSection returns the section of that name, or nil.
func FindSection(name string) *Section {
	for i := range Sections {
		if Sections[i].Name == name {
			return &Sections[i]
		}
	}
	return nil
}

// Sections are the bodies of settings, in the canonical order of a file. The
// net is not among them: its lines are layers.
var Sections = []Section{
	{Name: "data", Settings: DataSettings, Doc: "where the images come from and how they are prepared"},
	{Name: "augment", Settings: AugmentSettings, Inline: true, Inner: true,
		Doc: "random changes of training images, drawn anew for each image and epoch; validation and test images are never augmented"},
	{Name: "train", Settings: TrainSettings, Doc: "how the network is trained"},
	{Name: "tune", Settings: TuneSettings, Doc: "how `cnnc tune` searches the space that the hyperparameters span"},
}

// TopLevel lists the names of bodies at the top of a file.
var TopLevel = []string{"net", "data", "train", "tune"}

// Keywords cannot be used as names.
var Keywords = []string{"and", "block", "cnn", "default", "else", "false", "hyper", "if", "model", "not", "or", "repeat", "true"}

// Reserved names have a meaning in every net and cannot be defined.
var Reserved = []string{"classes", "from", "input"}

// HyperKinds are the search spaces of hyperparameters.
var HyperKinds = []Entry{
	{Name: "choice", Doc: "one of the listed values, all of one type; without `default` the first is used",
		Args:    []Option{{Name: "values", Type: Choice, Variadic: true, Doc: "the values"}},
		Example: "hyper filters = choice(32, 64, 128)"},
	{Name: "int", Doc: "a whole number from lo to hi, both included; without `default` the lowest is used",
		Args: []Option{{Name: "range", Type: Span, Doc: "lo..hi"}},
		Options: []Option{
			{Name: "step", Type: Int, Range: "[1, 9007199254740991]", Optional: true, Doc: "distance between values; on a logarithmic scale, their quotient"},
			{Name: "log", Type: Flag, Doc: "search on a logarithmic scale, dense near lo"},
			{Name: "reverse_log", Type: Flag, Doc: "search on a logarithmic scale from the other end, dense near hi"}},
		Example: "hyper units = int(32..512, step=32) default 128"},
	{Name: "float", Doc: "a number from lo to hi; without `default` the lowest is used",
		Args: []Option{{Name: "range", Type: Span, Doc: "lo..hi"}},
		Options: []Option{
			{Name: "step", Type: Float, Range: "(0, inf)", Optional: true, Doc: "distance between values; on a logarithmic scale, their quotient"},
			{Name: "log", Type: Flag, Doc: "search on a logarithmic scale, dense near lo"},
			{Name: "reverse_log", Type: Flag, Doc: "search on a logarithmic scale from the other end, dense near hi"}},
		Example: "hyper rate = float(1e-4..1e-1, log) default 1e-3"},
	{Name: "bool", Doc: "true or false; without `default` false is used",
		Example: "hyper deep = bool default true"},
}

// Functions compute numbers and sizes in expressions.
var Functions = []Entry{
	{Name: "min", Doc: "the smaller of two numbers", Example: "min(filters, 64)"},
	{Name: "max", Doc: "the larger of two numbers", Example: "max(filters/2, 8)"},
	{Name: "floor", Doc: "the largest whole number not above x", Example: "floor(filters/3)"},
	{Name: "ceil", Doc: "the smallest whole number not below x", Example: "ceil(filters/3)"},
	{Name: "round", Doc: "the nearest whole number; halves away from zero", Example: "round(filters*0.75)"},
	{Name: "dims", Doc: "a size from computed numbers: dims(k, 1) is kx1", Example: "dims(k, 1)"},
	{Name: "sides", Doc: "a padding side by side; sides not given are 0", Example: "sides(top=1, left=1, bottom=0, right=0)"},
	{Name: "list", Doc: "numbers, one for each channel", Example: "list(0.485, 0.456, 0.406)"},
}
