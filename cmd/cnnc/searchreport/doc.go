// Package searchreport writes the report of a search of hyperparameters: one HTML
// file with the best values, the objective over the trials, their learning curves,
// the importance of the hyperparameters, parallel coordinates, a table of trials and
// the reasons of those that gave no result.
//
//	report.go   what a report is made of, and its sections
//	curves.go   charts over trials and epochs
//	values.go   charts of values: importance, parallel coordinates, one by one
//	tables.go   tables of trials and reasons
//
// Equal searches give equal reports but for durations, each of which stands in a
// time element. The package imports cmd/cnnc/page and runtime/tune.
package searchreport
