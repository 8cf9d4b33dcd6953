package codegen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/codegen"
)

// TestGolden keeps what is generated for two small networks, but for the
// kernels, which have tests of their own. CNNC_UPDATE=1 rewrites the files; read
// the difference before it is committed.
func TestGolden(t *testing.T) {
	for _, c := range []struct {
		name, source string
		o            codegen.Options
	}{
		{"tiny", tiny, codegen.Options{}},
		{"residual", residual, codegen.Options{}},
		{"inference", tiny, codegen.Options{Package: "inference", Inference: true, Embed: true}},
	} {
		dir := filepath.Join("testdata", c.name)
		if os.Getenv("CNNC_UPDATE") != "" {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
		want := 0
		for _, f := range compile(t, strings.TrimSuffix(c.name, ".cnn"), c.source, c.o) {
			if strings.HasPrefix(f.Name, "kernels_") || strings.HasPrefix(f.Name, "preprocess_") {
				continue
			}
			want++
			// Not .go: the files are no packages of this module.
			golden(t, filepath.Join(dir, f.Name+".txt"), f.Data)
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != want {
			t.Errorf("%s holds %d files, %d are generated", dir, len(files), want)
		}
	}
}
