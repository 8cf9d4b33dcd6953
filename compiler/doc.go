// Package compiler turns an elaborated model file into a plan. Compile is the
// one verb; its body is the list of phases. compiler/README.md is the
// architecture page and says what enters and leaves each of them.
//
//	lower   elab.Program -> ir.Graph, data and training settings
//	pass    ir.Graph -> ir.Graph: simplify, autodiff, dce, fuse
//	sched   ir.Graph -> plan.Plan
//
// It imports the packages below it and dsl/elab, never codegen: what the code
// generator needs is in the plan.
package compiler
