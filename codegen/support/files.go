package support

import "embed"

// Files is the source of this package, but for the folder's tests.
//
//go:embed isa.go isa_amd64.go isa_other.go memory.go tables.go images.go losses.go update.go derive.go winograd.go
var Files embed.FS
