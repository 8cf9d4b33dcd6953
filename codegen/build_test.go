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
	"github.com/cnnc/cnnc/runtime/optimizer"
)

// network is a network to generate: Expr is the Go expression by which the
// program under test gets the same graph.
type network struct {
	name, expr string
	graph      *ir.Graph
	fused      bool
	options    sched.Options
}

// optimizers are tried in turn: every form of every rule.
var optimizers = forms()

func forms() []config.Optimizer {
	extra := map[string][]config.Number{
		"adam":      {{Name: "weight_decay", Value: 0.01}},
		"sgd":       {{Name: "clipvalue", Value: 0.5}},
		"adagrad":   {{Name: "clipnorm", Value: 0.5}},
		"lion":      {{Name: "global_clipnorm", Value: 0.5}},
		"lamb":      {{Name: "weight_decay", Value: 0.1}},
		"ftrl":      {{Name: "l1_regularization_strength", Value: 0.01}, {Name: "beta", Value: 0.1}},
		"ftrlPower": {{Name: "l2_regularization_strength", Value: 0.01}, {Name: "l2_shrinkage_regularization_strength", Value: 0.02}},
	}
	other := map[string]float64{"momentum": 0.9, "learning_rate_power": -0.7}
	var list []config.Optimizer
	for _, r := range optimizer.Rules {
		if r.Name == "adamw" {
			continue // the forms of adam
		}
		for _, f := range r.Forms {
			o := config.Optimizer{Name: r.Name, LearningRate: 1e-2, Numbers: extra[f.Kernel]}
			for _, name := range f.Flags {
				o.Numbers = append(o.Numbers, config.Number{Name: name, Value: 1})
			}
			for _, name := range f.Carries {
				o.Numbers = append(o.Numbers, config.Number{Name: name, Value: other[name]})
			}
			list = append(list, o)
		}
	}
	return list
}

// networks are the fixed networks of plantest and random ones.
func networks() []network {
	var list []network
	for i, n := range plantest.Nets() {
		o := sched.Options{Batch: 64}
		if i%2 == 1 {
			o = sched.Options{Batch: 5, TrainMicro: 3, InferMicro: 2}
		}
		list = append(list, network{n.Name, fmt.Sprintf("named(%q)", n.Name), n.Graph, i%3 != 1, o})
	}
	count := uint64(10)
	if testing.Short() {
		count = 3
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
	form, err := optimizer.Lookup(opt.Name).Form(&opt, nil)
	if err != nil {
		t.Fatal(err)
	}
	n.options.Optimizer, n.options.Slots = form.Kernel, len(form.Slots)
	c, err := plantest.Compile(n.graph, n.fused, n.options)
	if err != nil {
		t.Fatalf("%s: %v", n.name, err)
	}
	c.Plan.File = n.name + ".cnn"
	o.Package = n.name
	o.Train.Optimizer = opt
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
	} else if len(out) > 0 {
		t.Logf("%s", out)
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
		command(t, dir, []string{"GOARCH=arm64", "GOOS=linux", "CGO_ENABLED=0"}, "go", "build", "./plain", "./residual")
	})
	t.Run("purego", func(t *testing.T) { command(t, dir, nil, "go", "vet", "-tags", "purego", "./plain", "./residual") })
}

// names is a network whose layers are called like things in generated code.
const names = `cnn 1
model range

net {
    input 9x7x3
    adam = conv 8 3x3 same relu
    update = conv 8 3x3 same
    w = conv 16 1x1 relu
    params = conv 8 3x3 tanh
    forward = maxpool 2x2
    n = flatten
    igemm = dense 7 relu
    network = dense 3 softmax
}

train {
    loss categorical_crossentropy
    optimizer adam(0.1)
    epochs 1
    seed 7
}
`

// roundTrip is a test that uses a training package and its inference form side
// by side.
const roundTrip = `package roundtrip

import (
	"image"
	"image/color"
	"strings"
	"testing"

	"generated.test/infertiny"
	"generated.test/residual"
	"generated.test/tiny"
)

func TestRoundTrip(t *testing.T) {
	const path = "../embedded/tiny.safetensors"
	a := tiny.New()
	if err := a.Init(3); err != nil {
		t.Fatal(err)
	}
	if err := a.Save(path); err != nil {
		t.Fatal(err)
	}
	b, err := tiny.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := infertiny.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewGray(image.Rect(0, 0, 5, 6))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * 37)
	}
	label, p, err := a.Classify(img)
	if err != nil {
		t.Fatal(err)
	}
	for _, classify := range []func(image.Image) (string, float32, error){b.Classify, c.Classify, c.Clone().Classify} {
		if l, q, err := classify(img); l != label || q != p || err != nil {
			t.Errorf("%s %v %v, want %s %v", l, q, err, label, p)
		}
	}
	if _, _, err := c.Classify(image.NewUniform(color.Black)); err == nil {
		t.Error("a picture without end was classified")
	}
	if label != "0" && label != "1" && label != "2" {
		t.Errorf("label %q", label)
	}

	other := residual.New()
	if err := other.Save(t.TempDir() + "/other.safetensors"); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := other.Save(dir + "/o.safetensors"); err != nil {
		t.Fatal(err)
	}
	for _, load := range []func() error{
		func() error { _, err := tiny.Load(dir + "/o.safetensors"); return err },
		func() error { _, err := infertiny.Load(dir + "/o.safetensors"); return err },
		func() error { _, err := infertiny.Load(dir + "/none.safetensors"); return err },
	} {
		if err := load(); err == nil || !strings.HasPrefix(err.Error(), "tiny: ") {
			t.Errorf("loading the weights of another network: %v", err)
		}
	}
}
`

// stopping is a test of how soon goroutines that run kernels can be stopped:
// without places to stop at, a garbage collection waits for a whole layer.
const stopping = `package quickdraw

import (
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func TestStopsSoon(t *testing.T) {
	tr := newTrainer(t)
	var done atomic.Bool
	ended := make(chan bool)
	go func() {
		for !done.Load() {
			tr.worker.Step(tr.batch, tr.update.Grads)
		}
		close(ended)
	}()
	var waits []time.Duration
	var m runtime.MemStats
	for range 41 {
		time.Sleep(time.Millisecond)
		start := time.Now()
		runtime.ReadMemStats(&m)
		waits = append(waits, time.Since(start))
	}
	done.Store(true)
	<-ended
	slices.Sort(waits)
	if median := waits[len(waits)/2]; median > 20*time.Millisecond {
		t.Errorf("stopping the world takes %v, at worst %v", median, waits[len(waits)-1])
	}
}
`

// embedded is a test of a package with embedded weights, those that roundTrip
// has written.
const embedded = `package embedded

import "testing"

func TestEmbedded(t *testing.T) {
	a, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	b, err := Load("tiny.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	var x [Height * Width * Channels]float32
	x[7] = 1
	if *a.Predict(&x) != *b.Predict(&x) || *a.Predict(&x) == [Outputs]float32{} {
		t.Errorf("embedded weights give %v, the file %v", *a.Predict(&x), *b.Predict(&x))
	}
}
`

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
		{"names", "range", names, codegen.Options{Package: "names"}},
		{"infertiny", "tiny", tiny, codegen.Options{Package: "infertiny", Inference: true}},
		{"embedded", "tiny", tiny, codegen.Options{Package: "embedded", Inference: true, Embed: true}},
		{"embeddedtrain", "tiny", tiny, codegen.Options{Package: "embeddedtrain", Embed: true}},
		{"inferresidual", "residual", residual, codegen.Options{Package: "inferresidual", Inference: true}},
	} {
		for _, f := range compile(t, c.name, c.source, c.o) {
			write(t, filepath.Join(dir, c.folder, f.Name), f.Data)
		}
	}
	write(t, filepath.Join(dir, "roundtrip", "roundtrip_test.go"), []byte(roundTrip))
	write(t, filepath.Join(dir, "embedded", "embedded_test.go"), []byte(embedded))
	write(t, filepath.Join(dir, "embeddedtrain", "embedded_test.go"), []byte(strings.Replace(embedded, "package embedded", "package embeddedtrain", 1)))
	write(t, filepath.Join(dir, "quickdraw", "stopping_test.go"), []byte(stopping))
	command(t, dir, nil, "go", "test", "./roundtrip")
	if t.Failed() {
		return
	}
	weights, err := os.ReadFile(filepath.Join(dir, "embedded", "tiny.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "embeddedtrain", "tiny.safetensors"), weights)
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
