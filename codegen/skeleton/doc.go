// Package skeleton is the part of a generated package that is the same for
// every network: the type Net and its methods. It is real code, compiled and
// vetted here against the sample declarations of stub.go, and copied by package
// codegen, which puts the declarations of a real network in the place of
// stub.go.
//
// net.go goes into every generated package, together.go into those whose images
// several workers share, picture.go into those for pictures
// (package rows has what those for tables get in its place, package standard what
// those get whose values are standardized), classify.go and
// decide.go into those whose scores are of classes, embed.go into those with
// embedded weights, train.go into those that train, infer.go into those that only
// infer.
package skeleton
