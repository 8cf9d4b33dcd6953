package job

import (
	"math"
	"strconv"
)

// Residuals is how a predicted number differs from the true one: predicted minus
// true, in the units of the data.
type Residuals struct {
	Name     string `json:"name"`
	Examples int    `json:"examples"`
	Mean     Number `json:"mean"`
	// Deviation is the standard deviation, Absolute the mean of the distances.
	Deviation Number `json:"deviation"`
	Absolute  Number `json:"absolute"`
	Min       Number `json:"min"`
	Max       Number `json:"max"`
	// Points are pairs of true and predicted number, of examples spread evenly over
	// the part: residualPoints at most.
	Points [][2]Number `json:"points"`
}

// residualPoints is the most points of Residuals.
const residualPoints = 500

// residualSum is the running sum of Residuals (Welford's formula).
type residualSum struct {
	name               string
	n, every           int
	mean, m2, absolute float64
	least, most        float64
	points             [][2]Number
}

// newResidualSums makes one for each output, for a part of so many examples.
func newResidualSums(names []string, outputs, examples int) []residualSum {
	out := make([]residualSum, outputs)
	for k := range out {
		out[k] = residualSum{
			name: "output " + strconv.Itoa(k), every: max(1, (examples+residualPoints-1)/residualPoints),
			least: math.Inf(1), most: math.Inf(-1),
		}
		if k < len(names) {
			out[k].name = names[k]
		}
	}
	return out
}

func (s *residualSum) add(truth, guess float64) {
	if s.n%s.every == 0 {
		s.points = append(s.points, [2]Number{Number(truth), Number(guess)})
	}
	s.n++
	d := guess - truth
	delta := d - s.mean
	s.mean += delta / float64(s.n)
	s.m2 += delta * (d - s.mean)
	s.absolute += (math.Abs(d) - s.absolute) / float64(s.n)
	s.least, s.most = min(s.least, d), max(s.most, d)
}

func (s *residualSum) result() Residuals {
	return Residuals{
		Name: s.name, Examples: s.n, Mean: Number(s.mean), Deviation: Number(math.Sqrt(s.m2 / float64(max(s.n, 1)))),
		Absolute: Number(s.absolute), Min: Number(s.least), Max: Number(s.most), Points: s.points,
	}
}
