// Package whiten learns of vectors how to make their values uncorrelated, each
// with deviation 1, while they change as little as possible: zero-phase component
// analysis (Bell and Sejnowski, "The 'independent components' of natural scenes are
// edge filters", 1997; Krizhevsky, "Learning multiple layers of features from tiny
// images", 2009).
//
//	Covariance (Add, Add, ...) --Whitening--> center, symmetric matrix
//	Multiply applies the matrix to several vectors at a time
//
// Sums are in float64, in the order of the vectors whatever the number of workers;
// eigenvectors come from Householder's tridiagonal form and implicit QL steps
// (Martin, Reinsch and Wilkinson, Numerische Mathematik 11, 1968; Dubrulle, Martin
// and Wilkinson, 12, 1968: tred2 and imtql2 of EISPACK).
//
// It imports cpuid and the standard library only.
package whiten
