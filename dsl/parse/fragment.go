package parse

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
)

// Expr parses a lone expression whose first character stands at start, such as
// the value in a --set argument. It returns nil after a mistake.
func Expr(src string, start diag.Pos) (ast.Expr, diag.List) {
	toks, list := fragment(src, start)
	if toks == nil {
		return nil, list
	}
	g, err := exprParser.ParseFromLexer(peeking(toks))
	if err != nil {
		list.Add(syntaxError(err, toks, lexer.EOFToken(lexer.Position{})))
		return nil, list
	}
	c := converter{&list}
	x := c.expr(g)
	if list.HasErrors() {
		return nil, list
	}
	return x, list
}

// Words parses the words of a setting without its name, such as the value in
// --set 'train.stop=when val_loss stalls 5'. It returns nil after a mistake.
func Words(src string, start diag.Pos) ([]ast.Arg, diag.List) {
	toks, list := fragment(src, start)
	if toks == nil {
		return nil, list
	}
	// A setting's words are a line without a name. The name in front keeps the
	// grammar from reading KEY=VALUE as one.
	head := lexer.Token{Type: tIdent, Value: "value", Pos: position(start)}
	g, err := stmtParser.ParseFromLexer(peeking(append([]lexer.Token{head}, toks...)))
	if err != nil {
		list.Add(syntaxError(err, toks, lexer.EOFToken(lexer.Position{})))
		return nil, list
	}
	c := converter{&list}
	words := c.args(g.Line.Words)[1:]
	if list.HasErrors() {
		return nil, list
	}
	return words, list
}

// fragment scans a text that has to be a single line without braces. It
// returns nil tokens after a mistake.
func fragment(src string, start diag.Pos) ([]lexer.Token, diag.List) {
	var list diag.List
	if len(src) > MaxFileSize {
		list.Add(diag.Errorf(diag.TooLarge, diag.At(start), "the value has %d bytes; at most %d are read", len(src), MaxFileSize))
		return nil, list
	}
	toks := scan(src, start, &list)
	toks = toks[:len(toks)-1]
	for _, t := range toks {
		if t.Type == tEnd || t.Type == tComment || is(t, "{") || is(t, "}") {
			list.Add(diag.Errorf(diag.Syntax, tokenSpan(t), "unexpected %s", clip(t.Value))).WithExpected("a value on one line, without braces and comments")
			return nil, list
		}
	}
	if len(toks) == 0 {
		if !list.HasErrors() {
			list.Add(diag.Errorf(diag.Syntax, diag.At(start), "the value is missing")).WithExpected("a value")
		}
		return nil, list
	}
	if !checkTokens(toks, &list) || list.HasErrors() {
		return nil, list
	}
	return toks, list
}
