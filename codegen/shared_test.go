package codegen_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/codegen"
)

// shared is a network in which one image is cut into parts in every way: blocks of
// tiles, planes, rows of tiles and channels of one and of several blocks, the last of them
// smaller, with pooling and added values; rows and channels of direct products,
// pooled and not; channels of a dense layer.
const shared = `cnn 1
model shared

net {
    input 101x61x3
    conv 24 3x3 same relu
    conv 24 3x3 same relu
    maxpool 2x2
    a = conv 40 3x3 same relu exact
    conv 40 3x3 same
    add a
    relu
    conv 56 5x5 same relu
    maxpool 2x2
    conv 72 3x3 same stride=2 relu
    conv 136 3x3 same relu
    conv 136 3x3 same relu
    maxpool 2x2
    flatten
    dense 72 relu
    dense 5 softmax
}

train {
    loss categorical_crossentropy
    optimizer adam(1e-3)
    epochs 1
    seed 7
}
`

// TestShared compares the parts with the whole, bit by bit, with the generated
// tests.
func TestShared(t *testing.T) {
	dir := module(t)
	for _, c := range []struct {
		folder string
		o      codegen.Options
	}{{"shared", codegen.Options{}}, {"infershared", codegen.Options{Package: "infershared", Inference: true}}} {
		for _, f := range compile(t, "shared", shared, c.o) {
			write(t, filepath.Join(dir, c.folder, f.Name), f.Data)
			if !strings.HasSuffix(f.Name, "_forward_cnn.go") {
				continue
			}
			for _, part := range []string{
				"conv2Block(u int)", "conv4Inputs(u int)", "conv4ProductsLast(u int)", "conv4Channels(u int)", "conv4ChannelsLast(u int)",
				"conv8Outputs(u int)", "conv8Channels(u int)",
				"aPart(u int)", "conv5Part(u int)", "conv6Part(u int)", "dense1Part(u int)",
			} {
				if !strings.Contains(string(f.Data), part) {
					t.Errorf("%s has no %s", f.Name, part)
				}
			}
		}
	}
	command(t, dir, nil, "go", "vet", "./...")
	command(t, dir, nil, "go", "test", "-run", "TestWorkers|TestNothingIsAllocated|TestKernels", "./...")
}
