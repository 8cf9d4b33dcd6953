package codegen

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/sched"
)

func TestTry(t *testing.T) {
	for _, net := range plantest.Nets() {
		c, err := plantest.Compile(net.Graph, true, sched.Options{Batch: 64, Optimizer: "adam", Slots: 2})
		if err != nil {
			t.Fatal(err)
		}
		c.Plan.File = net.Name + ".cnn"
		files, err := Generate(c.Plan, Options{Package: "net"})
		if err != nil {
			t.Errorf("%s: %v", net.Name, err)
			continue
		}
		dir := filepath.Join(os.Getenv("TRY"), net.Name)
		os.MkdirAll(dir, 0o755)
		for _, f := range files {
			os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644)
		}
	}
}
