// Package rng is every random number of cnnc, in one place so that none of
// them ever changes: the same seed gives the same bits in every version, on
// every machine and for any number of workers.
//
// Nothing is drawn from a shared stream. Each use has a key, a hash of what it
// is for (seed, epoch, index of the example, Purpose), and starts a generator
// of its own from it: a [Rand] (PCG of math/rand/v2, whose output is fixed) for
// sequences, [Philox] for masks that are computed twice, once in the forward
// and once in the backward pass. Floats, integers below a bound, normals and
// permutations are derived here, not by math/rand/v2, which may change how it
// derives them; and without any function of package math whose result may
// differ between processors.
//
// It is a leaf: standard library only. It must never use the time, a global
// generator or an unseeded one.
package rng
