package rows

import "embed"

// Files is the source to be copied.
//
//go:embed record.go row.go classifyrecord.go classifyrow.go
var Files embed.FS
