// Package figure draws the pictures of cnnc plot and cnnc predict: curves of a
// training run, confusion matrices, grids of small pictures and maps of planned
// memory, as PNG or SVG files.
//
// It knows nothing of networks: callers hand it numbers, names and images. A
// figure is described first (History, Matrix, Grid, Arena) and drawn when it is
// saved, at any size and resolution. Files appear whole or not at all.
//
// Plots and text are those of gonum.org/v1/plot. Only the command imports this
// package: nothing that trains or runs a network draws figures.
package figure
