package pass

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// Pass is one transformation of a graph, in place.
type Pass struct {
	// Name is what `cnnc explain` and error messages call it.
	Name string
	// Doc is one line: what it does, and what it needs to have run before.
	Doc string
	// Run transforms the graph. An error is a bug in cnnc: everything a user can
	// do wrong has been reported by lower.
	Run func(*ir.Graph) error
}

// Training turns a lowered graph into the one the scheduler compiles for
// training, inference into the one for inference.
var (
	Training = []Pass{
		{"simplify", "drop operations that change nothing, join a loss with the softmax or sigmoid before it", Simplify},
		{"autodiff", "append the gradients; behind simplify, so that nothing useless is differentiated", Autodiff},
		{"dce", "remove what no result needs; behind the passes that leave values behind", DCE},
	}
	Inference = []Pass{
		{"inference", "cut off the loss and take out dropout", StripTraining},
		{"simplify", "drop operations that change nothing", Simplify},
		{"dce", "remove what no result needs; behind the passes that leave values behind", DCE},
	}
)

// Run applies the passes in order and verifies the graph before the first and
// after each. After, when not nil, sees the graph after each pass.
func Run(g *ir.Graph, passes []Pass, after func(p Pass, g *ir.Graph)) error {
	if err := op.Verify(g); err != nil {
		return fmt.Errorf("internal error: before the first pass: %w", err)
	}
	for _, p := range passes {
		if err := p.Run(g); err != nil {
			return fmt.Errorf("internal error: pass %s: %w", p.Name, err)
		}
		if err := op.Verify(g); err != nil {
			return fmt.Errorf("internal error: after pass %s: %w", p.Name, err)
		}
		if after != nil {
			after(p, g)
		}
	}
	return nil
}
