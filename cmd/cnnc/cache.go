package main

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// The builds that stay: the newest, and all that were used lately, since another
// command may be using them still. One is about 10 MB.
const (
	keepBuilds = 40
	keepFor    = 24 * time.Hour
)

// touchBuild marks a build as used and removes what has not been used for long.
// It never fails: the cache is only a cache.
func touchBuild(dir string, now time.Time) {
	_ = os.Chtimes(dir, now, now)
	root := filepath.Dir(dir)
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) <= keepBuilds {
		return
	}
	type build struct {
		name string
		used time.Time
	}
	var builds []build
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.IsDir() {
			builds = append(builds, build{e.Name(), info.ModTime()})
		}
	}
	slices.SortFunc(builds, func(a, b build) int {
		return cmp.Or(b.used.Compare(a.used), cmp.Compare(a.name, b.name))
	})
	for i, b := range builds {
		if i >= keepBuilds && now.Sub(b.used) > keepFor {
			_ = os.RemoveAll(filepath.Join(root, b.name))
		}
	}
}
