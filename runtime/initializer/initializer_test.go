package initializer

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/model"
)

// TestDistribution compares mean, standard deviation and bounds with the
// formulas and numbers of the specification (initializers, sections 2).
func TestDistribution(t *testing.T) {
	const n = 200_000
	for _, c := range []struct {
		init    string
		in, out int
		std     float64 // of the values
		bound   float64 // of their magnitude
	}{
		{"glorot_uniform", 9, 288, 0.1421338 / math.Sqrt(3), 0.1421338},
		{"glorot_uniform", 784, 128, 0.0811107 / math.Sqrt(3), 0.0811107},
		{"glorot_normal", 10, 22, 0.25, 2 * 0.25 / 0.8796256610342398},
		{"he_normal", 576, 1, 0.0589256, 0.1339787},
		{"he_uniform", 54, 1, math.Sqrt(2. / 54), math.Sqrt(6. / 54)},
		{"lecun_normal", 16, 1, 0.25, 2 * 0.25 / 0.8796256610342398},
		{"lecun_uniform", 16, 1, 0.25, math.Sqrt(3. / 16)},
		{"he_uniform", 0, 0, math.Sqrt2, math.Sqrt(6)}, // fan below 1 counts as 1
		{"random_uniform", 5, 5, 0.05 / math.Sqrt(3), 0.05},
		{"truncated_normal", 5, 5, 0.05 * 0.8796256610342398, 0.1},
		{"random_normal", 5, 5, 0.05, 0.05 * 8.3},
		{"variance_scaling", 16, 1, 0.25, 2 * 0.25 / 0.8796256610342398},
		{"variance_scaling:2,fan_out,uniform", 1, 54, math.Sqrt(2. / 54), math.Sqrt(6. / 54)},
		{"variance_scaling:3,fan_avg,truncated_normal", 10, 38, math.Sqrt(3. / 24), 2 * math.Sqrt(3./24) / 0.8796256610342398},
		{"variance_scaling:2,fan_in,untruncated_normal", 50, 1, 0.2, 0.2 * 8.3},
	} {
		t.Run(fmt.Sprintf("%s/%d-%d", c.init, c.in, c.out), func(t *testing.T) {
			x := make([]float32, n)
			if err := Fill(x, c.init, []int{n}, c.in, c.out, 12345); err != nil {
				t.Fatal(err)
			}
			var sum, sq, largest float64
			for _, v := range x {
				sum += float64(v)
				sq += float64(v) * float64(v)
				largest = max(largest, math.Abs(float64(v)))
			}
			// Five standard errors of mean and deviation.
			if mean := sum / n; math.Abs(mean) > 5*c.std/math.Sqrt(n) {
				t.Errorf("mean %g", mean)
			}
			if std := math.Sqrt(sq / n); math.Abs(std-c.std) > 5*c.std/math.Sqrt(n) {
				t.Errorf("standard deviation %g, want %g", std, c.std)
			}
			if largest > c.bound*(1+1e-6) {
				t.Errorf("a magnitude of %g, bound %g", largest, c.bound)
			}
			if !strings.HasSuffix(c.init, "random_normal") && !strings.HasSuffix(c.init, "untruncated_normal") && largest < 0.99*c.bound {
				t.Errorf("largest magnitude %g stays far from the bound %g", largest, c.bound)
			}
			// Clipping instead of redrawing would pile values up at the bound.
			atBound := 0
			for _, v := range x {
				if math.Abs(float64(v)) > 0.9999*c.bound {
					atBound++
				}
			}
			if atBound > n/1000 {
				t.Errorf("%d of %d values at the bound", atBound, n)
			}
		})
	}
}

func TestConstants(t *testing.T) {
	for _, c := range []struct {
		init string
		want float32
	}{{"zeros", 0}, {"ones", 1}, {"constant:-0.25", -0.25}, {"random_normal:3,0", 3}, {"truncated_normal:-2,0", -2}, {"random_uniform:0.5,0.5", 0.5}} {
		x := []float32{7, 7, 7}
		if err := Fill(x, c.init, []int{3}, 3, 3, 1); err != nil {
			t.Fatal(err)
		}
		for _, v := range x {
			if v != c.want {
				t.Errorf("%s gives %v", c.init, x)
			}
		}
	}
	for _, init := range []string{"", "glorot", "constant", "constant:", "constant:x", "constant:1,2", "random_normal:1", "zeros:0", "he_normal:2",
		"variance_scaling:1", "variance_scaling:1,fan,uniform", "variance_scaling:1,fan_in,normal", "orthogonal", "orthogonal:x", "identity", "identity:1,2"} {
		if err := Fill(make([]float32, 3), init, []int{3}, 3, 3, 1); err == nil {
			t.Errorf("initializer %q accepted", init)
		}
	}
}

// TestKeys: values follow from seed and name alone, and the cells that belong
// to no element stay zero.
func TestKeys(t *testing.T) {
	a := model.Param{Name: "a.kernel", Shape: []int{3, 5}, Packing: model.Packing{Taps: 1, In: 3, InPad: 8, Out: 5}, Init: "he_normal", FanIn: 3, FanOut: 5}
	b := a
	b.Name = "b.kernel"
	net := func(ps ...model.Param) *model.Network {
		n := &model.Network{}
		for _, p := range ps {
			p.Offset = n.ParamFloats
			n.ParamFloats += p.Packing.Floats()
			n.Params = append(n.Params, p)
		}
		return n
	}
	params := func(n *model.Network, seed uint64) []float32 {
		x, err := Params(n, seed)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	one, two := params(net(a), 1), params(net(b, a), 1)
	size := a.Packing.Floats()
	if fmt.Sprint(one) != fmt.Sprint(two[size:]) {
		t.Error("a tensor in front changes the values")
	}
	if fmt.Sprint(two[:size]) == fmt.Sprint(two[size:]) {
		t.Error("two tensors have the same values")
	}
	if fmt.Sprint(one) == fmt.Sprint(params(net(a), 2)) {
		t.Error("the seed changes nothing")
	}
	logical := 0
	for _, v := range one {
		if v != 0 {
			logical++
		}
	}
	if logical != 15 {
		t.Errorf("%d cells are not zero, want 15", logical)
	}
}

// TestOrthogonal: the Gram matrix of the shorter side is gain^2 times the identity,
// for matrices and for kernels of convolutions.
func TestOrthogonal(t *testing.T) {
	for _, c := range []struct {
		init  string
		shape []int
		gain  float64
	}{
		{"orthogonal", []int{5, 5}, 1}, {"orthogonal", []int{40, 7}, 1}, {"orthogonal:0.5", []int{7, 40}, 0.5},
		{"orthogonal:2", []int{3, 3, 4, 9}, 2}, {"orthogonal", []int{1, 1, 2, 30}, 1}, {"orthogonal", []int{1, 3}, 1},
	} {
		cols := c.shape[len(c.shape)-1]
		rows := 1
		for _, n := range c.shape[:len(c.shape)-1] {
			rows *= n
		}
		x := make([]float32, rows*cols)
		if err := Fill(x, c.init, c.shape, 1, 1, 7); err != nil {
			t.Fatal(err)
		}
		at := func(vector, i int) float64 { return float64(x[i*cols+vector]) }
		vectors, length := cols, rows
		if rows < cols {
			at = func(vector, i int) float64 { return float64(x[vector*cols+i]) }
			vectors, length = rows, cols
		}
		for a := range vectors {
			for b := range vectors {
				sum, want := 0.0, 0.0
				for i := range length {
					sum += at(a, i) * at(b, i)
				}
				if a == b {
					want = c.gain * c.gain
				}
				if math.Abs(sum-want) > 1e-6*c.gain*c.gain {
					t.Fatalf("%s %v: product of %d and %d is %v, want %v", c.init, c.shape, a, b, sum, want)
				}
			}
		}
	}
	// No direction is preferred: the mean over keys of a corner, whose sign QR
	// without correction would fix, is 0 within five standard errors.
	const n = 2000
	sum := 0.0
	for key := range uint64(n) {
		x := make([]float32, 9)
		if err := Fill(x, "orthogonal", []int{3, 3}, 3, 3, key); err != nil {
			t.Fatal(err)
		}
		sum += float64(x[0])
	}
	if mean := sum / n; math.Abs(mean) > 5*math.Sqrt(1./3)/math.Sqrt(n) {
		t.Errorf("the mean of a corner is %v", mean)
	}
	if err := Fill(make([]float32, 3), "orthogonal", []int{3}, 3, 3, 1); err == nil {
		t.Error("an orthogonal vector")
	}
}

func TestIdentity(t *testing.T) {
	x := make([]float32, 6)
	if err := Fill(x, "identity:2", []int{2, 3}, 2, 3, 1); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(x), "[2 0 0 0 2 0]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if err := Fill(make([]float32, 8), "identity", []int{2, 2, 2}, 2, 3, 1); err == nil {
		t.Error("the identity of rank 3")
	}
}
