package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestTabularAccuracy trains on real tables, from the model file to the weights,
// and wants the accuracy that such networks are known to reach on them.
func TestTabularAccuracy(t *testing.T) {
	if testing.Short() {
		t.Skip("trains three networks")
	}
	root := os.Getenv("CNNC_DATA")
	if root == "" {
		root = filepath.Join(repository(t), "..", "shared", "data")
	}
	for _, tt := range []struct {
		name, net, data string
		atLeast         float64
	}{
		{"tabular/Social_Network_Ads.csv", "input 4; dense 16 relu; dense 8 relu; dense classes softmax",
			`train csv(%q); validate 25%% of train; numeric "Age" "EstimatedSalary" zscore; categorical "Gender"; class "Purchased"; batch 16`, 0.88},
		{"tabular/iris.csv", "input features; dense 16 relu; dense classes softmax",
			`train csv(%q); validate 30%% of train; numeric zscore; class "species"; batch 16`, 0.93},
		{"optdigits/optdigits.tra", "input 8x8x1; conv 16 3x3 same relu; maxpool 2x2; flatten; dense classes softmax",
			`train csv(%q, noheader); validate 20%% of train; numeric; rescale 1/16; class "65"`, 0.96},
	} {
		t.Run(filepath.Base(tt.name), func(t *testing.T) {
			path := filepath.Join(root, filepath.FromSlash(tt.name))
			if _, err := os.Stat(path); err != nil {
				t.Skipf("the shared data are not there: %v", err)
			}
			dir := t.TempDir()
			t.Setenv("CNNC_CACHE", filepath.Join(dir, "cache"))
			model := filepath.Join(dir, "table.cnn")
			text := fmt.Sprintf("cnn 1\nmodel table\nnet { %s }\ndata { %s }\ntrain { optimizer adam(0.01); epochs 40; metrics accuracy; keep best val_loss }\n",
				tt.net, fmt.Sprintf(tt.data, path))
			if err := os.WriteFile(model, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, problems bytes.Buffer
			if status := run([]string{"train", model, "-o", filepath.Join(dir, "run"), "--progress", "none", "--json"}, &out, &problems); status != exitOK {
				t.Fatalf("status %d\n%s", status, &problems)
			}
			var r struct{ Logs map[string]float64 }
			if err := json.Unmarshal(out.Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			t.Logf("accuracy %.4f, on validation rows %.4f", r.Logs["accuracy"], r.Logs["val_accuracy"])
			if r.Logs["val_accuracy"] < tt.atLeast {
				t.Errorf("accuracy on validation rows %.4f, want at least %.2f", r.Logs["val_accuracy"], tt.atLeast)
			}
		})
	}
}
