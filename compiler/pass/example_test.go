package pass_test

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
)

// The backward pass is appended to the graph as ordinary values.
func ExampleAutodiff() {
	g := &ir.Graph{Name: "tiny"}
	b := op.NewBuilder(g)
	b.Layer = "input"
	x := b.Input("input", ir.Shape{4})
	b.Layer = "dense1"
	x = b.Op("dense", "dense1.dense", nil, x, b.Param("dense1.kernel", "glorot_uniform", ir.Shape{4, 3}).Value)
	x = b.Op("act", "dense1", ir.ActAttr{Func: "relu"}, x)
	b.Layer = "dense2"
	x = b.Op("dense", "dense2", nil, x, b.Param("dense2.kernel", "glorot_uniform", ir.Shape{3, 2}).Value)
	g.Scores = x
	b.Layer = "loss"
	g.Loss = b.Op("mean_squared_error", "loss", ir.LossAttr{Scores: 2}, x, b.Target("target", ir.Type{Shape: ir.Shape{2}}))
	if err := b.Err(); err != nil {
		fmt.Println(err)
		return
	}
	if err := pass.Autodiff(g); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(g)
	// Output:
	// graph tiny
	// %0 input = input : f32[n 4]
	// %1 dense1.kernel = param glorot_uniform fan 4 3 : f32[4 3]
	// %2 dense1.dense = dense %0 %1 : f32[n 3]
	// %3 dense1 = act %2 {relu} : f32[n 3]
	// %4 dense2.kernel = param glorot_uniform fan 3 2 : f32[3 2]
	// %5 dense2 = dense %3 %4 : f32[n 2]
	// %6 target = target : f32[n 2]
	// %7 loss = mean_squared_error %5 %6 {2 scores} : f32[n]
	// %8 loss.dscores = mean_squared_error_grad %5 %6 {2 scores} : f32[n 2]
	// %9 dense2.dx = dense_dx %8 %4 : f32[n 3]
	// %10 dense2.dw = dense_dw %3 %8 : f32[3 2]
	// %11 dense1.dact = act_grad %9 %3 {relu} : f32[n 3]
	// %12 dense1.dw = dense_dw %0 %11 : f32[4 3]
	// scores %5
	// loss %7
	// grad dense1.kernel %12
	// grad dense2.kernel %10
}
