// Package compilertest helps to test the compiler and what comes after it:
// random valid networks with random inputs, gradients checked against central
// differences, and comparison of tensors. It is imported by tests only, those
// of the code generator included.
package compilertest
