package figure

import (
	"fmt"
	"image"
	"image/color"
	"io"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/cnnc/cnnc/runtime/durable"
)

// Figure is a picture that has been described but not drawn.
type Figure struct {
	// width and height are the natural size in points, used where Options says
	// nothing.
	width, height float64
	// stretch: the layout follows the size it is given. Otherwise everything,
	// text included, is scaled to fit.
	stretch bool
	paint   func(c *canvas)
}

// Options say how large a figure is drawn.
type Options struct {
	// Width and Height are in inches; 0 for both takes the figure's own size.
	Width, Height float64
	// DPI is the number of pixels an inch of a PNG, 0 for DefaultDPI. SVG files
	// have none.
	DPI int
}

// DefaultDPI is the resolution of PNG files: 12x5 inches are 1440x600 pixels.
const DefaultDPI = 120

// maxPixels bounds the memory of a PNG.
const maxPixels = 200 << 20

// Check reports options with which nothing can be drawn.
func (o Options) Check() error {
	switch {
	case (o.Width != 0) != (o.Height != 0) || o.Width < 0 || o.Height < 0 || !(o.Width <= 500) || !(o.Height <= 500):
		return fmt.Errorf("a size of %gx%g inches: want both above 0 and at most 500", o.Width, o.Height)
	case o.DPI < 0 || o.DPI > 2400:
		return fmt.Errorf("%d pixels an inch: want 1 to 2400", o.DPI)
	}
	return nil
}

// CheckName reports a file name whose suffix is that of no format.
func CheckName(name string) error {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".png", ".svg":
		return nil
	}
	return fmt.Errorf("%s: figures are written as .png or .svg", name)
}

// Size is what Save is going to write, in words: "1440x600 pixels".
func (f *Figure) Size(name string, o Options) string {
	w, h := f.inches(o)
	if strings.EqualFold(filepath.Ext(name), ".svg") {
		return fmt.Sprintf("%.3gx%.3g inches", w, h)
	}
	dpi := float64(o.dpi())
	return fmt.Sprintf("%.0fx%.0f pixels", w*dpi, h*dpi)
}

func (o Options) dpi() int {
	if o.DPI == 0 {
		return DefaultDPI
	}
	return o.DPI
}

func (f *Figure) inches(o Options) (w, h float64) {
	if o.Width > 0 {
		return o.Width, o.Height
	}
	return f.width / 72, f.height / 72
}

// Save draws the figure into a file whose suffix says the format, .png or .svg.
// A file of that name is replaced when the new one is complete.
func (f *Figure) Save(name string, o Options) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if err := o.Check(); err != nil {
		return err
	}
	w, h := f.inches(o)
	svg := strings.EqualFold(filepath.Ext(name), ".svg")
	dpi := float64(o.dpi())
	if !svg && w*h*dpi*dpi > maxPixels {
		return fmt.Errorf("%s: a figure of %.0fx%.0f pixels is too large; choose another --size or --dpi, or an .svg", name, w*dpi, h*dpi)
	}
	return durable.WriteFile(name, func(out io.Writer) error {
		if svg {
			c := vgsvg.New(vg.Length(w)*vg.Inch, vg.Length(h)*vg.Inch)
			f.draw(draw.New(c), nil, 0)
			_, err := c.WriteTo(out)
			return err
		}
		c, _ := f.raster(o)
		_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(out)
		return err
	})
}

// raster draws the figure as pixels.
func (f *Figure) raster(o Options) (*vgimg.Canvas, *canvas) {
	w, h := f.inches(o)
	c := vgimg.NewWith(vgimg.UseWH(vg.Length(w)*vg.Inch, vg.Length(h)*vg.Inch), vgimg.UseDPI(o.dpi()), vgimg.UseBackgroundColor(color.White))
	return c, f.draw(draw.New(c), c, c.DPI())
}

// Pictures returns where a PNG of the figure has its pictures, in pixels and in
// the order of the cells, for those who want to cut them out again.
func (f *Figure) Pictures(o Options) []image.Rectangle {
	_, c := f.raster(o)
	return c.places
}

// draw paints the figure over all of dc.
func (f *Figure) draw(dc draw.Canvas, raster *vgimg.Canvas, dpi float64) *canvas {
	size := dc.Rectangle.Size()
	c := &canvas{dc: dc, dpi: dpi, scale: 1, w: float64(size.X), h: float64(size.Y)}
	if raster != nil {
		c.raster = raster.Image()
	}
	if !f.stretch {
		c.scale = min(c.w/f.width, c.h/f.height)
		// The rest of the page is left white on both sides.
		c.dx, c.dy = (c.w-c.scale*f.width)/2, (c.h-c.scale*f.height)/2
		c.w, c.h = f.width, f.height
	}
	c.fill(-c.dx/c.scale, -c.dy/c.scale, float64(size.X)/c.scale, float64(size.Y)/c.scale, white)
	f.paint(c)
	return c
}
