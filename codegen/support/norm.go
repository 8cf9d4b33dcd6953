package support

import "math"

// Sums over pixels are taken in blocks: in float32 within a block, where a kernel
// does it, in float64 from block to block.
const (
	// firstPixels are summed around a pixel, to know the mean of what follows.
	firstPixels = 16
	// blockFloats is the most elements of a block.
	blockFloats = 1 << 15
)

// normPixels is a number of images in memory: rows of cols pixels each, of which
// channels out of pitch count; image and row are distances in elements.
type normPixels struct {
	images, rows, cols, channels, pitch int
}

// addMoments adds the mean and the squared deviations of every channel to what is
// in sums: count, means, sums of squared deviations from the mean. Blocks are
// joined by the formula of Chan, Golub and LeVeque, "Updating formulae and a
// pairwise algorithm for computing sample variances" (1979). scratch has room for
// three vectors of p.pitch.
func addMoments(sums []float64, x, scratch []float32, p normPixels, image, row int) {
	pivot, sum, squares := scratch[:p.pitch], scratch[p.pitch:2*p.pitch], scratch[2*p.pitch:3*p.pitch]
	mean, m2 := sums[1:1+p.channels], sums[1+p.channels:1+2*p.channels]
	if sums[0] == 0 {
		copy(pivot, x)
	} else {
		for c, m := range mean {
			pivot[c] = float32(m)
		}
		clear(pivot[p.channels:])
	}
	runs, run := p.runs(row == p.cols*p.pitch)
	for i := range p.images {
		for r := range runs {
			at := i*image + r*row
			for left := run; left > 0; {
				n := min(left, p.block(sums[0] == 0))
				moments(&x[at], &pivot[0], &sum[0], &squares[0], n, p.pitch)
				before := sums[0]
				sums[0] += float64(n)
				share, weight := float64(n)/sums[0], before*float64(n)/sums[0]
				inverse := 1 / float64(n)
				for c := range mean {
					s := float64(sum[c])
					d := float64(pivot[c]) + s*inverse - mean[c]
					mean[c] += d * share
					m2[c] += max(float64(squares[c])-s*s*inverse, 0) + d*d*weight
					pivot[c] = float32(mean[c])
				}
				at, left = at+n*p.pitch, left-n
			}
		}
	}
}

// addNormSums adds sum and products of every channel to what is in sums: sums of
// dy, sums of dy*(x-mean).
func addNormSums(sums []float64, dy, x, mean, scratch []float32, p normPixels, dyImage, dyRow, xImage, xRow int) {
	sum, products := scratch[:p.pitch], scratch[p.pitch:2*p.pitch]
	a, b := sums[:p.channels], sums[p.channels:2*p.channels]
	runs, run := p.runs(dyRow == p.cols*p.pitch && xRow == p.cols*p.pitch)
	for i := range p.images {
		for r := range runs {
			g, at := i*dyImage+r*dyRow, i*xImage+r*xRow
			for left := run; left > 0; {
				n := min(left, p.block(false))
				normSums(&dy[g], &x[at], &mean[0], &sum[0], &products[0], n, p.pitch)
				for c := range a {
					a[c] += float64(sum[c])
					b[c] += float64(products[c])
				}
				g, at, left = g+n*p.pitch, at+n*p.pitch, left-n
			}
		}
	}
}

// runs is how many runs of pixels follow each other in memory in an image, and
// their length.
func (p *normPixels) runs(whole bool) (runs, length int) {
	if whole {
		return 1, p.rows * p.cols
	}
	return p.rows, p.cols
}

// block is the number of pixels to sum at a time.
func (p *normPixels) block(first bool) int {
	if first {
		return firstPixels
	}
	return max(blockFloats/p.pitch, 1)
}

// fixedNorm is where a batchnorm with fixed statistics has its parameters, -1
// for none.
type fixedNorm struct {
	channels, gamma, beta, mean, variance int
	epsilon                               float64
}

// scale is what channel c is multiplied by.
func (f *fixedNorm) scale(params []float32, c int) float64 {
	s := 1 / math.Sqrt(float64(params[f.variance+c])+f.epsilon)
	if f.gamma >= 0 {
		s *= float64(params[f.gamma+c])
	}
	return s
}

// shift is what is added to channel c of a layer with that bias.
func (f *fixedNorm) shift(params []float32, c, bias int) float32 {
	b := -float64(params[f.mean+c])
	if bias >= 0 {
		b += float64(params[bias+c])
	}
	b *= f.scale(params, c)
	if f.beta >= 0 {
		b += float64(params[f.beta+c])
	}
	return float32(b)
}

// foldedLayer says which packed kernel takes in a batchnorm, and the bias that goes with
// it, -1 for none: the folded bias takes the place of the moving mean.
type foldedLayer struct {
	fixedNorm
	from, floats, panel, bias int
}

// foldPart makes the k-th of n parts of the folded parameters, a copy of params
// in which kernels and biases are folded. Parts are ranges of elements.
func foldPart(list []foldedLayer, params, folded []float32, k, n int) {
	from, to := part(len(folded), k, n)
	copy(folded[from:to], params[from:to])
	for i := range list {
		f := &list[i]
		for o := max(from, f.from); o < min(to, f.from+f.floats); {
			panel := (o - f.from) / f.panel
			end := min(to, f.from+(panel+1)*f.panel)
			var scale [16]float32
			for c := range min(16, f.channels-16*panel) {
				scale[c] = float32(f.scale(params, 16*panel+c))
			}
			for ; o < end; o += 16 {
				row := folded[o : o+16]
				for c := range row {
					row[c] *= scale[c]
				}
			}
		}
		for c := max(from-f.mean, 0); c < min(to-f.mean, f.channels); c++ {
			folded[f.mean+c] = f.shift(params, c, f.bias)
		}
	}
}

// foldedWinograd is a kernel transformed for Winograd's algorithm, not rotated,
// that takes in a batchnorm first.
type foldedWinograd struct {
	winogradKernel
	norm fixedNorm
}

// foldedWinogradPart makes the k-th of n parts of the transformed kernels. Parts
// are whole panels.
func foldedWinogradPart(list []foldedWinograd, params, derived []float32, k, n int) {
	panels := 0
	for i := range list {
		panels += list[i].panels()
	}
	at, end := panels*k/n, panels*(k+1)/n
	first := 0
	for i := range list {
		t := &list[i]
		for p := max(at-first, 0); p < min(end-first, t.panels()); p++ {
			t.panel(params, derived, p)
		}
		first += t.panels()
	}
}

// panel makes panel p, 16 inputs at a time. Rows that the packed kernel does not
// have stay zero.
func (t *foldedWinograd) panel(params, derived []float32, p int) {
	var scale [16]float32
	for c := range min(16, t.norm.channels-16*p) {
		scale[c] = float32(t.norm.scale(params, 16*p+c))
	}
	for i := 0; i < t.ins; i += 16 {
		var scaled [9 * 256]float32
		for tap := range 9 {
			d := scaled[tap*256:][:256]
			for j := range min(16, t.in-i) {
				s := params[t.from+9*t.in*16*p+(tap*t.in+i+j)*16:][:16]
				for c, w := range s {
					d[16*j+c] = w * scale[c]
				}
			}
		}
		t.rows(&scaled[0], &derived[t.to+(p*t.ins+i)*16], min(16, t.ins-i), 256)
	}
}

// normVector says where mean, scale and shift of a batchnorm with fixed statistics
// are derived to, pitch elements each, and behind them zeros.
type normVector struct {
	fixedNorm
	to, pitch int
}

// normVectorPart makes the k-th of n parts of the vectors.
func normVectorPart(list []normVector, params, derived []float32, k, n int) {
	for i := len(list) * k / n; i < len(list)*(k+1)/n; i++ {
		v := &list[i]
		for c := range v.channels {
			derived[v.to+c] = params[v.mean+c]
			derived[v.to+v.pitch+c] = float32(v.scale(params, c))
			if v.beta >= 0 {
				derived[v.to+2*v.pitch+c] = params[v.beta+c]
			}
		}
	}
}

// channelGroups is a normalization of the pixels of one image by groups of channels. gamma
// is nil for ones, beta for zeros.
type channelGroups struct {
	count       int
	epsilon     float64
	gamma, beta []float32
}

// moments are the mean of group g, inv 1/sqrt(variance+epsilon), from the moments of
// its channels.
func (t *channelGroups) moments(sums []float64, channels, g int) (mean, inv float64) {
	k := channels / t.count
	means, m2 := sums[1+g*k:][:k], sums[1+channels+g*k:][:k]
	for _, m := range means {
		mean += m
	}
	mean /= float64(k)
	variance := 0.0
	for c, m := range means {
		variance += m2[c] + (m-mean)*(m-mean)*sums[0]
	}
	return mean, 1 / math.Sqrt(variance/(sums[0]*float64(k))+t.epsilon)
}

// scale is gamma of channel c.
func (t *channelGroups) scale(c int) float64 {
	if t.gamma == nil {
		return 1
	}
	return float64(t.gamma[c])
}

// forward makes the vectors mean, scale and shift for an image at x: rows of
// p.pitch in scratch, behind three that it uses itself. sums has room for the
// moments.
func (t *channelGroups) forward(scratch []float32, sums []float64, x []float32, p normPixels, row int) {
	clear(sums[:1+2*p.channels])
	addMoments(sums, x, scratch, p, 0, row)
	v := scratch[3*p.pitch : 6*p.pitch]
	clear(v)
	k := p.channels / t.count
	for g := range t.count {
		mean, inv := t.moments(sums, p.channels, g)
		for c := g * k; c < (g+1)*k; c++ {
			v[c], v[p.pitch+c] = float32(mean), float32(inv*t.scale(c))
			if t.beta != nil {
				v[2*p.pitch+c] = t.beta[c]
			}
		}
	}
}

// backward makes the vectors mean, scale, slope and offset for an image, and adds
// to dgamma unless that is nil. sums has room for moments and sums.
func (t *channelGroups) backward(scratch []float32, sums []float64, dy, x, dgamma []float32, p normPixels, dyRow, row int) {
	t.forward(scratch, sums, x, p, row)
	v := scratch[3*p.pitch : 7*p.pitch]
	products := sums[1+2*p.channels : 1+4*p.channels]
	clear(products)
	addNormSums(products, dy, x, v, scratch, p, 0, dyRow, 0, row)
	clear(v[2*p.pitch:])
	k := p.channels / t.count
	m := sums[0] * float64(k)
	for g := range t.count {
		_, inv := t.moments(sums, p.channels, g)
		d, dh := 0.0, 0.0
		for c := g * k; c < (g+1)*k; c++ {
			d += t.scale(c) * products[c] / m
			dh += t.scale(c) * products[p.channels+c] * inv / m
		}
		for c := g * k; c < (g+1)*k; c++ {
			v[2*p.pitch+c], v[3*p.pitch+c] = float32(-inv*inv*dh), float32(-inv*d)
			if dgamma != nil {
				dgamma[c] += float32(products[p.channels+c] * inv)
			}
		}
	}
}

// onesAndZeros fills the first half of v with n ones, the rest with zeros: scale
// and shift of a normalization without gamma and beta.
func onesAndZeros(v []float32, n int) {
	clear(v)
	for i := range n {
		v[i] = 1
	}
}

// addVector adds x to y.
func addVector(y, x []float32) {
	for i, v := range x {
		y[i] += v
	}
}
