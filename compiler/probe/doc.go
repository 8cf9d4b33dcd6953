// Package probe looks into a trained network: what its layers make of one example,
// and which pixels a score depends on. It interprets the inference graph in
// float64 (compiler/eval), forwards and, where a gradient is asked for,
// backwards: no code is generated and nothing has to be built.
//
// That is a matter of time. On one core of a Zen 5 at 2 GFLOP/s a network of 28x28
// pixels takes some milliseconds and the quickdraw example, 255x255 with 32
// filters, 1.2 s; with 64 filters it takes 5 s and with 128 filters 20 s. Large
// networks therefore come with the results of their compiled inference
// (Network.Given), and only what lies behind them is interpreted.
package probe
