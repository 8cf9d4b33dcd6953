package standard

import "embed"

// Files is the source to be copied.
//
//go:embed standard.go
var Files embed.FS
