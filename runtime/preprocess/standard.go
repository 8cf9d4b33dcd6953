package preprocess

import (
	"fmt"
	"math"
)

// Standard brings rescaled values to mean 0 and deviation 1, in this order: those
// of an image among themselves, those of each channel over the training images,
// and every value without correlation to the others (spec: data, section 1.5).
// It is a Step. What is learned of the training images is nil before it is known.
type Standard struct {
	// Image and Channels are "" for not at all, "center" to subtract the mean, and
	// "scale" to divide by the deviation as well. Deviations are those of a
	// population.
	Image, Channels string
	// Whiten: not with Channels.
	Whiten bool

	// Mean and Deviation are those of each channel, the latter as Divisor has it and
	// only where Channels is "scale".
	Mean, Deviation []float32
	// Center is the mean of each value of the input; Matrix, rows behind each
	// other, is what whitens the rest. It is symmetric.
	Center, Matrix []float32
}

// deviationFloor is added to deviations before values are divided by them (spec:
// data, section 1.1).
const deviationFloor = 1e-6

// Names of tensors in weight files.
const (
	meanTensor      = "preprocess/mean"
	deviationTensor = "preprocess/deviation"
	centerTensor    = "preprocess/center"
	matrixTensor    = "preprocess/whiten"
)

// Learns says that something is learned of the training images.
func (p *Standard) Learns() bool { return p.Channels != "" || p.Whiten }

// Tensors calls each with what was learned, in order, under the names that Take
// asks for.
func (p *Standard) Tensors(each func(name string, shape []int, data []float32)) {
	if p.Mean != nil {
		each(meanTensor, []int{len(p.Mean)}, p.Mean)
	}
	if p.Deviation != nil {
		each(deviationTensor, []int{len(p.Deviation)}, p.Deviation)
	}
	if p.Matrix != nil {
		each(centerTensor, []int{len(p.Center)}, p.Center)
		each(matrixTensor, []int{len(p.Center), len(p.Center)}, p.Matrix)
	}
}

// Take takes what was learned for inputs of size values in so many channels from
// the tensors of a weight file; find returns nil for one that is not there.
func (p *Standard) Take(size, channels int, find func(name string) (data []float32)) error {
	take := func(dst *[]float32, name string, n int) error {
		t := find(name)
		if t == nil {
			return fmt.Errorf("the weights do not say how values are standardized: there is no tensor %s of %d numbers", name, n)
		}
		if len(t) != n {
			return fmt.Errorf("tensor %s has %d numbers, want %d", name, len(t), n)
		}
		for i, v := range t {
			if v-v != 0 {
				return fmt.Errorf("tensor %s: number %d is %v", name, i, v)
			}
		}
		*dst = t
		return nil
	}
	var err error
	if p.Channels != "" {
		err = take(&p.Mean, meanTensor, channels)
	}
	if err == nil && p.Channels == "scale" {
		if err = take(&p.Deviation, deviationTensor, channels); err == nil {
			for _, d := range p.Deviation {
				if d <= 0 {
					err = fmt.Errorf("tensor %s: a deviation of %v", deviationTensor, d)
				}
			}
		}
	}
	if err == nil && p.Whiten {
		if err = take(&p.Center, centerTensor, size); err == nil {
			err = take(&p.Matrix, matrixTensor, size*size)
		}
	}
	return err
}

// Apply implements Step.
func (p *Standard) Apply(x []float32, s *Scratch) {
	if p.Image != "" {
		mean, deviation := Moments(x)
		by := 1.0
		if p.Image == "scale" {
			by = Divisor(deviation)
		}
		for i, v := range x {
			x[i] = float32((float64(v) - mean) / by)
		}
	}
	if p.Mean != nil {
		n := len(p.Mean)
		for c, mean := range p.Mean {
			by := float32(1)
			if p.Deviation != nil {
				by = p.Deviation[c]
			}
			for i := c; i < len(x); i += n {
				x[i] = (x[i] - mean) / by
			}
		}
	}
	if p.Matrix != nil {
		s.rest = grow(s.rest, len(x))
		for i, v := range x {
			s.rest[i] = v - p.Center[i]
		}
		for i := range x {
			x[i] = dot(p.Matrix[i*len(x):(i+1)*len(x)], s.rest)
		}
	}
}

// Moments are mean and deviation of values, of which there is at least one.
func Moments(x []float32) (mean, deviation float64) {
	for _, v := range x {
		mean += float64(v)
	}
	mean /= float64(len(x))
	sum := 0.0
	for _, v := range x {
		d := float64(v) - mean
		sum += float64(d * d)
	}
	return mean, math.Sqrt(sum / float64(len(x)))
}

// Divisor is what values of that deviation are divided by: a little more; and 1
// where all of them are the same.
func Divisor(deviation float64) float64 {
	if deviation == 0 {
		return 1
	}
	return deviation + deviationFloor
}

// dot is the product of two vectors of the same length, summed in eight parts, which
// are variables because those stay in registers.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	n := len(a) &^ 7
	for i := 0; i < n; i += 8 {
		u, v := a[i:i+8:i+8], b[i:i+8:i+8]
		s0 += float32(u[0] * v[0])
		s1 += float32(u[1] * v[1])
		s2 += float32(u[2] * v[2])
		s3 += float32(u[3] * v[3])
		s4 += float32(u[4] * v[4])
		s5 += float32(u[5] * v[5])
		s6 += float32(u[6] * v[6])
		s7 += float32(u[7] * v[7])
	}
	for i := n; i < len(a); i++ {
		s0 += float32(a[i] * b[i])
	}
	return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))
}
