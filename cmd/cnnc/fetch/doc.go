// Package fetch downloads public data sets from their official addresses into a
// folder: resumed where a connection was cut, checked against known sums, and
// put in place whole or not at all.
//
// It is part of the command: nothing that a trained program links may import it.
package fetch
