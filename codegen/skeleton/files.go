package skeleton

import "embed"

// Files is the source to be copied.
//
//go:embed net.go together.go choice.go picture.go classify.go decide.go embed.go train.go infer.go tests
var Files embed.FS
