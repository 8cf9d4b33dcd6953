package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
)

// modulePath is the module that generated packages and child programs import.
const modulePath = "github.com/cnnc/cnnc"

// moduleDir finds the source of the very module this command was built from:
// generated code and the runtime it links must be of one version. It tries, in
// this order, the clone the command was built in, the module cache entry of its
// own version, and the module that the working directory's module requires.
func moduleDir() (string, error) {
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		// .../cmd/cnnc/module.go
		if dir := filepath.Dir(filepath.Dir(filepath.Dir(file))); isModule(dir) {
			return dir, nil
		}
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
			if m.Path != modulePath || m.Version == "" || m.Version == "(devel)" {
				continue
			}
			out, err := exec.Command("go", "env", "GOMODCACHE").Output()
			if err != nil {
				return "", goError(err)
			}
			if dir := filepath.Join(strings.TrimSpace(string(out)), modulePath+"@"+m.Version); isModule(dir) {
				return dir, nil
			}
		}
	}
	// A vendor folder holds only what the importing module uses, without go.mod:
	// -mod=readonly asks for the module itself.
	cmd := exec.Command("go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", modulePath)
	out, err := cmd.Output()
	if dir := strings.TrimSpace(string(out)); err == nil && isModule(dir) {
		return dir, nil
	}
	if err != nil && errors.Is(err, exec.ErrNotFound) {
		return "", goError(err)
	}
	return "", fmt.Errorf("cannot find the source of module %s, which trained programs link: run this inside a module that requires it (go get -tool %s/cmd/cnnc), or install the command with \"go install %s/cmd/cnnc@latest\"",
		modulePath, modulePath, modulePath)
}

var moduleLine = regexp.MustCompile(`(?m)^module\s+(\S+)\s*$`)

// isModule reports whether dir holds this module.
func isModule(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	m := moduleLine.FindSubmatch(data)
	return m != nil && string(m[1]) == modulePath
}

// goError explains a failure to start the Go tool.
func goError(err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("this needs the Go toolchain (the command \"go\") on PATH: cnnc builds the generated package before it runs it")
	}
	return fmt.Errorf("running the go command: %w", err)
}
