package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The command downloads from another base, keeps what it has, and names file and
// address of what it cannot get.
func TestDataFetch(t *testing.T) {
	const drawing = `{"drawing":[[[0,255],[0,255]]]}` + "\n"
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch r.URL.EscapedPath() {
		case "/full/simplified/hot%20dog.ndjson", "/full/simplified/ant.ndjson":
			w.Write([]byte(drawing))
		case "/train-images-idx3-ubyte.gz":
			w.Write([]byte("\x1f\x8b something else"))
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	t.Setenv("CNNC_CACHE", t.TempDir())
	fetch := func(args ...string) (status int, out, errs string) {
		var o, e bytes.Buffer
		status = run(append([]string{"data", "fetch", "--base", server.URL}, args...), &o, &e)
		return status, o.String(), e.String()
	}
	dir := filepath.Join(os.Getenv("CNNC_CACHE"), "data", "quickdraw", "simplified")
	for n, want := range []string{"downloaded", "there already"} {
		status, out, errs := fetch("quickdraw", "--classes", "ant,hot dog")
		if status != 0 || !strings.Contains(errs, "hot dog.ndjson: "+want) || !strings.Contains(out, "train quickdraw(") || !strings.HasPrefix(out, dir) {
			t.Errorf("run %d: status %d, %q, %q", n, status, out, errs)
		}
	}
	if asked != 2 {
		t.Errorf("%d requests for two files", asked)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "hot dog.ndjson")); err != nil || string(b) != drawing {
		t.Errorf("%q, %v", b, err)
	}
	out := t.TempDir()
	status, _, errs := fetch("mnist", "-o", out)
	if status != 1 || !strings.Contains(errs, "train-images-idx3-ubyte.gz: "+server.URL) || !strings.Contains(errs, "bytes there, want 9912422") {
		t.Errorf("status %d, %q", status, errs)
	}
	status, _, errs = fetch("cifar10", "-o", out)
	if status != 1 || !strings.Contains(errs, "the server says 404") {
		t.Errorf("status %d, %q", status, errs)
	}
	if left, _ := os.ReadDir(out); len(left) > 0 {
		t.Errorf("%d files are left over", len(left))
	}
}
