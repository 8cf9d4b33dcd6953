package op_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// lossCases have each loss of the table with several numbers of scores and
// options, targets and scores from where it is defined.
func lossCases() []compilertest.Case {
	var list []compilertest.Case
	for _, row := range op.Losses() {
		for round, scores := range []int{5, 2, 1} {
			if row.Classes && scores == 1 {
				continue
			}
			a := ir.LossAttr{Scores: scores}
			for i, name := range row.Options {
				a.Options[i] = 0.2 + 0.45*float64(i) + 0.1*float64(round)
				if name == "apply_class_balancing" {
					a.Options[i] = float64(round % 2)
				}
				if name == "gamma" {
					a.Options[i] = float64(2 - round) // 0 as well
				}
			}
			one := func(d op.Domain, x float64) float64 {
				if d == op.Distribution {
					d = op.Unit // the sum of the targets is nothing to a gradient
				}
				v := []float64{x}
				d.Contain(v, 1)
				return v[0]
			}
			list = append(list, compilertest.Case{
				Op: row.Name, Attr: a, Args: types(vector(scores), row.Target(scores)),
				Draw: func(arg int, r *rand.Rand) float64 {
					switch {
					case arg == 0:
						return one(row.Scores, r.NormFloat64())
					case row.Classes:
						return float64(r.IntN(scores))
					}
					return one(row.Targets, r.NormFloat64())
				},
			})
		}
	}
	return list
}

// loss computes a loss of one example by the name of the language. Targets of
// losses of classes are given one-hot, as the specification writes them.
func loss(t *testing.T, name string, options []float64, target, scores []float64) (value float64, gradient []float64) {
	t.Helper()
	row := op.LookupLoss(name)
	if row == nil {
		t.Fatalf("no loss %s", name)
	}
	if row.Classes {
		for c, y := range target {
			if y == 1 {
				target = []float64{float64(c)}
				break
			}
		}
	}
	a := ir.LossAttr{Scores: len(scores)}
	if copy(a.Options[:], options) != len(row.Options) {
		t.Fatalf("%s has the options %v", name, row.Options)
	}
	args := types(vector(len(scores)), row.Target(len(scores)))
	return compute(t, compilertest.Case{Op: row.Name, Attr: a, Args: args}, 1, scores, target)[0],
		compute(t, compilertest.Case{Op: row.Name + "_grad", Attr: a, Args: args}, 1, scores, target)
}

// TestWorkedLosses has the worked values of the specification (spec: losses,
// worked values), given to six digits.
func TestWorkedLosses(t *testing.T) {
	v := func(x ...float64) []float64 { return x }
	for _, c := range []struct {
		name           string
		options        []float64
		target, scores []float64
		want           float64
	}{
		{"categorical_crossentropy", v(0), v(0, 1, 0), v(0.05, 0.95, 0), 0.051293},
		{"categorical_crossentropy", v(0), v(0, 0, 1), v(0.1, 0.8, 0.1), 2.302585},
		{"sparse_categorical_crossentropy", v(0), v(0, 0, 1), v(0.1, 0.8, 0.1), 2.302585},
		{"categorical_crossentropy", v(0.1), v(0, 1, 0), v(0.05, 0.95, 0), 0.685001},
		{"categorical_crossentropy", v(0), v(0, 0, 1), v(0.2, 0.2, 0.4), 0.693147},
		{"categorical_crossentropy", v(0), v(0, 0, 1), v(0.5, 0.5, 0), 16.118096},
		{"binary_crossentropy", v(0), v(0, 1, 0, 0), v(0.6, 0.4, 0.4, 0.6), 0.814924},
		{"sigmoid_crossentropy", v(0), v(0, 1, 0, 0), v(-18.6, 0.51, 2.94, -12.8), 0.865458},
		{"binary_focal_crossentropy", v(0.25, 2, 0, 0), v(1), v(0.4), 0.329865},
		{"binary_focal_crossentropy", v(0.25, 2, 1, 0), v(1), v(0.4), 0.082466},
		{"binary_focal_crossentropy", v(0.25, 2, 1, 0), v(0), v(0.6), 0.247399},
		{"categorical_focal_crossentropy", v(0.25, 2, 0), v(0, 1, 0), v(0.05, 0.95, 0), 3.2058e-5},
		{"categorical_focal_crossentropy", v(0.25, 2, 0), v(0, 0, 1), v(0.1, 0.8, 0.1), 0.466273},
		{"hinge", nil, v(0, 1), v(0.6, 0.4), 1.1},
		{"hinge", nil, v(-1, 1), v(0.6, 0.4), 1.1},
		{"squared_hinge", nil, v(0, 1), v(0.6, 0.4), 1.46},
		{"categorical_hinge", nil, v(0, 1), v(0.6, 0.4), 1.2},
		{"huber", v(1), v(0), v(0.5), 0.125},
		{"huber", v(1), v(0), v(3), 2.5},
		{"log_cosh", nil, v(0), v(0.5), 0.120115},
		{"log_cosh", nil, v(1), v(4), 2.309329},
		{"kl_divergence", nil, v(0, 1), v(0.6, 0.4), 0.916289},
		{"cosine_similarity", nil, v(0, 1), v(1, 1), -math.Sqrt2 / 2},
		{"mean_absolute_percentage_error", nil, v(2, 4), v(1, 5), 37.5},
		{"mean_squared_logarithmic_error", nil, v(1, 0), v(2, 0), 0.082201},
		// By their definitions.
		{"mean_squared_error", nil, v(0, 4), v(1, 2), 2.5},
		{"mean_absolute_error", nil, v(0, 4), v(1, 2), 1.5},
		{"poisson", nil, v(2), v(1), 1 - 2*math.Log(1+1e-7)},
		{"cosine_similarity", nil, v(0, 1), v(0, 0), 0},
		{"dice", nil, v(1, 0, 1), v(0.5, 0.25, 1), 1 - 3/(3.75+1e-7)},
		{"tversky", v(0.5, 0.5), v(1, 0, 1), v(0.5, 0.25, 1), 1 - 1.5/(1.875+1e-7)},
		{"tversky", v(0.2, 0.8), v(1, 0, 1), v(0.5, 0.25, 1), 1 - 1.5/(1.5+0.05+0.4+1e-7)},
		{"binary_crossentropy", v(0.2), v(1), v(0.8), -0.9*math.Log(0.8) - 0.1*math.Log(0.2)},
	} {
		tolerance := 6e-7
		if math.Abs(c.want) < 1e-3 {
			tolerance = 6e-10
		}
		got, _ := loss(t, c.name, c.options, c.target, c.scores)
		near(t, fmt.Sprint(c.name, c.options, " of ", c.scores), []float64{got}, tolerance, c.want)
	}
}

// TestLossKinks has the derivatives where they are a matter of convention (spec:
// layers, gradient conventions), and what is bounded.
func TestLossKinks(t *testing.T) {
	v := func(x ...float64) []float64 { return x }
	for _, c := range []struct {
		name           string
		options        []float64
		target, scores []float64
		want           []float64
	}{
		{"mean_absolute_error", nil, v(1, 1, 1), v(1, 2, 0), v(0, 1./3, -1./3)},
		{"mean_absolute_percentage_error", nil, v(1), v(1), v(0)},
		{"hinge", nil, v(1, 1, 1), v(1, 1.1, 0.9), v(-1./3, 0, -1./3)},
		{"categorical_hinge", nil, v(0, 1, 0), v(0.5, 1.5, 0.5), v(0.5, -1, 0.5)},
		{"categorical_hinge", nil, v(0, 1, 0), v(-1, 0.5, -2), v(0, -1, 0)},
		{"categorical_hinge", nil, v(0, 1, 0), v(-1, 1.5, -2), v(0, 0, 0)},
		{"mean_squared_logarithmic_error", nil, v(1, 1), v(-3, 0), v(0, 0)},
		{"categorical_crossentropy", v(0), v(1, 0), v(1e-9, 1), v(0, 0)},
		{"binary_crossentropy", v(0), v(1, 0), v(0, 1), v(0, 0)},
		{"kl_divergence", nil, v(1, 0), v(1, 1.5), v(-1, 0)},
		{"huber", v(2), v(0, 0), v(2, 5), v(1, 1)},
	} {
		_, got := loss(t, c.name, c.options, c.target, c.scores)
		near(t, fmt.Sprint(c.name, " of ", c.scores), got, 1e-12, c.want...)
	}
}

// TestLossesOfLogits: a loss of logits is that of their softmax or sigmoid, with
// the gradient that the chain rule gives, and finite far out.
func TestLossesOfLogits(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	for _, row := range op.Losses() {
		if row.Of == "" {
			continue
		}
		logits := op.LookupLoss(row.Logits)
		if logits == nil || logits.Classes != row.Classes || len(logits.Options) != len(row.Options) || logits.Binary != row.Binary {
			t.Fatalf("%s: the loss %s of its logits is missing or another one", row.Name, row.Logits)
		}
		options := make([]float64, len(row.Options))
		for i := range options {
			options[i] = 0.3
		}
		act := compilertest.Case{Op: "act", Attr: ir.ActAttr{Func: row.Of}, Args: types(vector(4))}
		if row.Of == "softmax" {
			act = compilertest.Case{Op: "softmax", Args: types(vector(4))}
		}
		for range 20 {
			z, target := make([]float64, 4), make([]float64, 4)
			for j := range z {
				z[j] = 2 * r.NormFloat64()
			}
			target[r.IntN(4)] = 1
			want, _ := loss(t, row.Name, options, target, compute(t, act, 1, z))
			got, _ := loss(t, row.Logits, options, target, z)
			near(t, row.Logits, []float64{got}, 1e-9, want)
		}
		for _, z := range [][]float64{{800, -800, 3, 0}, {-800, 800, -1000, 700}} {
			for c := range 4 {
				target := make([]float64, 4)
				target[c] = 1
				value, gradient := loss(t, row.Logits, options, target, z)
				for _, x := range append(gradient, value) {
					if math.IsNaN(x) || math.IsInf(x, 0) {
						t.Errorf("%s of %v, class %d: %v and %v", row.Logits, z, c, value, gradient)
						break
					}
				}
			}
		}
	}
}

// TestSoftLosses: a loss of soft targets is the mean of those of the classes,
// weighed by their shares, and so is its gradient; with smoothing as well.
func TestSoftLosses(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 2))
	for _, row := range op.Losses() {
		if row.Soft == "" {
			continue
		}
		soft := op.LookupLoss(row.Soft)
		if soft == nil || soft.Classes || len(soft.Options) != len(row.Options) || (soft.Of == "") != (row.Of == "") {
			t.Fatalf("%s: the loss %s of soft targets is missing or another one", row.Name, row.Soft)
		}
		options := make([]float64, len(row.Options))
		for i := range options {
			options[i] = 0.2
		}
		for range 20 {
			x, target := make([]float64, 4), make([]float64, 4)
			for j := range x {
				if x[j] = r.NormFloat64(); row.Scores == op.Unit {
					x[j] = 0.1 + 0.8*r.Float64()
				}
				target[j] = r.Float64()
			}
			op.Distribution.Contain(target, 4)
			want, slope := 0.0, make([]float64, 4)
			for c, share := range target {
				one := make([]float64, 4)
				one[c] = 1
				y, dx := loss(t, row.Name, options, one, x)
				want += share * y
				for j := range dx {
					slope[j] += share * dx[j]
				}
			}
			got, dx := loss(t, row.Soft, options, target, x)
			near(t, row.Soft, []float64{got}, 1e-12, want)
			near(t, row.Soft+" gradient", dx, 1e-12, slope...)
		}
	}
	// By hand: half of one class and half of another, of scores 0.2, 0.3, 0.5.
	got, _ := loss(t, "categorical_crossentropy_soft", []float64{0}, []float64{0.5, 0, 0.5}, []float64{0.2, 0.3, 0.5})
	near(t, "half and half", []float64{got}, 1e-12, -0.5*math.Log(0.2)-0.5*math.Log(0.5))
	got, _ = loss(t, "softmax_crossentropy_soft", []float64{0.3}, []float64{0.75, 0.25}, []float64{1, -1})
	near(t, "smoothed", []float64{got}, 1e-12, math.Log(math.E+1/math.E)-(0.7*0.75+0.15)+(0.7*0.25+0.15))
}
