package parse

import (
	"strconv"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/diag"
)

// converter builds the syntax tree from the concrete syntax of a statement,
// decoding literals. A literal that cannot be decoded is reported and replaced
// by a harmless one.
type converter struct {
	list *diag.List
}

// convertStmt returns the statement without its body, or nil for none.
func convertStmt(g *gStmt, toks []lexer.Token, list *diag.List) ast.Stmt {
	if g == nil {
		return nil
	}
	c := converter{list}
	span := tokenSpan(toks[0]).To(tokenSpan(toks[len(toks)-1]))
	switch {
	case g.Version != nil:
		s := &ast.Version{Number: c.number(g.Version.Number)}
		s.Span = span
		return s
	case g.Model != nil:
		s := &ast.Model{Name: ident(g.Model.Name)}
		s.Span = span
		return s
	case g.Hyper != nil:
		s := &ast.Hyper{Name: ident(g.Hyper.Name), Space: c.expr(g.Hyper.Space)}
		if g.Hyper.Default != nil {
			s.Default = c.expr(g.Hyper.Default)
		}
		if g.Hyper.If != nil {
			s.If = c.expr(g.Hyper.If)
		}
		s.Span = span
		return s
	case g.Block != nil:
		s := &ast.Block{Name: ident(g.Block.Name)}
		for _, p := range g.Block.Params {
			s.Params = append(s.Params, ident(p.Tok))
		}
		s.Span = span
		return s
	case g.Repeat != nil:
		s := &ast.Repeat{Count: c.expr(g.Repeat.Count)}
		s.Span = span
		return s
	case g.If != nil:
		s := &ast.If{Cond: c.expr(g.If.Cond)}
		s.Span = span
		return s
	case g.Line != nil:
		s := &ast.Line{Words: c.args(g.Line.Words)}
		if g.Line.Name != nil {
			s.Name = ident(*g.Line.Name)
		}
		s.Span = span
		return s
	}
	return nil // else: the parser of if handles it
}

func ident(t lexer.Token) *ast.Ident { return &ast.Ident{Span: tokenSpan(t), Name: t.Value} }

func (c converter) args(gs []*gArg) []ast.Arg {
	var out []ast.Arg
	for _, g := range gs {
		a := ast.Arg{Value: c.expr(g.Value)}
		a.Span = diag.Span{Start: a.Value.Pos(), End: a.Value.EndPos()}
		if g.Name != nil {
			a.Name = ident(*g.Name)
			a.Start = a.Name.Start
		}
		out = append(out, a)
	}
	return out
}

func binary(op string, x, y ast.Expr) ast.Expr {
	return &ast.Binary{Span: diag.Span{Start: x.Pos(), End: y.EndPos()}, Op: op, X: x, Y: y}
}

func unary(op lexer.Token, x ast.Expr) ast.Expr {
	return &ast.Unary{Span: diag.Span{Start: pos(op.Pos), End: x.EndPos()}, Op: op.Value, X: x}
}

func (c converter) expr(g *gExpr) ast.Expr {
	x := c.and(g.Left)
	for _, r := range g.Rest {
		x = binary("or", x, c.and(r))
	}
	return x
}

func (c converter) and(g *gAnd) ast.Expr {
	x := c.not(g.Left)
	for _, r := range g.Rest {
		x = binary("and", x, c.not(r))
	}
	return x
}

func (c converter) not(g *gNot) ast.Expr {
	x := c.compare(g.X)
	for i := len(g.Not) - 1; i >= 0; i-- {
		x = unary(g.Not[i].Tok, x)
	}
	return x
}

func (c converter) compare(g *gCompare) ast.Expr {
	x := c.rang(g.Left)
	if g.Op != nil {
		x = binary(g.Op.Value, x, c.rang(g.Right))
	}
	return x
}

func (c converter) rang(g *gRange) ast.Expr {
	x := c.sum(g.Lo)
	if g.Hi != nil {
		hi := c.sum(g.Hi)
		x = &ast.Range{Span: diag.Span{Start: x.Pos(), End: hi.EndPos()}, Lo: x, Hi: hi}
	}
	return x
}

func (c converter) sum(g *gSum) ast.Expr {
	x := c.product(g.Left)
	for _, r := range g.Rest {
		x = binary(r.Op.Value, x, c.product(r.X))
	}
	return x
}

func (c converter) product(g *gProduct) ast.Expr {
	x := c.sign(g.Left)
	for _, r := range g.Rest {
		x = binary(r.Op.Value, x, c.sign(r.X))
	}
	return x
}

func (c converter) sign(g *gSign) ast.Expr {
	x := c.primary(g.X)
	for i := len(g.Signs) - 1; i >= 0; i-- {
		x = unary(g.Signs[i].Tok, x)
	}
	return x
}

func (c converter) primary(g *gPrimary) ast.Expr {
	switch {
	case g.Literal != nil:
		return c.literal(*g.Literal)
	case g.Call != nil:
		return &ast.Call{
			Span: tokenSpan(g.Call.Name).To(tokenSpan(g.Call.Close)),
			Fun:  ident(g.Call.Name),
			Args: c.args(g.Call.Args),
		}
	case g.Name != nil:
		return ident(*g.Name)
	}
	return &ast.Paren{Span: tokenSpan(g.Paren.Open).To(tokenSpan(g.Paren.Close)), X: c.expr(g.Paren.X)}
}

func (c converter) literal(t lexer.Token) ast.Expr {
	switch t.Type {
	case tString:
		s, err := strconv.Unquote(t.Value)
		if err != nil {
			c.list.Add(diag.Errorf(diag.BadString, tokenSpan(t), "the text has a broken escape")).
				WithHelp(`escapes are those of Go: \n, \t, \", \\, \u00e9`)
		}
		return &ast.String{Span: tokenSpan(t), Text: t.Value, Value: s}
	case tDims:
		return c.dims(t)
	case tKeyword:
		return &ast.Bool{Span: tokenSpan(t), Value: t.Value == "true"}
	}
	return c.number(t)
}

func (c converter) number(t lexer.Token) *ast.Number {
	n := &ast.Number{Span: tokenSpan(t), Text: t.Value}
	digits := t.Value
	switch t.Type {
	case tPercent:
		n.Unit, digits = ast.Percent, strings.TrimSuffix(digits, "%")
	case tAngle:
		n.Unit, digits = ast.Degree, strings.TrimSuffix(digits, "deg")
	case tPixels:
		n.Unit, digits = ast.Pixel, strings.TrimSuffix(digits, "px")
	case tEpochs:
		n.Unit, digits = ast.Epoch, strings.TrimSuffix(strings.TrimSuffix(digits, "s"), "epoch")
	case tDuration:
		digits = strings.TrimRight(digits, "hmins")
		n.Unit = ast.Duration
	}
	n.IsInt = !strings.ContainsAny(digits, ".eE")
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		c.list.Add(diag.Errorf(diag.BadNumber, n.Span, "%s is too large for a number", clip(t.Value)))
		v = 0
	}
	if n.Value = v; n.Unit == ast.Duration {
		n.Value *= ast.Seconds(t.Value[len(digits):])
	}
	return n
}

func (c converter) dims(t lexer.Token) ast.Expr {
	d := &ast.Dims{Span: tokenSpan(t), Text: t.Value}
	for _, s := range strings.Split(t.Value, "x") {
		v, err := strconv.ParseInt(s, 10, 32)
		if err != nil || len(d.Values) == 4 {
			c.list.Add(diag.Errorf(diag.BadNumber, d.Span, "%s is not a size", clip(t.Value))).
				WithExpected("at most four whole numbers below 2^31 joined by x")
			return &ast.Dims{Span: d.Span, Text: "1x1", Values: []int{1, 1}}
		}
		d.Values = append(d.Values, int(v))
	}
	return d
}
