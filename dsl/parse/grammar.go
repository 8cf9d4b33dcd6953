package parse

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The concrete syntax of one statement. The struct tags are the grammar of
// doc.go; leaves are tokens, so that convert.go has every position and every
// spelling. No value is decoded here: errors of a capture lose their position.

type gStmt struct {
	Version *gVersion `parser:"@@"`
	Model   *gModel   `parser:"| @@"`
	Hyper   *gHyper   `parser:"| @@"`
	Block   *gBlock   `parser:"| @@"`
	Repeat  *gRepeat  `parser:"| @@"`
	If      *gIf      `parser:"| @@"`
	Else    *gElse    `parser:"| @@"`
	Line    *gLine    `parser:"| @@"`
}

type gVersion struct {
	Number lexer.Token `parser:"'cnn' @Number"`
}

type gModel struct {
	Name lexer.Token `parser:"'model' @Ident"`
}

type gHyper struct {
	Name    lexer.Token `parser:"'hyper' @Ident"`
	Space   *gExpr      `parser:"'=' @@"`
	Default *gExpr      `parser:"( 'default' @@ )?"`
	If      *gExpr      `parser:"( 'if' @@ )?"`
}

type gBlock struct {
	Name   lexer.Token `parser:"'block' @Ident"`
	Params []*gName    `parser:"( '(' ( @@ ( ',' @@ )* )? ')' )?"`
}

type gRepeat struct {
	Count *gExpr `parser:"'repeat' @@"`
}

type gIf struct {
	Cond *gExpr `parser:"'if' @@"`
}

type gElse struct {
	Else lexer.Token `parser:"@'else'"`
	If   *gIf        `parser:"@@?"`
}

type gLine struct {
	Name  *lexer.Token `parser:"( @Ident '=' )?"`
	Words []*gArg      `parser:"@@+"`
}

type gArg struct {
	Name  *lexer.Token `parser:"( @Ident '=' )?"`
	Value *gExpr       `parser:"@@"`
}

type gExpr struct {
	Left *gAnd   `parser:"@@"`
	Rest []*gAnd `parser:"( 'or' @@ )*"`
}

type gAnd struct {
	Left *gNot   `parser:"@@"`
	Rest []*gNot `parser:"( 'and' @@ )*"`
}

type gNot struct {
	Not []*gNotWord `parser:"@@*"`
	X   *gCompare   `parser:"@@"`
}

type gCompare struct {
	Left  *gRange      `parser:"@@"`
	Op    *lexer.Token `parser:"( @( '==' | '!=' | '<=' | '>=' | '<' | '>' )"`
	Right *gRange      `parser:"@@ )?"`
}

type gRange struct {
	Lo *gSum `parser:"@@"`
	Hi *gSum `parser:"( '..' @@ )?"`
}

type gSum struct {
	Left *gProduct      `parser:"@@"`
	Rest []*gSumOperand `parser:"@@*"`
}

type gSumOperand struct {
	Op lexer.Token `parser:"@( '+' | '-':Op )"`
	X  *gProduct   `parser:"@@"`
}

type gProduct struct {
	Left *gSign             `parser:"@@"`
	Rest []*gProductOperand `parser:"@@*"`
}

type gProductOperand struct {
	Op lexer.Token `parser:"@( '*' | '/' )"`
	X  *gSign      `parser:"@@"`
}

type gSign struct {
	Signs []*gMinus `parser:"@@*"`
	X     *gPrimary `parser:"@@"`
}

type gPrimary struct {
	Literal *lexer.Token `parser:"@( Number | Percent | Angle | Epochs | Pixels | Duration | Dims | String | 'true' | 'false' )"`
	Call    *gCall       `parser:"| @@"`
	Name    *lexer.Token `parser:"| @Ident"`
	Paren   *gParen      `parser:"| @@"`
}

type gCall struct {
	Name  lexer.Token `parser:"@Ident"`
	Open  lexer.Token `parser:"@CallOpen"`
	Args  []*gArg     `parser:"( @@ ( ',' @@ )* ','? )?"`
	Close lexer.Token `parser:"@')'"`
}

type gParen struct {
	Open  lexer.Token `parser:"@'(':Op"`
	X     *gExpr      `parser:"@@"`
	Close lexer.Token `parser:"@')'"`
}

// The entry points: a statement of any kind, a line, and a lone expression for
// --set.
var (
	stmtParser = participle.MustBuild[gStmt](participle.Lexer(definition{}), participle.UseLookahead(2))
	lineParser = participle.MustBuild[gLine](participle.Lexer(definition{}), participle.UseLookahead(2))
	exprParser = participle.MustBuild[gExpr](participle.Lexer(definition{}), participle.UseLookahead(2))
)

// A capture into a slice of tokens keeps the last token only, so repeated
// tokens have structs of their own.

type gName struct {
	Tok lexer.Token `parser:"@Ident"`
}

type gNotWord struct {
	Tok lexer.Token `parser:"@'not'"`
}

type gMinus struct {
	Tok lexer.Token `parser:"@'-'"`
}
