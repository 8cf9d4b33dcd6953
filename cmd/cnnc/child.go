package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cnnc/cnnc/codegen"
	"github.com/cnnc/cnnc/runtime/job"
)

// childMain is the program that runs a network: the generated package and the
// runtime's jobs. verify additionally links the compiler's float64 reference.
const (
	childMain = `package main

import (
	"os"

	net "cnnc.child/net"
	"github.com/cnnc/cnnc/runtime/job"
)

func main() { os.Exit(job.Main(net.Network())) }
`
	childVerifyMain = `package main

import (
	"os"

	net "cnnc.child/net"
	"github.com/cnnc/cnnc/compiler/verify"
	"github.com/cnnc/cnnc/runtime/job"
)

func main() { os.Exit(job.Main(net.Network(), verify.Verb)) }
`
)

// buildChild writes a scratch module around the generated files, builds it and
// returns the program. The directory is named by a hash of its content, so the
// same network is built once and the Go build cache does the rest.
func buildChild(files []codegen.File, main string) (string, error) {
	return buildProgram(files, main, "child"+exeSuffix(), "", "")
}

// buildProgram is buildChild for a program of another name, operating system and
// architecture; "" are those of this machine.
func buildProgram(files []codegen.File, main, program, goos, goarch string) (string, error) {
	root, err := moduleDir()
	if err != nil {
		return "", err
	}
	goMod, err := childGoMod(root)
	if err != nil {
		return "", err
	}
	goSum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return "", err
	}
	sources := []codegen.File{{Name: "go.mod", Data: goMod}, {Name: "go.sum", Data: goSum}, {Name: "main.go", Data: []byte(main)}}
	for _, f := range files {
		if !strings.HasSuffix(f.Name, "_test.go") {
			sources = append(sources, codegen.File{Name: filepath.Join("net", f.Name), Data: f.Data})
		}
	}
	hash := sha256.New()
	for _, f := range sources {
		fmt.Fprintf(hash, "%s %d\n", filepath.ToSlash(f.Name), len(f.Data))
		hash.Write(f.Data)
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "build", hex.EncodeToString(hash.Sum(nil))[:20])
	for _, f := range sources {
		if err := writeIfChanged(filepath.Join(dir, f.Name), f.Data); err != nil {
			return "", err
		}
	}
	// Two commands may build the same network at once: build aside and rename.
	bin := filepath.Join(dir, program)
	defer func() { touchBuild(dir, time.Now()) }()
	aside := bin + "." + strconv.Itoa(os.Getpid())
	args := []string{"build", "-trimpath", "-o", aside}
	if goarch == "wasm" {
		args = append(args, "-ldflags=-s -w") // it is downloaded
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		os.Remove(aside)
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return "", fmt.Errorf("building the generated package failed (sources in %s):\n%s", dir, strings.TrimSpace(out.String()))
		}
		return "", goError(err)
	}
	if err := os.Rename(aside, bin); err != nil {
		os.Remove(aside)
		return "", err
	}
	return bin, nil
}

// childGoMod derives the scratch module's go.mod from the module's own: the
// same requirements, so that nothing needs to be resolved or downloaded.
func childGoMod(root string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, err
	}
	data = moduleLine.ReplaceAll(data, []byte("module cnnc.child"))
	return fmt.Appendf(data, "\nrequire %s v0.0.0\n\nreplace %s => %s\n", modulePath, modulePath, strconv.Quote(filepath.ToSlash(root))), nil
}

// runChild runs the program on a job and returns its exit status. The child's
// standard input is a pipe that closes when this process dies, however it dies, or
// gets a signal to end: the child then writes a checkpoint and ends as well. A
// second signal kills it.
func runChild(bin string, j *job.Job, s *streams, env ...string) (int, error) {
	return runWatched(bin, j, s, nil, env...)
}

// runWatched is runChild for a job whose events somebody watches: events, which
// may be nil, gets them as lines of JSON until the child ends.
func runWatched(bin string, j *job.Job, s *streams, events *os.File, env ...string) (int, error) {
	j.WatchStdin = true
	if events != nil {
		j.Events = 3 // the first of ExtraFiles
	}
	name, err := writeJob(j)
	if err != nil {
		return exitFailed, err
	}
	defer os.Remove(name)
	cmd := exec.Command(bin, name)
	cmd.Stdout, cmd.Stderr = s.out, s.err
	cmd.Env = append(os.Environ(), env...)
	if events != nil {
		cmd.ExtraFiles = []*os.File{events}
	}
	alive, err := cmd.StdinPipe()
	if err != nil {
		return exitFailed, err
	}
	defer alive.Close()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return exitFailed, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	asked := 0
	for {
		select {
		case <-signals:
			// Ctrl-C on a terminal may have reached the child by itself: it is asked by
			// its input, which it takes for the same wish, and not for a second one.
			if asked++; asked == 1 {
				_ = alive.Close()
			} else {
				_ = cmd.Process.Kill()
			}
		case err := <-done:
			var exit *exec.ExitError
			switch {
			case err == nil:
				return exitOK, nil
			case errors.As(err, &exit) && exit.Exited():
				return exit.ExitCode(), nil
			case asked > 1:
				return exitInterrupted, nil
			case brokenPipe(err):
				return exitFailed, nil // whoever read the output has had enough
			default:
				return exitFailed, fmt.Errorf("the network's program ended abnormally: %w", err)
			}
		}
	}
}

// brokenPipe reports whether a child died of writing to a closed pipe.
func brokenPipe(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGPIPE
}

// writeJob writes the job to a temporary file and returns its name.
func writeJob(j *job.Job) (string, error) {
	f, err := os.CreateTemp("", "cnnc-*.json")
	if err != nil {
		return "", err
	}
	err = json.NewEncoder(f).Encode(j)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// cacheDir is where scratch modules are built: $CNNC_CACHE, or cnnc in the
// user's cache directory.
func cacheDir() (string, error) {
	if dir := os.Getenv("CNNC_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache directory (set CNNC_CACHE): %w", err)
	}
	return filepath.Join(dir, "cnnc"), nil
}

func exeSuffix() string {
	if os.PathSeparator == '\\' {
		return ".exe"
	}
	return ""
}
