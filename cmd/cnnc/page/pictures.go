package page

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"image"
	"image/png"
)

// Pictures is a grid of pictures with captions.
type Pictures struct {
	// Width is that of each picture on the screen, in pixels; 0 is 96.
	Width    int
	Pictures []Picture
}

// Picture is one of a grid.
type Picture struct {
	// Source is a data: URI (DataURI), or the address of a picture.
	Source template.URL
	// Width and Height are those of the picture in its own pixels, 0 when they are
	// not known. Small ones are enlarged without smoothing.
	Width, Height int
	// Alt says what one would see; Caption, which may be empty, stands below, each
	// string on a line of its own.
	Alt     string
	Caption []string
}

// HTML is the grid.
func (p *Pictures) HTML() template.HTML {
	type picture struct {
		Picture
		W, H   int
		Pixels bool
	}
	width := p.Width
	if width <= 0 {
		width = 96
	}
	var view []picture
	for _, one := range p.Pictures {
		v := picture{Picture: one, W: width}
		if one.Width > 0 && one.Height > 0 {
			v.H = max(1, (one.Height*width+one.Width/2)/one.Width)
			v.Pixels = one.Width < width
		}
		view = append(view, v)
	}
	return execute("pictures", view)
}

// DataURI is a picture as the address of itself, a PNG in base 64.
func DataURI(m image.Image) (template.URL, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return "", err
	}
	return PNG(b.Bytes()), nil
}

// PNG is DataURI for a PNG file's bytes.
func PNG(file []byte) template.URL {
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(file))
}
