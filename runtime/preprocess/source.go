package preprocess

import "embed"

// Source is the source of this package, which generated inference packages
// carry a copy of.
//
//go:embed color.go filter.go preprocess.go standard.go
var Source embed.FS
