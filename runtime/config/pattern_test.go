package config_test

import (
	"math"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
)

func TestPattern(t *testing.T) {
	values := map[string]float64{"val_loss": 0.12345, "loss": -2, "bad": math.NaN(), "huge": math.Inf(1), "tiny": 1e-9}
	for _, c := range []struct{ pattern, want string }{
		{config.DefaultPattern, "epoch-0007"},
		{"{epoch}", "7"},
		{"{epoch:02d}-{val_loss:.2f}", "07-0.12"}, // spec: training, ModelCheckpoint
		{"{epoch:3}", "__7"},
		{"w{epoch}_{loss:06.1f}", "w7_-002.0"},
		{"{epoch}={tiny:.1e}", "7=1.0e-09"},
		{"{epoch}-{val_loss}", "7-0.12345"},
		{"{epoch}-{val_loss:f}", "7-0.123450"},
		{"{epoch}-{bad:.2f}-{huge:.2f}", "7-nan-inf"},
		{"{epoch}-{val_accuracy:.2f}", "7-NA"},
	} {
		p, err := config.ParsePattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		got := p.Name(6, func(name string) (float64, bool) { v, ok := values[name]; return v, ok })
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.pattern, got, c.want)
		}
	}
	for _, c := range []struct{ pattern, want string }{
		{"best", "{epoch} has to be in it"},
		{"", "{epoch} has to be in it"},
		{"../{epoch}", `'/' is not a letter`},
		{".{epoch}", "does not begin with a point"},
		{"{epoch", "a brace without the other one"},
		{"epoch}", "a brace without the other one"},
		{"{epoch:.2f}", "the epoch is a whole number"},
		{"{epoch}{loss:d}", "the epoch is a whole number"},
		{"{epoch:}", "is no field"},
		{"{epoch:999d}", "is no field"},
		{"{epoch:-3d}", "is no field"},
		{"{epoch}{}", "is no field"},
		{"{epoch}" + strings.Repeat("x", 100), "longer than"},
	} {
		if _, err := config.ParsePattern(c.pattern); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.pattern, err, c.want)
		}
	}
}

// FuzzPattern: whatever is accepted makes the name of a file, another one for
// another epoch.
func FuzzPattern(f *testing.F) {
	f.Add("epoch-{epoch:04d}-{val_loss:.3f}", 3, 0.5)
	f.Add("{epoch}{loss:e}", 0, math.Inf(-1))
	f.Fuzz(func(t *testing.T, pattern string, epoch int, v float64) {
		p, err := config.ParsePattern(pattern)
		if err != nil {
			return
		}
		if epoch < 0 {
			epoch = -(epoch + 1)
		}
		value := func(string) (float64, bool) { return v, true }
		name := p.Name(epoch, value)
		if name == "" || name[0] == '.' || strings.ContainsAny(name, "/\\:*?\"<>| \x00{}") {
			t.Errorf("%q makes %q", pattern, name)
		}
		if epoch > 0 && p.Name(epoch-1, value) == name {
			t.Errorf("%q makes %q of two epochs", pattern, name)
		}
	})
}
