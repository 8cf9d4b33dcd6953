// Performance measures generated code over a table of layer shapes and prints
// the table of codegen/PERFORMANCE.md:
//
//	go run ./codegen/performance [-isa avx2,avx512] [-only 28x28] [-rounds 1]
//
// It writes a model file for each family of shapes, a chain of convolutions or
// dense layers whose channels go through the list, runs "cnnc bench --json" on it
// and picks from the result, for each layer, the share of the FMA peak forward, in
// backward-data and in backward-weights, and what bounds it (bound.go). The option
// exact keeps to the direct kernels. Run it on an idle machine.
//
//	go run ./codegen/performance -sizes
//
// prints, for the examples, how long generating and building them takes and how
// large the code is.
//
// It is a program of its own, imports the standard library only, and runs the
// cnnc of the module it stands in.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// chain is a network of convolutions, or of dense layers, one behind the other.
type chain struct {
	size, in int   // input: size x size x in
	kernel   int   // of all convolutions; 0 for dense layers
	stride   int   // of all convolutions
	channels []int // a layer each
	batch    int
	// depthwise layers have a 1x1 convolution in front of each, which makes their
	// channels and is no row of the table.
	depthwise bool
}

// chains covers the maps, kernels, strides and channels that matter: powers of
// two, numbers in between, and the few channels of first and last layers.
var chains = []chain{
	{size: 7, in: 3, kernel: 3, stride: 1, channels: []int{8, 16, 24, 32, 64, 100, 128, 128, 256, 512}, batch: 64},
	{size: 14, in: 1, kernel: 3, stride: 1, channels: []int{8, 16, 24, 32, 64, 100, 128, 128, 256}, batch: 64},
	{size: 28, in: 1, kernel: 3, stride: 1, channels: []int{8, 8, 16, 16, 24, 32, 32, 64, 64, 100, 128, 128, 3, 32, 1, 16, 10}, batch: 64},
	{size: 28, in: 3, kernel: 3, stride: 1, channels: []int{16, 3}, batch: 64},
	{size: 28, in: 16, kernel: 3, stride: 1, channels: []int{1, 32, 2, 32, 4, 64, 5, 32, 6}, batch: 64},
	{size: 28, in: 64, kernel: 1, stride: 1, channels: []int{3, 64, 1, 32}, batch: 64},
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
	{size: 7, in: 16, kernel: 3, stride: 1, channels: []int{24, 100, 8}, batch: 1},
	{size: 28, in: 3, kernel: 3, stride: 1, channels: []int{8, 16, 24, 100}, batch: 1},
	{size: 28, in: 3, kernel: 5, stride: 1, channels: []int{16, 24}, batch: 1},
	{size: 63, in: 1, kernel: 7, stride: 2, channels: []int{16, 100}, batch: 1},
	{size: 63, in: 24, kernel: 1, stride: 1, channels: []int{100, 16}, batch: 1},
	{size: 255, in: 3, kernel: 3, stride: 2, channels: []int{16, 32}, batch: 1},
	{size: 7, in: 3, kernel: 3, stride: 1, channels: []int{32, 128, 512}, batch: 64, depthwise: true},
	{size: 28, in: 3, kernel: 3, stride: 1, channels: []int{8, 24, 32, 128}, batch: 64, depthwise: true},
	{size: 28, in: 3, kernel: 5, stride: 1, channels: []int{32, 100}, batch: 64, depthwise: true},
	{size: 63, in: 3, kernel: 3, stride: 1, channels: []int{16, 64}, batch: 16, depthwise: true},
	{size: 112, in: 3, kernel: 3, stride: 2, channels: []int{32, 96, 144}, batch: 16, depthwise: true},
	{size: 28, in: 3, kernel: 3, stride: 1, channels: []int{32, 128}, batch: 1, depthwise: true},
	{size: 7, in: 64, channels: []int{128, 1000, 10}, batch: 1},
	{size: 7, in: 64, channels: []int{128, 1000, 10}, batch: 128},
	{size: 7, in: 64, channels: []int{3, 128, 1}, batch: 1},
	{size: 7, in: 64, channels: []int{3, 128, 1}, batch: 128},
}

// source is the model file of the chain.
func (c *chain) source() string {
	var b strings.Builder
	fmt.Fprintf(&b, "cnn 1\nmodel chain\nnet {\n    input %dx%dx%d\n", c.size, c.size, c.in)
	if c.kernel == 0 {
		b.WriteString("    flatten\n")
	}
	for _, n := range c.channels {
		if c.kernel == 0 {
			fmt.Fprintf(&b, "    dense %d relu\n", n)
			continue
		}
		if c.depthwise {
			fmt.Fprintf(&b, "    conv %d 1x1 relu\n    depthwise %dx%d same relu", n, c.kernel, c.kernel)
		} else {
			fmt.Fprintf(&b, "    conv %d %dx%d same relu exact", n, c.kernel, c.kernel)
		}
		if c.stride > 1 {
			fmt.Fprintf(&b, " stride=%d", c.stride)
		}
		b.WriteString("\n")
	}
	if c.kernel > 0 {
		b.WriteString("    globalavgpool\n")
	}
	b.WriteString("    dense 10 softmax\n}\n")
	fmt.Fprintf(&b, "data { batch %d }\n", c.batch)
	b.WriteString("train {\n    loss categorical_crossentropy\n    optimizer adam(1e-3)\n}\n")
	return b.String()
}

// layers lists the layers by name and shape.
func (c *chain) layers() []layer {
	var list []layer
	size, in := c.size, c.in
	for i, out := range c.channels {
		l := layer{name: fmt.Sprintf("conv%d", i+1), in: in, out: out, k: c.kernel * c.kernel * in, pixels: size * size}
		if c.kernel == 0 {
			l.name = fmt.Sprintf("dense%d", i+1)
			if i == 0 {
				in *= size * size
			}
			l.in, l.k, l.pixels = in, in, 1
			l.title = fmt.Sprintf("dense %d->%d", in, out)
		} else {
			if c.depthwise {
				l = layer{name: fmt.Sprintf("depthwise%d", i+1), in: out, out: out, k: c.kernel * c.kernel, pixels: size * size, depthwise: true}
				l.title = fmt.Sprintf("%dx%d %d depthwise %dx%d", size, size, out, c.kernel, c.kernel)
			} else {
				l.title = fmt.Sprintf("%dx%d %d->%d %dx%d", size, size, in, out, c.kernel, c.kernel)
			}
			if c.stride > 1 {
				l.title += fmt.Sprintf(" stride %d", c.stride)
			}
			size = (size + c.stride - 1) / c.stride
		}
		if c.batch == 1 || c.kernel == 0 {
			l.title += fmt.Sprintf(", batch %d", c.batch)
		}
		list = append(list, l)
		in = out
	}
	return list
}

// layer is one row of the table.
type layer struct {
	name, title string
	in, out, k  int
	pixels      int
	depthwise   bool
}

// passes are the columns of the table for each instruction set.
var passes = []string{"forward", "backward-data", "backward-weights"}

// report is what of the benchmark's JSON is wanted.
type report struct {
	Peak       float64 `json:"peak_gflops_one_core"`
	TrainMicro int     `json:"training_examples"`
	Rows       []struct {
		Program string  `json:"program"`
		Layer   string  `json:"layer"`
		Pass    string  `json:"pass"`
		Nanos   float64 `json:"ns_per_example"`
		FLOPs   int64   `json:"flops_per_example"`
		Bytes   int64   `json:"bytes_per_example"`
	} `json:"rows"`
}

// result is what a layer reached in a pass: percent of the peak, and the bound.
type result struct {
	percent float64
	bound
}

// of adds up a layer's calls in a pass of training; ok is false when there are none.
func (r *report) of(l layer, isa, pass string, rates *rates) (res result, ok bool) {
	nanos, flops, size := 0.0, int64(0), int64(0)
	for _, row := range r.Rows {
		if row.Program == "training" && row.Layer == l.name && row.Pass == pass {
			nanos += row.Nanos
			flops += row.FLOPs
			size += row.Bytes
		}
	}
	if nanos == 0 || flops == 0 || r.Peak == 0 {
		return result{}, false
	}
	return result{100 * float64(flops) / nanos / r.Peak, boundOf(l, isa, pass, flops, size, r.TrainMicro, r.Peak, rates)}, true
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
	only := flag.String("only", "", "a part of the shapes to measure, such as 28x28 or depthwise")
	rounds := flag.Int("rounds", 1, "how often to measure at most; the best figure of each layer and pass counts")
	sizes := flag.Bool("sizes", false, "measure generating and building the examples instead")
	flag.Parse()
	dir, err := os.MkdirTemp("", "cnnc-performance-")
	if err != nil {
		log.Fatal(err)
	}
	cnnc := filepath.Join(dir, "cnnc")
	if out, berr := exec.Command("go", "build", "-o", cnnc, "github.com/cnnc/cnnc/cmd/cnnc").CombinedOutput(); berr != nil {
		err = fmt.Errorf("building cnnc: %w\n%s", berr, out)
	} else if *sizes {
		err = printSizes(cnnc, dir)
	} else {
		err = run(cnnc, dir, strings.Split(*isas, ","), *only, *rounds)
	}
	os.RemoveAll(dir)
	if err != nil {
		log.Fatal(err)
	}
}

// enough, in percent of the bound, is what no second measurement is needed for.
const enough = 88

func run(cnnc, dir string, isas []string, only string, rounds int) error {
	rates := measureRates()
	fmt.Printf("Bandwidth, reading and writing, one core: %s.\n\n", rates)
	fmt.Print("| layer |")
	for _, isa := range isas {
		fmt.Printf(" %s forward | data | weights |", isa)
	}
	fmt.Println("\n|---|" + strings.Repeat("---|", len(passes)*len(isas)))
	var low []string
	for i := range chains {
		c := &chains[i]
		layers := c.layers()
		if !strings.Contains(layers[0].title, only) {
			continue
		}
		file := filepath.Join(dir, "chain.cnn")
		if err := os.WriteFile(file, []byte(c.source()), 0o600); err != nil {
			return err
		}
		best := map[string]result{} // by layer, instruction set and pass
		for _, isa := range isas {
			for round, done := 0, false; round < rounds && !done; round++ {
				r, err := bench(cnnc, file, isa)
				if err != nil {
					return fmt.Errorf("%w\n%s", err, c.source())
				}
				done = true
				for _, l := range layers {
					for _, pass := range passes {
						key := l.name + isa + pass
						res, ok := r.of(l, isa, pass, rates)
						if ok && res.percent > best[key].percent {
							best[key] = res
						}
						done = done && (!ok || best[key].percent >= enough*best[key].share)
					}
				}
			}
		}
		for _, l := range layers {
			fmt.Printf("| %s |", l.title)
			for _, isa := range isas {
				for _, pass := range passes {
					res, ok := best[l.name+isa+pass]
					if !ok {
						fmt.Print(" |") // the first layer has no backward-data
						continue
					}
					fmt.Printf(" %s |", res)
					if res.percent < 85*res.share {
						low = append(low, fmt.Sprintf("%3.0f %% of the bound: %s, %s, %s: %s", res.percent/res.share, l.title, isa, pass, res))
					}
				}
			}
			fmt.Println()
		}
	}
	slices.SortStableFunc(low, func(a, b string) int { return cmp.Compare(a, b) })
	fmt.Printf("\nBelow 85 %% of their bound: %d\n", len(low))
	for _, line := range low {
		fmt.Println("    " + line)
	}
	return nil
}
