package lower

import (
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/augment"
	"github.com/cnnc/cnnc/runtime/config"
)

// augment reads how training images are changed, nil for not at all: it takes
// the setting, and the word augment on the line of the training data.
func (l *lowerer) augment(d *config.Data) *config.Augment {
	train, _ := elab.Find(l.p.Data, "train")
	set, given := elab.Find(l.p.Data, "augment")
	wanted := train.Args["augment"].Bool
	switch {
	case wanted && !given:
		l.list.Add(diag.Warningf(UnusedAugment, train.Args["augment"].Pos, "there is no augment setting that says how: the images are used as they are")).
			WithHelp("for example: augment { rotate 10deg  shift 10%% }")
		return nil
	case given && !wanted:
		l.list.Add(diag.Warningf(UnusedAugment, set.Pos, "nothing is augmented: the images are used as they are")).
			WithHelp("write the word augment at the end of the train line of data")
	case !given:
		return nil
	}
	a := &config.Augment{}
	for _, s := range l.p.Augment {
		for _, row := range transforms {
			if row.name == s.Name {
				row.read(s.Args, a)
			}
		}
		l.fitsImage(d, s)
	}
	if fill, ok := elab.Find(l.p.Augment, "fill"); ok {
		if value := fill.Args["value"]; value.Pos.IsValid() && a.Fill != "constant" {
			l.list.Add(diag.Errorf(diag.Conflict, value.Pos, "value is that of fill constant, and here fill is %s", a.Fill))
		}
		if fill.Pos.IsValid() && !a.Moves() {
			l.list.Add(diag.Errorf(diag.Conflict, fill.Pos, "fill is what comes in from outside the image, and nothing moves it")).
				WithHelp("rotate, shift, shear, zoom and crop move images")
		}
	}
	if s, ok := elab.Find(l.p.Augment, "interpolation"); ok && !a.Moves() {
		l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "interpolation is for moved images, and nothing moves them")).
			WithHelp("rotate, shift, shear, zoom and crop move images")
	}
	if s, ok := elab.Find(l.p.Augment, "erase"); ok && s.Args["noise"].Bool && s.Args["value"].Pos.IsValid() {
		l.list.Add(diag.Errorf(diag.Conflict, s.Args["value"].Pos, "erase: value and noise exclude each other"))
	}
	if !wanted || l.list.HasErrors() {
		return nil
	}
	if d.Height > 0 && d.Width > 0 && d.Channels > 0 {
		if _, err := augment.New(*a, d.Height, d.Width, d.Channels); err != nil {
			l.list.Add(diag.Errorf(diag.OutOfRange, set.Pos, "augment: %v", err))
			return nil
		}
	}
	return a
}

// fitsImage reports lengths in pixels that are longer than the image.
func (l *lowerer) fitsImage(d *config.Data, s elab.Setting) {
	if d.Height == 0 || d.Width == 0 {
		return
	}
	check := func(name string, side int, what string) {
		v, ok := s.Args[name]
		if ok && v.Kind == elab.Pixels && v.Int() > side {
			l.list.Add(diag.Errorf(diag.OutOfRange, v.Pos, "%s: %s is more than the image's %d %s", s.Name, v, side, what))
		}
	}
	if s.Name == "shift" {
		if _, ok := s.Args["rows"]; !ok {
			check("distance", d.Height, "rows")
		}
		if _, ok := s.Args["columns"]; !ok {
			check("distance", d.Width, "columns")
		}
		check("rows", d.Height, "rows")
		check("columns", d.Width, "columns")
	}
	if v := s.Args["size"]; s.Name == "cutout" && (v.Dims[0] > d.Height || v.Dims[1] > d.Width) {
		l.list.Add(diag.Errorf(diag.OutOfRange, v.Pos, "cutout of %s from images of %dx%d", v, d.Height, d.Width))
	}
}

// transforms has a row for every setting of augment (lang.AugmentSettings).
var transforms = []struct {
	name string
	read func(args map[string]elab.Value, a *config.Augment)
}{
	{"rotate", func(v map[string]elab.Value, a *config.Augment) { a.Rotate = v["angle"].Num }},
	{"shift", func(v map[string]elab.Value, a *config.Augment) {
		a.ShiftRows, a.ShiftColumns = extent(v["distance"]), extent(v["distance"])
		if x, ok := v["rows"]; ok {
			a.ShiftRows = extent(x)
		}
		if x, ok := v["columns"]; ok {
			a.ShiftColumns = extent(x)
		}
	}},
	{"crop", func(v map[string]elab.Value, a *config.Augment) { a.Crop = v["smallest"].Num }},
	{"shear", func(v map[string]elab.Value, a *config.Augment) { a.Shear = v["angle"].Num }},
	{"zoom", func(v map[string]elab.Value, a *config.Augment) {
		a.Zoom, a.ZoomUniform = between(v["range"]), v["uniform"].Bool
	}},
	{"flip", func(v map[string]elab.Value, a *config.Augment) { a.Flip = v["direction"].Str }},
	{"brightness", func(v map[string]elab.Value, a *config.Augment) { a.Brightness = between(v["range"]) }},
	{"contrast", func(v map[string]elab.Value, a *config.Augment) { a.Contrast = between(v["range"]) }},
	{"channel_shift", func(v map[string]elab.Value, a *config.Augment) { a.ChannelShift = v["amount"].Num }},
	{"erase", func(v map[string]elab.Value, a *config.Augment) {
		a.Erase = &config.Erase{
			Probability: v["probability"].Num, Area: between(v["area"]), Aspect: between(v["aspect"]),
			Value: v["value"].Num, Noise: v["noise"].Bool,
		}
	}},
	{"cutout", func(v map[string]elab.Value, a *config.Augment) {
		size := v["size"].Dims
		a.Cutout = &config.Cutout{Height: size[0], Width: size[1], Value: v["value"].Num}
	}},
	{"fill", func(v map[string]elab.Value, a *config.Augment) {
		a.Fill, a.FillValue = v["mode"].Str, v["value"].Num
	}},
	{"interpolation", func(v map[string]elab.Value, a *config.Augment) { a.Interpolation = v["method"].Str }},
	{"mixup", func(v map[string]elab.Value, a *config.Augment) { a.Mixup = v["alpha"].Num }},
	{"cutmix", func(v map[string]elab.Value, a *config.Augment) { a.Cutmix = v["alpha"].Num }},
}

func extent(v elab.Value) config.Extent {
	return config.Extent{Value: v.Num, Pixels: v.Kind == elab.Pixels}
}

func between(v elab.Value) config.Range { return config.Range{Low: v.Lo, High: v.Hi} }

// mixed is the loss that compares the scores with the targets of images as
// training has them: those of mixed images are shares of classes. It is nil,
// after an error, when there is none.
func (h *head) mixed() *op.Loss {
	train, _ := elab.Find(h.p.Data, "train")
	for _, s := range h.p.Augment {
		if s.Name != "mixup" && s.Name != "cutmix" || !train.Args["augment"].Bool {
			continue
		}
		switch {
		case h.row.Classes && h.row.Soft != "":
			return op.LookupLoss(h.row.Soft)
		case !h.row.Classes && h.row.Targets != op.Sign:
			return h.row
		}
		h.list.Add(diag.Errorf(MixLoss, s.Pos, "%s makes targets that are shares of two classes, and %s wants one class", s.Name, h.name)).
			WithHelp("the crossentropies take shares of classes").
			WithNote(h.set.Pos.Start, "the loss is set here")
		return nil
	}
	return h.row
}
