// Package wire is how a process that serves a network talks to the program that
// computes it, over the pipes of a child process: frames, each with its length in
// front.
//
//	length   uint32, little-endian: of what follows
//	kind     byte
//	flags    byte
//	id       uint64, little-endian: an answer has that of its request
//	deadline int64, little-endian: Unix nanoseconds, 0 for none
//	payload  the rest
//
// The child begins with a Hello frame. Then every request, one example each, gets
// one answer, in any order. The child ends when its input does.
//
// It is a leaf: standard library only.
package wire
