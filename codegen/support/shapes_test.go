package support

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// padded lays an image of logical elements 1, 2, ... out with pad channels behind
// each pixel and gap elements behind each row, NaN where nothing belongs.
func padded(h, w, c, pad, gap int) (data []float32, row, col int) {
	col = c + pad
	row = w*col + gap
	data = make([]float32, h*row)
	for i := range data {
		data[i] = float32(math.NaN())
	}
	for e := range h * w * c {
		data[e/(w*c)*row+e/c%w*col+e%c] = float32(e + 1)
	}
	return data, row, col
}

func TestReshapeImage(t *testing.T) {
	for _, s := range [][6]int{{2, 3, 4, 4, 2, 3}, {1, 1, 24, 2, 3, 4}, {5, 2, 1, 1, 2, 5}, {3, 2, 5, 6, 5, 1}} {
		src, sRow, sCol := padded(s[0], s[1], s[2], 3, 2)
		want, row, col := padded(s[3], s[4], s[5], 2, 4)
		got := make([]float32, len(want))
		for i := range got {
			got[i] = float32(math.NaN())
		}
		reshapeImage(got, src, s[3], s[4], s[5], 2, row, col, s[1], s[2], sRow, sCol)
		for i, v := range want {
			if cleared := i%row < s[4]*col && i%row%col >= s[5]; cleared {
				v = 0
			}
			if got[i] != v && (v == v || got[i] == got[i]) {
				t.Fatalf("%v: element %d is %v, want %v", s, i, got[i], v)
			}
		}
	}
}

func TestPermuteImage(t *testing.T) {
	const h, w, c = 2, 3, 4
	src, row, col := padded(h, w, c, 4, 5)
	strides, sizes := [3]int{row, col, 1}, [3]int{h, w, c}
	for _, axes := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		a, b, d := sizes[axes[0]], sizes[axes[1]], sizes[axes[2]]
		got := make([]float32, a*b*(d+1))
		permuteImage(got, src, a, b, d, 1, b*(d+1), d+1, strides[axes[0]], strides[axes[1]], strides[axes[2]])
		for i := range a {
			for j := range b {
				for k := range d {
					at := [3]int{}
					at[axes[0]], at[axes[1]], at[axes[2]] = i, j, k
					if want := float32((at[0]*w+at[1])*c + at[2] + 1); got[(i*b+j)*(d+1)+k] != want {
						t.Fatalf("axes %v: (%d, %d, %d) is %v, want %v", axes, i, j, k, got[(i*b+j)*(d+1)+k], want)
					}
				}
				if got[(i*b+j)*(d+1)+d] != 0 {
					t.Fatalf("axes %v: the padding channel is not cleared", axes)
				}
			}
		}
	}
}

// TestBetween interpolates the specification's example and compares with the
// definition.
func TestBetween(t *testing.T) {
	var got []float32
	x := []float32{1, 2, 3}
	for i := range 6 {
		first, next, weight := between(i, 2, 3)
		got = append(got, x[first]*(1-weight)+x[first+next]*weight)
	}
	if want := []float32{1, 1.25, 1.75, 2.25, 2.75, 3}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for size := 1; size < 9; size++ {
		for n := 1; n < 5; n++ {
			for i := range n * size {
				at := min(max((float64(i)+0.5)/float64(size)-0.5, 0), float64(n-1))
				first, next, weight := between(i, size, n)
				if d := float64(first) + float64(next)*float64(weight) - at; math.Abs(d) > 1e-6 || first+next >= n {
					t.Fatalf("output %d of %d cells times %d lies %d + %d*%v, want %v", i, n, size, first, next, weight, at)
				}
			}
		}
	}
}

func TestScaleChannels(t *testing.T) {
	const n, c, col = 5, 3, 8
	r := rand.New(rand.NewPCG(1, 2))
	src, dst := make([]float32, n*c), make([]float32, n*col)
	for i := range src {
		src[i] = float32(r.NormFloat64())
	}
	for i := range dst {
		dst[i] = float32(math.NaN())
	}
	scale, offset := []float32{2, -1, 0.5}, []float32{0, 1, 2}
	scaleChannels(dst, src, scale, offset, n, col)
	for i, v := range dst {
		want := float32(0)
		if ch := i % col; ch < c {
			want = src[i/col*c+ch]*scale[ch] + offset[ch]
		}
		if v != want {
			t.Fatalf("element %d is %v, want %v", i, v, want)
		}
	}
}
