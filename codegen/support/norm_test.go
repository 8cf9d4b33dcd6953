package support

import (
	"math"
	"math/rand/v2"
	"testing"
)

// normPicture is images with gaps between rows and between images, filled with
// NaN outside of the pixels, and its pixels by channel.
func normPicture(r *rand.Rand, p normPixels, border int, mean, deviation float64) (x []float32, row, image int, byChannel [][]float64) {
	row = (p.cols + border) * p.pitch
	image = p.rows*row + 16*border
	x = make([]float32, p.images*image+1)
	for i := range x {
		x[i] = float32(math.NaN())
	}
	byChannel = make([][]float64, p.channels)
	for i := range p.images {
		for y := range p.rows {
			for q := range p.cols {
				for c := range p.pitch {
					v := float32(mean*float64(c+1) + deviation*r.NormFloat64())
					x[i*image+y*row+q*p.pitch+c] = v
					if c < p.channels {
						byChannel[c] = append(byChannel[c], float64(v))
					}
				}
			}
		}
	}
	return x, row, image, byChannel
}

func meanAndSquares(x []float64) (mean, squares float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		squares += (v - mean) * (v - mean)
	}
	return mean, squares
}

// TestMoments adds micro-batches to a shard and compares with the definition in
// float64, at means up to ten thousand times the deviation.
func TestMoments(t *testing.T) {
	for seed, deviation := range []float64{1, 1e-1, 1e-2, 1e-4} {
		r := rand.New(rand.NewPCG(uint64(seed), 8))
		p := normPixels{images: 3, rows: 13, cols: 11, channels: 5, pitch: 8}
		sums := make([]float64, 1+2*p.channels)
		scratch := make([]float32, 3*p.pitch)
		all := make([][]float64, p.channels)
		for border := range 3 {
			x, row, image, byChannel := normPicture(r, p, border, 1, deviation)
			addMoments(sums, x, scratch, p, image, row)
			for c := range all {
				all[c] = append(all[c], byChannel[c]...)
			}
		}
		if sums[0] != float64(len(all[0])) {
			t.Fatalf("count %v, want %d", sums[0], len(all[0]))
		}
		for c := range all {
			mean, squares := meanAndSquares(all[c])
			if d := math.Abs(sums[1+c] - mean); d > 1e-7*math.Abs(mean) {
				t.Errorf("deviation %g: mean %v, want %v", deviation, sums[1+c], mean)
			}
			if got := sums[1+p.channels+c]; math.Abs(got-squares) > 1e-5*squares {
				t.Errorf("deviation %g: squares %v, want %v", deviation, got, squares)
			}
		}
	}
}

func TestNormSums(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 8))
	p := normPixels{images: 2, rows: 7, cols: 5, channels: 11, pitch: 16}
	sums, scratch, mean := make([]float64, 2*p.channels), make([]float32, 3*p.pitch), make([]float32, p.pitch)
	for c := range mean {
		mean[c] = float32(c)
	}
	want := make([]float64, 2*p.channels)
	for border := range 3 {
		x, row, image, xs := normPicture(r, p, border, 1, 1)
		dy, dyRow, dyImage, dys := normPicture(r, p, 2-border, 0, 1)
		addNormSums(sums, dy, x, mean, scratch, p, dyImage, dyRow, image, row)
		for c := range p.channels {
			for i, g := range dys[c] {
				want[c] += g
				want[p.channels+c] += g * (xs[c][i] - float64(mean[c]))
			}
		}
	}
	for i, w := range want {
		if math.Abs(sums[i]-w) > 1e-4 {
			t.Errorf("sum %d: %v, want %v", i, sums[i], w)
		}
	}
}

// TestGroups compares the vectors of a group normalization, applied to an image,
// with the definition.
func TestGroups(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 8))
	p := normPixels{images: 1, rows: 4, cols: 6, channels: 12, pitch: 16}
	for _, count := range []int{1, 3, 12} {
		x, row, _, xs := normPicture(r, p, 1, 1, 1)
		dy, dyRow, _, dys := normPicture(r, p, 0, 0, 1)
		g := channelGroups{count: count, epsilon: 0.01}
		for c := range p.channels {
			g.gamma = append(g.gamma, float32(1+0.1*float64(c)))
			g.beta = append(g.beta, float32(c))
		}
		scratch, sums, dgamma := make([]float32, 7*p.pitch), make([]float64, 1+4*p.channels), make([]float32, p.channels)
		g.forward(scratch, sums, x, p, row)
		forward := append([]float32(nil), scratch[3*p.pitch:6*p.pitch]...)
		g.backward(scratch, sums, dy, x, dgamma, p, dyRow, row)
		backward := scratch[3*p.pitch:]
		k := p.channels / count
		for c := range p.channels {
			var all []float64
			for o := c / k * k; o < (c/k+1)*k; o++ {
				all = append(all, xs[o]...)
			}
			mean, squares := meanAndSquares(all)
			inv := 1 / math.Sqrt(squares/float64(len(all))+g.epsilon)
			d, dh := 0.0, 0.0
			for o := c / k * k; o < (c/k+1)*k; o++ {
				for i, v := range dys[o] {
					d += v * float64(g.gamma[o]) / float64(len(all))
					dh += v * float64(g.gamma[o]) * (xs[o][i] - mean) * inv / float64(len(all))
				}
			}
			wantGamma := 0.0
			for i, v := range xs[c] {
				h := (v - mean) * inv
				wantGamma += dys[c][i] * h
				y := (v-float64(forward[c]))*float64(forward[p.pitch+c]) + float64(forward[2*p.pitch+c])
				if want := h*float64(g.gamma[c]) + float64(g.beta[c]); math.Abs(y-want) > 1e-5 {
					t.Fatalf("%d groups, channel %d: %v, want %v", count, c, y, want)
				}
				dx := float64(backward[p.pitch+c])*dys[c][i] + float64(backward[2*p.pitch+c])*(v-float64(backward[c])) + float64(backward[3*p.pitch+c])
				if want := inv * (dys[c][i]*float64(g.gamma[c]) - d - h*dh); math.Abs(dx-want) > 1e-5 {
					t.Fatalf("%d groups, channel %d: gradient %v, want %v", count, c, dx, want)
				}
			}
			if math.Abs(float64(dgamma[c])-wantGamma) > 1e-4 {
				t.Errorf("%d groups, channel %d: gradient of gamma %v, want %v", count, c, dgamma[c], wantGamma)
			}
		}
		for c := p.channels; c < p.pitch; c++ {
			for i := range 4 {
				if v := backward[i*p.pitch+c]; v != 0 {
					t.Fatalf("%v beyond the channels", v)
				}
			}
		}
	}
}

// TestFold folds in parts: a kernel of two panels with a bias of its own, and one
// without; what is not folded is copied.
func TestFold(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 8))
	const channels, rows = 20, 3 // in panels of 16
	const kernel, bias, gamma, beta, mean, variance, other = 16, 16 + 2*rows*16, 144, 176, 208, 240, 272
	params := make([]float32, 288)
	for i := range params {
		params[i] = float32(r.NormFloat64())
	}
	for c := range channels {
		params[variance+c] = 0.5 + float32(r.Float64())
	}
	for _, c := range []struct{ bias, gamma, beta int }{{bias, gamma, beta}, {-1, gamma, -1}, {bias, -1, beta}, {-1, -1, -1}} {
		n := fixedNorm{channels, c.gamma, c.beta, mean, variance, 0.01}
		folded := make([]float32, len(params))
		const parts = 7
		for k := range parts {
			foldPart([]foldedLayer{{n, kernel, 2 * rows * 16, rows * 16, c.bias}}, params, folded, parts-1-k, parts)
		}
		want := func(i int) float64 {
			scale := func(ch int) float64 {
				s := 1 / math.Sqrt(float64(params[variance+ch])+0.01)
				if c.gamma >= 0 {
					s *= float64(params[c.gamma+ch])
				}
				return s
			}
			if o := i - kernel; o >= 0 && o < 2*rows*16 {
				if ch := o/(rows*16)*16 + o%16; ch < channels {
					return float64(params[i]) * scale(ch)
				}
				return 0
			}
			if ch := i - mean; ch >= 0 && ch < channels {
				b := -float64(params[mean+ch])
				if c.bias >= 0 {
					b += float64(params[c.bias+ch])
				}
				b *= scale(ch)
				if c.beta >= 0 {
					b += float64(params[c.beta+ch])
				}
				return b
			}
			return float64(params[i])
		}
		for i, v := range folded {
			if math.Abs(float64(v)-want(i)) > 1e-6*(1+math.Abs(want(i))) {
				t.Fatalf("%+v: element %d is %v, want %v", c, i, v, want(i))
			}
		}
		vectors := make([]float32, 4*24)
		for k := range parts {
			normVectorPart([]normVector{{n, 0, 24}}, params, vectors, k, parts)
		}
		for ch := range channels {
			y := (2.5-float64(vectors[ch]))*float64(vectors[24+ch]) + float64(vectors[48+ch])
			if want := float64(n.shift(params, ch, -1)) + 2.5*n.scale(params, ch); math.Abs(y-want) > 1e-5 || vectors[72+ch] != 0 {
				t.Fatalf("channel %d: %v, want %v", ch, y, want)
			}
		}
	}
}

// TestFoldedWinograd: folding and transforming at once is folding and then
// transforming.
func TestFoldedWinograd(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 8))
	const in, out = 24, 40
	const floats = 9 * in * 48
	const gamma, mean, variance = floats, floats + 48, floats + 96
	params := make([]float32, floats+144)
	for i := range params {
		params[i] = float32(r.NormFloat64())
	}
	for c := range out {
		params[variance+c] = 0.5 + float32(r.Float64())
	}
	n := fixedNorm{out, gamma, -1, mean, variance, 0.01}
	for _, small := range []bool{false, true} {
		planes := 36
		if small {
			planes = 16
		}
		k := winogradKernel{in: in, out: out, ins: in, small: small}
		got, want := make([]float32, planes*(in*48|16)), make([]float32, planes*(in*48|16))
		for part := range 5 {
			foldedWinogradPart([]foldedWinograd{{k, n}}, params, got, part, 5)
		}
		folded := make([]float32, len(params))
		foldPart([]foldedLayer{{n, 0, floats, 9 * in * 16, -1}}, params, folded, 0, 1)
		winogradPart([]winogradKernel{k}, folded, want, 0, 1)
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("small %v: element %d is %v, want %v", small, i, got[i], want[i])
			}
		}
	}
}
