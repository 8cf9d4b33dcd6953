package augment

import (
	"errors"
	"fmt"
	"math"

	"github.com/cnnc/cnnc/runtime/config"
)

// Plan is how images of one size are changed. It is safe for concurrent use.
type Plan struct {
	cfg                     config.Augment
	height, width, channels int
	rows, columns           shift
	fill                    fill
	nearest                 bool // interpolation
	moves                   bool // anything that moves pixels
}

// shift is the largest move along an axis in pixels.
type shift struct {
	most  float64
	whole bool // only whole pixels
}

func shiftOf(e config.Extent, side int) shift {
	if e.Pixels {
		return shift{e.Value, true}
	}
	return shift{e.Value * float64(side), false}
}

// New checks cfg and returns the plan for images of that size. An error says
// which number is out of its range, or what contradicts what.
func New(cfg config.Augment, height, width, channels int) (*Plan, error) {
	if height < 1 || width < 1 || channels < 1 {
		return nil, fmt.Errorf("images of %dx%dx%d", height, width, channels)
	}
	if err := check(&cfg); err != nil {
		return nil, err
	}
	p := &Plan{
		cfg: cfg, height: height, width: width, channels: channels,
		rows: shiftOf(cfg.ShiftRows, height), columns: shiftOf(cfg.ShiftColumns, width),
		nearest: cfg.Interpolation == "nearest",
	}
	if p.rows.most > float64(height) || p.columns.most > float64(width) {
		return nil, fmt.Errorf("a shift of %g rows and %g columns moves images of %dx%d out of themselves", p.rows.most, p.columns.most, height, width)
	}
	switch cfg.Fill {
	case "constant":
		p.fill = fillConstant
	case "reflect":
		p.fill = fillReflect
	case "wrap":
		p.fill = fillWrap
	}
	p.moves = cfg.Rotate > 0 || cfg.Shear > 0 || p.rows.most > 0 || p.columns.most > 0 ||
		cfg.Crop > 0 && cfg.Crop < 1 || cfg.Zoom != (config.Range{}) || cfg.Flip != ""
	return p, nil
}

func check(c *config.Augment) error {
	for _, n := range []struct {
		name        string
		value, most float64
	}{
		{"rotate", c.Rotate, 180}, {"shear", c.Shear, 80}, {"crop", c.Crop, 1}, {"channel_shift", c.ChannelShift, 255},
		{"shift", c.ShiftRows.Value, limitOf(c.ShiftRows)}, {"shift", c.ShiftColumns.Value, limitOf(c.ShiftColumns)},
		{"fill value", c.FillValue, 255}, {"mixup", c.Mixup, 100}, {"cutmix", c.Cutmix, 100},
	} {
		if !(n.value >= 0 && n.value <= n.most) {
			return fmt.Errorf("%s is %v, want 0..%g", n.name, n.value, n.most)
		}
	}
	for _, e := range []config.Extent{c.ShiftRows, c.ShiftColumns} {
		if e.Pixels && e.Value != math.Trunc(e.Value) {
			return fmt.Errorf("a shift of %g pixels, want a whole number", e.Value)
		}
	}
	for _, r := range []struct {
		name  string
		value config.Range
		zero  bool // allowed
	}{{"zoom", c.Zoom, false}, {"brightness", c.Brightness, true}, {"contrast", c.Contrast, true}} {
		v := r.value
		if v == (config.Range{}) {
			continue
		}
		if !(v.Low >= 0 && v.High <= 10 && v.Low <= v.High) || v.Low == 0 && !r.zero {
			return fmt.Errorf("%s is %g..%g, want an ascending range in 0..10", r.name, v.Low, v.High)
		}
	}
	if e := c.Erase; e != nil {
		ok := e.Probability >= 0 && e.Probability <= 1 && e.Area.Low > 0 && e.Area.High <= 1 && e.Area.Low <= e.Area.High &&
			e.Aspect.Low > 0 && e.Aspect.High < math.Inf(1) && e.Aspect.Low <= e.Aspect.High && e.Value >= 0 && e.Value <= 255
		if !ok {
			return fmt.Errorf("erase %+v is out of range", *e)
		}
	}
	if e := c.Cutout; e != nil && !(e.Height >= 1 && e.Width >= 1 && e.Value >= 0 && e.Value <= 255) {
		return fmt.Errorf("cutout %+v is out of range", *e)
	}
	for _, w := range []struct{ name, value, a, b, c string }{
		{"flip", c.Flip, "horizontal", "vertical", "both"},
		{"interpolation", c.Interpolation, "bilinear", "nearest", ""},
	} {
		if w.value != "" && w.value != w.a && w.value != w.b && w.value != w.c {
			return fmt.Errorf("unknown %s %q", w.name, w.value)
		}
	}
	switch c.Fill {
	case "", "nearest", "constant", "reflect", "wrap":
	default:
		return fmt.Errorf("unknown fill %q, want nearest, constant, reflect or wrap", c.Fill)
	}
	if c.Mixup > 0 && c.Cutmix > 0 {
		return errors.New("mixup and cutmix exclude each other")
	}
	return nil
}

func limitOf(e config.Extent) float64 {
	if e.Pixels {
		return 1 << 14
	}
	return 1
}

// Len is the number of values of an image.
func (p *Plan) Len() int { return p.height * p.width * p.channels }

// Apply writes src, changed as key says, to dst; both are [height][width]
// [channels] of values 0..255 and do not overlap. It allocates nothing.
func (p *Plan) Apply(dst, src []float32, key uint64) {
	d := p.draw(key)
	p.move(dst, src, &d)
	p.shade(dst, &d)
	p.cover(dst, &d)
}
