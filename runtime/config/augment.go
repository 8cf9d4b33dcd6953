package config

// Augment says how training images are changed at random (spec: data, section
// 1): the values are 0..255, before rescaling. The zero value changes nothing.
type Augment struct {
	// Rotate is the largest angle to either side in degrees, 0..180, Shear that of
	// a slant, 0..80.
	Rotate float64 `json:",omitempty"`
	Shear  float64 `json:",omitempty"`
	// ShiftRows and ShiftColumns are the largest moves up and down, and left and
	// right.
	ShiftRows    Extent `json:",omitzero"`
	ShiftColumns Extent `json:",omitzero"`
	// Crop is the smallest window, as a share of the sides, that is cut out and
	// brought to the size of the image. 0: none.
	Crop float64 `json:",omitempty"`
	// Zoom is the factor from the image's pixels to those of the result: below 1
	// it grows. ZoomUniform draws one factor for rows and columns.
	Zoom        Range `json:",omitzero"`
	ZoomUniform bool  `json:",omitempty"`
	// Flip is "horizontal", "vertical", "both" (independently) or "".
	Flip string `json:",omitempty"`

	// Brightness and Contrast are factors: of the value, and of its distance from
	// the mean of the channel. ChannelShift is the largest number added.
	Brightness   Range   `json:",omitzero"`
	Contrast     Range   `json:",omitzero"`
	ChannelShift float64 `json:",omitempty"`

	Erase  *Erase  `json:",omitempty"`
	Cutout *Cutout `json:",omitempty"`

	// Fill is what comes in from outside: "nearest" (also ""), "constant"
	// (FillValue), "reflect" or "wrap".
	Fill      string  `json:",omitempty"`
	FillValue float64 `json:",omitempty"`
	// Interpolation is "bilinear" (also "") or "nearest".
	Interpolation string `json:",omitempty"`

	// Mixup and Cutmix are the parameter of the beta distribution that the share of
	// another image is drawn from; 0: none. Only one of them can be.
	Mixup  float64 `json:",omitempty"`
	Cutmix float64 `json:",omitempty"`
}

// Extent is a length: a share of a side or, with Pixels, a number of pixels.
type Extent struct {
	Value  float64
	Pixels bool `json:",omitempty"`
}

// Range is the interval that a number is drawn from. The zero value stands for
// a number that is not drawn.
type Range struct{ Low, High float64 }

// Erase covers a rectangle of some images.
type Erase struct {
	Probability float64
	Area        Range // share of the image
	Aspect      Range // height over width
	Value       float64
	Noise       bool `json:",omitempty"` // random values instead of Value
}

// Cutout covers a rectangle of every image, of Height x Width pixels.
type Cutout struct {
	Height, Width int
	Value         float64
}

// Moves says that pixels are moved to places between pixels, or out of the
// image: that it matters what is there.
func (a *Augment) Moves() bool {
	return a.Rotate > 0 || a.Shear > 0 || a.ShiftRows.Value > 0 || a.ShiftColumns.Value > 0 ||
		a.Crop > 0 && a.Crop < 1 || a.Zoom != (Range{})
}
