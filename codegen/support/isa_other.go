//go:build !amd64 || purego

package support

// bestISA is the only instruction set of this build: portable Go.
func bestISA() int { return isaGo }
