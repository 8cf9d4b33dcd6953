package support

import (
	"embed"
	"io/fs"
	"slices"
)

// Files is the source of this package, but for the folder's tests.
//
//go:embed activity.go isa.go isa_amd64.go isa_other.go memory.go tables.go images.go shapes.go losses.go loss_*.go update.go derive.go arrange.go channels.go winograd.go norm.go
var Files embed.FS

// Names lists the files that are for every machine, in order.
func Names() []string {
	names, err := fs.Glob(Files, "*.go")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "isa_amd64.go" || name == "isa_other.go" })
}
