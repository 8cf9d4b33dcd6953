package filter

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxSide is the most rows or columns of a kernel.
const maxSide = 127

// Kernel is a matrix of weights, as it is written: convolution turns it by half a
// turn, correlation does not.
type Kernel struct {
	Rows, Cols int
	Values     []float32 // [Rows][Cols]
}

// At is the weight in a row and a column.
func (k *Kernel) At(row, col int) float32 { return k.Values[row*k.Cols+col] }

// Balanced reports whether the weights sum up to nothing, within rounding: the
// kernel then answers to changes only, and its results have both signs.
func (k *Kernel) Balanced() bool {
	var sum, size float64
	for _, v := range k.Values {
		sum += float64(v)
		size += math.Abs(float64(v))
	}
	return math.Abs(sum) <= 1e-5*size
}

// Filter is one kernel, or two whose results are the legs of a right triangle:
// the result is then its hypotenuse, the magnitude of a gradient.
type Filter struct {
	Name    string
	Kernels []Kernel
}

// catalogue are the filters with names.
var catalogue = []struct {
	name, matrix, second string
	doc                  string
}{
	{"vertical", "1 0 -1; 1 0 -1; 1 0 -1", "", "vertical edges"},
	{"horizontal", "1 1 1; 0 0 0; -1 -1 -1", "", "horizontal edges"},
	{"laplacian", "0 1 0; 1 -4 1; 0 1 0", "", "second derivative: edges of all directions"},
	{"sobel", sobelX, sobelY, "magnitude of the gradient"},
	{"sobel-x", sobelX, "", "change from left to right"},
	{"sobel-y", sobelY, "", "change from top to bottom"},
	{"prewitt", prewittX, prewittY, "the same with equal weights"},
	{"prewitt-x", prewittX, "", "change from left to right"},
	{"prewitt-y", prewittY, "", "change from top to bottom"},
	{"sharpen", "0 -1 0; -1 5 -1; 0 -1 0", "", "the picture and its edges"},
	{"emboss", "-2 -1 0; -1 1 1; 0 1 2", "", "relief, lit from one corner"},
	{"blur", "1/9 1/9 1/9; 1/9 1/9 1/9; 1/9 1/9 1/9", "", "mean of 3x3 pixels"},
	{"gaussian", "1/16 2/16 1/16; 2/16 4/16 2/16; 1/16 2/16 1/16", "", "weighted mean of 3x3 pixels"},
	{"identity", "1", "", "nothing"},
}

const (
	sobelX   = "1 0 -1; 2 0 -2; 1 0 -1"
	sobelY   = "1 2 1; 0 0 0; -1 -2 -1"
	prewittX = "1 0 -1; 1 0 -1; 1 0 -1"
	prewittY = "1 1 1; 0 0 0; -1 -1 -1"
)

// Names lists the filters with names, in the order of the help.
func Names() []string {
	names := make([]string, len(catalogue))
	for i, f := range catalogue {
		names[i] = f.name
	}
	return names
}

// Help is a line for each filter: its name, its kernel and what it shows.
func Help() string {
	var b strings.Builder
	for _, f := range catalogue {
		matrix := f.matrix
		if f.second != "" {
			matrix = f.name + "-x and " + f.name + "-y"
		}
		if f.name == "blur" {
			matrix = "nine times 1/9"
		}
		if f.name == "gaussian" {
			matrix = "1 2 1; 2 4 2; 1 2 1, each /16"
		}
		fmt.Fprintf(&b, "  %-11s %-30s %s\n", f.name, matrix, f.doc)
	}
	return b.String()
}

// Parse reads a filter: a name, or a matrix such as "1 0 -1; 2 0 -2; 1 0 -1" with
// rows between semicolons and numbers between spaces or commas; a number may be a
// quotient like 1/9.
func Parse(text string) (*Filter, error) {
	name := strings.ToLower(strings.TrimSpace(text))
	for _, f := range catalogue {
		if f.name != name {
			continue
		}
		out := &Filter{Name: f.name}
		for _, m := range []string{f.matrix, f.second} {
			if m == "" {
				continue
			}
			k, err := parseMatrix(m)
			if err != nil {
				return nil, fmt.Errorf("internal error: kernel %s: %w", f.name, err)
			}
			out.Kernels = append(out.Kernels, *k)
		}
		return out, nil
	}
	if name == "" {
		return nil, fmt.Errorf("the kernel is empty; want rows of numbers such as \"1 0 -1; 2 0 -2; 1 0 -1\", or a name: %s", strings.Join(Names(), ", "))
	}
	if !strings.ContainsAny(name, "0123456789") {
		return nil, fmt.Errorf("there is no kernel %q; the names are %s; a kernel of your own is rows of numbers such as \"1 0 -1; 2 0 -2; 1 0 -1\"", text, strings.Join(Names(), ", "))
	}
	k, err := parseMatrix(text)
	if err != nil {
		return nil, err
	}
	title := strings.Join(strings.Fields(text), " ")
	if len(title) > 24 {
		title = fmt.Sprintf("%dx%d kernel", k.Rows, k.Cols)
	}
	return &Filter{Name: title, Kernels: []Kernel{*k}}, nil
}

func parseMatrix(text string) (*Kernel, error) {
	rows := strings.Split(text, ";")
	if strings.TrimSpace(rows[len(rows)-1]) == "" && len(rows) > 1 {
		rows = rows[:len(rows)-1] // a semicolon at the end
	}
	if len(rows) > maxSide {
		return nil, fmt.Errorf("the kernel has %d rows; it may have %d", len(rows), maxSide)
	}
	k := &Kernel{Rows: len(rows)}
	for i, row := range rows {
		words := strings.FieldsFunc(row, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' || r == '\n' || r == '\r' })
		switch {
		case len(words) == 0:
			return nil, fmt.Errorf("row %d of the kernel is empty", i+1)
		case len(words) > maxSide:
			return nil, fmt.Errorf("row %d of the kernel has %d numbers; it may have %d", i+1, len(words), maxSide)
		case i == 0:
			k.Cols = len(words)
		case len(words) != k.Cols:
			return nil, fmt.Errorf("row %d of the kernel has %d numbers, row 1 has %d; all rows need the same", i+1, len(words), k.Cols)
		}
		for j, word := range words {
			v, err := parseNumber(word)
			if err != nil {
				return nil, fmt.Errorf("row %d, column %d of the kernel: %w", i+1, j+1, err)
			}
			k.Values = append(k.Values, v)
		}
	}
	return k, nil
}

// parseNumber reads 3, -0.5, 1e-2 or 1/9.
func parseNumber(word string) (float32, error) {
	over, under, quotient := strings.Cut(word, "/")
	v, err := strconv.ParseFloat(over, 64)
	if err == nil && quotient {
		var d float64
		if d, err = strconv.ParseFloat(under, 64); err == nil {
			v /= d
		}
	}
	if err != nil {
		return 0, fmt.Errorf("%q is not a number; want one like -1, 0.5 or 1/9", word)
	}
	w := float32(v)
	if math.IsNaN(v) || math.IsInf(float64(w), 0) {
		return 0, fmt.Errorf("%q is not a finite number", word)
	}
	return w, nil
}

// Matrix is the kernel as rows.
func (k *Kernel) Matrix() [][]float32 {
	rows := make([][]float32, k.Rows)
	for i := range rows {
		rows[i] = k.Values[i*k.Cols : (i+1)*k.Cols]
	}
	return rows
}
