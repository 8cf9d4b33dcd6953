// Package simd holds the assembly kernels of generated packages, as lists of
// instructions with fixed registers.
//
// A kernel belongs to a [Family] (one row of [Families], one file of this
// package) and is picked by a [Variant], a number of lanes (output channels
// per call) and an [ISA]. [Kernel.Program] builds and verifies its
// instruction list, which is then
//
//   - printed as Go assembly with [WriteAsm] and declared with [WriteStubs],
//     into the generated package, or
//   - executed by the simulator with [Program.Run], which checks every memory
//     access and so tests AVX-512 on machines without it.
//
// The room has three parts: the assembler (operand, op, program, verify,
// print), the simulator (simulator, simops, simvec, simfloat), and the kernels
// (variant, family, and a file for each family). README.md tells how the
// kernels are meant to be driven and what they reach; simdtest runs them on
// the hardware.
//
// It imports the standard library only, and nothing of the compiler:
// codegen/emit decides which kernels a plan needs and asks for them here.
package simd
