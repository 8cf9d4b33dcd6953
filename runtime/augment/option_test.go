package augment

import (
	"math"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
)

// TestEachOption: with one option alone, what it draws fills its range evenly, and
// nothing else is drawn. Ranges are those of spec: data, section 1.1; the mean of
// each is where it should be.
func TestEachOption(t *testing.T) {
	const n = 4000
	degrees := math.Pi / 180
	for _, c := range []struct {
		name   string
		cfg    config.Augment
		of     func(d *draw) *float64
		lo, hi float64
	}{
		{"rotate", config.Augment{Rotate: 20}, func(d *draw) *float64 { return &d.theta }, -20 * degrees, 20 * degrees},
		{"shear", config.Augment{Shear: 8}, func(d *draw) *float64 { return &d.shear }, -8 * degrees, 8 * degrees},
		{"shift rows", config.Augment{ShiftRows: config.Extent{Value: 0.25}}, func(d *draw) *float64 { return &d.ty }, -5, 5},
		{"shift columns", config.Augment{ShiftColumns: config.Extent{Value: 0.25}}, func(d *draw) *float64 { return &d.tx }, -10, 10},
		{"channel_shift", config.Augment{ChannelShift: 30}, func(d *draw) *float64 { return &d.channelShift }, -30, 30},
		{"brightness", config.Augment{Brightness: config.Range{Low: 0.4, High: 1.2}}, func(d *draw) *float64 { return &d.brightness }, 0.4, 1.2},
		// Also below 1; Keras's RandomContrast of one number only increases it.
		{"contrast", config.Augment{Contrast: config.Range{Low: 0.5, High: 1.5}}, func(d *draw) *float64 { return &d.contrast }, 0.5, 1.5},
	} {
		p := mustPlan(t, c.cfg, 20, 40, 3)
		lo, hi, sum := math.Inf(1), math.Inf(-1), 0.0
		for key := range uint64(n) {
			d := p.draw(key)
			v := *c.of(&d)
			lo, hi, sum = min(lo, v), max(hi, v), sum+v
			rest := same()
			*c.of(&rest) = v
			if d != rest {
				t.Fatalf("%s draws %+v", c.name, d)
			}
		}
		width := c.hi - c.lo
		if lo < c.lo || hi > c.hi || lo > c.lo+width/100 || hi < c.hi-width/100 || math.Abs(sum/n-(c.lo+c.hi)/2) > width/50 {
			t.Errorf("%s in %v..%v with mean %v, want %v..%v", c.name, lo, hi, sum/n, c.lo, c.hi)
		}
	}
}

// TestZoomOfAxes: rows and columns are drawn independently, or with uniform once.
func TestZoomOfAxes(t *testing.T) {
	cfg := config.Augment{Zoom: config.Range{Low: 0.5, High: 1.5}}
	p := mustPlan(t, cfg, 8, 8, 1)
	cfg.ZoomUniform = true
	uniform := mustPlan(t, cfg, 8, 8, 1)
	const n = 4000
	product, square := 0.0, 0.0
	for key := range uint64(n) {
		d, u := p.draw(key), uniform.draw(key)
		product += (d.zx - 1) * (d.zy - 1) / n
		square += (d.zx - 1) * (d.zx - 1) / n
		if u.zx != u.zy || u.zx != d.zx {
			t.Fatalf("uniform zoom of %v and %v, %v otherwise", u.zx, u.zy, d.zx)
		}
	}
	if math.Abs(product) > 0.006 || math.Abs(square-1./12) > 0.006 {
		t.Errorf("covariance %v, want 0, and variance %v, want %v", product, square, 1./12)
	}
}

// TestFlips: each direction with probability one half; both are independent, where
// Keras's RandomFlip decides both by one number.
func TestFlips(t *testing.T) {
	const n = 4000
	for direction, want := range map[string][4]float64{
		"horizontal": {0.5, 0.5, 0, 0},
		"vertical":   {0.5, 0, 0.5, 0},
		"both":       {0.25, 0.25, 0.25, 0.25},
	} {
		p := mustPlan(t, config.Augment{Flip: direction}, 2, 3, 1)
		var got [4]float64
		for key := range uint64(n) {
			d := p.draw(key)
			k := 0
			if d.flipX {
				k++
			}
			if d.flipY {
				k += 2
			}
			got[k]++
		}
		for k := range got {
			if math.Abs(got[k]/n-want[k]) > 0.04 {
				t.Errorf("%s: %v, want shares of %v", direction, got, want)
			}
		}
	}
	p := mustPlan(t, config.Augment{Flip: "both"}, 2, 3, 1)
	x, got := []float32{1, 2, 3, 4, 5, 6}, make([]float32, 6)
	for _, c := range []struct {
		x, y bool
		want []float32
	}{
		{true, false, []float32{3, 2, 1, 6, 5, 4}},
		{false, true, []float32{4, 5, 6, 1, 2, 3}},
		{true, true, []float32{6, 5, 4, 3, 2, 1}},
	} {
		d := same()
		d.flipX, d.flipY = c.x, c.y
		p.move(got, x, &d)
		near(t, "flip", got, c.want, 0)
	}
}

// TestCropValues: a window is brought to the size of the image. The window of half
// the sides about the centre of 0..7 x 0..7 begins at 1.75: its pixels lie half a
// pixel apart.
func TestCropValues(t *testing.T) {
	p := mustPlan(t, config.Augment{Crop: 0.5}, 8, 8, 1)
	x := make([]float32, 64)
	for i := range x {
		x[i] = float32(10*(i/8) + i%8)
	}
	d, got := same(), make([]float32, 64)
	d.window = 0.5
	p.move(got, x, &d)
	want := make([]float32, 64)
	for i := range want {
		want[i] = 10*(1.75+0.5*float32(i/8)) + 1.75 + 0.5*float32(i%8)
	}
	near(t, "in the middle", got, want, 1e-4)
	d.wx, d.wy = 1.5, -1 // to the right, up
	p.move(got, x, &d)
	for i := range want {
		want[i] += 1.5 - 10
	}
	near(t, "elsewhere", got, want, 1e-4)
	// Windows are everywhere, and never leave the image.
	left, right := math.Inf(1), math.Inf(-1)
	for key := range uint64(4000) {
		d := p.draw(key)
		left, right = min(left, 4+d.wx-4*d.window), max(right, 4+d.wx+4*d.window)
	}
	if left < -1e-9 || right > 8+1e-9 || left > 0.1 || right < 7.9 {
		t.Errorf("windows from %v to %v of 0..8", left, right)
	}
}

// TestEraseValues: so many images lose a rectangle, of the value given or of noise,
// in all channels; wide ones are as likely as high ones.
func TestEraseValues(t *testing.T) {
	e := config.Erase{Probability: 0.25, Area: config.Range{Low: 0.05, High: 0.1}, Aspect: config.Range{Low: 0.25, High: 4}, Value: 99}
	p := mustPlan(t, config.Augment{Erase: &e}, 32, 32, 3)
	src, x := noise(p.Len(), 2), make([]float32, p.Len())
	for i := range src {
		src[i] = min(src[i], 98)
	}
	erased, wide := 0, 0
	for key := range uint64(2000) {
		p.Apply(x, src, key)
		d := p.draw(key)
		if d.erase != (rect{}) {
			erased++
			if d.erase.right-d.erase.left > d.erase.bottom-d.erase.top {
				wide++
			}
		}
		for i := range x {
			row, column := i/96, i/3%32
			want := src[i]
			if row >= d.erase.top && row < d.erase.bottom && column >= d.erase.left && column < d.erase.right {
				want = 99
			}
			if x[i] != want {
				t.Fatalf("value %d is %v, want %v", i, x[i], want)
			}
		}
	}
	if math.Abs(float64(erased)-500) > 60 || math.Abs(float64(wide)-float64(erased)*0.5) > 60 {
		t.Errorf("%d of 2000 images are erased, %d of them with a wide rectangle", erased, wide)
	}
	e.Noise, e.Probability = true, 1
	p = mustPlan(t, config.Augment{Erase: &e}, 32, 32, 1)
	zero := make([]float32, p.Len())
	x = make([]float32, p.Len())
	var values []float32
	for key := range uint64(50) {
		p.Apply(x, zero, key)
		for _, v := range x {
			if v != 0 {
				values = append(values, v)
			}
		}
	}
	mean := 0.0
	for _, v := range values {
		mean += float64(v) / float64(len(values))
	}
	if slices.Max(values) > 255 || slices.Max(values) < 250 || math.Abs(mean-127.5) > 5 {
		t.Errorf("noise up to %v with mean %v", slices.Max(values), mean)
	}
}
