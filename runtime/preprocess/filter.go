package preprocess

// filter holds the weights that resize a line of src samples to dst samples
// with a triangle, widened by src/dst when that is more than 1.
type filter struct {
	src, dst int
	start    []int     // per output sample: its first source sample
	at       []int     // where its weights begin in weight; dst+1 entries
	weight   []float32 // weights of one output sample sum to 1
}

// taps returns the weights of output sample i, for source samples from start[i].
func (f *filter) taps(i int) []float32 { return f.weight[f.at[i]:f.at[i+1]] }

// end is one more than the last source sample of output sample i.
func (f *filter) end(i int) int { return f.start[i] + f.at[i+1] - f.at[i] }

// set computes the weights, unless they are those of the last call.
func (f *filter) set(src, dst int) {
	if f.src == src && f.dst == dst {
		return
	}
	f.src, f.dst = src, dst
	f.start, f.at, f.weight = f.start[:0], append(f.at[:0], 0), f.weight[:0]
	scale := float64(src) / float64(dst)
	support := max(scale, 1) // half the width of the triangle, in source samples
	for i := range dst {
		centre := float64((float64(i) + 0.5) * scale)
		lo := max(int(centre-support+0.5), 0)
		hi := min(int(centre+support+0.5), src)
		sum := 0.0
		for j := lo; j < hi; j++ {
			sum += triangle((float64(j) + 0.5 - centre) / support)
		}
		for j := lo; j < hi; j++ {
			f.weight = append(f.weight, float32(triangle((float64(j)+0.5-centre)/support)/sum))
		}
		f.start = append(f.start, lo)
		f.at = append(f.at, len(f.weight))
	}
}

// triangle is 1 at 0 and falls to 0 at -1 and 1.
func triangle(x float64) float64 {
	if x < 0 {
		x = -x
	}
	return max(1-x, 0)
}

// gray resizes a line of one channel.
func (f *filter) gray(dst, src []float32) {
	for i := range f.dst {
		sum := float32(0)
		s := src[f.start[i]:]
		for j, w := range f.taps(i) {
			sum += float32(w * s[j])
		}
		dst[i] = sum
	}
}

// rgb resizes a line of three channels.
func (f *filter) rgb(dst, src []float32) {
	for i := range f.dst {
		var r, g, b float32
		taps := f.taps(i)
		s := src[3*f.start[i]:][:3*len(taps)]
		for j, w := range taps {
			p := s[3*j : 3*j+3 : 3*j+3]
			r += float32(w * p[0])
			g += float32(w * p[1])
			b += float32(w * p[2])
		}
		dst[3*i], dst[3*i+1], dst[3*i+2] = r, g, b
	}
}
