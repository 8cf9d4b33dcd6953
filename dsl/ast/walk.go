package ast

// Walk calls visit for n and, when it returns true, for every node below, in
// the order of the text. Nil nodes are skipped.
func Walk(n Node, visit func(Node) bool) {
	if !visit(n) {
		return
	}
	switch n := n.(type) {
	case *File:
		for _, s := range n.Stmts {
			Walk(s, visit)
		}
	case *Body:
		for _, s := range n.Stmts {
			Walk(s, visit)
		}
	case *Version:
		Walk(n.Number, visit)
	case *Model:
		Walk(n.Name, visit)
	case *Hyper:
		Walk(n.Name, visit)
		Walk(n.Space, visit)
		if n.Default != nil {
			Walk(n.Default, visit)
		}
		if n.If != nil {
			Walk(n.If, visit)
		}
	case *Block:
		Walk(n.Name, visit)
		for _, p := range n.Params {
			Walk(p, visit)
		}
		Walk(n.Body, visit)
	case *Section:
		Walk(n.Name, visit)
		Walk(n.Body, visit)
	case *Line:
		if n.Name != nil {
			Walk(n.Name, visit)
		}
		walkArgs(n.Words, visit)
		if n.Body != nil {
			Walk(n.Body, visit)
		}
	case *Repeat:
		Walk(n.Count, visit)
		Walk(n.Body, visit)
	case *If:
		Walk(n.Cond, visit)
		Walk(n.Then, visit)
		if n.Else != nil {
			Walk(n.Else, visit)
		}
		if n.ElseIf != nil {
			Walk(n.ElseIf, visit)
		}
	case *Call:
		Walk(n.Fun, visit)
		walkArgs(n.Args, visit)
	case *Unary:
		Walk(n.X, visit)
	case *Binary:
		Walk(n.X, visit)
		Walk(n.Y, visit)
	case *Range:
		Walk(n.Lo, visit)
		Walk(n.Hi, visit)
	case *Paren:
		Walk(n.X, visit)
	}
}

func walkArgs(args []Arg, visit func(Node) bool) {
	for i := range args {
		if args[i].Name != nil {
			Walk(args[i].Name, visit)
		}
		Walk(args[i].Value, visit)
	}
}
