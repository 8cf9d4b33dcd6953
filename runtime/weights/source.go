package weights

import "embed"

// Source is what reads a file: generated inference packages carry a copy of it.
//
//go:embed preparation.go safetensors.go
var Source embed.FS
