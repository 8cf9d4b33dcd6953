// Package rows is the part of a generated package that is there for rows of
// tables, in the place of skeleton/picture.go: it is compiled and tested here
// against the sample declarations of stub.go.
//
// record.go goes into every package for tables, row.go into those whose columns
// are named in the model file; classifyrecord.go and classifyrow.go into those
// whose rows have classes.
package rows
