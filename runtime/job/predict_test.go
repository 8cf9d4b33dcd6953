package job

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data/table"
	"github.com/cnnc/cnnc/runtime/initializer"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/model/modeltest"
	"github.com/cnnc/cnnc/runtime/weights"
)

// untrained writes weights of a network and returns their file.
func untrained(t *testing.T, net *model.Network, o weights.Options) string {
	t.Helper()
	params, err := initializer.Params(net, 1)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "w.safetensors")
	if err := weights.Save(name, net, params, o); err != nil {
		t.Fatal(err)
	}
	return name
}

// remember makes predict remember so few lines.
func remember(t *testing.T, n int) {
	was := maxCurrent
	maxCurrent = n
	t.Cleanup(func() { maxCurrent = was })
}

// More unreadable pictures than are remembered do not end a prediction, and every
// file has its line, in order.
func TestPredictBehindUnreadablePictures(t *testing.T) {
	remember(t, 3)
	dir := pictureDir(t, 2)
	var files []string
	bad := func(n int) {
		for range n {
			name := filepath.Join(dir, fmt.Sprintf("bad%02d.png", len(files)))
			if err := os.WriteFile(name, []byte("no picture"), 0o644); err != nil {
				t.Fatal(err)
			}
			files = append(files, name)
		}
	}
	bad(8)
	files = append(files, filepath.Join(dir, "left", "00.png"))
	bad(7)
	files = append(files, filepath.Join(dir, "right", "01.png"))
	bad(1)
	net := network(dir)
	code, out, errs := do(t, net, &Job{Verb: "predict", Weights: untrained(t, net, weights.Options{}), Files: files})
	if code != ExitFailed {
		t.Errorf("exit %d, want %d", code, ExitFailed)
	}
	wants(t, errs, "16 of 18 pictures could not be read")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != len(files) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(files), out)
	}
	for i, name := range files {
		if !strings.HasPrefix(lines[i], name+":") {
			t.Errorf("line %d is %q, want that of %s", i+1, lines[i], name)
		}
	}
}

// The same of rows: what is remembered of a file of bad rows is bounded.
func TestPredictBehindBadRows(t *testing.T) {
	remember(t, 3)
	net := modeltest.MLP{Height: 1, Width: 2, Channels: 1, Hidden: 3, Outputs: 3, Shards: 1, Micro: 2}.Network()
	net.Data = config.Data{Table: &config.Table{}, Height: 1, Width: 2, Channels: 1}
	fitted := table.Fitted{Version: 1, Columns: []table.Column{{Name: "a", Kind: table.Numeric, Scale: 1}, {Name: "b", Kind: table.Numeric, Scale: 1}}}
	text, err := fitted.Encode()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(name, []byte("a,b\n"+strings.Repeat("1,x\n", 10)+"1,2\n"+strings.Repeat("x,1\n", 4)), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, errs := do(t, net, &Job{Verb: "predict", Weights: untrained(t, net, weights.Options{Table: string(text)}), Files: []string{name}})
	if code != ExitFailed {
		t.Errorf("exit %d, want %d", code, ExitFailed)
	}
	wants(t, errs, "14 of 15 rows could not be read")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 15 {
		t.Fatalf("%d lines, want 15:\n%s", len(lines), out)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, fmt.Sprintf("%s:%d:", name, i+2)) {
			t.Errorf("line %d is %q", i+1, line)
		}
	}
}
