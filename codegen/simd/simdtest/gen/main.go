// Command gen writes the generated files of package simdtest into the current
// directory, which go generate makes that of the package.
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/cnnc/cnnc/codegen/simd/simdtest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run() error {
	files, err := simdtest.Files()
	if err != nil {
		return err
	}
	for name, data := range files {
		if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, data) {
			continue
		}
		if err := os.WriteFile(name, data, 0o666); err != nil {
			return err
		}
	}
	return nil
}
