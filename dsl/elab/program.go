package elab

import "github.com/cnnc/cnnc/dsl/diag"

// Program is a model file with everything decided: hyperparameters have
// values, blocks are expanded, defaults are filled in.
type Program struct {
	Name    string // from `model NAME`
	Version int    // of the language
	File    string // name of the model file, as given
	Hypers  []Hyper
	Layers  []Layer // in the order of computation; the first is the input, the last the output
	Data    []Setting
	Augment []Setting
	Train   []Setting
	Tune    []Setting
	Source  string // text of the model file
	// NetOK says that the layers can be looked at further although the sections
	// behind them have mistakes.
	NetOK bool
}

// Hyper is a hyperparameter: its search space and the value in use.
type Hyper struct {
	Name    string
	Kind    HyperKind
	Choices []Value // of Choice, all of one kind
	Min     float64 // of IntRange and FloatRange, included
	Max     float64 // included
	Step    float64 // 0 for none; a factor when Log or ReverseLog
	Log     bool    // sampled on a logarithmic scale, dense near Min
	// ReverseLog: sampled on a logarithmic scale that is dense near Max.
	ReverseLog bool
	Default    Value    // the value without an override
	Value      Value    // the value in use
	Set        bool     // by an override
	Runtime    bool     // no shape and no generated code depends on it
	Pos        diag.Pos // of its name
	// Parent, when not "", is the hyperparameter that its condition asks for, and
	// ParentValues are the values with which the condition holds. It Holds with the
	// parent's value in use, and the hyperparameter is Active when that holds for
	// the parent as well.
	Parent        string
	ParentValues  []Value
	Holds, Active bool
}

// HyperKind is the kind of a search space.
type HyperKind int

// The kinds of search spaces.
const (
	Fixed HyperKind = iota // one value, not searched
	Choice
	IntRange
	FloatRange
	BoolSpace
)

// String returns the word of the language; "fixed" for a plain value.
func (k HyperKind) String() string {
	return [...]string{"fixed", "choice", "int", "float", "bool"}[k]
}

// Layer is one layer with all its options.
type Layer struct {
	Kind string // name of the row in lang.Layers
	// Name is unique in the program: the user's name, or kind and ordinal,
	// such as conv3 for the third conv of the program. Naming a line does not
	// change the ordinals of the others.
	Name string
	// Inputs are indices of earlier layers, in the order of the operands.
	Inputs []int
	// Args are the options by name. Options that may be absent and are, such
	// as the stride of a pool, have no entry; flags always have one.
	Args map[string]Value
	// Pos is the line from the kind to its last word.
	Pos diag.Span
	// Trace holds the block applications that led here, outermost first.
	Trace []diag.Pos
}

// Setting is one setting of a section. For a setting in several forms, the
// names of Args tell which form it is: `stop` has patience or threshold.
type Setting struct {
	Name string
	Args map[string]Value // options by name, defaults filled in
	Pos  diag.Span        // not valid for a setting that is there by default
}

// Find returns the first setting of that name.
func Find(settings []Setting, name string) (Setting, bool) {
	for _, s := range settings {
		if s.Name == name {
			return s, true
		}
	}
	return Setting{}, false
}
