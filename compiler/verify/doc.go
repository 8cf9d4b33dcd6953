// Package verify compares generated code with the judge. It compiles the source
// that a generated package carries to graphs again, evaluates them in float64
// (compiler/eval) and runs the package's workers on the same random weights and
// inputs: scores, losses, random masks, every gradient and the optimizer step
// must agree.
//
// It is what `cnnc verify` and the tests of generated packages run, so it links
// the compiler; a program that trains never imports it. It knows a package only
// through runtime/model.
package verify
