// Package probe looks into a trained network: what its layers make of one example,
// and which pixels a score depends on. It works on the inference graph, forwards
// and, where a gradient is asked for, backwards.
//
// The graph is interpreted in float64 (compiler/eval) or compiled, which is a matter
// of time. On one core of a Zen 5 the interpreter does some 4 GFLOP/s: a network of
// 28x28 pixels takes milliseconds, the quickdraw example, 255x255 with 32 filters,
// 1.2 s, with 64 filters 5 s and with 128 filters 20 s, and twice that for a
// gradient. Joined therefore turns a graph and the values wanted of it into an
// inference graph whose scores are these values, for the scheduler and the code
// generator: the program is built in a second or two, once, and takes less than a
// second for any of them, start and files included. A gradient needs nothing of its
// own for that: inference may contain the operations of a backward pass.
package probe
