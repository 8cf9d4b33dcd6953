package tune

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// gp is Gaussian-process regression with a Matern 5/2 kernel, one length scale a
// dimension (Rasmussen and Williams 2006, "Gaussian Processes for Machine
// Learning", chapters 2, 4 and 5). Outputs are standardized.
type gp struct {
	x          [][]float64
	scale      []float64 // length scales
	signal     float64   // variance of the function
	noise      float64   // variance of a measurement
	chol       mat.Cholesky
	alpha      mat.VecDense // K^-1 y
	mean, unit float64      // of the outputs
}

// logNoise bounds keep the kernel matrix regular and the noise below the signal.
const (
	minLogScale, maxLogScale = -3.0, 2.3 // lengths of 0.05 to 10 sides of the unit cube
	minLogNoise, maxLogNoise = -13.8, 0  // 1e-6 to 1
)

// newGP fits a process to y at x: the length scales and the noise are those of
// the largest posterior density, under log-normal priors that keep few points
// from being explained by noise alone or by one dimension alone. It returns nil
// when there is nothing to fit: fewer than two points, or all equal.
func newGP(x [][]float64, y []float64) *gp {
	n := len(x)
	if n < 2 {
		return nil
	}
	g := &gp{x: x, signal: 1}
	for _, v := range y {
		g.mean += v / float64(n)
	}
	for _, v := range y {
		g.unit += (v - g.mean) * (v - g.mean) / float64(n)
	}
	if g.unit = math.Sqrt(g.unit); g.unit < 1e-12*(1+math.Abs(g.mean)) {
		return nil
	}
	z := mat.NewVecDense(n, nil)
	for i, v := range y {
		z.SetVec(i, (v-g.mean)/g.unit)
	}
	d := len(x[0])
	energy := func(p []float64) float64 {
		penalty := 0.0
		for i, v := range p {
			lo, hi := minLogScale, maxLogScale
			if i == d {
				lo, hi = minLogNoise, maxLogNoise
			}
			if out := max(lo-v, v-hi, 0); out > 0 {
				penalty += 100 * out * out
			}
		}
		g.set(p)
		if !g.factor(z) {
			return 1e10
		}
		// -ln of the marginal likelihood and of the priors.
		e := 0.5*mat.Dot(z, &g.alpha) + 0.5*g.chol.LogDet()
		for _, v := range p[:d] {
			e += (v + 0.7) * (v + 0.7) / 2 // lengths around 0.5
		}
		e += (p[d] + 7) * (p[d] + 7) / 32 // noise around 1e-3
		return e + penalty
	}
	best, bestAt := math.Inf(1), []float64(nil)
	for _, start := range []float64{-0.7, -1.6, 0.3} {
		p := make([]float64, d+1)
		for i := range p {
			p[i] = start
		}
		p[d] = -7
		res, err := optimize.Minimize(optimize.Problem{Func: energy}, p,
			&optimize.Settings{MajorIterations: 60 * (d + 1), FuncEvaluations: 200 * (d + 1)}, &optimize.NelderMead{})
		if res != nil && (err == nil || len(res.X) == d+1) && res.F < best {
			best, bestAt = res.F, append([]float64(nil), res.X...)
		}
	}
	if bestAt == nil {
		return nil
	}
	g.set(bestAt)
	if !g.factor(z) {
		return nil
	}
	return g
}

// set takes length scales and noise from their logarithms, within their bounds.
func (g *gp) set(p []float64) {
	d := len(p) - 1
	g.scale = g.scale[:0]
	for _, v := range p[:d] {
		g.scale = append(g.scale, math.Exp(min(max(v, minLogScale), maxLogScale)))
	}
	g.noise = math.Exp(min(max(p[d], minLogNoise), maxLogNoise))
}

// factor prepares predictions.
func (g *gp) factor(z *mat.VecDense) bool {
	n := len(g.x)
	k := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i {
			k.SetSym(i, j, g.kernel(g.x[i], g.x[j]))
		}
		k.SetSym(i, i, g.signal+g.noise+1e-9)
	}
	if !g.chol.Factorize(k) {
		return false
	}
	g.alpha.Reset()
	return g.chol.SolveVecTo(&g.alpha, z) == nil
}

// kernel is the Matern 5/2 covariance.
func (g *gp) kernel(a, b []float64) float64 {
	r2 := 0.0
	for i, s := range g.scale {
		d := (a[i] - b[i]) / s
		r2 += d * d
	}
	r := math.Sqrt(5 * r2)
	return g.signal * (1 + r + 5*r2/3) * math.Exp(-r)
}

// predict is mean and standard deviation of the function at p, in units of the
// outputs.
func (g *gp) predict(p []float64) (mean, std float64) {
	n := len(g.x)
	k := mat.NewVecDense(n, nil)
	for i := range n {
		k.SetVec(i, g.kernel(p, g.x[i]))
	}
	var v mat.VecDense
	if err := g.chol.SolveVecTo(&v, k); err != nil {
		return g.mean, g.unit
	}
	variance := g.signal - mat.Dot(k, &v)
	return g.mean + g.unit*mat.Dot(k, &g.alpha), g.unit * math.Sqrt(max(variance, 1e-12))
}

// expectedImprovement is how far below best the function at p is expected to be
// (Jones, Schonlau and Welch 1998).
func (g *gp) expectedImprovement(p []float64, best float64) float64 {
	m, s := g.predict(p)
	u := (best - m) / s
	return s * (u*normalCDF(u) + math.Exp(-u*u/2)/math.Sqrt(2*math.Pi))
}

func normalCDF(u float64) float64 { return 0.5 * math.Erfc(-u/math.Sqrt2) }
