package table

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/config"
)

// Rows calls row for every training row, in the order of the file, with its
// number; cells are valid during the call. It is called once for each pass, and
// ends at the first error.
type Rows func(row func(i int, cells []string) error) error

// Options say how a table is fitted.
type Options struct {
	DecimalComma bool
	// Rows is the number of training rows: above SampleRows, quartiles are those
	// of a sample.
	Rows int
	// Rescale multiplies numbers without a scale of their own; 0 is 1.
	Rescale float64
}

// maxCategories is the most different categories of a one-hot or ordinal column.
const maxCategories = 1 << 14

// Fit learns how rows are prepared. removed are the numbers of the training rows
// with outliers in columns that say so: they are no examples, and scales are not
// learned of them.
func Fit(p *Plan, rows Rows, o Options) (f *Fitted, removed []int, err error) {
	f = &Fitted{Version: fittedVersion, DecimalComma: o.DecimalComma}
	columns := make([]*fitting, 0, len(p.Features)+len(p.Targets))
	for i, c := range p.Features {
		columns = append(columns, newFitting(c, p.FeatureAt[i]))
	}
	for i, c := range p.Targets {
		columns = append(columns, newFitting(c, p.TargetAt[i]))
	}
	keep := sampler(o.Rows)
	n := 0
	err = rows(func(i int, cells []string) error {
		n++
		sample := keep(i)
		for _, c := range columns {
			if err := c.first(cells[c.at], sample, o.DecimalComma); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for _, c := range columns {
		if err := c.fillAndBounds(); err != nil {
			return nil, nil, err
		}
	}
	err = rows(func(i int, cells []string) error {
		for _, c := range columns {
			if c.outlier(cells[c.at], o.DecimalComma) {
				removed = append(removed, i)
				return nil
			}
		}
		sample := keep(i)
		for _, c := range columns {
			if err := c.second(cells[c.at], sample, o.DecimalComma); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if len(removed) == n {
		return nil, nil, errors.New("every training row is removed as an outlier")
	}
	for i, c := range columns {
		c.scale(o.Rescale, i >= len(p.Features))
		if i < len(p.Features) {
			f.Columns = append(f.Columns, c.out)
		} else {
			f.Targets = append(f.Targets, c.out)
		}
	}
	return f, removed, f.check()
}

// fitting is a column being fitted.
type fitting struct {
	config.Column
	at  int
	out Column
	// Statistics of the values that are there, then of the values to be scaled.
	moments moments
	values  []float64 // the sample for quartiles
	counts  map[string]int
	numbers map[float64]int
	bounds  [2]float64
}

func newFitting(c config.Column, at int) *fitting {
	f := &fitting{Column: c, at: at, out: Column{Name: c.Name, Kind: c.Kind, Indicator: c.Indicator}}
	if c.Kind == Categorical {
		f.out.Encode, f.out.DropFirst, f.out.Buckets, f.out.Other = c.Encode, c.DropFirst, c.Buckets, c.Unknown == "other"
		if f.out.Encode == "" {
			f.out.Encode = OneHot
		}
	}
	return f
}

// number reads a cell that Check has accepted.
func (f *fitting) number(cell string, decimalComma bool) (float64, error) {
	x, err := parseNumber(cell, decimalComma)
	if err != nil {
		return 0, fmt.Errorf("column %q: %w", f.Name, err)
	}
	return x, nil
}

// first is the first pass: what fills gaps, and the bounds of outliers.
func (f *fitting) first(cell string, sample, decimalComma bool) error {
	if f.Kind == Categorical {
		if f.Missing != "most_frequent" {
			return nil
		}
		if text := strings.TrimSpace(cell); !missing(text) {
			return f.count(text)
		}
		return nil
	}
	x, err := f.number(cell, decimalComma)
	if err != nil || math.IsNaN(x) {
		return err
	}
	f.moments.add(x)
	if sample && (f.Missing == "median" || f.Rule == "iqr" || f.Rule == "mad") {
		f.values = append(f.values, x)
	}
	if f.Missing == "most_frequent" {
		if f.numbers == nil {
			f.numbers = map[float64]int{}
		}
		if f.numbers[x]++; len(f.numbers) > SampleRows {
			return fmt.Errorf("column %q has more than %d different values; the most frequent one says nothing", f.Name, SampleRows)
		}
	}
	return nil
}

func (f *fitting) count(text string) error {
	if f.counts == nil {
		f.counts = map[string]int{}
	}
	if _, ok := f.counts[text]; !ok {
		if len(f.counts) == maxCategories {
			return fmt.Errorf("column %q has more than %d different values; hashing takes any number of them", f.Name, maxCategories)
		}
		text = strings.Clone(text) // not the whole row
	}
	f.counts[text]++
	return nil
}

// fillAndBounds ends the first pass.
func (f *fitting) fillAndBounds() error {
	slices.Sort(f.values)
	fill := func(x float64) { f.out.Fill = &x }
	if f.Kind == Numeric && f.moments.n == 0 && f.Missing != "constant" {
		return fmt.Errorf("column %q has no value in any training row", f.Name)
	}
	switch f.Missing {
	case "mean":
		fill(f.moments.mean)
	case "median":
		fill(quantile(f.values, 0.5))
	case "constant":
		if f.Kind == Categorical {
			f.out.FillText = &f.FillText
		} else {
			fill(f.Fill)
		}
	case "most_frequent":
		if f.Kind == Categorical {
			text := mostFrequent(f.counts)
			if text == "" {
				return fmt.Errorf("column %q has no value in any training row", f.Name)
			}
			f.out.FillText = &text
		} else {
			fill(mostFrequent(f.numbers))
		}
	}
	if f.Outliers != "" && f.moments.n > 0 {
		f.bounds = f.limits()
		if f.Outliers == "clip" {
			f.out.Clip, f.out.Lower, f.out.Upper = true, f.bounds[0], f.bounds[1]
		}
	}
	f.moments, f.values, f.counts, f.numbers = moments{}, nil, nil, nil
	return nil
}

// limits are the bounds of what is no outlier.
func (f *fitting) limits() [2]float64 {
	switch f.Rule {
	case "zscore":
		d := f.Factor * f.moments.deviation()
		return [2]float64{f.moments.mean - d, f.moments.mean + d}
	case "mad":
		m := quantile(f.values, 0.5)
		away := make([]float64, len(f.values))
		for i, x := range f.values {
			away[i] = math.Abs(x - m)
		}
		slices.Sort(away)
		d := f.Factor * quantile(away, 0.5) / 0.6745
		return [2]float64{m - d, m + d}
	}
	q1, q3 := quantile(f.values, 0.25), quantile(f.values, 0.75)
	d := f.Factor * (q3 - q1)
	return [2]float64{q1 - d, q3 + d}
}

// outlier reports whether the row of the cell is to be left out of training.
func (f *fitting) outlier(cell string, decimalComma bool) bool {
	if f.Outliers != "remove" {
		return false
	}
	x, err := f.number(cell, decimalComma)
	return err == nil && !math.IsNaN(x) && (x < f.bounds[0] || x > f.bounds[1])
}

// second is the second pass: values as they will be scaled, and categories.
func (f *fitting) second(cell string, sample, decimalComma bool) error {
	if f.Kind == Categorical {
		if f.out.Encode == Hashing {
			return nil
		}
		text := strings.TrimSpace(cell)
		if missing(text) {
			if f.out.FillText == nil {
				return nil
			}
			text = *f.out.FillText
		}
		return f.count(text)
	}
	x, err := f.number(cell, decimalComma)
	if err != nil {
		return err
	}
	if math.IsNaN(x) {
		if f.out.Fill == nil {
			return nil
		}
		x = *f.out.Fill
	}
	if f.out.Clip {
		x = min(max(x, f.out.Lower), f.out.Upper)
	}
	f.moments.add(x)
	if sample && (f.Scale == "robust" || f.Scale == "quartile") {
		f.values = append(f.values, x)
	}
	return nil
}

// scale ends the second pass. A range, deviation or IQR of 0 counts as 1: a
// column of one value becomes 0, or Low.
func (f *fitting) scale(rescale float64, target bool) {
	if f.Kind == Categorical {
		if f.out.Encode != Hashing {
			for text := range f.counts {
				f.out.Categories = append(f.out.Categories, text)
			}
			// What fills a gap is a category even if nothing was missing here.
			if t := f.out.FillText; t != nil && f.counts[*t] == 0 {
				f.out.Categories = append(f.out.Categories, *t)
			}
			slices.Sort(f.out.Categories)
		}
		return
	}
	slices.Sort(f.values)
	m, out := &f.moments, &f.out
	spread := 0.0
	out.Scale = 1
	switch f.Scale {
	case "minmax":
		out.Center, spread, out.Offset = m.min, m.max-m.min, f.Low
		if f.High > f.Low {
			spread /= f.High - f.Low
		}
	case "zscore":
		out.Center, spread = m.mean, m.deviation()
	case "robust":
		out.Center, spread = quantile(f.values, 0.5), quantile(f.values, 0.75)-quantile(f.values, 0.25)
	case "quartile":
		q1 := quantile(f.values, 0.25)
		out.Center, spread = q1, quantile(f.values, 0.75)-q1
	case "maxabs":
		spread = max(math.Abs(m.min), math.Abs(m.max))
	default:
		if rescale > 0 && !target {
			spread = 1 / rescale
		}
	}
	// What is left of rounding errors where all values are alike is no spread.
	if tiny := 1e-15 * max(math.Abs(m.min), math.Abs(m.max)); spread > tiny && !math.IsInf(spread, 0) {
		out.Scale = spread
	}
}

// mostFrequent is the key that was counted most often, of several the smallest.
func mostFrequent[K string | float64](counts map[K]int) (best K) {
	n := 0
	for k, c := range counts {
		if c > n || c == n && k < best {
			best, n = k, c
		}
	}
	return best
}
