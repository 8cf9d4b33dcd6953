package ast

import "github.com/cnnc/cnnc/dsl/diag"

// Node is any part of the tree. Every node knows the text it came from: Pos is
// its first character, EndPos the place just after its last.
type Node interface {
	Pos() diag.Pos
	EndPos() diag.Pos
}

// File is a whole model file.
type File struct {
	diag.Span
	Name  string // as given to the parser
	Stmts []Stmt
	Tail  []Comment // comments after the last statement
	// Lost holds the words that statements with syntax errors begin with. What
	// they would have defined is missing from the tree, which is no reason to
	// report every use of it.
	Lost []string
	// Unread says that the text was refused as a whole.
	Unread bool
}

// Comment is one comment with its slashes, without the end of the line.
type Comment struct {
	diag.Span
	Text  string
	Blank bool // an empty line stands before it
}

// Layout is what a statement keeps of its surroundings for the printer.
type Layout struct {
	Lead  []Comment // comment lines above the statement
	Trail *Comment  // comment after it on its last line
	Blank bool      // an empty line stands before the statement itself
}

// Layouts gives access to the layout of any statement.
func (l *Layout) Layouts() *Layout { return l }

// Stmt is a statement: one line, or a line with a body in braces.
type Stmt interface {
	Node
	Layouts() *Layout
	stmt()
}

// Body is the statements between braces. Its span includes both braces.
type Body struct {
	diag.Span
	Stmts []Stmt
	Open  *Comment  // comment after the opening brace on its line
	Tail  []Comment // comments before the closing brace
	// Flat tells that the source has the whole body on one line.
	Flat bool
}

// Version is the first line, `cnn 1`.
type Version struct {
	diag.Span
	Layout
	Number *Number
}

// Model is `model NAME`.
type Model struct {
	diag.Span
	Layout
	Name *Ident
}

// Hyper is `hyper NAME = SPACE default VALUE if CONDITION`; Default and If are
// nil when absent.
type Hyper struct {
	diag.Span
	Layout
	Name    *Ident
	Space   Expr
	Default Expr
	If      Expr
}

// Block is `block NAME(PARAMS) BODY`.
type Block struct {
	diag.Span
	Layout
	Name   *Ident
	Params []*Ident
	Body   *Body
}

// Section is a named body at the top of the file: net, data, train, tune.
type Section struct {
	diag.Span
	Layout
	Name *Ident
	Body *Body
}

// Line is a layer, a block application or a setting: words side by side, with
// an optional name before them (`skip = conv 64 1x1`) and an optional body
// after them (`augment { ... }`).
type Line struct {
	diag.Span
	Layout
	Name  *Ident // nil when the line has no name
	Words []Arg
	Body  *Body // nil when there is none
	// Inline tells that the line may follow another one without a semicolon, as
	// flip does in `augment { rotate 10deg  flip horizontal }`.
	Inline bool
}

// Repeat is `repeat COUNT BODY`.
type Repeat struct {
	diag.Span
	Layout
	Count Expr
	Body  *Body
}

// If is `if COND BODY`, with `else BODY` or `else if ...` after it. At most one
// of Else and ElseIf is set.
type If struct {
	diag.Span
	Layout
	Cond   Expr
	Then   *Body
	Else   *Body
	ElseIf *If
}

func (*Version) stmt() {}
func (*Model) stmt()   {}
func (*Hyper) stmt()   {}
func (*Block) stmt()   {}
func (*Section) stmt() {}
func (*Line) stmt()    {}
func (*Repeat) stmt()  {}
func (*If) stmt()      {}
