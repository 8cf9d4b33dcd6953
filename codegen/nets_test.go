package codegen_test

import (
	"testing"

	"github.com/cnnc/cnnc/codegen"
	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/elab"
)

// quickdraw is the network that the speed of cnnc is measured on.
const quickdraw = `cnn 1
model quickdraw

net {
    input 28x28x1
    conv 32 3x3 same relu
    conv 32 3x3 same relu
    maxpool 2x2
    conv 64 3x3 same relu
    conv 64 3x3 same relu
    maxpool 2x2
    conv 128 3x3 same relu
    conv 128 3x3 same relu
    maxpool 2x2
    flatten
    dropout 0.3
    dense 10 softmax
}

train {
    loss categorical_crossentropy
    optimizer adam(1e-3)
    epochs 1
    seed 7
}
`

// tiny is small enough to read what becomes of it.
const tiny = `cnn 1
model tiny

net {
    input 6x5x1
    conv 8 3x3 same relu l2=1e-4
    maxpool 2x2
    flatten
    dropout 0.5
    dense 3 softmax
}

train {
    loss categorical_crossentropy
    optimizer sgd(0.1)
    epochs 1
    seed 7
}
`

// residual has the calls that tiny has not.
const residual = `cnn 1
model residual

net {
    input 7x9x3
    entry = conv 8 3x3 same stride=2 silu
    conv 8 3x3 same
    add entry
    relu
    side = avgpool 3x3 same stride=1
    concat entry side
    globalavgpool
    dense 2
}

train {
    loss mean_squared_error
    optimizer sgd(0.1, momentum=0.9)
    epochs 1
    seed 7
}
`

// compile takes a model file through the compiler and the generator.
func compile(t *testing.T, name, source string, o codegen.Options) []codegen.File {
	t.Helper()
	program, list := dsl.Load(name+".cnn", source, elab.Options{})
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	r, list := compiler.Compile(program, compiler.Options{Inference: o.Inference, Source: source, Lower: lower.Options{}})
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	o.Data, o.Train = r.Data, r.Train
	files, err := codegen.Generate(r.Plan, o)
	if err != nil {
		t.Fatal(err)
	}
	return files
}
