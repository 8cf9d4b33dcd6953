package weights

import "embed"

// Source is the lower floor of this package: generated inference packages carry
// a copy of its reader.
//
//go:embed safetensors.go
var Source embed.FS
