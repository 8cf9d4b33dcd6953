// Package durable writes files so that a crash, a kill or a full disk at any
// moment leaves either the old content or the new one, never a part of either:
// the new content goes to a temporary name in the same directory, is synced to
// the disk, takes the file's name by a rename, and the directory is synced.
//
// The package is a leaf: it imports the standard library only.
package durable
