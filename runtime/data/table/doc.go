// Package table makes network inputs of the rows of CSV files: it reads them,
// learns from the training rows how each column is filled, cut, scaled and
// encoded, and applies what it learned to any row.
//
//	config.Table + header --Resolve--> Columns --Fit(training rows)--> Fitted --Encode--> [Width]float32
//
// A Fitted is all that prediction needs. It is plain numbers and words, travels
// as JSON in the metadata of weight files, and its code (value.go, column.go,
// fitted.go) imports the standard library only: generated packages carry a copy.
//
// Fitting reads the training rows twice, in bounded memory: first for the values
// that fill gaps and the bounds of outliers, then, with gaps filled and outliers
// cut or left out, for scales and categories. Quartiles are exact up to
// SampleRows rows; beyond them they are those of about as many rows, chosen by a
// hash of their number.
//
// Definitions are those of the spec (data, sections 6 and 7), which follow
// scikit-learn's scalers, SimpleImputer and encoders.
//
// It imports runtime/config and runtime/rng. Package data makes data sets of it.
package table
