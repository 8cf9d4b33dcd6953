// Package stream runs an inference package over a stream: examples come in and
// scores go out as raw little-endian float32, without anything between them. It
// is what the programs of cnnc filter consist of.
package stream
