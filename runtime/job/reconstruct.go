package job

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/durable"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

// reconstructions is the folder of a run for what the network makes of pictures.
const reconstructions = "reconstructed"

// reconstructor writes what a network gives back of its input as pictures: what
// was done to their values is undone.
type reconstructor struct {
	dir    string
	spec   preprocess.Spec
	std    *preprocess.Standard // nil for none
	logits bool
	taken  map[string]bool // names of files
	y      []float32
}

// newReconstructor makes the folder, which is that of the job or one in the run's.
func newReconstructor(e *Env, spec preprocess.Spec) (*reconstructor, error) {
	if spec.Channels != 1 && spec.Channels != 3 {
		return nil, usagef("the input has %d channels; pictures can be made of 1 or 3", spec.Channels)
	}
	r := &reconstructor{
		dir: e.Job.Pictures, spec: spec, logits: e.Net.Head.Logits,
		taken: map[string]bool{}, y: make([]float32, spec.Len()),
	}
	r.std, _ = spec.After.(*preprocess.Standard)
	if r.dir == "" {
		r.dir = filepath.Join(e.Job.Dir, reconstructions)
	}
	return r, os.MkdirAll(r.dir, 0o777)
}

// write writes the picture of scores for the input x; plain is x before it was
// standardized. off is the mean squared error, in the numbers that the network sees.
func (r *reconstructor) write(file string, scores, x, plain []float32) (name string, off float64, err error) {
	for i, v := range scores {
		if r.logits {
			v = float32(1 / (1 + math.Exp(-float64(v))))
		}
		r.y[i] = v
		d := float64(v) - float64(x[i])
		off += d * d
	}
	off /= float64(len(x))
	r.undo(plain)
	name = r.name(file)
	return name, off, durable.WriteFile(name, func(w io.Writer) error { return png.Encode(w, r.picture()) })
}

// undo brings y back to 0..255. What was whitened is not undone, for the weights
// do not say how: the lowest value becomes 0, the highest 255.
func (r *reconstructor) undo(plain []float32) {
	if s := r.std; s != nil {
		if s.Whiten {
			lo, hi := slices.Min(r.y), slices.Max(r.y)
			for i, v := range r.y {
				if r.y[i] = 0; hi > lo {
					r.y[i] = 255 * (v - lo) / (hi - lo)
				}
			}
			return
		}
		for i := range r.y {
			c := i % r.spec.Channels
			if s.Deviation != nil {
				r.y[i] *= s.Deviation[c]
			}
			if s.Mean != nil {
				r.y[i] += s.Mean[c]
			}
		}
		if s.Image != "" {
			mean, deviation := preprocess.Moments(plain)
			by := 1.0
			if s.Image == "scale" {
				by = preprocess.Divisor(deviation)
			}
			for i, v := range r.y {
				r.y[i] = float32(float64(v)*by + mean)
			}
		}
	}
	if r.spec.Scale != 0 {
		for i := range r.y {
			r.y[i] /= r.spec.Scale
		}
	}
}

// picture is y as a picture.
func (r *reconstructor) picture() image.Image {
	value := func(v float32) uint8 { return uint8(min(max(v, 0), 255) + 0.5) }
	rect := image.Rect(0, 0, r.spec.Width, r.spec.Height)
	if r.spec.Channels == 1 {
		m := image.NewGray(rect)
		for i, v := range r.y {
			m.Pix[i] = value(v)
		}
		return m
	}
	m := image.NewNRGBA(rect)
	for i := 0; i < len(r.y); i += 3 {
		m.SetNRGBA(i/3%r.spec.Width, i/3/r.spec.Width, color.NRGBA{value(r.y[i]), value(r.y[i+1]), value(r.y[i+2]), 255})
	}
	return m
}

// name is that of the picture made of a file: with a number where several files
// have the same name.
func (r *reconstructor) name(file string) string {
	base := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	name := base
	for i := 2; r.taken[name]; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	r.taken[name] = true
	return filepath.Join(r.dir, name+".png")
}
