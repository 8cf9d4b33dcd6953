package parse

import (
	"errors"
	"regexp"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/lang"
)

// parse applies the grammar to the tokens of one statement. It returns nil
// after reporting a mistake, and for tokens whose mistake is reported already.
func (p *parser) parse(toks []lexer.Token) *gStmt {
	if len(toks) == 0 {
		// A brace without anything before it.
		p.list.Add(diag.Errorf(diag.Syntax, tokenSpan(p.peek()), "unexpected %s", describe(p.peek()))).
			WithExpected("a statement")
		return nil
	}
	if !checkTokens(toks, p.list) {
		return nil
	}
	g, err := parseStmt(toks)
	if err != nil {
		p.list.Add(syntaxError(err, toks, p.peek()))
		return nil
	}
	return g
}

// parseStmt runs the grammar. Most lines begin with a name and can only be of
// one kind, which saves trying the others.
func parseStmt(toks []lexer.Token) (*gStmt, error) {
	if toks[0].Type != tIdent {
		return stmtParser.ParseFromLexer(peeking(toks))
	}
	line, err := lineParser.ParseFromLexer(peeking(toks))
	return &gStmt{Line: line}, err
}

// peeking makes participle's lexer of the tokens of one statement.
func peeking(toks []lexer.Token) *lexer.PeekingLexer {
	end := tokenSpan(toks[len(toks)-1]).End
	all := append(toks[:len(toks):len(toks)], lexer.EOFToken(position(end)))
	peek, err := lexer.Upgrade(&replay{toks: all})
	if err != nil {
		panic("internal error: parse: " + err.Error()) // replay never fails
	}
	return peek
}

// checkTokens reports what has to be right before the grammar runs: readable
// tokens, paired parentheses, bounded length and nesting (the grammar is
// recursive). It returns false when the statement cannot be parsed.
func checkTokens(toks []lexer.Token, list *diag.List) bool {
	if len(toks) > MaxTokens {
		list.Add(diag.Errorf(diag.TooLarge, tokenSpan(toks[0]), "the statement has more than %d words and signs", MaxTokens))
		return false
	}
	var open []lexer.Token
	signs := 0
	for _, t := range toks {
		if t.Type == tBad {
			return false
		}
		switch {
		case isOpen(t):
			open = append(open, t)
			if len(open) > MaxNesting {
				list.Add(diag.Errorf(diag.TooLarge, tokenSpan(t), "parentheses are nested more than %d deep", MaxNesting))
				return false
			}
		case is(t, ")"):
			if len(open) == 0 {
				list.Add(diag.Errorf(diag.Unclosed, tokenSpan(t), `this ")" closes nothing`))
				return false
			}
			open = open[:len(open)-1]
		}
		if t.Value == "-" || t.Value == "not" {
			if signs++; signs > MaxNesting {
				list.Add(diag.Errorf(diag.TooLarge, tokenSpan(t), "more than %d signs in a row", MaxNesting))
				return false
			}
		} else {
			signs = 0
		}
	}
	if len(open) > 0 {
		list.Add(diag.Errorf(diag.Unclosed, tokenSpan(open[len(open)-1]), `this "(" is never closed`)).WithHelp(`put ")" after the last argument`)
		return false
	}
	return true
}

// describe names a token in a message.
func describe(t lexer.Token) string {
	switch {
	case t.Type == lexer.EOF:
		return "end of the file"
	case t.Type == tEnd || t.Type == tComment:
		return "end of the line"
	case t.Type == tString:
		return clip(t.Value)
	}
	return `"` + clip(t.Value) + `"`
}

var expectedPart = regexp.MustCompile(`\(expected (.*)\)$`)

// wanted translates what participle expected, first match first.
var wanted = []struct{ part, text string }{
	{"<ident>", "a name"},
	{"<number>", "a number"},
	{`"="`, `"=" and a value`},
	{`")"`, `"," and another argument, or ")"`},
	{"GPrimary", "a value"},
	{"GArg", "a value"},
	{"G", "a value"},
}

// syntaxError turns participle's error into a diagnostic. after is the token
// that follows the statement.
func syntaxError(err error, toks []lexer.Token, after lexer.Token) *diag.Diagnostic {
	var perr participle.Error
	if !errors.As(err, &perr) {
		return diag.Errorf(diag.Syntax, tokenSpan(toks[0]), "%s", err)
	}
	at := len(toks) // index of the unexpected token
	for i, t := range toks {
		if t.Pos == perr.Position() {
			at = i
		}
	}
	var d *diag.Diagnostic
	if at == len(toks) {
		end := tokenSpan(toks[at-1]).End
		d = diag.Errorf(diag.Syntax, diag.At(end), "unexpected %s", describe(after))
	} else {
		d = diag.Errorf(diag.Syntax, tokenSpan(toks[at]), "unexpected %s", describe(toks[at]))
	}
	if m := expectedPart.FindStringSubmatch(perr.Message()); m != nil {
		for _, w := range wanted {
			if strings.Contains(m[1], w.part) {
				d.Expected = w.text
				break
			}
		}
	}
	hint(d, toks, at)
	return d
}

// hint adds advice for the mistakes that newcomers make.
func hint(d *diag.Diagnostic, toks []lexer.Token, at int) {
	first := toks[0]
	if first.Type == tKeyword && at <= 1 {
		if usage, ok := statementUsage[first.Value]; ok {
			d.Help = "it is written " + usage
		}
	}
	if at == len(toks) {
		return
	}
	switch t := toks[at]; {
	case t.Type == tKeyword && d.Expected == "a name":
		d.Help = `"` + t.Value + `" is a word of the language; choose another name`
	case is(t, ",") && nesting(toks[:at]) == 0:
		d.Help = "words of a line are separated by spaces, only arguments in parentheses by commas"
	case is(t, "=") && first.Value == "if":
		d.Help = "write == to compare"
	case is(t, "=") && at > 0 && toks[at-1].Type == tKeyword:
		d.Help = `"` + toks[at-1].Value + `" is a word of the language; choose another name`
	}
}

var statementUsage = map[string]string{
	"cnn":    "cnn 1",
	"model":  "model NAME",
	"hyper":  "hyper NAME = choice(32, 64), int(1..9), float(0.1..0.5), bool or a value, and may end in default VALUE if CONDITION",
	"block":  "block NAME(PARAMETERS) { ... }",
	"repeat": "repeat COUNT { ... }",
	"if":     "if CONDITION { ... }",
}

// attach gives a statement its body and checks that it stands where it may.
// It returns nil after reporting a mistake.
func (p *parser) attach(stmt ast.Stmt, body *ast.Body, toks []lexer.Token) ast.Stmt {
	span := diag.Span{Start: pos(toks[0].Pos), End: tokenSpan(toks[len(toks)-1]).End}
	fail := func(code diag.Code, format string, args ...any) *diag.Diagnostic {
		return p.list.Add(diag.Errorf(code, span, format, args...))
	}
	top := p.depth == 0
	switch s := stmt.(type) {
	case *ast.Version, *ast.Model, *ast.Hyper:
		if !top {
			fail(diag.Misplaced, "%s belongs at the top of the file, outside all braces", toks[0].Value)
			return nil
		}
		if body != nil {
			fail(diag.Syntax, "%s has no body", toks[0].Value)
			return nil
		}
	case *ast.Block:
		if !top {
			fail(diag.Misplaced, "a block is defined at the top of the file, outside all braces")
			return nil
		}
		if s.Body = body; body == nil {
			p.needsBody(toks, "block")
			return nil
		}
		s.End = body.End
	case *ast.Repeat:
		if top {
			fail(diag.Misplaced, "repeat belongs inside net or a block")
			return nil
		}
		if s.Body = body; body == nil {
			p.needsBody(toks, "repeat")
			return nil
		}
		s.End = body.End
	case *ast.If:
		if top {
			fail(diag.Misplaced, "if belongs inside a section or a block")
			return nil
		}
		if s.Then = body; body == nil {
			p.needsBody(toks, "if")
			return nil
		}
		s.End = body.End
	case *ast.Line:
		if top {
			return p.section(s, body, fail)
		}
		if s.Body = body; body != nil {
			s.End = body.End
		}
	}
	return stmt
}

// section turns a line at the top of the file into a section.
func (p *parser) section(s *ast.Line, body *ast.Body, fail func(diag.Code, string, ...any) *diag.Diagnostic) ast.Stmt {
	id, ok := s.Words[0].Value.(*ast.Ident)
	if !ok || s.Name != nil || s.Words[0].Name != nil {
		fail(diag.Misplaced, "a layer or setting belongs inside a section").
			WithExpected("model, hyper, block, or one of the sections %s", strings.Join(lang.TopLevel, ", "))
		return nil
	}
	if body == nil || len(s.Words) > 1 {
		near := diag.Nearest(id.Name, append([]string{"model", "hyper", "block", "cnn"}, lang.TopLevel...))
		d := fail(diag.Misplaced, "%s belongs inside a section", clip(id.Name))
		switch {
		case near == id.Name:
			d.Msg = id.Name + " is a section: its body in braces follows the name"
			d.Help = "it is written " + id.Name + " { ... }"
		case near != "":
			d.Help = "did you mean " + near + "?"
		default:
			d.Help = "the sections are " + strings.Join(lang.TopLevel, ", ")
		}
		return nil
	}
	sec := &ast.Section{Name: id, Body: body}
	sec.Span = diag.Span{Start: s.Start, End: body.End}
	return sec
}

// nesting is the number of parentheses that toks leave open.
func nesting(toks []lexer.Token) int {
	n := 0
	for _, t := range toks {
		switch {
		case isOpen(t):
			n++
		case is(t, ")"):
			n--
		}
	}
	return n
}
