// Performance measures generated code over a table of layer shapes and prints
// the table of codegen/PERFORMANCE.md:
//
//	go run ./codegen/performance [-isa avx2,avx512] [-only 28x28] [-rounds 1]
//
// It writes a model file for each family of shapes, a chain of convolutions
// whose channels go through the list, runs "cnnc bench --json" on it and picks
// from the result, for each layer, the share of the FMA peak forward, in
// backward-data and in backward-weights. The option exact keeps to the direct
// kernels. Run it on an idle machine.
//
// It is a program of its own, imports the standard library only, and runs the
// cnnc of the module it stands in.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// chain is a network of convolutions, one behind the other.
type chain struct {
	size, in int   // input: size x size x in
	kernel   int   // of all convolutions
	stride   int   // of all convolutions
	channels []int // a convolution each
	batch    int
}

// chains covers the maps, kernels, strides and channels that matter: powers of
// two, numbers in between, and the few channels of first and last layers.
var chains = []chain{
	{size: 7, in: 3, kernel: 3, stride: 1, channels: []int{8, 16, 24, 32, 64, 100, 128, 128, 256, 512}, batch: 64},
	{size: 14, in: 1, kernel: 3, stride: 1, channels: []int{8, 16, 24, 32, 64, 100, 128, 128, 256}, batch: 64},
	{size: 28, in: 1, kernel: 3, stride: 1, channels: []int{8, 8, 16, 16, 24, 32, 32, 64, 64, 100, 128, 128, 3, 32, 1, 16, 10}, batch: 64},
	{size: 28, in: 3, kernel: 3, stride: 1, channels: []int{16, 3}, batch: 64},
	{size: 63, in: 1, kernel: 3, stride: 1, channels: []int{32, 32, 64, 64, 100, 128, 128, 3, 32}, batch: 16},
	{size: 255, in: 1, kernel: 3, stride: 1, channels: []int{8, 16, 32, 32, 3, 32, 64}, batch: 8},
	{size: 28, in: 1, kernel: 1, stride: 1, channels: []int{8, 16, 24, 32, 64, 100, 128, 256, 64, 16, 8}, batch: 64},
	{size: 7, in: 3, kernel: 1, stride: 1, channels: []int{16, 32, 64, 256, 512, 128, 512}, batch: 64},
	{size: 63, in: 3, kernel: 1, stride: 1, channels: []int{16, 64, 16, 8, 32, 128}, batch: 16},
	{size: 28, in: 1, kernel: 5, stride: 1, channels: []int{6, 16, 32, 64, 100, 32, 3, 32}, batch: 64},
	{size: 14, in: 1, kernel: 5, stride: 1, channels: []int{6, 16, 32, 64, 128}, batch: 64},
	{size: 28, in: 3, kernel: 7, stride: 1, channels: []int{16, 32, 32, 1, 8}, batch: 64},
	{size: 63, in: 3, kernel: 7, stride: 2, channels: []int{64, 64}, batch: 16},
	{size: 64, in: 1, kernel: 3, stride: 2, channels: []int{16, 32, 64, 128, 256}, batch: 64},
	{size: 255, in: 3, kernel: 3, stride: 2, channels: []int{8, 32, 64, 64, 128, 128}, batch: 8},
	{size: 63, in: 3, kernel: 1, stride: 2, channels: []int{16, 64, 128}, batch: 64},
	{size: 28, in: 1, kernel: 5, stride: 2, channels: []int{20, 50, 100}, batch: 64},
}

// source is the model file of the chain.
func (c *chain) source() string {
	var b strings.Builder
	fmt.Fprintf(&b, "cnn 1\nmodel chain\nnet {\n    input %dx%dx%d\n", c.size, c.size, c.in)
	for _, n := range c.channels {
		fmt.Fprintf(&b, "    conv %d %dx%d same relu exact", n, c.kernel, c.kernel)
		if c.stride > 1 {
			fmt.Fprintf(&b, " stride=%d", c.stride)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "    globalavgpool\n    dense 10 softmax\n}\n")
	fmt.Fprintf(&b, "data { batch %d }\n", c.batch)
	b.WriteString("train {\n    loss categorical_crossentropy\n    optimizer adam(1e-3)\n}\n")
	return b.String()
}

// layers names the convolutions as the table does.
func (c *chain) layers() []string {
	var names []string
	size, in := c.size, c.in
	for _, out := range c.channels {
		name := fmt.Sprintf("%dx%d %d->%d %dx%d", size, size, in, out, c.kernel, c.kernel)
		if c.stride > 1 {
			name += fmt.Sprintf(" stride %d", c.stride)
		}
		names = append(names, name)
		size, in = (size+c.stride-1)/c.stride, out
	}
	return names
}

// passes are the columns of the table for each instruction set.
var passes = []string{"forward", "backward-data", "backward-weights"}

// report is what of the benchmark's JSON is wanted.
type report struct {
	Peak float64 `json:"peak_gflops_one_core"`
	Rows []struct {
		Program string  `json:"program"`
		Layer   string  `json:"layer"`
		Pass    string  `json:"pass"`
		Nanos   float64 `json:"ns_per_example"`
		FLOPs   int64   `json:"flops_per_example"`
	} `json:"rows"`
}

// percent is the share of the peak of a layer's calls in a pass of training, 0
// when there are none.
func (r *report) percent(layer, pass string) float64 {
	nanos, flops := 0.0, int64(0)
	for _, row := range r.Rows {
		if row.Program == "training" && row.Layer == layer && row.Pass == pass {
			nanos += row.Nanos
			flops += row.FLOPs
		}
	}
	if nanos == 0 || r.Peak == 0 {
		return 0
	}
	return 100 * float64(flops) / nanos / r.Peak
}

// bench runs the benchmark of a model file.
func bench(cnnc, file, isa string) (*report, error) {
	var out, errs bytes.Buffer
	cmd := exec.Command(cnnc, "bench", "--json", "--isa", isa, file)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("cnnc bench: %w\n%s", err, errs.String())
	}
	r := &report{}
	return r, json.Unmarshal(out.Bytes(), r)
}

func main() {
	log.SetFlags(0)
	isas := flag.String("isa", "avx2,avx512", "the instruction sets to measure")
	only := flag.String("only", "", "the beginning of the shapes to measure, such as 28x28")
	rounds := flag.Int("rounds", 1, "how often to measure; the best figure of each layer and pass counts")
	flag.Parse()
	if err := run(strings.Split(*isas, ","), *only, *rounds); err != nil {
		log.Fatal(err)
	}
}

func run(isas []string, only string, rounds int) error {
	dir, err := os.MkdirTemp("", "cnnc-performance-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cnnc := filepath.Join(dir, "cnnc")
	if out, err := exec.Command("go", "build", "-o", cnnc, "github.com/cnnc/cnnc/cmd/cnnc").CombinedOutput(); err != nil {
		return fmt.Errorf("building cnnc: %w\n%s", err, out)
	}
	fmt.Print("| layer |")
	for _, isa := range isas {
		fmt.Printf(" %s forward | data | weights |", isa)
	}
	fmt.Println("\n|---|" + strings.Repeat("---|", len(passes)*len(isas)))
	for i := range chains {
		c := &chains[i]
		names := c.layers()
		if !strings.HasPrefix(names[0], only) {
			continue
		}
		file := filepath.Join(dir, "chain.cnn")
		if err := os.WriteFile(file, []byte(c.source()), 0o600); err != nil {
			return err
		}
		best := map[string]float64{} // by layer, instruction set and pass
		for round := range rounds * len(isas) {
			isa := isas[round%len(isas)]
			r, err := bench(cnnc, file, isa)
			if err != nil {
				return fmt.Errorf("%w\n%s", err, c.source())
			}
			for l, name := range names {
				for _, pass := range passes {
					key := name + isa + pass
					best[key] = max(best[key], r.percent(fmt.Sprintf("conv%d", l+1), pass))
				}
			}
		}
		for _, name := range names {
			fmt.Printf("| %s |", name)
			for _, isa := range isas {
				for _, pass := range passes {
					cell := "" // the first layer has no backward-data
					if p := best[name+isa+pass]; p > 0 {
						cell = fmt.Sprintf("%.0f", p)
					}
					fmt.Printf(" %s |", cell)
				}
			}
			fmt.Println()
		}
	}
	return nil
}
