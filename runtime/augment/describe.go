package augment

import (
	"fmt"
	"strings"

	"github.com/cnnc/cnnc/runtime/config"
)

// Describe says what the plan does to an image, a line for each pass over it,
// in order.
func (p *Plan) Describe() []string {
	c := &p.cfg
	var moves, shades []string
	add := func(list *[]string, format string, args ...any) { *list = append(*list, fmt.Sprintf(format, args...)) }
	if c.Crop > 0 && c.Crop < 1 {
		add(&moves, "crop to %s..100%%", percent(c.Crop))
	}
	if c.Rotate > 0 {
		add(&moves, "rotate ±%gdeg", c.Rotate)
	}
	if c.ShiftRows.Value > 0 || c.ShiftColumns.Value > 0 {
		add(&moves, "shift ±%s rows, ±%s columns", pixels(p.rows), pixels(p.columns))
	}
	if c.Shear > 0 {
		add(&moves, "shear ±%gdeg", c.Shear)
	}
	if c.Zoom != (config.Range{}) {
		how := ""
		if !c.ZoomUniform {
			how = " (rows and columns each)"
		}
		add(&moves, "zoom %s%s", span(c.Zoom), how)
	}
	if c.Flip != "" {
		add(&moves, "flip %s", c.Flip)
	}
	var out []string
	if len(moves) > 0 {
		how := "copied"
		if c.Moves() {
			how = "one bilinear interpolation"
			if p.nearest {
				how = "nearest pixels"
			}
			if whole := *c; !p.nearest {
				whole.ShiftRows, whole.ShiftColumns = config.Extent{}, config.Extent{}
				if p.rows.exact() && p.columns.exact() && !whole.Moves() {
					how = "copied"
				}
			}
			how += ", fill " + p.fill.String()
			if p.fill == fillConstant {
				how += fmt.Sprintf(" %g", c.FillValue)
			}
		}
		out = append(out, strings.Join(moves, ", ")+": "+how)
	}
	if c.ChannelShift > 0 {
		add(&shades, "channel_shift ±%g", c.ChannelShift)
	}
	if c.Contrast != (config.Range{}) {
		add(&shades, "contrast %s", span(c.Contrast))
	}
	if c.Brightness != (config.Range{}) {
		add(&shades, "brightness %s", span(c.Brightness))
	}
	out = append(out, shades...)
	if e := c.Erase; e != nil {
		with := fmt.Sprintf("%g", e.Value)
		if e.Noise {
			with = "noise"
		}
		add(&out, "erase %s of the images: %s of each, with %s", percent(e.Probability), span(e.Area), with)
	}
	if e := c.Cutout; e != nil {
		add(&out, "cutout %dx%d, with %g", e.Height, e.Width, e.Value)
	}
	if c.Mixup > 0 {
		add(&out, "mixup with another image, share from Beta(%g, %g)", c.Mixup, c.Mixup)
	}
	if c.Cutmix > 0 {
		add(&out, "cutmix with another image, share from Beta(%g, %g)", c.Cutmix, c.Cutmix)
	}
	return out
}

// exact says that a shift is by whole pixels only.
func (s shift) exact() bool { return s.whole || s.most == 0 }

func (f fill) String() string {
	return [...]string{"nearest", "constant", "reflect", "wrap"}[f]
}

func percent(v float64) string { return fmt.Sprintf("%.4g%%", 100*v) }

func span(r config.Range) string { return percent(r.Low) + ".." + percent(r.High) }

func pixels(s shift) string {
	if s.whole {
		return fmt.Sprintf("%g whole", s.most)
	}
	return fmt.Sprintf("%.4g", s.most)
}
