// Package standard is the part of a generated package that is there for inputs
// whose values are standardized, in the place of skeleton/picture.go: it is
// compiled and tested here against the sample declarations of stub.go.
package standard
