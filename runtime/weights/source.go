package weights

import "embed"

// Source is the lower floor of this package: generated inference packages carry
// a copy of its reader and of what it reads.
//
//go:embed preparation.go safetensors.go
var Source embed.FS
