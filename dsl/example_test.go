package dsl_test

import (
	"fmt"
	"os"

	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
)

func ExampleLoad() {
	const src = `cnn 1
model tiny
hyper filters = choice(4, 8)

block double(f) {
    conv f 3x3 same relu
    maxpool 2x2
}

net {
    input 8x8x1
    double(filters)
    skip = conv filters*2 3x3 same
    relu
    add skip
    flatten
    dense classes softmax
}
`
	prog, list := dsl.Load("tiny.cnn", src, elab.Options{
		Classes:   3,
		Overrides: []elab.Override{{Text: "filters=8"}},
	})
	if list.HasErrors() {
		fmt.Println(list)
		return
	}
	for _, l := range prog.Layers {
		fmt.Println(l.Name, l.Inputs, l.Args["filters"], l.Args["units"])
	}
	// Output:
	// input [] ? ?
	// conv1 [0] 8 ?
	// maxpool1 [1] ? ?
	// skip [2] 16 ?
	// relu1 [3] ? ?
	// add1 [4 3] ? ?
	// flatten1 [5] ? ?
	// dense1 [6] ? 3
}

func ExampleLoad_errors() {
	const src = `cnn 1
model tiny
net {
    input 8x8x1
    conv 8 3x3 rleu
    dropout 1.5
    flatten
}
`
	_, list := dsl.Load("tiny.cnn", src, elab.Options{})
	diag.Render(os.Stdout, list, dsl.Sources("tiny.cnn", src, elab.Options{}))
	// Output:
	// tiny.cnn:5:16: error: conv does not know the word rleu [unknown-option]
	//     5 |     conv 8 3x3 rleu
	//       |                ^^^^
	// help: did you mean relu?
	// tiny.cnn:6:13: error: dropout: rate has to be in [0, 1], got 1.5 [out-of-range]
	//     6 |     dropout 1.5
	//       |             ^^^
}

func ExampleFormat() {
	out, err := dsl.Format([]byte("cnn 1;model m\nnet{input 8x8x1\n  x=conv 8   3x3 l2 = 1e-3 // named\n  flatten}"))
	if err != nil {
		fmt.Println(err)
	}
	fmt.Print(string(out))
	// Output:
	// cnn 1
	// model m
	//
	// net {
	//     input 8x8x1
	//     x = conv 8 3x3 l2=1e-3  // named
	//     flatten
	// }
}
