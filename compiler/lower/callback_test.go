package lower_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
)

const callbackNet = "net { input 8x8x1; flatten; dense 3 softmax }\ndata { train doodles(300, classes=3); validate 20% of train; resize 8x8; gray }\n"

func TestCallbackConfig(t *testing.T) {
	m := mustLower(t, callbackNet+`train {
    loss      crossentropy
    optimizer adam(0.01)
    metrics   accuracy precision(class=1) precision(class=2)
    validate  every 2 epochs
    stop      when val_loss stalls 4 min_delta=0.001 mode=min baseline=0 from_epoch=3 restore
    stop      when val_accuracy stalls 9
    reduce    rate when val_accuracy stalls 2 factor=0.5 min_delta=0.01 mode=max cooldown=3 min_rate=1e-5
    keep      best val_accuracy threshold=0.5 mode=max
    keep      every 5 epochs name="{epoch:03d}-{val_loss:.3f}-{precision_1}-{learning_rate}" last=2
}`)
	want := config.Train{
		ValidateEvery: 2,
		Stop: []config.Stop{
			{Metric: "val_loss", Mode: "min", Stall: 4, MinDelta: 0.001, Baseline: &config.Level{}, FromEpoch: 3, Restore: true},
			{Metric: "val_accuracy", Stall: 9},
		},
		Reduce: &config.Reduce{Metric: "val_accuracy", Mode: "max", Stall: 2, MinDelta: 0.01, Factor: 0.5, Cooldown: 3, MinRate: 1e-5},
		Keep: config.Keep{Metric: "val_accuracy", Mode: "max", Threshold: &config.Level{Value: 0.5},
			Every: 5, File: "{epoch:03d}-{val_loss:.3f}-{precision_1}-{learning_rate}", Last: 2},
	}
	got := config.Train{ValidateEvery: m.Train.ValidateEvery, ValidateAfter: m.Train.ValidateAfter, Stop: m.Train.Stop, Reduce: m.Train.Reduce, Keep: m.Train.Keep}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}

	m = mustLower(t, callbackNet+"train { loss crossentropy; optimizer sgd; validate after 1 5 7; keep last 3; schedule per_epoch(0.1, 0.1, 0.05) }")
	if d := cmp.Diff([]int{1, 5, 7}, m.Train.ValidateAfter); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(config.Keep{Every: 1, Last: 3}, m.Train.Keep); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(config.Schedule{Name: "per_epoch", Numbers: []config.Number{{Name: "rates", Value: 0.1}, {Name: "rates", Value: 0.1}, {Name: "rates", Value: 0.05}}}, m.Train.Schedule); d != "" {
		t.Error(d)
	}

	// The defaults of Keras.
	m = mustLower(t, callbackNet+"train { loss crossentropy; optimizer sgd; reduce rate when loss stalls 10 }")
	if d := cmp.Diff(&config.Reduce{Metric: "loss", Stall: 10, MinDelta: 1e-4, Factor: 0.1}, m.Train.Reduce); d != "" {
		t.Error(d)
	}
}

func TestCallbackMistakes(t *testing.T) {
	for _, c := range []struct{ settings, want string }{
		{"stop when loss stalls 3 restore; stop when val_loss stalls 3 restore", "two stop rules restore weights"},
		{"keep best loss; keep best val_loss", "keep best is set twice"},
		{"keep every 2 epochs; keep last 3", "write keep every N epochs last=M"},
		{`keep last 3 name="a/{epoch}"`, `'/' is not a letter`},
		{`keep last 3 name="best"`, "{epoch} has to be in it"},
		{`keep last 3 name="{epoch}-{val_los}"`, "did you mean val_loss?"},
		{`keep last 3 name="{epoch}-{accuracy}"`, "accuracy is not measured"},
		{`keep last 3 name="{epoch}-{learning_rate}"`, "learning_rate is not measured"},
		{"reduce rate when loss stalls 3 min_rate=0.02", "min_rate is 0.02, and the learning rate is not above it from the beginning: 0.01"},
		{"optimizer ftrl(0.1); reduce rate when loss stalls 3", "give it a min_rate"},
		{"optimizer ftrl(0.1); schedule per_epoch(0.1, 0)", "ftrl divides by the learning rate, and per_epoch brings it to 0"},
	} {
		text := c.settings
		if !strings.Contains(text, "optimizer") {
			text = "optimizer sgd(0.01); " + text
		}
		_, list := lower.Lower(load(t, callbackNet+"train { loss crossentropy; "+text+" }", elab.Options{}), lower.Options{})
		got := ""
		for _, d := range list {
			got += d.Msg + "\n" + d.Help + "\n"
		}
		if !list.HasErrors() || !strings.Contains(got, c.want) {
			t.Errorf("%s: want %q, got\n%v", c.settings, c.want, list)
		}
	}
	// Without validation examples there is nothing to do.
	src := strings.Replace(callbackNet, "validate 20% of train; ", "", 1) + "train { loss crossentropy; optimizer sgd; validate every 2 epochs }"
	if _, list := lower.Lower(load(t, src, elab.Options{}), lower.Options{}); !strings.Contains(fmt.Sprint(list), "there are no validation examples") {
		t.Errorf("got %v", list)
	}
}
