package initializer

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/rng"
	"github.com/cnnc/cnnc/runtime/weights"
)

// scaled are the named members of variance_scaling (spec: initializers). Glorot:
// X. Glorot and Y. Bengio, AISTATS 2010; He: K. He et al., ICCV 2015; LeCun: Y.
// LeCun et al., "Efficient BackProp", 1998.
var scaled = []struct {
	name  string
	scale float64
	// mode and distribution are as in the language.
	mode, distribution string
}{
	{"glorot_uniform", 1, "fan_avg", "uniform"},
	{"glorot_normal", 1, "fan_avg", "truncated_normal"},
	{"he_uniform", 2, "fan_in", "uniform"},
	{"he_normal", 2, "fan_in", "truncated_normal"},
	{"lecun_uniform", 1, "fan_in", "uniform"},
	{"lecun_normal", 1, "fan_in", "truncated_normal"},
}

// Fill writes the values of initializer init to dst, a tensor of that shape, last
// axis fastest. Known are those of the table above, "zeros", "ones", and those
// that take values behind a colon, all or none of them:
//
//	constant:VALUE
//	random_normal:MEAN,DEVIATION                       0,0.05
//	truncated_normal:MEAN,DEVIATION                    0,0.05; the deviation before truncation
//	random_uniform:MIN,MAX                             -0.05,0.05; MAX excluded
//	variance_scaling:SCALE,MODE,DISTRIBUTION           1,fan_in,truncated_normal
//	orthogonal:GAIN                                    1
//	identity:GAIN                                      1
//
// in and out are the tensor's fans; key is its random key.
func Fill(dst []float32, init string, shape []int, in, out int, key uint64) error {
	size := 1
	for _, n := range shape {
		size *= n
	}
	if len(dst) != size {
		return fmt.Errorf("initializer %q: %d values for a tensor of %v", init, len(dst), shape)
	}
	name, x, err := values(init)
	if err != nil {
		return err
	}
	r := rng.New(key)
	switch name {
	case "identity":
		if len(shape) != 2 {
			return fmt.Errorf("identity needs a matrix, not a tensor of %v", shape)
		}
		clear(dst)
		for i := range min(shape[0], shape[1]) {
			dst[i*shape[1]+i] = float32(x[0].number)
		}
		return nil
	case "orthogonal":
		if len(shape) < 2 {
			return fmt.Errorf("orthogonal needs a kernel, not a tensor of %v", shape)
		}
		orthogonal(dst, shape[len(shape)-1], x[0].number, r)
		return nil
	}
	draw := sampler(name, x, in, out)
	for i := range dst {
		dst[i] = draw(r)
	}
	return nil
}

// sampler returns the function that draws one value of an initializer whose
// values do not depend on each other.
func sampler(name string, x []value, in, out int) func(r *rng.Rand) float32 {
	constant := func(v float64) func(*rng.Rand) float32 {
		return func(*rng.Rand) float32 { return float32(v) }
	}
	switch name {
	case "zeros":
		return constant(0)
	case "ones":
		return constant(1)
	case "constant":
		return constant(x[0].number)
	case "random_normal":
		return func(r *rng.Rand) float32 { return float32(x[0].number + float64(x[1].number*r.Normal())) }
	case "truncated_normal":
		return func(r *rng.Rand) float32 { return float32(x[0].number + float64(x[1].number*r.TruncatedNormal())) }
	case "random_uniform":
		return func(r *rng.Rand) float32 { return float32(r.Uniform(x[0].number, x[1].number)) }
	case "variance_scaling":
		return scaling(x[0].number, x[1].word, x[2].word, in, out)
	}
	for _, s := range scaled {
		if s.name == name {
			return scaling(s.scale, s.mode, s.distribution, in, out)
		}
	}
	return constant(math.NaN()) // values has refused it
}

// scaling draws with variance scale/fan (spec: initializers, VarianceScaling).
// The truncated normal is cut at two of its own standard deviations, before which
// it is widened so that the result has the wanted variance.
func scaling(scale float64, mode, distribution string, in, out int) func(r *rng.Rand) float32 {
	fan := float64(in)
	switch mode {
	case "fan_out":
		fan = float64(out)
	case "fan_avg":
		fan = (float64(in) + float64(out)) / 2
	}
	variance := scale / max(1, fan)
	std := math.Sqrt(variance)
	switch distribution {
	case "uniform":
		limit := math.Sqrt(3 * variance)
		return func(r *rng.Rand) float32 { return float32(r.Uniform(-limit, limit)) }
	case "untruncated_normal":
		return func(r *rng.Rand) float32 { return float32(float64(std * r.Normal())) }
	}
	std /= rng.TruncatedStd
	return func(r *rng.Rand) float32 { return float32(float64(std * r.TruncatedNormal())) }
}

// value is a number or a word behind an initializer's colon.
type value struct {
	number float64
	word   string
}

// withValues lists the initializers that take values, with their defaults; nil
// where there are none. words are what may stand in place of a number.
var withValues = []struct {
	name     string
	count    int
	defaults []value
	words    [][]string
}{
	{"constant", 1, nil, nil},
	{"random_normal", 2, []value{{number: 0}, {number: 0.05}}, nil},
	{"truncated_normal", 2, []value{{number: 0}, {number: 0.05}}, nil},
	{"random_uniform", 2, []value{{number: -0.05}, {number: 0.05}}, nil},
	{"variance_scaling", 3, []value{{number: 1}, {word: "fan_in"}, {word: "truncated_normal"}},
		[][]string{nil, {"fan_in", "fan_out", "fan_avg"}, {"truncated_normal", "untruncated_normal", "uniform"}}},
	{"orthogonal", 1, []value{{number: 1}}, nil},
	{"identity", 1, []value{{number: 1}}, nil},
}

// values splits an initializer into its name and its values.
func values(init string) (name string, x []value, err error) {
	name, text, given := strings.Cut(init, ":")
	for _, w := range withValues {
		if w.name != name {
			continue
		}
		if !given && w.defaults != nil {
			return name, w.defaults, nil
		}
		parts := strings.Split(text, ",")
		if len(parts) != w.count {
			return "", nil, fmt.Errorf("initializer %q has %d values, want %d", init, len(parts), w.count)
		}
		for i, t := range parts {
			if w.words != nil && w.words[i] != nil {
				if !slices.Contains(w.words[i], t) {
					return "", nil, fmt.Errorf("initializer %q: %q is none of %s", init, t, strings.Join(w.words[i], ", "))
				}
				x = append(x, value{word: t})
				continue
			}
			v, err := strconv.ParseFloat(t, 64)
			if err != nil {
				return "", nil, fmt.Errorf("initializer %q: %q is not a number", init, t)
			}
			x = append(x, value{number: v})
		}
		return name, x, nil
	}
	known := name == "zeros" || name == "ones"
	for _, s := range scaled {
		known = known || s.name == name
	}
	switch {
	case !known:
		return "", nil, fmt.Errorf("unknown initializer %q", init)
	case given:
		return "", nil, fmt.Errorf("initializer %q takes no values", init)
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
		if err := Fill(logical, p.Init, p.Shape, p.FanIn, p.FanOut, key); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		if err := weights.Pack(p, packed, logical); err != nil {
			return nil, err
		}
	}
	return packed, nil
}
