package parse

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/lang"
)

// File parses a whole model file. The tree is never nil: statements with
// mistakes are reported and left out of it.
func File(name, src string) (*ast.File, diag.List) {
	var list diag.List
	start := diag.Pos{File: name, Line: 1, Col: 1}
	f := &ast.File{Span: diag.At(start), Name: name}
	if len(src) > MaxFileSize {
		f.Unread = true
		list.Add(diag.Errorf(diag.TooLarge, f.Span, "the file has %d bytes; at most %d are read", len(src), MaxFileSize))
		return f, list
	}
	if strings.HasPrefix(src, "\xff\xfe") || strings.HasPrefix(src, "\xfe\xff") {
		f.Unread = true
		list.Add(diag.Errorf(diag.BadCharacter, f.Span, "the file is UTF-16 text")).WithHelp("save it as UTF-8")
		return f, list
	}
	p := &parser{toks: scan(src, start, &list), list: &list}
	if n := countTokens(p.toks); n > MaxFileTokens {
		f.Unread = true
		list.Add(diag.Errorf(diag.TooLarge, f.Span, "the file has more than %d words and signs", MaxFileTokens))
		return f, list
	}
	p.matchParens()
	top := p.stmts(nil)
	f.Stmts, f.Tail, f.Lost = top.Stmts, top.Tail, p.lost
	f.End = pos(p.toks[len(p.toks)-1].Pos)
	return f, list
}

// parser walks the tokens of a file and builds the statements.
type parser struct {
	toks  []lexer.Token
	next  int   // index of the next token
	match []int // for "(": index of its ")", or -1
	depth int   // open bodies
	count int   // statements so far
	lost  []string
	list  *diag.List
}

// countTokens counts the tokens that the grammar has to look at.
func countTokens(toks []lexer.Token) int {
	n := 0
	for _, t := range toks {
		if t.Type != tEnd && t.Type != tComment {
			n++
		}
	}
	return n
}

// matchParens pairs the parentheses. A pair never encloses a brace: that is
// how a forgotten ")" is noticed before it swallows the rest of the file.
func (p *parser) matchParens() {
	p.match = make([]int, len(p.toks))
	var open []int
	for i, t := range p.toks {
		p.match[i] = -1
		switch {
		case isOpen(t):
			open = append(open, i)
		case is(t, ")") && len(open) > 0:
			p.match[open[len(open)-1]] = i
			p.match[i] = open[len(open)-1]
			open = open[:len(open)-1]
		case is(t, "{") || is(t, "}"):
			open = open[:0]
		}
	}
}

func is(t lexer.Token, op string) bool { return t.Type == tOp && t.Value == op }

func isOpen(t lexer.Token) bool { return t.Type == tCallOpen || is(t, "(") }

// tokenSpan returns the text of t.
func tokenSpan(t lexer.Token) diag.Span {
	start := pos(t.Pos)
	end := start
	end.Offset += len(t.Value)
	end.Col += utf8.RuneCountInString(t.Value)
	return diag.Span{Start: start, End: end}
}

func (p *parser) peek() lexer.Token { return p.toks[p.next] }

func (p *parser) take() lexer.Token {
	t := p.toks[p.next]
	if t.Type != lexer.EOF {
		p.next++
	}
	return t
}

// giveUp skips to the end of the file.
func (p *parser) giveUp() { p.next = len(p.toks) - 1 }

func comment(t lexer.Token, blank bool) ast.Comment {
	return ast.Comment{Span: tokenSpan(t), Text: t.Value, Blank: blank}
}

// stmts parses statements up to a closing brace or the end of the file. For a
// body, open is its opening brace, already taken; nil for the file. Span and
// Flat are left to the caller.
func (p *parser) stmts(inline *lang.Section) *ast.Body {
	body := &ast.Body{}
	var lead []ast.Comment
	var last ast.Stmt // nil until a statement ends on the current line
	breaks := 0       // line ends since the last statement or comment
	first := true
	for {
		if len(*p.list) >= maxErrors {
			p.giveUp()
		}
		t := p.peek()
		switch {
		case t.Type == lexer.EOF || is(t, "}"):
			if t.Type != lexer.EOF && p.depth == 0 {
				p.list.Add(diag.Errorf(diag.Unclosed, tokenSpan(t), `this "}" closes nothing`))
				p.take()
				continue
			}
			body.Tail = lead
			return body
		case t.Type == tEnd:
			if t.Value == "\n" {
				breaks++
				last = nil
			}
			p.take()
		case t.Type == tComment:
			c := comment(p.take(), breaks > 1 && !first)
			switch {
			case last != nil && last.Layouts().Trail == nil:
				last.Layouts().Trail = &c
			case first && breaks == 0 && p.depth > 0 && body.Open == nil:
				body.Open = &c
			default:
				lead = append(lead, c)
				breaks, first = 0, false
			}
		default:
			blank := breaks > 1 && !first
			got, hoisted := p.statement(inline)
			lead = append(lead, hoisted...)
			if got != nil {
				l := got[0].Layouts()
				l.Lead, l.Blank = append(lead, l.Lead...), blank
				lead = nil
				body.Stmts = append(body.Stmts, got...)
				last = got[len(got)-1]
			}
			breaks, first = 0, false
		}
	}
}

// statement parses one statement with its body. It returns nil when the
// statement had a mistake; an inline line gives several statements. Comments
// found between the tokens are returned for the lines above.
func (p *parser) statement(inline *lang.Section) ([]ast.Stmt, []ast.Comment) {
	if p.tooMany() {
		return nil, nil
	}
	toks, hoisted := p.run()
	g := p.parse(toks)
	before := len(*p.list)
	stmt := convertStmt(g, toks, p.list)
	if len(*p.list) > before {
		stmt = nil // a literal could not be read
	}

	var body *ast.Body
	if is(p.peek(), "{") {
		body = p.body(inlineSection(stmt))
	}
	if g != nil && g.Else != nil {
		p.list.Add(diag.Errorf(diag.Misplaced, tokenSpan(toks[0]), "else without if").
			WithHelp("else follows the closing brace of an if"))
		return nil, hoisted
	}
	if stmt != nil {
		stmt = p.attach(stmt, body, toks)
	}
	if cond, ok := stmt.(*ast.If); ok && body != nil {
		p.elses(cond)
	}
	p.endOfStatement(body != nil)
	if stmt == nil {
		p.lose(toks)
		return nil, hoisted
	}
	if line, ok := stmt.(*ast.Line); ok && inline != nil {
		return split(line, inline), hoisted
	}
	return []ast.Stmt{stmt}, hoisted
}

// lose remembers the first words of a statement that is left out.
func (p *parser) lose(toks []lexer.Token) {
	for _, t := range toks[:min(2, len(toks))] {
		if t.Type == tIdent || t.Type == tKeyword {
			p.lost = append(p.lost, t.Value)
		}
	}
}

// tooMany counts a statement. Past the limit it reports that and gives up.
func (p *parser) tooMany() bool {
	if p.count++; p.count <= MaxStatements {
		return false
	}
	p.list.Add(diag.Errorf(diag.TooLarge, tokenSpan(p.peek()), "the file has more than %d statements", MaxStatements))
	p.giveUp()
	return true
}

// endOfStatement checks that nothing follows a body on its line.
func (p *parser) endOfStatement(hasBody bool) {
	t := p.peek()
	if !hasBody || t.Type == tEnd || t.Type == tComment || t.Type == lexer.EOF || is(t, "}") {
		return
	}
	p.list.Add(diag.Errorf(diag.Syntax, tokenSpan(t), `unexpected %s after "}"`, describe(t))).
		WithExpected("the end of the line").
		WithHelp("begin a new line, or put a semicolon between")
	if is(t, "{") {
		p.body(nil)
	}
}

// run takes the tokens of one statement: up to a line end outside parentheses,
// a brace or a comment. Comments inside parentheses are returned separately.
func (p *parser) run() (toks []lexer.Token, hoisted []ast.Comment) {
	closing := -1 // index of the ")" that ends the outermost open parenthesis
	for {
		t := p.peek()
		inside := p.next < closing
		switch {
		case t.Type == lexer.EOF || is(t, "{") || is(t, "}"):
			return toks, hoisted
		case t.Type == tEnd || t.Type == tComment:
			if !inside {
				return toks, hoisted
			}
			if t.Type == tComment {
				hoisted = append(hoisted, comment(t, false))
			}
			p.take()
			continue
		case isOpen(t) && !inside:
			closing = p.match[p.next]
		}
		toks = append(toks, p.take())
	}
}

// body parses a body; the next token is its opening brace.
func (p *parser) body(inline *lang.Section) *ast.Body {
	open := p.take()
	if p.depth == MaxNesting {
		p.list.Add(diag.Errorf(diag.TooLarge, tokenSpan(open), "braces are nested more than %d deep", MaxNesting))
		p.skipBody()
		return &ast.Body{Span: tokenSpan(open)}
	}
	p.depth++
	body := p.stmts(inline)
	p.depth--
	body.Span = tokenSpan(open)
	if t := p.take(); is(t, "}") {
		body.End = tokenSpan(t).End
	} else {
		body.End = pos(t.Pos)
		if len(*p.list) < maxErrors {
			p.list.Add(diag.Errorf(diag.Unclosed, tokenSpan(open), `this "{" is never closed`)).
				WithHelp(`put "}" on a line of its own after the body`)
		}
	}
	body.Flat = body.Start.Line == body.End.Line
	return body
}

// skipBody skips to just after the brace that closes the one just taken.
func (p *parser) skipBody() {
	for open := 1; open > 0 && p.peek().Type != lexer.EOF; {
		switch t := p.take(); {
		case is(t, "{"):
			open++
		case is(t, "}"):
			open--
		}
	}
}

// elses parses the else parts after an if.
func (p *parser) elses(cond *ast.If) {
	for {
		var between []ast.Comment
		at := p.next
		for p.toks[at].Type == tEnd || p.toks[at].Type == tComment {
			at++
		}
		if t := p.toks[at]; t.Type != tKeyword || t.Value != "else" {
			return
		}
		for p.next < at {
			if t := p.take(); t.Type == tComment {
				between = append(between, comment(t, false))
			}
		}
		if p.tooMany() {
			return
		}
		toks, hoisted := p.run()
		g := p.parse(toks)
		var body *ast.Body
		if is(p.peek(), "{") {
			body = p.body(nil)
		}
		if g == nil {
			return
		}
		if body == nil {
			p.needsBody(toks, "else")
			return
		}
		prepend(body, append(between, hoisted...))
		cond.End = body.End
		if g.Else.If == nil {
			cond.Else = body
			return
		}
		c := converter{p.list}
		next := &ast.If{Cond: c.expr(g.Else.If.Cond), Then: body}
		next.Span = diag.Span{Start: pos(toks[1].Pos), End: body.End}
		cond.ElseIf = next
		cond = next
	}
}

// prepend puts comments that stood before a body at its beginning.
func prepend(body *ast.Body, comments []ast.Comment) {
	if len(comments) == 0 {
		return
	}
	body.Flat = false
	if len(body.Stmts) == 0 {
		body.Tail = append(comments, body.Tail...)
		return
	}
	l := body.Stmts[0].Layouts()
	l.Lead = append(comments, l.Lead...)
}

func (p *parser) needsBody(toks []lexer.Token, what string) {
	end := tokenSpan(toks[len(toks)-1])
	p.list.Add(diag.Errorf(diag.Syntax, diag.At(end.End), "%s needs a body in braces", what)).WithExpected(`"{" on this line`)
}

// inlineSection returns the inline section whose body a statement opens.
func inlineSection(s ast.Stmt) *lang.Section {
	line, ok := s.(*ast.Line)
	if !ok || len(line.Words) == 0 {
		return nil
	}
	if id, ok := line.Words[0].Value.(*ast.Ident); ok {
		if sec := lang.FindSection(id.Name); sec != nil && sec.Inline {
			return sec
		}
	}
	return nil
}

// split cuts a line of an inline section before every word that is the name of
// a setting.
func split(line *ast.Line, sec *lang.Section) []ast.Stmt {
	var out []ast.Stmt
	from := 0
	for i := 1; i <= len(line.Words); i++ {
		if i < len(line.Words) {
			if !startsSetting(line.Words[i], sec) {
				continue
			}
		}
		part := &ast.Line{Words: slices.Clone(line.Words[from:i])}
		part.Span = diag.Span{Start: line.Words[from].Start, End: line.Words[i-1].End}
		part.Inline = startsSetting(line.Words[from], sec)
		out = append(out, part)
		from = i
	}
	first, last := out[0].(*ast.Line), out[len(out)-1].(*ast.Line)
	if line.Name != nil {
		first.Name, first.Start, first.Inline = line.Name, line.Start, false
	}
	last.Body, last.End = line.Body, line.End
	return out
}

// startsSetting reports whether a word is the name of a setting of sec.
func startsSetting(w ast.Arg, sec *lang.Section) bool {
	id, ok := w.Value.(*ast.Ident)
	return ok && w.Name == nil && lang.Find(sec.Settings, id.Name) != nil
}
