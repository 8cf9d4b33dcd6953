package table

import "embed"

// Source is the source of what generated packages carry a copy of.
//
//go:embed value.go column.go fitted.go
var Source embed.FS
