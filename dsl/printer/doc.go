// Package printer writes a syntax tree in the one canonical layout of model
// files: four spaces a level, one space between words, arithmetic without
// spaces, settings and hyperparameters in columns, comments kept in their
// places. Printing what was printed changes nothing.
//
// It imports dsl/ast only. It knows statements and expressions but no layer
// and no setting.
package printer
