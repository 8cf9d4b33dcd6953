package verify

import (
	"fmt"
	"math"
	"strings"
)

// Check is one comparison.
type Check struct {
	// Name is what was compared: "scores", "gradient of conv1.kernel".
	Name string
	// Error is the largest difference relative to the largest magnitude, or, for
	// gradients past kinks, the norm of the difference relative to the norm.
	Error, Tolerance float64
	Elements         int
}

// OK says that the difference is within the tolerance. NaN is not.
func (c Check) OK() bool { return c.Error <= c.Tolerance }

// Report is the result of a verification.
type Report struct {
	Network, ISA string
	Examples     int
	// Kinks counts the values so close to a kink that float32 may see the other
	// side.
	Kinks  int
	Checks []Check
}

// Err returns an error that names every comparison that failed, nil if none.
func (r *Report) Err() error {
	var bad []string
	for _, c := range r.Checks {
		if !c.OK() {
			bad = append(bad, fmt.Sprintf("%s: relative error %.2g, at most %.2g is allowed", c.Name, c.Error, c.Tolerance))
		}
	}
	if bad == nil {
		return nil
	}
	return fmt.Errorf("%s (%s) differs from the reference:\n\t%s", r.Network, r.ISA, strings.Join(bad, "\n\t"))
}

// String is the report as a table.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, kernels %s, %d examples\n", r.Network, r.ISA, r.Examples)
	if r.Kinks > 0 {
		fmt.Fprintf(&b, "%d activations lie within rounding of a kink; gradients are compared by norm\n", r.Kinks)
	}
	width := 0
	for _, c := range r.Checks {
		width = max(width, len(c.Name))
	}
	for _, c := range r.Checks {
		verdict := "ok"
		if !c.OK() {
			verdict = "WRONG"
		}
		fmt.Fprintf(&b, "%-*s  %9d elements  error %8.2g of %-7.2g %s\n", width, c.Name, c.Elements, c.Error, c.Tolerance, verdict)
	}
	return b.String()
}

// check records the largest difference relative to the largest magnitude.
func (v *verifier) check(name string, got, want []float64, tolerance float64) {
	v.checkAbove(name, got, want, tolerance, 0)
}

// checkAbove is check for a want whose largest magnitude counts as at least least.
func (v *verifier) checkAbove(name string, got, want []float64, tolerance, least float64) {
	top, worst := max(least, 1e-30), 0.0
	for _, w := range want {
		top = max(top, math.Abs(w))
	}
	for i, w := range want {
		// max keeps a NaN.
		worst = max(worst, math.Abs(got[i]-w)/top)
	}
	v.report.Checks = append(v.report.Checks, Check{name, worst, tolerance, len(want)})
}

// relativeNorm is the norm of the difference relative to the norm of want, which
// counts as at least least.
func relativeNorm(got, want []float64, least float64) float64 {
	diff, norm := 0.0, 1e-60+least*least
	for i, w := range want {
		diff += (got[i] - w) * (got[i] - w)
		norm += w * w
	}
	return math.Sqrt(diff / norm)
}
