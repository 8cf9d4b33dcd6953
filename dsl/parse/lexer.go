package parse

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/lang"
)

// Token types. Neg and CallOpen carry what spaces mean: Neg is a minus sign
// that cannot be a subtraction, CallOpen a parenthesis right after a name.
const (
	tIdent lexer.TokenType = iota + 1
	tKeyword
	tNumber
	tPercent
	tPixels
	tAngle
	tEpochs
	tDuration
	tDims
	tString
	tNeg
	tCallOpen
	tOp
	tEnd // line break or semicolon
	tComment
	tBad // already reported; no statement with it is parsed
)

// symbols names the token types in the grammar. It is a function because the
// parsers are package variables, and Go cannot see that they depend on it.
func symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{
		"EOF": lexer.EOF, "Ident": tIdent, "Keyword": tKeyword, "Number": tNumber,
		"Percent": tPercent, "Angle": tAngle, "Epochs": tEpochs, "Pixels": tPixels, "Duration": tDuration, "Dims": tDims, "String": tString,
		"Neg": tNeg, "CallOpen": tCallOpen, "Op": tOp, "End": tEnd,
		"Comment": tComment, "Bad": tBad,
	}
}

// definition tells participle the token types. The tokens themselves come from
// scan, one statement at a time, so Lex serves only to satisfy the interface.
type definition struct{}

func (definition) Symbols() map[string]lexer.TokenType { return symbols() }

func (definition) Lex(name string, r io.Reader) (lexer.Lexer, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxFileSize+1))
	if err != nil {
		return nil, err
	}
	var list diag.List
	toks := scan(string(text), diag.Pos{File: name, Line: 1, Col: 1}, &list)
	return &replay{toks: toks}, list.Err()
}

// replay serves tokens that exist already.
type replay struct {
	toks []lexer.Token
	next int
}

func (r *replay) Next() (lexer.Token, error) {
	if r.next == len(r.toks) {
		return lexer.EOFToken(lexer.Position{}), nil
	}
	r.next++
	return r.toks[r.next-1], nil
}

// scanner cuts a text into tokens.
type scanner struct {
	src   string
	pos   diag.Pos // of the next character; Offset counts from base
	base  int      // Offset of src[0]
	depth int      // open parentheses on this line
	toks  []lexer.Token
	list  *diag.List
}

// scan returns the tokens of src, whose first character stands at start. The
// last token is EOF. Mistakes are reported and replaced by a tBad token.
func scan(src string, start diag.Pos, list *diag.List) []lexer.Token {
	s := &scanner{src: src, pos: start, base: start.Offset, list: list}
	for s.rest() != "" && len(*list) < maxErrors {
		s.token()
	}
	s.toks = append(s.toks, lexer.EOFToken(position(s.pos)))
	return s.toks
}

func position(p diag.Pos) lexer.Position {
	return lexer.Position{Filename: p.File, Offset: p.Offset, Line: p.Line, Column: p.Col}
}

func pos(p lexer.Position) diag.Pos {
	return diag.Pos{File: p.Filename, Offset: p.Offset, Line: p.Line, Col: p.Column}
}

func (s *scanner) rest() string { return s.src[s.pos.Offset-s.base:] }

// emit makes a token of the next n bytes, which hold no line break except in a
// tEnd token.
func (s *scanner) emit(typ lexer.TokenType, n int) {
	text := s.rest()[:n]
	s.toks = append(s.toks, lexer.Token{Type: typ, Value: text, Pos: position(s.pos)})
	s.skip(n)
}

func (s *scanner) skip(n int) {
	s.pos.Col += utf8.RuneCountInString(s.rest()[:n])
	s.pos.Offset += n
}

// bad reports the next n bytes and makes a tBad token of them.
func (s *scanner) bad(code diag.Code, n int, format string, args ...any) *diag.Diagnostic {
	end := s.pos
	end.Offset += n
	end.Col += utf8.RuneCountInString(s.rest()[:n])
	d := s.list.Add(diag.Errorf(code, diag.Span{Start: s.pos, End: end}, format, args...))
	s.emit(tBad, n)
	return d
}

func (s *scanner) token() {
	rest := s.rest()
	c := rest[0]
	switch {
	case c == ' ' || c == '\t' || c == '\r':
		s.skip(1)
	case c == '\n':
		s.emit(tEnd, 1)
		s.pos.Line, s.pos.Col = s.pos.Line+1, 1
		s.depth = 0
	case c == ';':
		s.emit(tEnd, 1)
	case strings.HasPrefix(rest, "/*"):
		n := len(rest)
		if end := strings.Index(rest, "*/"); end >= 0 {
			n = end + 2
		}
		if line := strings.IndexByte(rest[:n], '\n'); line >= 0 {
			n = line
		}
		s.bad(diag.BadCharacter, n, "/* does not begin a comment").WithHelp("comments begin with // and end with their line")
	case strings.HasPrefix(rest, "//"):
		n := strings.IndexByte(rest, '\n')
		if n < 0 {
			n = len(rest)
		}
		s.emit(tComment, len(strings.TrimRight(rest[:n], " \t\r")))
	case isLetter(c):
		s.word()
	case isDigit(c):
		s.number()
	case c == '"':
		s.str()
	default:
		s.operator()
	}
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// wordLen is the number of letters and digits at the start of s.
func wordLen(s string) int {
	n := 0
	for n < len(s) && (isLetter(s[n]) || isDigit(s[n])) {
		n++
	}
	return n
}

var keywords = func() map[string]bool {
	m := make(map[string]bool)
	for _, k := range lang.Keywords {
		m[k] = true
	}
	return m
}()

func (s *scanner) word() {
	n := wordLen(s.rest())
	if keywords[s.rest()[:n]] {
		s.emit(tKeyword, n)
		return
	}
	s.emit(tIdent, n)
	if strings.HasPrefix(s.rest(), "(") {
		s.depth++
		s.emit(tCallOpen, 1)
	}
}

// digits is the number of digits at the start of s.
func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// number scans 12, 0.5, 1e-3, 20%, 10deg, 5epochs, 30min, 3x3 and 28x28x1.
func (s *scanner) number() {
	rest := s.rest()
	n := digits(rest)
	if d := sizeLen(rest, n); d > 0 {
		if extra := wordLen(rest[d:]); extra > 0 || strings.HasPrefix(rest[d:], ".") && !strings.HasPrefix(rest[d:], "..") {
			s.bad(diag.BadNumber, d+max(extra, 1), "%q is not a size", rest[:d+max(extra, 1)]).
				WithExpected("whole numbers joined by x, such as 3x3 or 28x28x1")
			return
		}
		s.emit(tDims, d)
		return
	}
	if n+1 < len(rest) && rest[n] == '.' && isDigit(rest[n+1]) {
		n += 1 + digits(rest[n+1:])
	}
	if n < len(rest) && (rest[n] == 'e' || rest[n] == 'E') {
		m := n + 1
		if m < len(rest) && (rest[m] == '+' || rest[m] == '-') {
			m++
		}
		if d := digits(rest[min(m, len(rest)):]); d > 0 {
			n = m + d
		}
	}
	unit := wordLen(rest[n:])
	switch {
	case strings.HasPrefix(rest[n:], "%"):
		s.emit(tPercent, n+1)
	case rest[n:n+unit] == "deg":
		s.emit(tAngle, n+3)
	case rest[n:n+unit] == "px":
		s.emit(tPixels, n+2)
	case rest[n:n+unit] == "epochs" || rest[n:n+unit] == "epoch":
		s.emit(tEpochs, n+unit)
	case ast.Seconds(rest[n:n+unit]) > 0:
		s.emit(tDuration, n+unit)
	case unit > 0:
		d := s.bad(diag.BadNumber, n+unit, "%q is not a number", clip(rest[:n+unit])).
			WithExpected("a number such as 12, 0.5 or 1e-3; the units are %%, deg, px, epochs, s, min and h")
		if rest[n] == 'x' {
			d.WithHelp("a size joins whole numbers by x, as 3x3; with a name inside, write dims(3, n)")
		} else if rest[n] == '_' {
			d.WithHelp("write long numbers without separators")
		}
	case strings.HasPrefix(rest[n:], ".") && !strings.HasPrefix(rest[n:], ".."):
		s.bad(diag.BadNumber, n+1, "%q is not a number", clip(rest[:n+1])).WithHelp("write a digit after the point")
	default:
		s.emit(tNumber, n)
	}
}

// sizeLen returns the length of the size at the start of s, whose first n bytes
// are digits, or 0 when there is none.
func sizeLen(s string, n int) int {
	size := 0
	for n < len(s) && s[n] == 'x' {
		d := digits(s[n+1:])
		if d == 0 {
			return 0
		}
		n += 1 + d
		size = n
	}
	return size
}

// clip shortens text that goes into a message.
func clip(s string) string {
	r := []rune(s[:min(len(s), 256)])
	if len(r) <= 40 {
		return string(r)
	}
	return string(r[:37]) + "..."
}

func (s *scanner) str() {
	rest := s.rest()
	for i := 1; i < len(rest) && rest[i] != '\n'; i++ {
		switch rest[i] {
		case '\\':
			if i+1 < len(rest) && rest[i+1] != '\n' {
				i++
			}
		case '"':
			s.emit(tString, i+1)
			return
		}
	}
	n := strings.IndexByte(rest, '\n')
	if n < 0 {
		n = len(rest)
	}
	s.bad(diag.BadString, n, "the text has no closing quote").WithHelp(`put " at its end; a text cannot cross lines`)
}

// operators, longest first.
var operators = []string{"..", "==", "!=", "<=", ">=", "{", "}", "(", ")", ",", "=", "<", ">", "+", "-", "*", "/"}

func (s *scanner) operator() {
	rest := s.rest()
	for _, op := range operators {
		if !strings.HasPrefix(rest, op) {
			continue
		}
		typ := tOp
		switch op {
		case "(":
			s.depth++
		case ")":
			s.depth = max(0, s.depth-1)
		case "-":
			if s.depth == 0 && s.isSign() {
				typ = tNeg
			}
		}
		s.emit(typ, len(op))
		return
	}
	r, n := utf8.DecodeRuneInString(rest)
	switch {
	case r == utf8.RuneError && n == 1:
		s.bad(diag.BadCharacter, 1, "the file is not UTF-8 text")
	case r == '\ufeff' && s.pos.Offset == 0:
		s.pos.Offset += n // a byte order mark, which some editors write
	case r == '#':
		n = strings.IndexByte(rest+"\n", '\n')
		s.bad(diag.BadCharacter, n, "# does not begin a comment").WithHelp("comments begin with //")
	case r == '\'' || r == '`':
		s.bad(diag.BadCharacter, 1, "%c does not begin a text", r).WithHelp(`write texts as "..."`)
	case r == '&':
		s.bad(diag.BadCharacter, run(rest, '&'), "unexpected %q", rest[:run(rest, '&')]).WithHelp("write and")
	case r == '|':
		s.bad(diag.BadCharacter, run(rest, '|'), "unexpected %q", rest[:run(rest, '|')]).WithHelp("write or")
	case r == '!':
		s.bad(diag.BadCharacter, 1, `unexpected "!"`).WithHelp("write not, or != between two values")
	case r == '.' && len(rest) > 1 && isDigit(rest[1]):
		s.bad(diag.BadNumber, 1+digits(rest[1:]), "a number begins with a digit").WithHelp("write 0%s", clip(rest[:1+digits(rest[1:])]))
	case unicode.IsSpace(r):
		s.bad(diag.BadCharacter, n, "unexpected space character %U", r).WithHelp("use ordinary spaces")
	case r == '[' || r == ']':
		s.bad(diag.BadCharacter, n, "unexpected character %q", r).WithHelp("bodies stand in { }, arguments in ( )")
	case unicode.IsLetter(r):
		n = strings.IndexFunc(rest, func(r rune) bool { return r < utf8.RuneSelf || !unicode.IsLetter(r) })
		if n < 0 {
			n = len(rest)
		}
		s.bad(diag.BadCharacter, n, "unexpected character %q", r).WithHelp("names are of the letters a to z and A to Z, digits and _")
	default:
		s.bad(diag.BadCharacter, n, "unexpected character %q", r)
	}
}

func run(s string, c byte) int {
	n := 0
	for n < len(s) && n < 2 && s[n] == c {
		n++
	}
	return n
}

// isSign reports whether the minus at the current place has white space before
// it and none after it.
func (s *scanner) isSign() bool {
	i := s.pos.Offset - s.base
	before := i == 0 || strings.IndexByte(" \t\n;", s.src[i-1]) >= 0
	after := i+1 == len(s.src) || strings.IndexByte(" \t\r\n", s.src[i+1]) >= 0
	return before && !after
}
