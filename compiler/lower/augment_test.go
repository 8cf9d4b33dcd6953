package lower_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/lang"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
)

func augmented(t *testing.T, word, augment, end string, sets ...string) (*lower.Model, string) {
	t.Helper()
	var o elab.Options
	for _, s := range sets {
		o.Overrides = append(o.Overrides, elab.Override{Text: s})
	}
	m, list := lower.Lower(load(t, `net { input 28x20x1; flatten; dense 10 `+end+` }
data { train idx("a", "b") `+word+`; `+augment+` }`, o), lower.Options{})
	text := ""
	for _, d := range list {
		text += d.Severity.String() + ": " + d.Msg + "\n"
	}
	return m, text
}

const classes = "softmax }\ntrain { loss categorical_crossentropy; optimizer sgd"

func TestAugment(t *testing.T) {
	m, text := augmented(t, "augment", `augment {
		rotate 10deg; shift 10% columns=3px; shear 5deg; crop 80%; zoom 90%..120% uniform; flip both
		brightness 20%; contrast 0.5..1.5; channel_shift 7; erase 25% area=2%..20% noise; cutout 8x4 value=9
		fill constant value=255; interpolation nearest }`, classes)
	if m == nil || text != "" {
		t.Fatal(text)
	}
	want := &config.Augment{
		Rotate: 10, Shear: 5, Crop: 0.8, Zoom: config.Range{Low: 0.9, High: 1.2}, ZoomUniform: true, Flip: "both",
		ShiftRows: config.Extent{Value: 0.1}, ShiftColumns: config.Extent{Value: 3, Pixels: true},
		Brightness: config.Range{Low: 0.8, High: 1.2}, Contrast: config.Range{Low: 0.5, High: 1.5}, ChannelShift: 7,
		Erase:  &config.Erase{Probability: 0.25, Area: config.Range{Low: 0.02, High: 0.2}, Aspect: config.Range{Low: 0.3, High: 3.3}, Noise: true},
		Cutout: &config.Cutout{Height: 8, Width: 4, Value: 9},
		Fill:   "constant", FillValue: 255, Interpolation: "nearest",
	}
	if d := cmp.Diff(want, m.Data.Augment); d != "" {
		t.Error(d)
	}
	// Targets of mixed images are shares of classes.
	for _, c := range []struct{ augment, end, want string }{
		{"mixup 0.3", classes, "categorical_crossentropy_soft %"},
		{"cutmix 1", "softmax }\ntrain { loss sparse_categorical_crossentropy; optimizer sgd", "categorical_crossentropy_soft %"},
		{"cutmix 1", "}\ntrain { loss crossentropy(label_smoothing=0.1, from_logits); optimizer sgd", "softmax_crossentropy_soft %"},
		{"mixup 1", "softmax }\ntrain { loss categorical_focal_crossentropy; optimizer sgd", "categorical_focal_crossentropy_soft %"},
		{"flip both", classes, "categorical_crossentropy %"},
	} {
		m, text := augmented(t, "augment", "augment { "+c.augment+" }", c.end)
		if m == nil || !strings.Contains(m.Graph.String(), c.want) || m.Head.Vector != strings.Contains(c.want, "_soft") || m.Head.Task != model.Classes {
			t.Errorf("%s: no %s: %s", c.augment, c.want, text)
		}
	}
	// Every setting of the language is read by a row.
	if m, text := augmented(t, "augment", "augment { mixup 0.3 }", "softmax }\ntrain { loss kl_divergence; optimizer sgd"); m == nil || m.Data.Augment.Mixup != 0.3 {
		t.Error(text)
	}
	if m, text := augmented(t, "augment", "augment { cutmix 1 }", "sigmoid }\ntrain { loss binary_crossentropy; optimizer sgd"); m == nil || m.Data.Augment.Cutmix != 1 {
		t.Error(text)
	}
}

func TestAugmentMistakes(t *testing.T) {
	for _, tt := range []struct{ word, augment, end, want string }{
		{"", "augment { rotate 3deg }", classes, "warning: nothing is augmented"},
		{"augment", "", classes, "warning: there is no augment setting"},
		{"augment", "augment { shift 21px }", classes, "error: shift: 21px is more than the image's 20 columns"},
		{"augment", "augment { shift 5% rows=29px }", classes, "error: shift: 29px is more than the image's 28 rows"},
		{"augment", "augment { cutout 8x21 }", classes, "error: cutout of 8x21 from images of 28x20"},
		{"augment", "augment { flip both; fill wrap }", classes, "error: fill is what comes in from outside the image"},
		{"augment", "augment { rotate 3deg; fill wrap value=3 }", classes, "error: value is that of fill constant, and here fill is wrap"},
		{"augment", "augment { flip both; interpolation nearest }", classes, "error: interpolation is for moved images"},
		{"augment", "augment { erase 20% noise value=3 }", classes, "error: erase: value and noise exclude each other"},
		{"augment", "augment { mixup 0.2 }", "softmax }\ntrain { loss categorical_hinge; optimizer sgd", "error: mixup makes targets that are shares of two classes, and categorical_hinge wants one class"},
		{"augment", "augment { cutmix 0.2 }", "}\ntrain { loss hinge; optimizer sgd", "error: cutmix makes targets"},
	} {
		m, text := augmented(t, tt.word, tt.augment, tt.end)
		if !strings.HasPrefix(text, tt.want) || strings.Count(text, "\n") != 1 || (m == nil) != strings.HasPrefix(text, "error") {
			t.Errorf("%s: %q, want %q", tt.augment, text, tt.want)
		}
		if m != nil && m.Data.Augment != nil {
			t.Errorf("%s is carried out", tt.augment)
		}
	}
	if m, text := augmented(t, "augment", "augment { rotate 3deg }", classes, "data.augment=none"); m == nil || m.Data.Augment != nil || !strings.HasPrefix(text, "warning") {
		t.Error(text)
	}
}

// TestTransformsAreComplete: the example of every row of the language changes
// something here.
func TestTransformsAreComplete(t *testing.T) {
	for _, row := range lang.AugmentSettings {
		body := row.Example
		switch row.Name {
		case "fill", "interpolation":
			body = "rotate 3deg; " + body
		}
		end := "softmax }\ntrain { loss kl_divergence; optimizer sgd"
		m, text := augmented(t, "augment", "augment { "+body+" }", end)
		if m == nil || text != "" {
			t.Errorf("%s: %s", row.Name, text)
			continue
		}
		nothing := config.Augment{Fill: "nearest"}
		if row.Name == "fill" || row.Name == "interpolation" {
			nothing.Rotate = 3
		}
		if *m.Data.Augment == nothing {
			t.Errorf("%s is not read", row.Name)
		}
	}
}
