package initializer

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/rng"
	"github.com/cnnc/cnnc/runtime/weights"
)

// fan says which of a tensor's fans a variance is divided by.
type fan int

const (
	fanIn  fan = iota
	fanAvg     // (FanIn+FanOut)/2
)

// scaled is an initializer whose variance is Scale divided by a fan.
type scaled struct {
	name    string
	scale   float64
	fan     fan
	uniform bool
}

// table lists the variance-scaling initializers (spec: initializers,
// VarianceScaling). Glorot: X. Glorot and Y. Bengio, AISTATS 2010; He: K. He et
// al., ICCV 2015; LeCun: Y. LeCun et al., "Efficient BackProp", 1998. The normal
// ones are truncated at two of their own standard deviations, before which they
// are widened so that the result has the wanted variance.
var table = []scaled{
	{"glorot_uniform", 1, fanAvg, true},
	{"glorot_normal", 1, fanAvg, false},
	{"he_uniform", 2, fanIn, true},
	{"he_normal", 2, fanIn, false},
	{"lecun_uniform", 1, fanIn, true},
	{"lecun_normal", 1, fanIn, false},
}

// Fill writes the values of initializer init to dst. Known are those of the
// table above, "zeros", "ones", and those that take numbers behind a colon, all
// or none of them: "constant:VALUE", "random_normal:MEAN,DEVIATION" (0,0.05),
// "truncated_normal:MEAN,DEVIATION" (0,0.05; the deviation before truncation)
// and "random_uniform:MIN,MAX" (-0.05,0.05; MAX excluded). in and out are the
// tensor's fans; key is its random key.
func Fill(dst []float32, init string, in, out int, key uint64) error {
	draw, err := sampler(init, in, out)
	if err != nil {
		return err
	}
	r := rng.New(key)
	for i := range dst {
		dst[i] = draw(r)
	}
	return nil
}

// sampler returns the function that draws one value.
func sampler(init string, in, out int) (func(r *rng.Rand) float32, error) {
	constant := func(v float32) func(*rng.Rand) float32 { return func(*rng.Rand) float32 { return v } }
	uniform := func(limit float64) func(*rng.Rand) float32 {
		return func(r *rng.Rand) float32 { return float32(r.Uniform(-limit, limit)) }
	}
	truncated := func(std float64) func(*rng.Rand) float32 {
		return func(r *rng.Rand) float32 { return float32(float64(std * r.TruncatedNormal())) }
	}
	name, x, err := numbers(init)
	if err != nil {
		return nil, err
	}
	switch name {
	case "zeros":
		return constant(0), nil
	case "ones":
		return constant(1), nil
	case "constant":
		return constant(float32(x[0])), nil
	case "random_normal":
		return func(r *rng.Rand) float32 { return float32(x[0] + float64(x[1]*r.Normal())) }, nil
	case "truncated_normal":
		return func(r *rng.Rand) float32 { return float32(x[0] + float64(x[1]*r.TruncatedNormal())) }, nil
	case "random_uniform":
		return func(r *rng.Rand) float32 { return float32(r.Uniform(x[0], x[1])) }, nil
	}
	for _, s := range table {
		if s.name != init {
			continue
		}
		n := float64(in)
		if s.fan == fanAvg {
			n = (float64(in) + float64(out)) / 2
		}
		variance := s.scale / max(1, n)
		if s.uniform {
			return uniform(math.Sqrt(3 * variance)), nil
		}
		return truncated(math.Sqrt(variance) / rng.TruncatedStd), nil
	}
	return nil, fmt.Errorf("unknown initializer %q", init)
}

// withNumbers lists the initializers that take numbers, with their defaults; nil
// where there are none.
var withNumbers = []struct {
	name     string
	count    int
	defaults []float64
}{
	{"constant", 1, nil},
	{"random_normal", 2, []float64{0, 0.05}},
	{"truncated_normal", 2, []float64{0, 0.05}},
	{"random_uniform", 2, []float64{-0.05, 0.05}},
}

// numbers splits an initializer into its name and its numbers.
func numbers(init string) (name string, x []float64, err error) {
	name, text, given := strings.Cut(init, ":")
	for _, w := range withNumbers {
		if w.name != name {
			continue
		}
		if !given && w.defaults != nil {
			return name, w.defaults, nil
		}
		for _, t := range strings.Split(text, ",") {
			v, err := strconv.ParseFloat(t, 64)
			if err != nil {
				return "", nil, fmt.Errorf("initializer %q: %q is not a number", init, t)
			}
			x = append(x, v)
		}
		if len(x) != w.count {
			return "", nil, fmt.Errorf("initializer %q has %d numbers, want %d", init, len(x), w.count)
		}
		return name, x, nil
	}
	if given {
		return "", nil, fmt.Errorf("initializer %q takes no numbers", init)
	}
	return name, nil, nil
}

// Params makes the first parameters of a network: the packed vector of length
// net.ParamFloats.
func Params(net *model.Network, seed uint64) ([]float32, error) {
	packed := make([]float32, net.ParamFloats)
	for i := range net.Params {
		p := &net.Params[i]
		logical := make([]float32, p.Packing.Taps*p.Packing.In*p.Packing.Out)
		key := rng.Hash(seed, uint64(rng.Init), rng.HashString(p.Name))
		if err := Fill(logical, p.Init, p.FanIn, p.FanOut, key); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		if err := weights.Pack(p, packed, logical); err != nil {
			return nil, err
		}
	}
	return packed, nil
}
