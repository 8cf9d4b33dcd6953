package lower_test

import (
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
)

// autoencoder lowers a network with target input.
func autoencoder(t *testing.T, net, data, loss string) (*lower.Model, string) {
	t.Helper()
	m, list := lower.Lower(load(t, "net { "+net+" }\ndata { "+data+"; target input }\ntrain { loss "+loss+"; optimizer sgd }", elab.Options{}), lower.Options{})
	text := ""
	for _, d := range list {
		text += d.Severity.String() + ": " + d.Msg + "\n"
	}
	return m, text
}

// TestTargetInput: what the net, the loss and the data become.
func TestTargetInput(t *testing.T) {
	for _, c := range []struct{ net, data, loss, want string }{
		// The last image is flattened in front of its activation: the loss is computed
		// from logits.
		{"input 8x6x3; conv 3 3x3 same sigmoid", `train folder("a"); rescale 1/255`, "binary_crossentropy", "scores = act %5 {sigmoid} : f32[n 144]"},
		{"input 8x6x3; conv 3 3x3 same", `train folder("a"); standardize image`, "mean_absolute_error", "scores = flatten %4 : f32[n 144]"},
		{"input 8x6x1; flatten; dense 48", "train doodles", "huber", "mean_squared_error"},
		{"input 4x4x2; conv 2 1x1", `train npy("x.npy"); whiten`, "mean_squared_error", "scores = flatten"},
	} {
		m, text := autoencoder(t, c.net, c.data, c.loss)
		if m == nil {
			t.Errorf("%s: %s", c.net, text)
			continue
		}
		if m.Data.Target != "input" || m.Head.Task != model.Values || !m.Head.Vector || len(m.Graph.Labels) > 0 {
			t.Errorf("%s: target %q, head %+v, labels %q", c.net, m.Data.Target, m.Head, m.Graph.Labels)
		}
		if got := m.Graph.String(); c.want != "mean_squared_error" && !strings.Contains(got, c.want) {
			t.Errorf("%s: no %q in\n%s", c.net, c.want, got)
		}
	}
	m, _ := autoencoder(t, "input 8x6x3; conv 3 3x3 same sigmoid", `train folder("a"); standardize image center; standardize channels; whiten epsilon=0.5`, "mean_squared_error")
	if m != nil {
		t.Error("channels and whiten are accepted together")
	}
	m, text := autoencoder(t, "input 8x6x3; conv 3 3x3 same", `train folder("a"); standardize image center; standardize channels`, "mean_squared_error")
	if m == nil || *m.Data.Standardize != (config.Standardize{Image: "center", Channels: "scale"}) {
		t.Errorf("%s%+v", text, m)
	}
}

// TestTargetInputMistakes: one error each, with the arithmetic.
func TestTargetInputMistakes(t *testing.T) {
	const same = "input 8x6x3; conv 3 3x3 same"
	for _, c := range []struct{ net, data, loss, want string }{
		{"input 8x6x3; conv 3 3x3", "train folder(\"a\")", "mean_squared_error", "conv gives 6x4x3 = 72 values, and the target is the input of 8x6x3 = 144 values"},
		{"input 8x6x3; flatten; dense 3", "train folder(\"a\")", "mean_squared_error", "dense has 3 outputs, and the target is the input of 8x6x3 = 144 values"},
		{same, "train folder(\"a\")", "binary_crossentropy(from_logits)", "binary_crossentropy needs targets in 0..1, and the values of the input are 0..255 = 0..255"},
		{same + " sigmoid", "train folder(\"a\"); rescale 1/2", "binary_crossentropy", "binary_crossentropy needs targets in 0..1, and the values of the input are 0..255*0.5 = 0..127.5"},
		{same + " softplus", "train folder(\"a\"); standardize image", "poisson", "poisson needs targets that are not below 0"},
		{same, "train folder(\"a\")", "hinge", "hinge compares classes"},
		{"input 8x6x3; flatten; dense 144 softmax", "train folder(\"a\")", "categorical_crossentropy", "categorical_crossentropy compares classes, and the target is the input itself"},
		{same, "train folder(\"a\"); labels \"a\" \"b\"", "mean_squared_error", "labels are names of classes, and the target is the input itself"},
		{same, "train folder(\"a\") augment; augment { cutmix 1 }", "mean_squared_error", "cutmix mixes classes, and the target is the input itself"},
		{same, "train folder(\"a\"); target input", "mean_squared_error", "target input is set twice"},
		{"input 4; dense 4", "train csv(\"a.csv\"); numeric", "mean_squared_error", "target input is for images and arrays, and the data are rows of a csv file"},
	} {
		m, text := autoencoder(t, c.net, c.data, c.loss)
		text = strings.NewReplacer("conv1", "conv", "dense1", "dense").Replace(text)
		if m != nil || !strings.HasPrefix(text, "error: "+c.want) || strings.Count(text, "\n") != 1 {
			t.Errorf("%s, %s, %s:\n%swant %s", c.net, c.data, c.loss, text, c.want)
		}
	}
}
