package codegen_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/codegen"
	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/sched"
	"github.com/cnnc/cnnc/runtime/config"
)

// network is a network to generate: Expr is the Go expression by which the
// program under test gets the same graph.
type network struct {
	name, expr string
	graph      *ir.Graph
	fused      bool
	options    sched.Options
}

// optimizers are tried in turn.
var optimizers = []struct {
	name  string
	slots int
	conf  config.Optimizer
}{
	{"adam", 2, config.Optimizer{Name: "adamw", LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-7, WeightDecay: 0.01}},
	{"sgd", 0, config.Optimizer{Name: "sgd", LearningRate: 0.1}},
	{"momentum", 1, config.Optimizer{Name: "sgd", LearningRate: 0.1, Momentum: 0.9}},
	{"nesterov", 1, config.Optimizer{Name: "sgd", LearningRate: 0.1, Momentum: 0.9, Nesterov: true}},
}

// networks are the fixed networks of plantest and random ones.
func networks() []network {
	var list []network
	for i, n := range plantest.Nets() {
		o := sched.Options{Batch: 64}
		if i%2 == 1 {
			o = sched.Options{Batch: 5, TrainMicro: 3, InferMicro: 2}
		}
		list = append(list, network{n.Name, fmt.Sprintf("named(%q)", n.Name), n.Graph, i%3 != 2, o})
	}
	count := uint64(16)
	if testing.Short() {
		count = 4
	}
	for seed := range count {
		g := compilertest.RandomNetwork(rand.New(rand.NewPCG(seed, 7)), compilertest.Options{MaxChannels: 20})
		list = append(list, network{
			fmt.Sprintf("random%d", seed), fmt.Sprintf("random(%d)", seed), g, seed%3 != 2,
			sched.Options{Batch: 16, TrainMicro: 1 + int(seed%9), InferMicro: 8},
		})
	}
	return list
}

// generate writes the package of a network to a folder of its own.
func generate(t *testing.T, dir string, i int, n network, o codegen.Options) {
	t.Helper()
	opt := optimizers[i%len(optimizers)]
	n.options.Optimizer, n.options.Slots = opt.name, opt.slots
	c, err := plantest.Compile(n.graph, n.fused, n.options)
	if err != nil {
		t.Fatalf("%s: %v", n.name, err)
	}
	c.Plan.File = n.name + ".cnn"
	o.Package = n.name
	o.Train.Optimizer = opt.conf
	files, err := codegen.Generate(c.Plan, o)
	if err != nil {
		t.Fatalf("%s: %v", n.name, err)
	}
	again, err := codegen.Generate(c.Plan, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		if f.Name != again[i].Name || !bytes.Equal(f.Data, again[i].Data) {
			t.Errorf("%s: %s differs when generated twice", n.name, f.Name)
		}
		write(t, filepath.Join(dir, n.name, f.Name), f.Data)
	}
	if !slices.IsSortedFunc(files, func(a, b codegen.File) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("%s: files are not sorted", n.name)
	}
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// root is the folder of this module's go.mod.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// module makes a folder with a module that may import this one and what it
// requires, without a network.
func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	r := root(t)
	mod, err := os.ReadFile(filepath.Join(r, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	mod = regexp.MustCompile(`(?m)^module .*$`).ReplaceAll(mod, []byte("module generated.test"))
	mod = append(mod, fmt.Sprintf("\nrequire github.com/cnnc/cnnc v0.0.0\n\nreplace github.com/cnnc/cnnc => %s\n", r)...)
	write(t, filepath.Join(dir, "go.mod"), mod)
	sum, err := os.ReadFile(filepath.Join(r, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.sum"), sum)
	return dir
}

// goCommand runs the go command, or a program, in a folder.
func command(t *testing.T, dir string, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s %s (%s): %v\n%s", filepath.Base(name), strings.Join(args, " "), strings.Join(env, " "), err, out)
	}
}

// program verifies the packages of all networks.
const program = `package main

import (
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/verify"
	"github.com/cnnc/cnnc/runtime/model"

%s)

func named(name string) *ir.Graph {
	for _, n := range plantest.Nets() {
		if n.Name == name {
			return n.Graph
		}
	}
	panic(name)
}

func random(seed uint64) *ir.Graph {
	return compilertest.RandomNetwork(rand.New(rand.NewPCG(seed, 7)), compilertest.Options{MaxChannels: 20})
}

func check(net *model.Network, g *ir.Graph, seed uint64) {
	if want := os.Getenv("CNNC_ISA"); net.ISA() != want {
		fmt.Printf("%%s: kernels are %%s, not %%s\n", net.Name, net.ISA(), want)
		os.Exit(3)
	}
	report, err := verify.Graph(net, g, seed)
	switch {
	case report == nil:
		fmt.Printf("%%s: %%v\n", net.Name, err)
		bad = true
	case err != nil:
		fmt.Print(report)
		bad = true
	}
}

var bad bool

func main() {
	for seed := range uint64(2) {
%s	}
	if bad {
		os.Exit(1)
	}
}
`

// TestGenerated builds the packages of many networks and compares them with the
// reference under every instruction set of this machine.
func TestGenerated(t *testing.T) {
	dir := module(t)
	var imports, calls strings.Builder
	for i, n := range networks() {
		generate(t, dir, i, n, codegen.Options{})
		fmt.Fprintf(&imports, "\t%q\n", "generated.test/"+n.name)
		fmt.Fprintf(&calls, "\t\tcheck(%s.Network(), %s, seed)\n", n.name, n.expr)
	}
	write(t, filepath.Join(dir, "main.go"), fmt.Appendf(nil, program, imports.String(), calls.String()))
	bin := filepath.Join(dir, "verify.exe")
	command(t, dir, nil, "go", "build", "-o", bin, ".")
	command(t, dir, nil, "go", "vet", "./...")
	if t.Failed() {
		return
	}
	for _, isa := range supported() {
		t.Run(isa, func(t *testing.T) { command(t, dir, []string{"CNNC_ISA=" + isa}, bin) })
	}
	t.Run("arm64", func(t *testing.T) {
		command(t, dir, []string{"GOARCH=arm64", "GOOS=linux", "CGO_ENABLED=0"}, "go", "build", "./...")
	})
	t.Run("purego", func(t *testing.T) { command(t, dir, nil, "go", "vet", "-tags", "purego", "./...") })
}

// TestPackages runs the tests of generated packages: a training one and its
// inference-only form, which must stand on the standard library and cpuid.
func TestPackages(t *testing.T) {
	dir := module(t)
	for _, c := range []struct {
		folder, name, source string
		o                    codegen.Options
	}{
		{"quickdraw", "quickdraw", quickdraw, codegen.Options{}},
		{"tiny", "tiny", tiny, codegen.Options{}},
		{"residual", "residual", residual, codegen.Options{}},
		{"infer", "quickdraw", quickdraw, codegen.Options{Package: "infer", Inference: true}},
		{"inferresidual", "residual", residual, codegen.Options{Package: "inferresidual", Inference: true}},
	} {
		for _, f := range compile(t, c.name, c.source, c.o) {
			write(t, filepath.Join(dir, c.folder, f.Name), f.Data)
		}
	}
	command(t, dir, nil, "go", "vet", "./...")
	command(t, dir, nil, "go", "test", "./...")

	cmd := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./infer")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if path != "generated.test/infer" && !strings.HasPrefix(path, "github.com/klauspost/cpuid/") && !strings.HasPrefix(path, "golang.org/x/sys/") {
			t.Errorf("an inference package imports %s", path)
		}
	}
}
