package whiten

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func serial(n int, f func(i int)) {
	for i := range n {
		f(i)
	}
}

// random is a symmetric matrix with these eigenvalues: reflected a few times.
func random(r *rand.Rand, values []float64) []float64 {
	n := len(values)
	a := make([]float64, n*n)
	for i, v := range values {
		a[i*n+i] = v
	}
	for range 3 {
		u, h := make([]float64, n), 0.0
		for i := range u {
			u[i] = r.NormFloat64()
			h += u[i] * u[i]
		}
		h /= 2
		for _, transposed := range []bool{false, true} {
			at := func(i, j int) *float64 {
				if transposed {
					i, j = j, i
				}
				return &a[i*n+j]
			}
			for j := range n {
				s := 0.0
				for i := range n {
					s += u[i] * *at(i, j)
				}
				for i := range n {
					*at(i, j) -= s / h * u[i]
				}
			}
		}
	}
	for i := range n {
		for j := range i {
			a[j*n+i] = a[i*n+j]
		}
	}
	return a
}

// TestEigen: vectors are orthonormal, and A v = lambda v, for well separated,
// repeated, zero and tiny eigenvalues.
func TestEigen(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	cases := [][]float64{{3}, {1, 1}, {2, -1}, {0, 0, 0}, {5, 5, 5, 1}, {1, 1e-9, 0, 1e3, 1e-300}}
	for _, n := range []int{7, 64, 65, 131} {
		values := make([]float64, n)
		for i := range values {
			values[i] = math.Exp(3 * r.NormFloat64())
			if i%5 == 0 {
				values[i] = 0
			}
		}
		cases = append(cases, values)
	}
	for _, values := range cases {
		n := len(values)
		a := random(r, values)
		u := slices.Clone(a)
		got, err := eigen(u, n, serial)
		if err != nil {
			t.Fatal(err)
		}
		most := 0.0
		for _, v := range values {
			most = max(most, math.Abs(v))
		}
		for i := range n {
			for j := range i + 1 {
				want := 0.0
				if i == j {
					want = 1
				}
				if d := dot(u[i*n:][:n], u[j*n:][:n]); math.Abs(d-want) > 1e-12*float64(n) {
					t.Fatalf("%d values: vectors %d and %d have the product %v", n, i, j, d)
				}
			}
			for j := range n {
				if d := dot(a[j*n:][:n], u[i*n:][:n]) - got[i]*u[i*n+j]; !(math.Abs(d) <= 1e-12*float64(n)*max(most, 1e-12)) {
					t.Fatalf("%d values: A v - lambda v is %v", n, d)
				}
			}
		}
		slices.Sort(got)
		want := slices.Sorted(slices.Values(values))
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-12*float64(n)*most {
				t.Errorf("%d values: eigenvalue %v, want %v", n, got[i], want[i])
			}
		}
	}
}

// vectors draws correlated vectors; the last value is always the same.
func vectors(count, n int) [][]float32 {
	r := rand.New(rand.NewPCG(9, 9))
	out := make([][]float32, count)
	for i := range out {
		x := make([]float32, n)
		last := 0.0
		for j := range n - 1 {
			last = 0.8*last + r.NormFloat64()
			x[j] = float32(1000 + float64(j) + last) // far from 0: cancellation would show
		}
		x[n-1] = 7
		out[i] = x
	}
	return out
}

// TestWhitening: mean and covariance are those of the definition, whitened vectors
// have the unit matrix for covariance but for the flat direction, and the matrix is
// symmetric.
func TestWhitening(t *testing.T) {
	const count, n = 1037, 30
	data := vectors(count, n)
	c, err := New(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range data {
		c.Add(x)
	}
	w, err := c.Whitening(0)
	if err != nil {
		t.Fatal(err)
	}
	if w.Flat != 1 {
		t.Errorf("%d flat directions, want 1", w.Flat)
	}
	white := make([][]float64, count)
	for i, x := range data {
		white[i] = make([]float64, n)
		for j := range n {
			for k := range n {
				white[i][j] += float64(w.Matrix[j*n+k]) * (float64(x[k]) - float64(w.Center[k]))
			}
		}
	}
	for j := range n {
		mean := 0.0
		for _, x := range data {
			mean += float64(x[j]) / count
		}
		if math.Abs(mean-float64(w.Center[j])) > 1e-4 {
			t.Errorf("center %d is %v, want %v", j, w.Center[j], mean)
		}
		for k := range n {
			if w.Matrix[j*n+k] != w.Matrix[k*n+j] {
				t.Errorf("not symmetric at %d, %d", j, k)
			}
			cov, want := 0.0, 0.0
			for i := range white {
				cov += white[i][j] * white[i][k] / count
			}
			if j == k && j < n-1 {
				want = 1
			}
			if math.Abs(cov-want) > 1e-3 {
				t.Errorf("whitened covariance %d, %d is %v, want %v", j, k, cov, want)
			}
		}
	}
}

// By hand: x = (a, a+b) with independent a and b of variance 1 has the covariance
// [1 1; 1 2]; with no correlation, the matrix is 1/(deviation+epsilon).
func TestWhiteningByHand(t *testing.T) {
	c, _ := New(2, 1)
	for _, x := range [][]float32{{1, 3}, {1, -3}, {-1, 3}, {-1, -3}} {
		c.Add(x)
	}
	w, err := c.Whitening(0.5)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{1 / 1.5, 0, 0, 1 / 3.5} {
		if math.Abs(float64(w.Matrix[i])-want) > 1e-6 {
			t.Errorf("matrix %v", w.Matrix)
			break
		}
	}
	// [1 1; 1 2]^(-1/2) = [3 -1; -1 2]/sqrt(5), which squared is [2 -1; -1 1].
	c, _ = New(2, 1)
	for _, x := range [][]float32{{1, 2}, {1, 0}, {-1, 0}, {-1, -2}} {
		c.Add(x)
	}
	if w, err = c.Whitening(0); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{3, -1, -1, 2} {
		if math.Abs(float64(w.Matrix[i])-want/math.Sqrt(5)) > 1e-6 {
			t.Errorf("matrix %v", w.Matrix)
			break
		}
	}
}

// The same bits for any number of workers.
func TestWorkers(t *testing.T) {
	data := vectors(200, 150)
	var first *Whitening
	for _, workers := range []int{1, 2, 8} {
		c, _ := New(150, workers)
		for _, x := range data {
			c.Add(x)
		}
		w, err := c.Whitening(1e-3)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = w
		} else if !slices.Equal(w.Matrix, first.Matrix) || !slices.Equal(w.Center, first.Center) {
			t.Errorf("%d workers give other bits", workers)
		}
	}
}

func TestErrors(t *testing.T) {
	if _, err := New(MaxValues+1, 1); err == nil {
		t.Error("too many values are accepted")
	}
	if err := Check(64, 64, 1); err != nil {
		t.Error(err)
	}
	if err := Check(64, 64, 3); err == nil || !strings.Contains(err.Error(), "12288*12288 = 1.51e+08 numbers, 1.21 GB") {
		t.Error(err)
	}
	one, _ := New(2, 1)
	one.Add([]float32{1, 2})
	if _, err := one.Whitening(0); err == nil || !strings.Contains(err.Error(), "at least two") {
		t.Error(err)
	}
	same, _ := New(2, 1)
	for range 3 {
		same.Add([]float32{1, 2})
	}
	if _, err := same.Whitening(0); err == nil || !strings.Contains(err.Error(), "all the same") {
		t.Error(err)
	}
}

func BenchmarkWhitening(b *testing.B) {
	data := vectors(2000, 784)
	for b.Loop() {
		c, _ := New(784, 2)
		for _, x := range data {
			c.Add(x)
		}
		if _, err := c.Whitening(1e-3); err != nil {
			b.Fatal(err)
		}
	}
}
