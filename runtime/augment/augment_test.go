package augment

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/rng"
)

func mustPlan(t testing.TB, cfg config.Augment, h, w, c int) *Plan {
	t.Helper()
	p, err := New(cfg, h, w, c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// everything is a plan that does all that can be done to one image.
var everything = config.Augment{
	Rotate: 30, Shear: 10, ShiftRows: config.Extent{Value: 0.2}, ShiftColumns: config.Extent{Value: 3, Pixels: true},
	Crop: 0.8, Zoom: config.Range{Low: 0.8, High: 1.2}, Flip: "both",
	Brightness: config.Range{Low: 0.5, High: 1.5}, Contrast: config.Range{Low: 0.5, High: 1.5}, ChannelShift: 20,
	Erase:  &config.Erase{Probability: 0.5, Area: config.Range{Low: 0.02, High: 0.3}, Aspect: config.Range{Low: 0.3, High: 3}, Noise: true},
	Cutout: &config.Cutout{Height: 3, Width: 2, Value: 9},
}

func noise(n int, key uint64) []float32 {
	r := rng.New(key)
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.IntN(256))
	}
	return x
}

func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(float64(got[i]-want[i])) <= tolerance) {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
	}
}

// TestSpecification holds the worked examples of spec: data, section 1.3. The
// centre is the one that they were made with, which is not that of images that
// are not square.
func TestSpecification(t *testing.T) {
	i34 := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	ones := []float32{1, 1, 1, 1, 1, 1, 1, 1, 1}
	for _, tt := range []struct {
		name string
		h, w int
		x    []float32
		fill string
		d    func(d *draw)
		want []float32
	}{
		{"tx=1", 3, 4, i34, "", func(d *draw) { d.tx = 1 }, []float32{2, 3, 4, 4, 6, 7, 8, 8, 10, 11, 12, 12}},
		{"tx=1 constant", 3, 4, i34, "constant", func(d *draw) { d.tx = 1 }, []float32{2, 3, 4, 0, 6, 7, 8, 0, 10, 11, 12, 0}},
		{"ty=1", 3, 4, i34, "", func(d *draw) { d.ty = 1 }, []float32{5, 6, 7, 8, 9, 10, 11, 12, 9, 10, 11, 12}},
		{"zoom 0.5", 3, 4, i34, "", func(d *draw) { d.zx, d.zy = 0.5, 0.5 }, []float32{4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5, 10}},
		{"zx=2", 3, 4, i34, "", func(d *draw) { d.zx = 2 }, []float32{1, 2, 4, 4, 5, 6, 8, 8, 9, 10, 12, 12}},
		{"shear 30", 3, 4, i34, "", func(d *draw) { d.shear = math.Pi / 6 }, []float32{
			2.5538, 3.5538, 4.5538, 4.8038, 5.5179, 6.5179, 7.5179, 8.2679, 8.7321, 9.4821, 10.4821, 11.4821}},
		{"theta 90", 2, 2, []float32{1, 2, 3, 4}, "", func(d *draw) { d.theta = math.Pi / 2 }, []float32{2, 4, 1, 3}},
		{"theta 90 constant", 2, 2, []float32{1, 2, 3, 4}, "constant", func(d *draw) { d.theta = math.Pi / 2 }, []float32{2, 4, 1, 3}},
		{"theta 45 constant", 3, 3, ones, "constant", func(d *draw) { d.theta = math.Pi / 4 }, []float32{0, 1, 0, 1, 1, 1, 0, 1, 0}},
	} {
		p := mustPlan(t, config.Augment{Fill: tt.fill}, tt.h, tt.w, 1)
		d := same()
		tt.d(&d)
		got := make([]float32, len(tt.x))
		p.warp(got, tt.x, d.matrix(float64(tt.h)/2-0.5, float64(tt.w)/2-0.5))
		near(t, tt.name, got, tt.want, 1e-4)
	}
}

// TestCentre: images that are not square turn about their own centre.
func TestCentre(t *testing.T) {
	x := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} // 3x5
	p := mustPlan(t, config.Augment{Rotate: 1, Fill: "constant"}, 3, 5, 1)
	for theta, want := range map[float64][]float32{
		math.Pi:     {15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1},
		math.Pi / 2: {0, 4, 9, 14, 0, 0, 3, 8, 13, 0, 0, 2, 7, 12, 0},
	} {
		d := same()
		d.theta = theta
		got := make([]float32, len(x))
		p.move(got, x, &d)
		near(t, fmt.Sprint(theta), got, want, 0)
	}
	d := same()
	d.zx, d.zy = 0.5, 0.5
	got := make([]float32, len(x))
	p.move(got, x, &d)
	near(t, "zoom", got, []float32{4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5, 10, 10.5, 11, 11.5}, 1e-5)
}

// TestShiftsAreNotExchanged: rows move rows, by shares of the height.
func TestShiftsAreNotExchanged(t *testing.T) {
	p := mustPlan(t, config.Augment{ShiftRows: config.Extent{Value: 0.5}}, 4, 100, 1)
	most := 0.0
	for key := range uint64(500) {
		d := p.draw(key)
		if d.tx != 0 {
			t.Fatalf("columns move by %v", d.tx)
		}
		most = max(most, math.Abs(d.ty))
	}
	if most > 2 || most < 1.9 {
		t.Errorf("rows move by at most %v, want 2", most)
	}
}

// TestFill: what stands beside [10 20 30 40], between pixels as well. nearest and
// constant are those of spec: data, section 1.4; reflect and wrap agree with it
// where it has no peculiarity of the border.
func TestFill(t *testing.T) {
	row := []float32{10, 20, 30, 40}
	at := []float64{-2.5, -2, -1.5, -1, -0.5, 0.5, 3.5, 4, 4.5, 5}
	for fill, want := range map[string][]float32{
		"nearest":  {10, 10, 10, 10, 10, 15, 40, 40, 40, 40},
		"constant": {7, 7, 7, 7, 7, 15, 7, 7, 7, 7},
		"reflect":  {25, 20, 15, 10, 10, 15, 40, 40, 35, 30},
		"wrap":     {25, 30, 35, 40, 25, 15, 25, 10, 15, 20},
	} {
		p := mustPlan(t, config.Augment{Fill: fill, FillValue: 7}, 1, 4, 1)
		for i, v := range at {
			got := make([]float32, 4)
			p.warp(got, row, affine{1, 0, v, 0, 1, 0})
			near(t, fmt.Sprintf("%s at %v", fill, v), got[:1], want[i:i+1], 1e-5)
		}
	}
}

func TestIndex(t *testing.T) {
	for n := 1; n < 5; n++ {
		for i := -20; i < 20; i++ {
			reflect := []int{}
			for k := range n {
				reflect = append(reflect, k)
			}
			for k := range n {
				reflect = append(reflect, n-1-k)
			}
			if got := fillReflect.index(i, n); got != reflect[(i+40*n)%(2*n)] {
				t.Errorf("reflect %d of %d is %d", i, n, got)
			}
			if got := fillWrap.index(i, n); got != (i+40*n)%n {
				t.Errorf("wrap %d of %d is %d", i, n, got)
			}
		}
	}
}

// slow is warp written from its definition, in float64.
func slow(p *Plan, src []float32, m affine) []float32 {
	out := make([]float32, len(src))
	at := func(x, y, c int) float64 {
		return float64(src[(p.fill.index(y, p.height)*p.width+p.fill.index(x, p.width))*p.channels+c])
	}
	for y := range p.height {
		for x := range p.width {
			sx, sy := m.a*float64(x)+m.b*float64(y)+m.c, m.d*float64(x)+m.e*float64(y)+m.f
			sx, sy = math.Round(sx*1e6)/1e6, math.Round(sy*1e6)/1e6
			for c := range p.channels {
				o := &out[(y*p.width+x)*p.channels+c]
				f := p.fill
				if f == fillConstant && (sx < 0 || sy < 0 || sx > float64(p.width-1) || sy > float64(p.height-1)) {
					*o = float32(p.cfg.FillValue)
					continue
				}
				vx, vy := sx, sy
				if f == fillNearest {
					vx, vy = max(0, min(sx, float64(p.width-1))), max(0, min(sy, float64(p.height-1)))
				}
				x0, y0 := int(math.Floor(vx)), int(math.Floor(vy))
				fx, fy := vx-float64(x0), vy-float64(y0)
				x1, y1 := x0+1, y0+1
				if fx == 0 {
					x1 = x0
				}
				if fy == 0 {
					y1 = y0
				}
				*o = float32((at(x0, y0, c)*(1-fx)+at(x1, y0, c)*fx)*(1-fy) + (at(x0, y1, c)*(1-fx)+at(x1, y1, c)*fx)*fy)
			}
		}
	}
	return out
}

// TestWarp compares the rows whose inside is computed without checks with the
// definition, for random maps of images of odd sizes.
func TestWarp(t *testing.T) {
	r := rng.New(5)
	for _, size := range [][3]int{{7, 11, 1}, {12, 5, 3}, {6, 9, 2}, {1, 8, 1}, {9, 1, 3}, {2, 2, 1}, {1, 1, 3}} {
		h, w, c := size[0], size[1], size[2]
		src := noise(h*w*c, 3)
		for _, f := range []string{"nearest", "constant", "reflect", "wrap"} {
			p := mustPlan(t, config.Augment{Fill: f, FillValue: 17}, h, w, c)
			for range 30 {
				// Coordinates of few digits, so that the definition and the fixed point
				// agree on which side of the border a point lies.
				q := func(lo, hi float64) float64 { return math.Round(r.Uniform(lo, hi)*64) / 64 }
				m := affine{q(-2, 2), q(-2, 2), q(-9, 12), q(-2, 2), q(-2, 2), q(-9, 12)}
				got := make([]float32, len(src))
				for i := range got {
					got[i] = float32(math.NaN())
				}
				p.warp(got, src, m)
				near(t, fmt.Sprint(size, f, m), got, slow(p, src, m), 1e-3)
				if t.Failed() {
					return
				}
			}
		}
	}
}

// TestCopies compares the fast path of flips and whole shifts with the warp.
func TestCopies(t *testing.T) {
	for _, size := range [][3]int{{5, 7, 1}, {4, 3, 3}, {1, 1, 1}} {
		h, w, c := size[0], size[1], size[2]
		src := noise(h*w*c, 8)
		for _, f := range []string{"nearest", "constant", "reflect", "wrap"} {
			p := mustPlan(t, config.Augment{Fill: f, FillValue: 3, Flip: "both"}, h, w, c)
			for n := range 4 * (2*h + 1) * (2*w + 1) {
				d := same()
				d.flipX, d.flipY = n&1 > 0, n&2 > 0
				d.tx, d.ty = float64(n/4%(2*w+1)-w), float64(n/4/(2*w+1)-h)
				got, want := make([]float32, len(src)), make([]float32, len(src))
				set(got, -1)
				p.copyMoved(got, src, &d)
				p.warp(want, src, d.matrix(float64(w-1)/2, float64(h-1)/2))
				if !slices.Equal(got, want) {
					t.Fatalf("%v %s %+v: %v, want %v", size, f, d, got, want)
				}
			}
		}
	}
}

// TestNearest: no value comes about that the image does not have.
func TestNearest(t *testing.T) {
	p := mustPlan(t, config.Augment{Rotate: 180, Zoom: config.Range{Low: 0.5, High: 2}, Interpolation: "nearest", Fill: "reflect"}, 9, 13, 3)
	src := make([]float32, p.Len())
	for i := range src {
		src[i] = float32(10 * (i % 3))
	}
	dst := make([]float32, len(src))
	for key := range uint64(20) {
		p.Apply(dst, src, key)
		for i, v := range dst {
			if v != float32(10*(i%3)) {
				t.Fatalf("value %d is %v", i, v)
			}
		}
	}
	half := mustPlan(t, config.Augment{Interpolation: "nearest"}, 1, 4, 1)
	got := make([]float32, 4)
	half.warp(got, []float32{1, 2, 3, 4}, affine{1, 0, 0.5, 0, 1, 0})
	near(t, "half a pixel", got, []float32{2, 3, 4, 4}, 0)
}

// TestDrawsAreIndependent: to add a transform changes nothing of another one.
func TestDrawsAreIndependent(t *testing.T) {
	all := mustPlan(t, everything, 12, 10, 1)
	for key := range uint64(50) {
		want := all.draw(key)
		only := mustPlan(t, config.Augment{Rotate: everything.Rotate}, 12, 10, 1).draw(key)
		if only.theta != want.theta {
			t.Fatalf("rotation %v beside others, %v alone", want.theta, only.theta)
		}
		without := everything
		without.Rotate, without.Crop = 0, 0
		d := mustPlan(t, without, 12, 10, 1).draw(key)
		d.theta, d.window, d.wx, d.wy = want.theta, want.window, want.wx, want.wy
		if d != want {
			t.Fatalf("%+v without rotation, %+v with it", d, want)
		}
	}
}

// TestRanges: what is drawn fills its range and does not leave it.
func TestRanges(t *testing.T) {
	p := mustPlan(t, everything, 20, 30, 1)
	const n = 4000
	var thetas, windows, zooms, ratios []float64
	whole := map[float64]int{}
	flips, erased := 0, 0
	for key := range uint64(n) {
		d := p.draw(key)
		thetas, windows, zooms = append(thetas, d.theta*180/math.Pi), append(windows, d.window), append(zooms, d.zx)
		ratios = append(ratios, math.Abs(d.wx)/30+d.window/2)
		whole[d.tx]++
		if d.flipX {
			flips++
		}
		if d.erase != (rect{}) {
			erased++
		}
	}
	for _, r := range []struct {
		name   string
		x      []float64
		lo, hi float64
	}{{"rotate", thetas, -30, 30}, {"crop", windows, 0.8, 1}, {"zoom", zooms, 0.8, 1.2}} {
		lo, hi := slices.Min(r.x), slices.Max(r.x)
		if slack := (r.hi - r.lo) / 100; lo < r.lo || hi > r.hi || lo > r.lo+slack || hi < r.hi-slack {
			t.Errorf("%s in %v..%v, want %v..%v", r.name, lo, hi, r.lo, r.hi)
		}
	}
	if slices.Max(ratios) > 0.5+1e-9 {
		t.Error("a window leaves the image")
	}
	for _, v := range []float64{-3, -2, -1, 0, 1, 2, 3} {
		if math.Abs(float64(whole[v])-n/7.) > 120 {
			t.Errorf("a shift of %v pixels %d times of %d", v, whole[v], n)
		}
	}
	if len(whole) != 7 {
		t.Errorf("shifts %v", whole)
	}
	if math.Abs(float64(flips)-n/2) > 150 || math.Abs(float64(erased)-n/2) > 150 {
		t.Errorf("%d flips and %d erased of %d", flips, erased, n)
	}
}

func TestShade(t *testing.T) {
	x := []float32{10.5, 100, 20, 200.25, 30, 250}
	p := mustPlan(t, config.Augment{}, 3, 1, 2)
	apply := func(f func(d *draw)) []float32 {
		d := same()
		f(&d)
		y := slices.Clone(x)
		p.shade(y, &d)
		return y
	}
	near(t, "brightness 1", apply(func(d *draw) { d.brightness = 1 }), x, 0) // and no fraction is cut off
	near(t, "brightness 1.2", apply(func(d *draw) { d.brightness = 1.2 }), []float32{12.6, 120, 24, 240.3, 36, 255}, 1e-4)
	near(t, "channel shift 20", apply(func(d *draw) { d.channelShift = 20 }), []float32{30.5, 120, 40, 220.25, 50, 250}, 1e-4)
	near(t, "channel shift -20", apply(func(d *draw) { d.channelShift = -20 }), []float32{10.5, 80, 10.5, 180.25, 10.5, 230}, 1e-4)
	// Means 20.1667 and 183.4167.
	near(t, "contrast 0.5", apply(func(d *draw) { d.contrast = 0.5 }), []float32{15.3333, 141.7083, 20.0833, 191.8333, 25.0833, 216.7083}, 1e-3)
	near(t, "contrast 0", apply(func(d *draw) { d.contrast = 0 }), []float32{20.1667, 183.4167, 20.1667, 183.4167, 20.1667, 183.4167}, 1e-3)
}

func TestCover(t *testing.T) {
	p := mustPlan(t, config.Augment{Cutout: &config.Cutout{Height: 4, Width: 3, Value: 7}}, 9, 8, 2)
	full := 0
	for key := range uint64(200) {
		x := make([]float32, p.Len())
		set(x, 1)
		d := p.draw(key)
		p.cover(x, &d)
		n := 0
		for i := 0; i < len(x); i += 2 {
			row, column := i/2/8, i/2%8
			in := row >= d.cutout.top && row < d.cutout.bottom && column >= d.cutout.left && column < d.cutout.right
			if want := map[bool]float32{true: 7, false: 1}[in]; x[i] != want || x[i+1] != want {
				t.Fatalf("pixel %d,%d is %v", row, column, x[i:i+2])
			}
			if in {
				n++
			}
		}
		if n == 12 {
			full++
		}
		if n < 2 || n > 12 {
			t.Fatalf("%d pixels covered", n)
		}
	}
	if full < 60 {
		t.Errorf("%d of 200 rectangles are whole", full)
	}
	e := config.Erase{Probability: 1, Area: config.Range{Low: 0.1, High: 0.2}, Aspect: config.Range{Low: 0.5, High: 2}, Noise: true}
	p = mustPlan(t, config.Augment{Erase: &e}, 40, 50, 1)
	for key := range uint64(100) {
		d := p.draw(key)
		h, w := d.erase.bottom-d.erase.top, d.erase.right-d.erase.left
		if area := float64(h*w) / 2000; d.erase.top < 0 || d.erase.bottom > 40 || d.erase.right > 50 || area < 0.09 || area > 0.215 {
			t.Fatalf("%+v covers %v", d.erase, area)
		}
	}
}

// TestMix: the moments of the beta distribution, and shares that are those of
// the pixels.
func TestMix(t *testing.T) {
	for _, a := range []float64{0.01, 0.2, 1, 5} {
		r := rng.New(1)
		const n = 20000
		sum, square := 0.0, 0.0
		for range n {
			v := beta(r, a)
			if !(v >= 0 && v <= 1) {
				t.Fatalf("beta(%v) gave %v", a, v)
			}
			sum, square = sum+v, square+v*v
		}
		mean := sum / n
		if v, want := square/n-mean*mean, 1/(4*(2*a+1)); math.Abs(mean-0.5) > 0.015 || math.Abs(v-want) > 0.01 {
			t.Errorf("beta(%v) has mean %v and variance %v, want 0.5 and %v", a, mean, v, want)
		}
	}
	p := mustPlan(t, config.Augment{Mixup: 0.4}, 2, 3, 1)
	x, y := noise(6, 1), noise(6, 2)
	z := slices.Clone(x)
	p.Blend(z, y, Mix{Share: 0.25})
	for i := range z {
		if want := 0.25*x[i] + 0.75*y[i]; math.Abs(float64(z[i]-want)) > 1e-3 {
			t.Errorf("value %d is %v, want %v", i, z[i], want)
		}
	}
	p = mustPlan(t, config.Augment{Cutmix: 1}, 8, 12, 3)
	for key := range uint64(200) {
		m := p.Mix(key, 17)
		x := make([]float32, p.Len())
		other := make([]float32, p.Len())
		set(other, 1)
		p.Blend(x, other, m)
		sum := float32(0)
		for _, v := range x {
			sum += v
		}
		if got := 1 - sum/float32(p.Len()); math.Abs(float64(got-m.Share)) > 1e-6 || m.Other < 0 || m.Other >= 17 {
			t.Fatalf("%+v leaves a share of %v", m, got)
		}
	}
}

// TestApply: a function of the key alone that allocates nothing and leaves the
// source as it is; keys differ.
func TestApply(t *testing.T) {
	for _, c := range []int{1, 3} {
		p := mustPlan(t, everything, 13, 17, c)
		src := noise(p.Len(), 4)
		kept := slices.Clone(src)
		a, b := make([]float32, p.Len()), make([]float32, p.Len())
		for key := range uint64(100) {
			set(a, float32(math.NaN()))
			p.Apply(a, src, key)
			p.Apply(b, src, key)
			if !slices.Equal(a, b) {
				t.Fatal("the same key gave another image")
			}
			for _, v := range a {
				if !(v >= 0 && v <= 255) {
					t.Fatalf("a value of %v", v)
				}
			}
			p.Apply(b, src, key+1)
			if slices.Equal(a, b) {
				t.Errorf("keys %d and %d give the same image", key, key+1)
			}
		}
		if !slices.Equal(src, kept) {
			t.Error("the source was changed")
		}
		if n := testing.AllocsPerRun(20, func() { p.Apply(a, src, 5) }); n > 0 {
			t.Errorf("%v allocations", n)
		}
	}
	none := mustPlan(t, config.Augment{}, 3, 3, 1)
	src, dst := noise(9, 1), make([]float32, 9)
	none.Apply(dst, src, 1)
	near(t, "no change", dst, src, 0)
}

func TestNewRefuses(t *testing.T) {
	for want, cfg := range map[string]config.Augment{
		"rotate":         {Rotate: 181},
		"shear":          {Shear: math.NaN()},
		"whole number":   {ShiftRows: config.Extent{Value: 1.5, Pixels: true}},
		"out of them":    {ShiftColumns: config.Extent{Value: 9, Pixels: true}},
		"zoom":           {Zoom: config.Range{Low: 0, High: 1}},
		"contrast":       {Contrast: config.Range{Low: 2, High: 1}},
		"unknown fill":   {Fill: "mirror"},
		"unknown flip":   {Flip: "diagonal"},
		"interpolation":  {Interpolation: "cubic"},
		"erase":          {Erase: &config.Erase{Probability: 2}},
		"cutout":         {Cutout: &config.Cutout{}},
		"exclude":        {Mixup: 1, Cutmix: 1},
		"channel_shift":  {ChannelShift: -1},
		"shift is":       {ShiftRows: config.Extent{Value: 1.1}},
		"brightness":     {Brightness: config.Range{Low: -1, High: 1}},
		"fill value":     {Fill: "constant", FillValue: 256},
		"mixup is":       {Mixup: 101},
		"unknown interp": {Interpolation: "x"},
	} {
		if _, err := New(cfg, 8, 8, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", cfg, err, want)
		}
	}
	if _, err := New(config.Augment{}, 0, 1, 1); err == nil {
		t.Error("an empty image is accepted")
	}
}

// BenchmarkApply measures one core: the time of an image, with everything that
// moves it, and with what only copies it.
func BenchmarkApply(b *testing.B) {
	moves := config.Augment{Rotate: 10, Shear: 5, Zoom: config.Range{Low: 0.9, High: 1.1}, ShiftRows: config.Extent{Value: 0.1}, ShiftColumns: config.Extent{Value: 0.1}}
	copies := config.Augment{Flip: "both", ShiftRows: config.Extent{Value: 4, Pixels: true}, ShiftColumns: config.Extent{Value: 4, Pixels: true}}
	shades := config.Augment{Brightness: config.Range{Low: 0.8, High: 1.2}, Contrast: config.Range{Low: 0.8, High: 1.2}}
	for _, size := range [][3]int{{28, 28, 1}, {32, 32, 3}, {224, 224, 3}} {
		for _, c := range []struct {
			name string
			cfg  config.Augment
		}{{"warp", moves}, {"copy", copies}, {"shade", shades}} {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", c.name, size[0], size[1], size[2]), func(b *testing.B) {
				p := mustPlan(b, c.cfg, size[0], size[1], size[2])
				src, dst := noise(p.Len(), 1), make([]float32, p.Len())
				key := uint64(0)
				for b.Loop() {
					p.Apply(dst, src, key)
					key++
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
			})
		}
	}
}
