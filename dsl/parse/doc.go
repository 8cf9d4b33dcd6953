// Package parse turns the text of a model file into an ast.File.
//
// It works in three steps, each of them linear in the size of the text:
//
//	lexer.go    text  -> tokens with positions; comments are tokens
//	tree.go     tokens -> statements: cuts at line ends and braces, keeps the
//	            nesting, attaches comments
//	grammar.go  the tokens of one statement -> concrete syntax, by participle
//	convert.go  concrete syntax -> ast, literals decoded
//
// The grammar is applied to one statement at a time, not to the whole file.
// That is what makes all mistakes of a file appear in one run: a statement that
// does not parse is reported and left out, and the next one starts fresh.
//
// The package knows the shape of the language and, from dsl/lang, only which
// sections are inline. Which layers and settings exist is not its business.
// It never panics, whatever the input, and refuses files that are too large,
// too long or nested too deeply (limits.go).
//
// # Grammar
//
//	File      = { Stmt end } .
//	Stmt      = Version | Model | Hyper | Block | Section | Repeat | If | Line .
//	Version   = "cnn" number .
//	Model     = "model" ident .
//	Hyper     = "hyper" ident "=" Expr [ "default" Expr ] [ "if" Expr ] .
//	Block     = "block" ident [ "(" [ ident { "," ident } ] ")" ] Body .
//	Section   = ident Body .
//	Repeat    = "repeat" Expr Body .
//	If        = "if" Expr Body [ "else" ( If | Body ) ] .
//	Line      = [ ident "=" ] Arg { Arg } [ Body ] .
//	Body      = "{" { Stmt end } "}" .
//	Arg       = [ ident "=" ] Expr .
//	Expr      = And { "or" And } .
//	And       = Not { "and" Not } .
//	Not       = { "not" } Compare .
//	Compare   = Range [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) Range ] .
//	Range     = Sum [ ".." Sum ] .
//	Sum       = Product { ( "+" | "-" ) Product } .
//	Product   = Sign { ( "*" | "/" ) Sign } .
//	Sign      = { "-" } Primary .
//	Primary   = number | percent | angle | time | duration | dims | string | "true" | "false"
//	          | ident "(" [ Arg { "," Arg } [ "," ] ] ")" | ident | "(" Expr ")" .
//
//	number    = 12 | 0.5 | 1e-3        percent = 20%      angle = 10deg     time = 5epochs
//	duration  = 30s | 30min | 2h
//	dims      = 3x3 | 28x28x1          string  = "text" with Go escapes
//	end       = a line break, ";", or nothing before "}"
//
// Two rules depend on spaces, because words stand side by side without commas.
// A name followed by "(" without a space is a call. Outside parentheses a minus
// with a space before it and none after it is a sign, not a subtraction:
// `leaky_relu -1` has a value, `dense n-1` and `dense n - 1` a difference.
//
// A line break inside parentheses is a space. Comments run from // to the end
// of the line.
package parse
