// Package extract copies declarations of ordinary Go packages into generated
// ones: the code that a generated package carries is real code of this module,
// compiled, vetted and tested where it stands, and a generated package takes
// from it what it uses and no more.
//
// It is a leaf: it reads Go source with the standard library's parser and knows
// nothing of networks.
package extract
