package printer

import (
	"strings"

	"github.com/cnnc/cnnc/dsl/ast"
)

// Expr returns an expression in canonical form.
func Expr(x ast.Expr) string {
	var b strings.Builder
	expr(&b, x)
	return b.String()
}

func expr(b *strings.Builder, x ast.Expr) {
	switch x := x.(type) {
	case *ast.Ident:
		b.WriteString(x.Name)
	case *ast.Number:
		b.WriteString(x.Text)
	case *ast.Dims:
		b.WriteString(x.Text)
	case *ast.String:
		b.WriteString(x.Text)
	case *ast.Bool:
		if x.Value {
			b.WriteString("true")
		} else {
			b.WriteString("false")
		}
	case *ast.Call:
		b.WriteString(x.Fun.Name)
		b.WriteByte('(')
		for i := range x.Args {
			if i > 0 {
				b.WriteString(", ")
			}
			arg(b, &x.Args[i])
		}
		b.WriteByte(')')
	case *ast.Unary:
		b.WriteString(x.Op)
		if x.Op == "not" {
			b.WriteByte(' ')
		}
		expr(b, x.X)
	case *ast.Binary:
		binary(b, x)
	case *ast.Range:
		expr(b, x.Lo)
		b.WriteString("..")
		expr(b, x.Hi)
	case *ast.Paren:
		b.WriteByte('(')
		expr(b, x.X)
		b.WriteByte(')')
	}
}

// binary writes arithmetic tight and everything else with spaces: words of a
// line stand side by side, and `dense n*2 relu` shows them better than spaces
// around the operator would.
func binary(b *strings.Builder, x *ast.Binary) {
	expr(b, x.X)
	switch x.Op {
	case "+", "-", "*", "/":
		// `a--1` reads badly, and `a/ /b` or `a//b` would be a comment.
		if u, ok := x.Y.(*ast.Unary); ok && u.Op == "-" && x.Op != "/" && x.Op != "*" {
			b.WriteString(" " + x.Op + " ")
		} else {
			b.WriteString(x.Op)
		}
	default:
		b.WriteString(" " + x.Op + " ")
	}
	expr(b, x.Y)
}

func arg(b *strings.Builder, a *ast.Arg) {
	if a.Name != nil {
		b.WriteString(a.Name.Name)
		b.WriteByte('=')
	}
	expr(b, a.Value)
}

// words returns args side by side.
func words(args []ast.Arg) string {
	var b strings.Builder
	for i := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		arg(&b, &args[i])
	}
	return b.String()
}
