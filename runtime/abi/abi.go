// Package abi holds the version of the contract between generated packages and
// this module's runtime. A generated package refers to the constant of the
// version it was written for; when the contract changes, the constant is
// replaced by the next one and older generated code stops compiling, instead of
// computing something else.
//
// It imports nothing.
package abi

// V2 is the contract of runtime/model with packed parameters in panels of 16
// output channels, and updates that get their numbers as an array.
const V2 = 2
