package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTouchBuild: old builds beyond the newest go, those of the last day stay.
func TestTouchBuild(t *testing.T) {
	root := t.TempDir()
	now := time.Now()
	dir := func(i int) string { return filepath.Join(root, fmt.Sprintf("build%03d", i)) }
	for i := range 60 {
		if err := os.MkdirAll(filepath.Join(dir(i), "net"), 0o777); err != nil {
			t.Fatal(err)
		}
		used := now.Add(-time.Duration(i) * time.Hour)
		if err := os.Chtimes(dir(i), used, used); err != nil {
			t.Fatal(err)
		}
	}
	touchBuild(dir(59), now) // the oldest is used again
	for i := range 60 {
		_, err := os.Stat(dir(i))
		// The 40 newest are 59 and 0 to 38.
		if want := i == 59 || i <= 38; want != (err == nil) {
			t.Errorf("build %d: %v", i, err)
		}
	}
	for i := 60; i < 120; i++ {
		if err := os.MkdirAll(dir(i), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	touchBuild(dir(0), now.Add(time.Hour))
	if left, err := os.ReadDir(root); err != nil || len(left) < 60 {
		t.Errorf("%d builds left, %v: those of today must stay", len(left), err)
	}
}
