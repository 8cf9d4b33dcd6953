// Package page writes HTML pages that stand alone: one file with its style sheet,
// pictures and charts in it, which needs no network and no JavaScript. It follows
// the reader's light or dark setting and fits screens from 400 pixels on.
//
// A page is a Document of Sections. What a section shows is made of the values of
// this package, each of which has a method HTML: charts (Lines, HeatMap, Bars,
// Scatter, Parallel) as inline SVG, Pictures, Table and Facts. All text given to
// them may be anything: it is escaped here, and characters that XML forbids are
// replaced. The output depends on the values alone, so it can be compared.
//
// It imports the standard library only, and belongs to the command: no trained
// program links it.
package page
