package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// printSizes prints a row for each example: how long it takes to generate its
// package and to build it without a build cache but for what it imports, and the
// size of its assembly, as text and as code.
func printSizes(cnnc, dir string) error {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/cnnc/cnnc/examples/...").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	fmt.Println("| example | generate | cold build | assembly AVX2 | AVX-512 | code AVX2 | AVX-512 |\n|---|---|---|---|---|---|---|")
	for _, pkg := range strings.Fields(string(out)) {
		name := filepath.Base(pkg)
		model := filepath.Join(filepath.Dir(pkg), name+".cnn")
		if _, err := os.Stat(model); err != nil {
			continue
		}
		if err := printSize(cnnc, dir, name, model); err != nil {
			return err
		}
	}
	return nil
}

// printSize generates the package of one model file in a module of its own.
func printSize(cnnc, dir, name, model string) error {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/cnnc/cnnc").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	// Below the module, so that its packages are found; go build ./... leaves
	// directories with an underscore out.
	work, err := os.MkdirTemp(strings.TrimSpace(string(root)), "_performance-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	// The model, and the tables it counts classes in.
	for _, pattern := range []string{name + ".cnn", "*.csv"} {
		files, err := filepath.Glob(filepath.Join(filepath.Dir(model), pattern))
		if err != nil {
			return err
		}
		for _, from := range files {
			data, err := os.ReadFile(from)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(work, filepath.Base(from)), data, 0o600); err != nil {
				return err
			}
		}
	}
	file := filepath.Join(work, name+".cnn")
	start := time.Now()
	if out, err := exec.Command(cnnc, "generate", file).CombinedOutput(); err != nil {
		return fmt.Errorf("cnnc generate %s: %w\n%s", name, err, out)
	}
	generate := time.Since(start)
	var text, code [2]int
	for i, isa := range []string{"avx2", "avx512"} {
		asm, err := filepath.Glob(filepath.Join(work, "*", "kernels_"+isa+"_cnn_amd64.s"))
		if err != nil || len(asm) != 1 {
			return fmt.Errorf("%s: %d files of %s assembly", name, len(asm), isa)
		}
		data, err := os.ReadFile(asm[0])
		if err != nil {
			return err
		}
		text[i] = len(data)
		if code[i], err = codeBytes(asm[0], filepath.Join(dir, "kernels.o")); err != nil {
			return err
		}
	}
	build, err := coldBuild(filepath.Join(work, name))
	if err != nil {
		return err
	}
	fmt.Printf("| %s | %.2f s | %.1f s | %d KB | %d KB | %d KB | %d KB |\n", name, generate.Seconds(), build.Seconds(),
		text[0]>>10, text[1]>>10, code[0]>>10, code[1]>>10)
	return nil
}

// codeBytes assembles a file and adds up the sizes of its functions.
func codeBytes(asm, object string) (int, error) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return 0, err
	}
	include := filepath.Join(strings.TrimSpace(string(goroot)), "pkg", "include")
	cmd := exec.Command("go", "tool", "asm", "-p", "kernels", "-I", include, "-o", object, asm)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64")
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("go tool asm: %w\n%s", err, out)
	}
	out, err := exec.Command("go", "tool", "nm", "-size", object).Output()
	if err != nil {
		return 0, fmt.Errorf("go tool nm: %w", err)
	}
	sum := 0
	for line := range bytes.Lines(out) {
		var addr, size, kind, symbol string
		if n, _ := fmt.Sscan(string(line), &addr, &size, &kind, &symbol); n == 4 && kind == "T" {
			var n int
			fmt.Sscan(size, &n)
			sum += n
		}
	}
	return sum, nil
}

// coldBuild times building the package in dir with a build cache that has only
// what it imports.
func coldBuild(dir string) (time.Duration, error) {
	cache, err := os.MkdirTemp("", "cnnc-cache-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(cache)
	run := func(args ...string) error {
		cmd := exec.Command("go", args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOCACHE="+cache)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", args[0], err, out)
		}
		return nil
	}
	list := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, ".")
	list.Dir = dir
	imports, err := list.Output()
	if err != nil {
		return 0, fmt.Errorf("go list: %w", err)
	}
	var packages []string
	for _, p := range strings.Fields(string(imports)) {
		if p != "C" && p != "unsafe" {
			packages = append(packages, p)
		}
	}
	if err := run(append([]string{"build"}, packages...)...); err != nil {
		return 0, err
	}
	start := time.Now()
	err = run("build", ".")
	return time.Since(start), err
}
