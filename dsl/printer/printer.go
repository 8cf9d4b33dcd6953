package printer

import (
	"strings"
	"unicode/utf8"

	"github.com/cnnc/cnnc/dsl/ast"
)

const (
	indent   = "    "
	maxFlat  = 100 // a body stays on one line up to this width, in runes
	trailGap = "  "
)

// File returns the canonical text of f.
func File(f *ast.File) string {
	p := &printer{}
	p.stmts(f.Stmts, f.Tail, 0)
	var b strings.Builder
	p.write(&b)
	return b.String()
}

// Statement returns s on one line without comments: the same text for statements
// that differ in their layout only.
func Statement(s ast.Stmt) string { return text(s) }

// line is one line of output before comments are aligned.
type line struct {
	depth int
	text  string
	// head is the part of text before the column that neighbours align, with
	// rest after it: "train" and "folder(...)". Empty rest means no column.
	head, rest string
	column     int // lines of one run of alignment share a number; 0 for none
	trail      string
}

// printer collects lines; alignment needs the neighbours of a line.
type printer struct {
	lines   []line
	runs    int  // number of alignment runs so far
	columns bool // inside a section of settings
}

func (p *printer) blank() {
	if n := len(p.lines); n > 0 && p.lines[n-1].text != "" {
		p.lines = append(p.lines, line{})
	}
}

func (p *printer) emit(l line) { p.lines = append(p.lines, l) }

// stmts prints statements and the comments after them. At depth 0 statements
// with bodies stand apart from their neighbours.
func (p *printer) stmts(list []ast.Stmt, tail []ast.Comment, depth int) {
	start := len(p.lines)
	p.runs++
	apart := false // the statement before wants a blank line after it
	for i, s := range list {
		l := s.Layouts()
		multi := !flat(s, depth)
		wide := depth == 0 && i > 0 && (apart || multi && p.lines[len(p.lines)-1].text != "")
		for j, c := range l.Lead {
			if c.Blank || j == 0 && wide {
				p.gap(start)
			}
			p.emit(line{depth: depth, text: c.Text})
			p.runs++
		}
		if l.Blank || wide && len(l.Lead) == 0 {
			p.gap(start)
		}
		p.stmt(s, depth, multi)
		if l.Trail != nil {
			p.lines[len(p.lines)-1].trail = l.Trail.Text
		}
		apart = multi
	}
	for j, c := range tail {
		if c.Blank || j == 0 && depth == 0 && apart {
			p.gap(start)
		}
		p.emit(line{depth: depth, text: c.Text})
	}
	p.runs++
}

// gap puts a blank line unless the body has just begun.
func (p *printer) gap(start int) {
	if len(p.lines) > start {
		p.blank()
		p.runs++
	}
}

func (p *printer) stmt(s ast.Stmt, depth int, multi bool) {
	if !multi {
		p.emit(p.single(s, depth))
		return
	}
	switch s := s.(type) {
	case *ast.If:
		p.cond(s, depth)
	default:
		head, body := header(s)
		if sec, ok := s.(*ast.Section); ok {
			p.columns = sec.Name.Name != "net"
			defer func() { p.columns = false }()
		}
		p.runs++ // a body over several lines ends the columns above it
		p.body(head, body, depth)
		p.runs++
	}
}

// single makes the line of a statement that fits on one.
func (p *printer) single(s ast.Stmt, depth int) line {
	l := line{depth: depth, text: text(s)}
	switch s := s.(type) {
	case *ast.Hyper:
		head := "hyper " + s.Name.Name
		l.head, l.rest, l.column = head, strings.TrimPrefix(l.text, head+" "), p.runs
	case *ast.Line:
		// Columns are for settings; layers are read as sentences.
		if id, ok := firstWord(s); ok && p.columns && s.Name == nil {
			l.head, l.rest, l.column = id, strings.TrimPrefix(strings.TrimPrefix(l.text, id), " "), p.runs
		}
	}
	return l
}

func firstWord(s *ast.Line) (string, bool) {
	if len(s.Words) == 0 || s.Words[0].Name != nil {
		return "", false
	}
	id, ok := s.Words[0].Value.(*ast.Ident)
	if !ok {
		return "", false
	}
	return id.Name, true
}

// body prints a header, an opening brace, the statements and the closing
// brace, which is the last line printed.
func (p *printer) body(head string, b *ast.Body, depth int) {
	open := line{depth: depth, text: head + " {"}
	if b.Open != nil {
		open.trail = b.Open.Text
	}
	p.emit(open)
	p.stmts(b.Stmts, b.Tail, depth+1)
	p.emit(line{depth: depth, text: "}"})
}

func (p *printer) cond(s *ast.If, depth int) {
	head := "if " + Expr(s.Cond)
	for {
		p.body(head, s.Then, depth)
		last := &p.lines[len(p.lines)-1]
		switch {
		case s.ElseIf != nil:
			s = s.ElseIf
			head = last.text + " else if " + Expr(s.Cond)
		case s.Else != nil:
			head = last.text + " else"
			p.lines = p.lines[:len(p.lines)-1]
			p.body(head, s.Else, depth)
			return
		default:
			return
		}
		p.lines = p.lines[:len(p.lines)-1]
	}
}

// header splits a statement with a body.
func header(s ast.Stmt) (string, *ast.Body) {
	switch s := s.(type) {
	case *ast.Block:
		return blockHead(s), s.Body
	case *ast.Section:
		return s.Name.Name, s.Body
	case *ast.Repeat:
		return "repeat " + Expr(s.Count), s.Body
	case *ast.Line:
		return lineHead(s), s.Body
	}
	return "", nil
}

func blockHead(s *ast.Block) string {
	var names []string
	for _, p := range s.Params {
		names = append(names, p.Name)
	}
	return "block " + s.Name.Name + "(" + strings.Join(names, ", ") + ")"
}

func lineHead(s *ast.Line) string {
	if s.Name != nil {
		return s.Name.Name + " = " + words(s.Words)
	}
	return words(s.Words)
}

// flat reports whether a statement is printed on one line: always without a
// body, otherwise when the source has it so, it holds no comments, and it is
// short enough.
func flat(s ast.Stmt, depth int) bool {
	if cond, ok := s.(*ast.If); ok {
		for c := cond; c != nil; c = c.ElseIf {
			if !flatBody(c.Then) || c.Else != nil && !flatBody(c.Else) {
				return false
			}
		}
	} else if _, body := header(s); body == nil {
		return true
	} else if !flatBody(body) {
		return false
	}
	return utf8.RuneCountInString(text(s))+depth*len(indent) <= maxFlat
}

func flatBody(b *ast.Body) bool {
	empty := len(b.Stmts) == 0 // nothing to put on lines of its own
	if !b.Flat && !empty || b.Open != nil || len(b.Tail) > 0 {
		return false
	}
	for _, s := range b.Stmts {
		l := s.Layouts()
		if len(l.Lead) > 0 || l.Trail != nil {
			return false
		}
		switch s := s.(type) {
		case *ast.If:
			for c := s; c != nil; c = c.ElseIf {
				if !flatBody(c.Then) || c.Else != nil && !flatBody(c.Else) {
					return false
				}
			}
		default:
			if _, body := header(s); body != nil && !flatBody(body) {
				return false
			}
		}
	}
	return true
}

// text is Statement.
func text(s ast.Stmt) string {
	switch s := s.(type) {
	case *ast.Version:
		return "cnn " + s.Number.Text
	case *ast.Model:
		return "model " + s.Name.Name
	case *ast.Hyper:
		t := "hyper " + s.Name.Name + " = " + Expr(s.Space)
		if s.Default != nil {
			t += " default " + Expr(s.Default)
		}
		if s.If != nil {
			t += " if " + Expr(s.If)
		}
		return t
	case *ast.If:
		var b strings.Builder
		for c := s; c != nil; c = c.ElseIf {
			b.WriteString("if " + Expr(c.Cond) + " " + bodyText(c.Then))
			if c.Else != nil {
				b.WriteString(" else " + bodyText(c.Else))
			}
			if c.ElseIf != nil {
				b.WriteString(" else ")
			}
		}
		return b.String()
	}
	head, body := header(s)
	if body == nil {
		return head
	}
	return head + " " + bodyText(body)
}

func bodyText(b *ast.Body) string {
	if len(b.Stmts) == 0 {
		return "{ }"
	}
	var t strings.Builder
	t.WriteString("{ ")
	for i, s := range b.Stmts {
		if i > 0 {
			t.WriteString(separator(b.Stmts[i-1], s))
		}
		t.WriteString(text(s))
	}
	t.WriteString(" }")
	return t.String()
}

// separator returns what stands between two statements of one line. Nothing
// but a semicolon can follow a closing brace.
func separator(a, b ast.Stmt) string {
	first, ok1 := a.(*ast.Line)
	second, ok2 := b.(*ast.Line)
	if ok1 && ok2 && first.Body == nil && second.Inline {
		return "  "
	}
	return "; "
}
