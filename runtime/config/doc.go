// Package config holds what a model file says about data and training, as plain
// data that travels as JSON: the compiler fills it, generated packages carry it
// as defaults, the runtime obeys it.
//
// It is a leaf: it imports the standard library only and knows nothing of
// networks or files.
package config
