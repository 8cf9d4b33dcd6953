package preprocess

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func grayRow(v ...uint8) *image.Gray {
	return &image.Gray{Pix: v, Stride: len(v), Rect: image.Rect(0, 0, len(v), 1)}
}

// Values by hand from the triangle filter. Pillow gives the same, rounded.
func TestResizeKnownValues(t *testing.T) {
	for _, c := range []struct {
		src  []uint8
		want []float32
	}{
		// Half the size: support 2, weights .75 .75 .25 of 1.75. (Without
		// antialiasing it would be 5, 25.)
		{[]uint8{0, 10, 20, 30}, []float32{12.5 / 1.75, 40 / 1.75}},
		// Twice the size: centres at .25 .75 1.25 1.75.
		{[]uint8{0, 100}, []float32{0, 25, 75, 100}},
		// The same size: exact copies.
		{[]uint8{7, 200, 3}, []float32{7, 200, 3}},
		// One pixel for all, and all for one pixel.
		{[]uint8{42}, []float32{42, 42, 42}},
		{[]uint8{0, 0, 90, 0, 0}, []float32{90. * 1 / (1 + 2*0.8 + 2*0.6)}},
	} {
		got := make([]float32, len(c.want))
		spec := Spec{Height: 1, Width: len(c.want), Channels: 1, Resize: true}
		if err := spec.Image(got, grayRow(c.src...), new(Scratch)); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if math.Abs(float64(got[i]-c.want[i])) > 1e-4 {
				t.Errorf("%v to %d: %v, want %v", c.src, len(c.want), got, c.want)
				break
			}
		}
	}
}

// reference resizes in float64, two-dimensionally, from the definition.
func reference(src []float64, sh, sw, h, w int) []float64 {
	weights := func(n, m, i int) []float64 {
		scale := float64(n) / float64(m)
		support := math.Max(scale, 1)
		out := make([]float64, n)
		sum := 0.0
		for j := range out {
			out[j] = math.Max(0, 1-math.Abs(float64(j)+0.5-(float64(i)+0.5)*scale)/support)
			sum += out[j]
		}
		for j := range out {
			out[j] /= sum
		}
		return out
	}
	dst := make([]float64, h*w)
	for y := range h {
		wy := weights(sh, h, y)
		for x := range w {
			wx := weights(sw, w, x)
			for i := range sh {
				for j := range sw {
					dst[y*w+x] += wy[i] * wx[j] * src[i*sw+j]
				}
			}
		}
	}
	return dst
}

func TestResizeAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s := new(Scratch) // reused: leftovers of one picture must not show in the next
	for range 60 {
		sh, sw, h, w := 1+r.IntN(40), 1+r.IntN(40), 1+r.IntN(30), 1+r.IntN(30)
		off := image.Pt(r.IntN(9)-4, r.IntN(9)-4)
		img := image.NewNRGBA(image.Rect(off.X, off.Y, off.X+sw, off.Y+sh))
		var planes [3][]float64
		for y := range sh {
			for x := range sw {
				c := color.NRGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32())}
				img.SetNRGBA(off.X+x, off.Y+y, c)
				for k, v := range []uint8{c.R, c.G, c.B} {
					planes[k] = append(planes[k], float64(v))
				}
			}
		}
		spec := Spec{Height: h, Width: w, Channels: 3, Resize: true, Scale: 1. / 255}
		got := make([]float32, spec.Len())
		for i := range got {
			got[i] = float32(math.NaN())
		}
		if err := spec.Image(got, img, s); err != nil {
			t.Fatal(err)
		}
		for k := range 3 {
			want := reference(planes[k], sh, sw, h, w)
			for i, v := range want {
				if d := math.Abs(float64(got[3*i+k]) - v/255); !(d < 2e-6) {
					t.Fatalf("%dx%d to %dx%d, channel %d, pixel %d: %v, want %v", sh, sw, h, w, k, i, got[3*i+k], v/255)
				}
			}
		}
	}
}

// stranger is a picture type that nothing is known of.
type stranger struct{ image.Image }

func TestColor(t *testing.T) {
	rect := image.Rect(5, 7, 6, 8) // one pixel, away from the origin
	at := func(img interface {
		image.Image
		Set(x, y int, c color.Color)
	}, c color.Color) image.Image {
		img.Set(5, 7, c)
		return img
	}
	ycc := image.NewYCbCr(rect, image.YCbCrSubsampleRatio420)
	ycc.Y[0], ycc.Cb[0], ycc.Cr[0] = 100, 90, 200
	yr, yg, yb := color.YCbCrToRGB(100, 90, 200)
	palette := image.NewPaletted(rect, color.Palette{color.NRGBA{10, 20, 30, 0}, color.RGBA{40, 50, 60, 255}, color.NRGBA64{0xffff, 0, 0x8000, 0xffff}})
	index := func(i uint8) image.Image {
		m := *palette
		m.Pix = []uint8{i}
		return &m
	}
	gray16 := at(image.NewGray16(rect), color.Gray16{0x1234})
	for _, c := range []struct {
		name    string
		img     image.Image
		r, g, b uint8
	}{
		{"gray", at(image.NewGray(rect), color.Gray{77}), 77, 77, 77},
		{"gray 16 bit loses its low byte", gray16, 0x12, 0x12, 0x12},
		{"rgba", at(image.NewRGBA(rect), color.RGBA{1, 2, 3, 255}), 1, 2, 3},
		{"rgba, alpha dropped", at(image.NewRGBA(rect), color.RGBA{64, 32, 0, 128}), 127, 63, 0},
		{"rgba, nothing left of the colour", at(image.NewRGBA(rect), color.RGBA{}), 0, 0, 0},
		{"nrgba, alpha dropped", at(image.NewNRGBA(rect), color.NRGBA{200, 100, 50, 1}), 200, 100, 50},
		{"nrgba, transparent", &image.NRGBA{Pix: []uint8{9, 8, 7, 0}, Stride: 4, Rect: rect}, 9, 8, 7},
		{"rgba 16 bit", at(image.NewRGBA64(rect), color.RGBA64{0x1122, 0x33ff, 0x5500, 0xffff}), 0x11, 0x33, 0x55},
		{"nrgba 16 bit", &image.NRGBA64{Pix: []uint8{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0, 1}, Stride: 8, Rect: rect}, 0x11, 0x33, 0x55},
		{"cmyk", at(image.NewCMYK(rect), color.CMYK{0, 255, 0, 0}), 255, 0, 255},
		{"ycbcr", ycc, yr, yg, yb},
		{"ycbcr with alpha", &image.NYCbCrA{YCbCr: *ycc, A: []uint8{3}, AStride: 1}, yr, yg, yb},
		{"palette, transparent", index(0), 10, 20, 30},
		{"palette", index(1), 40, 50, 60},
		{"palette, 16 bit", index(2), 255, 0, 128},
		{"palette, out of range", index(200), 0, 0, 0},
		{"any other", stranger{gray16}, 0x12, 0x12, 0x12},
	} {
		rgb, luma := make([]float32, 3), make([]float32, 1)
		s := new(Scratch)
		if err := (Spec{Height: 1, Width: 1, Channels: 3}).Image(rgb, c.img, s); err != nil {
			t.Fatal(err)
		}
		if err := (Spec{Height: 1, Width: 1, Channels: 1}).Image(luma, c.img, s); err != nil {
			t.Fatal(err)
		}
		if want := [3]float32{float32(c.r), float32(c.g), float32(c.b)}; [3]float32(rgb) != want {
			t.Errorf("%s: %v, want %v", c.name, rgb, want)
		}
		want := float32((19595*int(c.r) + 38470*int(c.g) + 7471*int(c.b) + 32768) >> 16)
		if luma[0] != want {
			t.Errorf("%s: luma %v, want %v", c.name, luma[0], want)
		}
	}
}

// Chroma of every subsampling, for whole pictures and cut-outs of them.
func TestYCbCrSubsampling(t *testing.T) {
	s := new(Scratch)
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420,
		image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410,
	} {
		for _, at := range []image.Point{{}, {-7, -3}} {
			m := image.NewYCbCr(image.Rect(0, 0, 23, 9).Add(at), ratio)
			for i := range m.Y {
				m.Y[i] = uint8(i * 5)
			}
			for i := range m.Cb {
				m.Cb[i], m.Cr[i] = uint8(i*11), uint8(255-i*7)
			}
			for _, r := range []image.Rectangle{m.Rect, image.Rect(1, 2, 20, 8), image.Rect(3, 1, 4, 9), image.Rect(6, 0, 23, 3)} {
				if r != m.Rect {
					r = r.Add(at)
				}
				cut := m.SubImage(r).(*image.YCbCr)
				spec := Spec{Height: r.Dy(), Width: r.Dx(), Channels: 3}
				x := make([]float32, spec.Len())
				if err := spec.Image(x, cut, s); err != nil {
					t.Fatal(err)
				}
				for i := range r.Dx() * r.Dy() {
					c := cut.YCbCrAt(r.Min.X+i%r.Dx(), r.Min.Y+i/r.Dx())
					cr, cg, cb := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
					if want := [3]float32{float32(cr), float32(cg), float32(cb)}; [3]float32(x[3*i:]) != want {
						t.Fatalf("%v %v, pixel %d: %v, want %v", ratio, r, i, x[3*i:3*i+3], want)
					}
				}
			}
		}
	}
}

func TestErrors(t *testing.T) {
	img := grayRow(1, 2, 3)
	for _, c := range []struct {
		spec Spec
		n    int
		img  image.Image
		want string
	}{
		{Spec{Height: 1, Width: 2, Channels: 1}, 2, img, "3 wide and 1 high"},
		{Spec{Height: 1, Width: 3, Channels: 2}, 6, img, "2 channels"},
		{Spec{Height: 1, Width: 3, Channels: 1}, 4, img, "4 values, want 1x3x1"},
		{Spec{Height: 0, Width: 3, Channels: 1}, 0, img, "0 values"},
		{Spec{Height: 1, Width: 3, Channels: 1, Resize: true}, 3, image.NewGray(image.Rectangle{}), "empty"},
	} {
		err := c.spec.Image(make([]float32, c.n), c.img, new(Scratch))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %q", c.spec, err, c.want)
		}
	}
}

func TestImageDoesNotAllocate(t *testing.T) {
	spec := Spec{Height: 28, Width: 33, Channels: 3, Resize: true, Scale: 1. / 255}
	dst := make([]float32, spec.Len())
	s := new(Scratch)
	rect := image.Rect(0, 0, 150, 99)
	for _, img := range []image.Image{
		image.NewYCbCr(rect, image.YCbCrSubsampleRatio422), image.NewGray(rect), image.NewCMYK(rect), image.NewGray16(rect),
		image.NewRGBA(rect), image.NewNRGBA(image.Rect(0, 0, 20, 20)), image.NewPaletted(rect, color.Palette{color.RGBA{1, 2, 3, 255}}),
	} {
		if n := testing.AllocsPerRun(10, func() {
			if err := spec.Image(dst, img, s); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%T: %v allocations", img, n)
		}
	}
}

func BenchmarkImage(b *testing.B) {
	photo := image.NewYCbCr(image.Rect(0, 0, 500, 375), image.YCbCrSubsampleRatio420)
	for i := range photo.Y {
		photo.Y[i] = uint8(i * 7)
	}
	for _, c := range []struct {
		name string
		spec Spec
		img  image.Image
	}{
		{"gray 28x28 as it is", Spec{Height: 28, Width: 28, Channels: 1, Scale: 1. / 255}, image.NewGray(image.Rect(0, 0, 28, 28))},
		{"500x375 JPEG to 224x224 rgb", Spec{Height: 224, Width: 224, Channels: 3, Resize: true, Scale: 1. / 255}, photo},
		{"500x375 JPEG to 28x28 gray", Spec{Height: 28, Width: 28, Channels: 1, Resize: true, Scale: 1. / 255}, photo},
	} {
		b.Run(fmt.Sprint(c.name), func(b *testing.B) {
			dst := make([]float32, c.spec.Len())
			s := new(Scratch)
			b.ReportAllocs()
			for b.Loop() {
				if err := c.spec.Image(dst, c.img, s); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
		})
	}
}
