// Package doodles invents drawings: figures of ten classes in the stroke form of
// Quick, Draw!, each drawn by an unsteady hand in a pose, size and manner of its
// own. They are the data that is always there: no download, no file.
//
// A figure is a function of (seed, part, class, index) and nothing else. The
// difficulty is chosen so that a linear model on the pixels fails (position,
// size and turn of the figures differ too much) while a small convolutional
// network learns them within a minute.
//
// It imports runtime/rng and the strokes package.
package doodles
