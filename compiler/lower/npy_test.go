package lower_test

import (
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/dsl/elab"
)

// TestArraysOfImages: examples in arrays are augmented like pictures, but neither
// resized nor cached.
func TestArraysOfImages(t *testing.T) {
	const text = "net { input 8x8x1; flatten; dense 3 softmax }\ntrain { loss categorical_crossentropy; optimizer sgd }\ndata { train npy(\"x.npy\", \"y.npy\") augment\n augment { flip horizontal }\n"
	m, list := lower.Lower(load(t, text+"}", elab.Options{}), lower.Options{})
	if m == nil || m.Data.Augment == nil || m.Data.Augment.Flip != "horizontal" {
		t.Errorf("%v", list)
	}
	for _, setting := range []string{"gray", "resize 8x8", "cache memory 10"} {
		m, list := lower.Lower(load(t, text+setting+"\n}", elab.Options{}), lower.Options{})
		what, _, _ := strings.Cut(setting, " ")
		if m != nil || len(list) != 1 || !strings.Contains(list[0].Msg, what+" is about images, and the data are arrays") {
			t.Errorf("%s: %v", setting, list)
		}
	}
}
